/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime spec: what the launcher is asked to do, as typed values. The words and the
 * meaning are those of the OCI runtime-spec's config.json; `proa oci` will fill
 * the same struct from a bundle. Everything in here is applied, or the start fails (R12).
 */
#ifndef ENGINE_RUNTIME_SPEC_H
#define ENGINE_RUNTIME_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/strings.h"

struct error;

/* Namespaces: of the container's own, shared with the host, or those of another process. */
enum namespace_mode { NAMESPACE_NEW, NAMESPACE_HOST, NAMESPACE_JOIN };
struct namespace_spec {
	enum namespace_mode mode;
	int fd;		/* NAMESPACE_JOIN: borrowed descriptor of /proc/PID/ns/X; else -1 */
};

struct rlimit_spec {
	int resource;		/* RLIMIT_* */
	struct rlimit limit;
	bool required;		/* asked for by the user: failing to set it fails the start; a
				 * default is clamped to what is allowed */
};

/* Capability sets are bit masks: bit N is capability N. */
struct process_spec {
	struct strings args;		/* at least one */
	struct strings env;		/* PATH, HOME, HOSTNAME and TERM are completed if missing */
	char *cwd;			/* absolute; NULL is "/"; the launcher makes a missing one */
	char *user;			/* "USER[:GROUP]" as the container knows it; NULL is 0:0 */
	struct strings extra_groups;	/* names or numbers, of --group-add */
	uint64_t capabilities;		/* permitted, effective, bounding; no others are set */
	bool no_new_privileges;
	bool terminal;
	unsigned short rows, columns;	/* of the terminal; 0 unknown */
	struct rlimit_spec *rlimits;	/* owned */
	size_t rlimit_count;
	mode_t umask;			/* 0022 usually */
	bool oom_score_adj_set;
	int oom_score_adj;
	unsigned int preserve_fds;	/* descriptors from 3 on that the program gets, too */
};
void process_spec_release(struct process_spec *process);

enum mount_kind {
	MOUNT_BIND,	/* source is a path of the host (or `source_fd`) */
	MOUNT_TMPFS,
	MOUNT_PROC, MOUNT_SYSFS, MOUNT_DEVPTS, MOUNT_MQUEUE, MOUNT_CGROUP,
};

struct mount_spec {
	enum mount_kind kind;
	char *source;		/* MOUNT_BIND */
	int source_fd;		/* MOUNT_BIND: opened already (borrowed), or -1 */
	char *target;		/* absolute inside the container; made if missing */
	uint64_t attributes;	/* MOUNT_ATTR_* to set (NOSUID, NODEV, NOEXEC, RDONLY) */
	bool recursive;		/* MOUNT_BIND: with the mounts below */
	uint64_t propagation;	/* MS_PRIVATE, MS_SLAVE, MS_SHARED; 0 private */
	struct strings options;	/* file system options: "size=64m", "mode=1777" */
};

struct device_spec {
	char *path;		/* inside */
	char *host_path;	/* what is bind-mounted when we may not make nodes */
	char type;		/* 'c', 'b' */
	unsigned int major, minor;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

enum seccomp_mode { SECCOMP_DEFAULT, SECCOMP_UNCONFINED, SECCOMP_FILE };

struct runtime_spec {
	struct process_spec process;
	struct namespace_spec mount_ns, pid_ns, net_ns, ipc_ns, uts_ns, cgroup_ns;

	/* The root: an overlay of layer trees, or a directory. Descriptors are borrowed. */
	int *lower;		/* O_PATH directories, top first; owned array */
	size_t lower_count;
	int upper, work;	/* -1: read-only overlay without upper */
	int root_directory;	/* used instead when lower_count is 0 */
	int rootfs_mount_point;	/* an empty directory of ours to attach the root to */
	bool user_xattr;	/* overlay keeps its marks in user.overlay. (in a user namespace) */
	char *overlay_program;	/* force fuse-overlayfs, or NULL */
	bool read_only;

	char *hostname, *domainname;	/* NULL: leave */
	struct mount_spec *mounts;	/* owned; in order */
	size_t mount_count;
	struct device_spec *devices;	/* beside those that are always there */
	size_t device_count;
	bool all_devices;		/* --privileged */
	struct strings masked_paths, read_only_paths;
	struct strings sysctls;		/* KEY=VALUE */
	enum seccomp_mode seccomp;
	char *seccomp_file;
	bool emulate_ownership;		/* single-id mode: chown and set*id families answer success */
	char *cgroup_path;		/* below the cgroup2 mount; NULL none */
	bool init;			/* --init: our own pid 1 forwards signals and reaps */
	uint64_t shm_size;		/* of /dev/shm */
};
void runtime_spec_init(struct runtime_spec *spec);	/* descriptors -1, namespaces new */
void runtime_spec_release(struct runtime_spec *spec);

struct mount_spec *runtime_spec_add_mount(struct runtime_spec *spec, enum mount_kind kind,
					  const char *target);

/* "CAP_SYS_ADMIN", "sys_admin" -> 21; ERROR_USAGE for an unknown one. */
int capability_parse(const char *name, unsigned int *ret_number, struct error *err);
const char *capability_name(unsigned int number);	/* "CAP_..." or NULL */
#define CAPABILITIES_DEFAULT 0x00000000a80425fbULL	/* docker's 14 */
#define CAPABILITIES_ALL 0x000001ffffffffffULL	/* further held to what we have */
/* docker's rule for --cap-add, --cap-drop, with ALL. */
int capabilities_combine(uint64_t base, const struct strings *add, const struct strings *drop,
			 uint64_t *ret_set, struct error *err);

#endif

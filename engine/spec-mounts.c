/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts of a container. Sources on the host are opened here, once, and go to
 * the launcher as descriptors. Nested targets need their parents first, so what
 * the user asked for is mounted in the order of depth.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/rooted.h"
#include "base/syscalls.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/spec-internal.h"
#include "engine/spec-namespaces.h"
#include "engine/volumes.h"

DEFINE_AUTO(container, container_free);

#define NO_SUID_DEV_EXEC (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define DIRECTORY_MODE 0755

static const struct {
	enum mount_kind kind;
	const char *target;
	uint64_t attributes;
	bool writable_if_privileged;
} kernel_mounts[] = {
	{ MOUNT_PROC, "/proc", NO_SUID_DEV_EXEC, false },
	{ MOUNT_DEVPTS, "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false },
	{ MOUNT_SYSFS, "/sys", NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY, true },
	{ MOUNT_CGROUP, "/sys/fs/cgroup", NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY, true },
	{ MOUNT_MQUEUE, "/dev/mqueue", NO_SUID_DEV_EXEC, false },
};

static const struct {
	const char *word;
	uint64_t set, clear;
} attribute_words[] = {
	{ "ro", MOUNT_ATTR_RDONLY, 0 },	      { "rw", 0, MOUNT_ATTR_RDONLY },
	{ "noexec", MOUNT_ATTR_NOEXEC, 0 },   { "exec", 0, MOUNT_ATTR_NOEXEC },
	{ "nosuid", MOUNT_ATTR_NOSUID, 0 },   { "suid", 0, MOUNT_ATTR_NOSUID },
	{ "nodev", MOUNT_ATTR_NODEV, 0 },     { "dev", 0, MOUNT_ATTR_NODEV },
	{ "noatime", MOUNT_ATTR_NOATIME, 0 }, { "nodiratime", MOUNT_ATTR_NODIRATIME, 0 },
	{ "strictatime", MOUNT_ATTR_STRICTATIME, 0 }, { "relatime", 0, 0 },
	{ "z", 0, 0 },			      { "Z", 0, 0 },
	{ "bind", 0, 0 },		      { "rbind", 0, 0 },
	{ "cached", 0, 0 },		      { "delegated", 0, 0 },
	{ "consistent", 0, 0 },
};

static const char *const tmpfs_options[] = { "size=", "mode=", "uid=", "gid=", "nr_inodes=",
					     "nr_blocks=", "huge=" };

static const struct {
	const char *word;
	uint64_t flags;
} propagations[] = {
	{ "private", MS_PRIVATE }, { "rprivate", MS_PRIVATE }, { "slave", MS_SLAVE },
	{ "rslave", MS_SLAVE },	   { "shared", MS_SHARED },    { "rshared", MS_SHARED },
};

static void add_kernel_mounts(const struct container_config *config, struct runtime_spec *spec)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_mounts); i++) {
		struct mount_spec *mount = runtime_spec_add_mount(spec, kernel_mounts[i].kind,
								  kernel_mounts[i].target);

		mount->attributes = kernel_mounts[i].attributes;
		if (config->privileged && kernel_mounts[i].writable_if_privileged)
			mount->attributes &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	}
}

/* --ipc=host shares the host's shared memory; --ipc=none has none. */
static int add_shm(const struct container_config *config, struct runtime_spec *spec,
		   struct spec_files *files, struct error *err)
{
	struct mount_spec *mount;
	int fd;

	if (spec->ipc_ns.mode != NAMESPACE_HOST)
		return 0;
	fd = dir_open(AT_FDCWD, "/dev/shm", err);
	if (fd < 0)
		return error_context(err, "--ipc=%s", config->ipc_mode);
	mount = runtime_spec_add_mount(spec, MOUNT_BIND, "/dev/shm");
	mount->source = xstrdup("/dev/shm");
	mount->source_fd = spec_files_add(files, fd);
	return 0;
}

/* One of the files that tell a container its names and its network. Made empty: its content is
 * written when the network is known. */
static int add_own_file(int folder, const char *name, const char *target, bool read_only,
			struct runtime_spec *spec, struct spec_files *files, struct error *err)
{
	struct mount_spec *mount;
	int fd = openat(folder, name, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0)
		return error_errno(err, "cannot make the container's '%s'", name);
	mount = runtime_spec_add_mount(spec, MOUNT_BIND, target);
	mount->source = xstrdup(name);
	mount->source_fd = spec_files_add(files, fd);
	mount->attributes = read_only ? MOUNT_ATTR_RDONLY : 0;
	return 0;
}

static bool user_mounts(const struct container_config *config, const char *target)
{
	for (size_t i = 0; i < config->mount_count; i++)
		if (strcmp(config->mounts[i].target, target) == 0)
			return true;
	return false;
}

static int write_hostname(int folder, const struct runtime_spec *spec, struct error *err)
{
	auto_free char *line = xasprintf("%s\n", spec->hostname ? spec->hostname : "");

	return file_write(folder, "hostname", line, strlen(line), 0644, FILE_VOLATILE, err);
}

static int add_own_files(struct engine *engine, struct container *container,
			 struct runtime_spec *spec, struct spec_files *files, struct error *err)
{
	static const char *const names[][2] = {
		{ "resolv.conf", "/etc/resolv.conf" },
		{ "hostname", "/etc/hostname" },
		{ "hosts", "/etc/hosts" },
	};
	const struct container_config *config = &container->config;
	auto_of(container) struct container *partner = NULL;

	if (config->network && has_prefix(config->network, "container:")) {
		partner = spec_network_partner(engine, config, err);
		if (!partner)
			return -1;
	} else if (spec->hostname && write_hostname(container->folder, spec, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (user_mounts(config, names[i][1]))
			continue;
		if (add_own_file(partner ? partner->folder : container->folder, names[i][0],
				 names[i][1], config->read_only, spec, files, err) < 0)
			return -1;
	}
	return 0;
}

/* Takes words that are mount attributes into *attributes; whether `word` is one. */
static bool take_attribute(const char *word, uint64_t *attributes)
{
	for (size_t i = 0; i < ARRAY_SIZE(attribute_words); i++) {
		if (strcmp(attribute_words[i].word, word) != 0)
			continue;
		*attributes = (*attributes & ~attribute_words[i].clear) | attribute_words[i].set;
		return true;
	}
	return false;
}

static bool is_tmpfs_option(const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(tmpfs_options); i++)
		if (has_prefix(option, tmpfs_options[i]))
			return true;
	return false;
}

static int add_tmpfs(const struct mount_request *request, struct runtime_spec *spec,
		     struct error *err)
{
	struct mount_spec *mount = runtime_spec_add_mount(spec, MOUNT_TMPFS, request->target);
	bool has_mode = false;

	mount->attributes = NO_SUID_DEV_EXEC | (request->read_only ? MOUNT_ATTR_RDONLY : 0);
	for (size_t i = 0; i < request->options.count; i++) {
		const char *option = request->options.items[i];

		if (take_attribute(option, &mount->attributes))
			continue;
		if (!is_tmpfs_option(option))
			return error_set(err, ERROR_USAGE, "invalid tmpfs option '%s'", option);
		has_mode = has_mode || has_prefix(option, "mode=");
		strings_add(&mount->options, option);
	}
	if (!has_mode)
		strings_add(&mount->options, "mode=1777");
	return 0;
}

static int set_propagation(const char *word, struct mount_spec *mount, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++) {
		if (strcmp(propagations[i].word, word) == 0) {
			mount->propagation = propagations[i].flags;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, "invalid bind propagation '%s'", word);
}

/* A host path; -v makes a missing directory, as compose files rely on it. */
static int open_source(const struct mount_request *request, struct error *err)
{
	int fd = open(request->source, O_PATH | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT && request->create_source)
		return dir_make(AT_FDCWD, request->source, DIRECTORY_MODE, err);
	if (errno == ENOENT)
		return error_set(err, ERROR_USAGE,
				 "invalid mount config for type \"bind\": bind source path does "
				 "not exist: %s",
				 request->source);
	return error_errno(err, "cannot open '%s' to mount it on '%s'", request->source,
			   request->target);
}

/* A volume, or what lies below it; links in it lead nowhere else (R1). */
static int open_volume(struct engine *engine, const struct mount_request *request,
		       struct error *err)
{
	auto_fd int volume = volume_open(engine, request->source, err);
	int fd;

	if (volume < 0 || !request->subpath)
		return take_fd(&volume);
	fd = rooted_open(volume, request->subpath, ROOTED_IN_ROOT, O_PATH, 0);
	if (fd < 0)
		return error_errno(err, "cannot open '%s' in volume '%s'", request->subpath,
				   request->source);
	return fd;
}

static int add_bind(struct engine *engine, const struct mount_request *request,
		    struct runtime_spec *spec, struct spec_files *files, struct error *err)
{
	struct mount_spec *mount;
	int fd = request->type == MOUNT_REQUEST_VOLUME ? open_volume(engine, request, err)
						       : open_source(request, err);

	if (fd < 0)
		return -1;
	spec_files_add(files, fd);
	mount = runtime_spec_add_mount(spec, MOUNT_BIND, request->target);
	mount->source = xstrdup(request->source);
	mount->source_fd = fd;
	mount->recursive = !request->non_recursive;
	mount->attributes = request->read_only ? MOUNT_ATTR_RDONLY : 0;
	for (size_t i = 0; i < request->options.count; i++)
		if (!take_attribute(request->options.items[i], &mount->attributes))
			return error_set(err, ERROR_USAGE, "invalid mount option '%s'",
					 request->options.items[i]);
	if (!is_empty(request->propagation))
		return set_propagation(request->propagation, mount, err);
	return 0;
}

static size_t depth(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		if (path[0] == '/' && path[1] != '/' && path[1] != '\0')
			count++;
	return count;
}

static int compare_depth(const void *left, const void *right)
{
	const struct mount_request *a = *(const struct mount_request *const *)left;
	const struct mount_request *b = *(const struct mount_request *const *)right;
	size_t a_depth = depth(a->target);
	size_t b_depth = depth(b->target);

	if (a_depth != b_depth)
		return a_depth < b_depth ? -1 : 1;
	return a < b ? -1 : 1; /* they stand in one array, in the user's order */
}

/* The options that the volume was made with come first: those of the mount may say more. */
static int add_volume(struct engine *engine, const struct mount_request *request,
		      struct runtime_spec *spec, struct spec_files *files, struct error *err)
{
	auto_release(volume) struct volume volume = { 0 };
	struct mount_request changed = *request;
	int result;

	if (volume_read(engine, request->source, &volume, err) < 0)
		return -1;
	changed.options = (struct strings){ 0 };
	volume_mount_options(&volume, &changed.options);
	for (size_t i = 0; i < request->options.count; i++)
		strings_add(&changed.options, request->options.items[i]);
	result = volume_kind(&volume) == VOLUME_TMPFS ? add_tmpfs(&changed, spec, err) :
							add_bind(engine, &changed, spec, files, err);
	strings_release(&changed.options);
	return result;
}

static int add_request(struct engine *engine, const struct mount_request *request,
		       struct runtime_spec *spec, struct spec_files *files, struct error *err)
{
	switch (request->type) {
	case MOUNT_REQUEST_TMPFS:
		return add_tmpfs(request, spec, err);
	case MOUNT_REQUEST_VOLUME:
		return add_volume(engine, request, spec, files, err);
	default:
		return add_bind(engine, request, spec, files, err);
	}
}

static int add_requests(struct engine *engine, const struct container_config *config,
			struct runtime_spec *spec, struct spec_files *files, struct error *err)
{
	auto_free const struct mount_request **sorted = xcalloc(config->mount_count + 1,
							       sizeof(struct mount_request *));

	for (size_t i = 0; i < config->mount_count; i++)
		sorted[i] = &config->mounts[i];
	qsort(sorted, config->mount_count, sizeof(struct mount_request *), compare_depth);
	for (size_t i = 0; i < config->mount_count; i++)
		if (add_request(engine, sorted[i], spec, files, err) < 0)
			return error_context(err, "mount on '%s'", sorted[i]->target);
	return 0;
}

int spec_mounts(struct engine *engine, struct container *container, struct runtime_spec *spec,
		struct spec_files *files, struct error *err)
{
	const struct container_config *config = &container->config;

	add_kernel_mounts(config, spec);
	if (add_shm(config, spec, files, err) < 0 ||
	    add_own_files(engine, container, spec, files, err) < 0)
		return -1;
	return add_requests(engine, config, spec, files, err);
}

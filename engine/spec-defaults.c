/* SPDX-License-Identifier: Apache-2.0 */
/* What a container may do and may not see: docker's defaults, and the options that change them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/container.h"
#include "engine/spec-internal.h"

#define NOFILE_DEFAULT 1048576

static const char *const masked_paths[] = {
	"/proc/acpi",	       "/proc/asound",	       "/proc/interrupts",
	"/proc/kcore",	       "/proc/keys",	       "/proc/latency_stats",
	"/proc/sched_debug",   "/proc/scsi",	       "/proc/timer_list",
	"/proc/timer_stats",   "/sys/devices/virtual/powercap", "/sys/firmware",
};

static const char *const read_only_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static const struct {
	const char *name;
	int resource;
} limits[] = {
	{ "core", RLIMIT_CORE },     { "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },     { "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },   { "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE }, { "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },	     { "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME }, { "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

/* Those that are per namespace, so that setting them touches this container alone. */
static const char *const ipc_sysctls[] = {
	"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
	"kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
};

static bool has_security_option(const struct container_config *config, const char *key,
				const char *value)
{
	for (size_t i = 0; i < config->security_opt.count; i++) {
		const char *rest = skip_prefix(config->security_opt.items[i], key);

		if (rest && (rest[0] == '=' || rest[0] == ':') && strcmp(rest + 1, value) == 0)
			return true;
	}
	return false;
}

int spec_capabilities(const struct container_config *config, uint64_t *ret_set,
		      struct error *err)
{
	if (config->privileged) {
		*ret_set = CAPABILITIES_ALL;
		return 0;
	}
	return capabilities_combine(CAPABILITIES_DEFAULT, &config->cap_add, &config->cap_drop,
				    ret_set, err);
}

static void add_limit(struct process_spec *process, int resource, rlim_t soft, rlim_t hard,
		      bool required)
{
	process->rlimits = xrealloc_array(process->rlimits, process->rlimit_count + 1,
					  sizeof(*process->rlimits));
	process->rlimits[process->rlimit_count++] = (struct rlimit_spec){
		.resource = resource,
		.limit = { .rlim_cur = soft, .rlim_max = hard },
		.required = required,
	};
}

static rlim_t limit_value(int64_t value)
{
	return value < 0 ? RLIM_INFINITY : (rlim_t)value;
}

int spec_rlimits(const struct container_config *config, struct process_spec *process,
		 struct error *err)
{
	bool has_nofile = false;

	for (size_t i = 0; i < config->ulimit_count; i++) {
		const struct ulimit_request *asked = &config->ulimits[i];
		size_t at = 0;

		while (at < ARRAY_SIZE(limits) && strcmp(limits[at].name, asked->name) != 0)
			at++;
		if (at == ARRAY_SIZE(limits))
			return error_set(err, ERROR_USAGE, "invalid ulimit type: %s", asked->name);
		has_nofile = has_nofile || limits[at].resource == RLIMIT_NOFILE;
		add_limit(process, limits[at].resource, limit_value(asked->soft),
			  limit_value(asked->hard), true);
	}
	if (!has_nofile)
		add_limit(process, RLIMIT_NOFILE, NOFILE_DEFAULT, NOFILE_DEFAULT, false);
	return 0;
}

/* Each cpu has a directory of counters that let one container watch another's load. */
static void mask_thermal(struct runtime_spec *spec)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);

	for (long i = 0; i < count; i++) {
		auto_free char *path =
			xasprintf("/sys/devices/system/cpu/cpu%ld/thermal_throttle", i);

		if (faccessat(AT_FDCWD, path, F_OK, 0) == 0)
			strings_add(&spec->masked_paths, path);
	}
}

void spec_masks(const struct container_config *config, struct runtime_spec *spec)
{
	if (config->privileged || has_security_option(config, "systempaths", "unconfined"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(masked_paths); i++)
		strings_add(&spec->masked_paths, masked_paths[i]);
	mask_thermal(spec);
	for (size_t i = 0; i < ARRAY_SIZE(read_only_paths); i++)
		strings_add(&spec->read_only_paths, read_only_paths[i]);
}

void spec_seccomp(const struct container_config *config, enum seccomp_mode *ret_mode,
		  const char **ret_file)
{
	*ret_file = NULL;
	if (config->privileged)
		*ret_mode = SECCOMP_UNCONFINED;
	else if (is_empty(config->seccomp) || strcmp(config->seccomp, "builtin") == 0)
		*ret_mode = SECCOMP_DEFAULT;
	else if (strcmp(config->seccomp, "unconfined") == 0)
		*ret_mode = SECCOMP_UNCONFINED;
	else {
		*ret_mode = SECCOMP_FILE;
		*ret_file = config->seccomp;
	}
}

/* Only what belongs to a namespace of the container's own may be set. */
static int check_sysctl(const struct runtime_spec *spec, const char *setting, struct error *err)
{
	auto_free char *key = xstrndup(setting, (size_t)(strchrnul(setting, '=') - setting));
	const struct namespace_spec *namespace = &spec->ipc_ns;
	bool known = has_prefix(key, "fs.mqueue.");

	if (has_prefix(key, "net.")) {
		namespace = &spec->net_ns;
		known = true;
	}
	for (size_t i = 0; !known && i < ARRAY_SIZE(ipc_sysctls); i++)
		known = strcmp(key, ipc_sysctls[i]) == 0;
	if (!known)
		return error_set(err, ERROR_USAGE,
				 "sysctl '%s' is not in a namespace of the container's own", key);
	if (namespace->mode != NAMESPACE_NEW)
		return error_set(err, ERROR_USAGE,
				 "sysctl '%s' is not allowed in a shared namespace", key);
	return 0;
}

int spec_sysctls(const struct container_config *config, struct runtime_spec *spec,
		 struct error *err)
{
	for (size_t i = 0; i < config->sysctls.count; i++)
		if (check_sysctl(spec, config->sysctls.items[i], err) < 0)
			return -1;
	/* As in docker, ports below 1024 need no capability: they are the container's own. */
	if (spec->net_ns.mode == NAMESPACE_NEW)
		strings_add(&spec->sysctls, "net.ipv4.ip_unprivileged_port_start=0");
	for (size_t i = 0; i < config->sysctls.count; i++)
		strings_add(&spec->sysctls, config->sysctls.items[i]);
	return 0;
}

/* r, w, m, each once. */
static bool is_permission(const char *text)
{
	return text[0] != '\0' && strlen(text) <= 3 && text[strspn(text, "rwm")] == '\0';
}

static void add_device(struct runtime_spec *spec, const char *host_path, const char *path,
		       const struct stat *stat)
{
	struct device_spec *device;

	spec->devices = xrealloc_array(spec->devices, spec->device_count + 1,
				       sizeof(*spec->devices));
	device = &spec->devices[spec->device_count++];
	*device = (struct device_spec){
		.path = xstrdup(path),
		.host_path = xstrdup(host_path),
		.type = S_ISCHR(stat->st_mode) ? 'c' : 'b',
		.major = major(stat->st_rdev),
		.minor = minor(stat->st_rdev),
		.mode = stat->st_mode & 07777,
		.uid = stat->st_uid,
		.gid = stat->st_gid,
	};
}

/* Every device in a directory that was named as one. */
static int add_device_directory(struct runtime_spec *spec, const char *host_path,
				const char *path, unsigned int depth, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	auto_fd int directory = dir_open(AT_FDCWD, host_path, err);

	if (directory < 0 || dir_list(directory, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		auto_free char *host_child = xasprintf("%s/%s", host_path, names.items[i]);
		auto_free char *child = xasprintf("%s/%s", path, names.items[i]);
		struct stat stat;

		if (fstatat(directory, names.items[i], &stat, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISCHR(stat.st_mode) || S_ISBLK(stat.st_mode))
			add_device(spec, host_child, child, &stat);
		else if (S_ISDIR(stat.st_mode) && depth > 0 &&
			 add_device_directory(spec, host_child, child, depth - 1, err) < 0)
			return -1;
	}
	return 0;
}

static int add_requested_device(struct runtime_spec *spec, const char *request,
				struct error *err)
{
	auto_release(strings) struct strings parts = { 0 };
	auto_free char *real = NULL;
	const char *path;
	struct stat stat;

	strings_split(&parts, request, ':');
	path = parts.count > 1 && !is_permission(parts.items[1]) ? parts.items[1]
								 : parts.items[0];
	if (parts.count > 3 || parts.items[0][0] != '/' || path[0] != '/' ||
	    (parts.count == 3 && !is_permission(parts.items[2])))
		return error_set(err, ERROR_USAGE, "invalid device specification: %s", request);
	real = realpath(parts.items[0], NULL);
	if (!real || fstatat(AT_FDCWD, real, &stat, 0) < 0)
		return error_errno(err, "cannot use device '%s'", parts.items[0]);
	if (S_ISDIR(stat.st_mode))
		return add_device_directory(spec, real, path, 8, err);
	if (!S_ISCHR(stat.st_mode) && !S_ISBLK(stat.st_mode))
		return error_set(err, ERROR_USAGE, "'%s' is not a device node", parts.items[0]);
	add_device(spec, real, path, &stat);
	return 0;
}

int spec_devices(const struct container_config *config, struct runtime_spec *spec,
		 struct error *err)
{
	for (size_t i = 0; !config->privileged && i < config->devices.count; i++)
		if (add_requested_device(spec, config->devices.items[i], err) < 0)
			return -1;
	return 0;
}

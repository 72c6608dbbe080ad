/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel parameters of the container's namespaces: a closed list (R13), written
 * through a procfs that is attached nowhere (R5), so that no mount in the
 * container can stand between us and the file.
 */
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/filesystem.h"
#include "engine/runtime/setup.h"

static const char *const ipc_keys[] = {
	"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
	"kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
};

static bool is_ipc_key(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(ipc_keys); i++) {
		if (strcmp(key, ipc_keys[i]) == 0)
			return true;
	}
	return has_prefix(key, "fs.mqueue.");
}

static int check_key(const struct runtime_spec *spec, const char *key, struct error *err)
{
	bool net = has_prefix(key, "net."), ipc = is_ipc_key(key);

	if (!net && !ipc)
		return error_set(err, ERROR_USAGE,
				 "sysctl '%s' is not of a container's namespaces", key);
	if ((net ? spec->net_ns.mode : spec->ipc_ns.mode) == NAMESPACE_HOST)
		return error_set(err, ERROR_USAGE,
				 "sysctl '%s' would change the host, whose namespace is shared",
				 key);
	return 0;
}

int setup_sysctl_access(struct setup *setup, struct error *err)
{
	struct statfs info;

	if (setup->spec->sysctls.count == 0)
		return 0;
	setup->sysctl = filesystem_open("proc", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					MOUNT_ATTR_NOEXEC, err);
	if (setup->sysctl < 0)
		return -1;
	if (fstatfs(setup->sysctl, &info) < 0 || info.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ERROR_OTHER, "it is no procfs");
	return 0;
}

/* "net.ipv4.ip_forward" -> "sys/net/ipv4/ip_forward"; as with sysctl(8), '/' stands for a dot. */
static char *path_of_key(const char *key)
{
	char *path = xasprintf("sys/%s", key);

	for (char *c = path + strlen("sys/"); *c; c++) {
		if (*c == '.')
			*c = '/';
		else if (*c == '/')
			*c = '.';
	}
	return path;
}

static int write_value(int proc, const char *key, const char *value, struct error *err)
{
	auto_free char *path = path_of_key(key);
	auto_fd int fd = rooted_open(proc, path, ROOTED_BENEATH, O_WRONLY, 0);
	size_t length = strlen(value);
	struct statfs info;

	if (fd < 0)
		return error_errno(err, "sysctl '%s'", key);
	if (fstatfs(fd, &info) < 0 || info.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ERROR_OTHER, "sysctl '%s' is not on procfs", key);
	if (write(fd, value, length) != (ssize_t)length)
		return error_errno(err, "sysctl '%s' does not take '%s'", key, value);
	return 0;
}

int setup_sysctls(struct setup *setup, struct error *err)
{
	const struct strings *sysctls = &setup->spec->sysctls;

	for (size_t i = 0; i < sysctls->count; i++) {
		auto_free char *key = xstrdup(sysctls->items[i]);
		char *value = strchr(key, '=');

		if (!value)
			return error_set(err, ERROR_USAGE, "sysctl '%s' is not KEY=VALUE", key);
		*value++ = '\0';
		if (check_key(setup->spec, key, err) < 0 ||
		    write_value(setup->sysctl, key, value, err) < 0)
			return -1;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the kernel's switches after it has said no. unshare(2) has one errno
 * for several causes, and each distribution has its own way to forbid.
 */
#include "rootless/userns-refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"

#define SETTING_SIZE_MAX 64
#define MOUNTS_SIZE_MAX ((size_t)16 << 20)
#define MOUNT_POINT_FIELD 4	/* of a line of mountinfo, counted from 0 */

/* A switch under /proc/sys, the value that forbids, and one that allows. */
static const struct setting {
	const char *path, *name, *forbids, *allows;
} settings[] = {
	{ "/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", "0", "1" },
	{ "/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", "0", "15000" },
	{ "/proc/sys/user/max_mnt_namespaces", "user.max_mnt_namespaces", "0", "15000" },
	/* Ubuntu 23.10 and later: the namespace is made, but without any capability. */
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
	  "kernel.apparmor_restrict_unprivileged_userns", "1", "0" },
};

static bool setting_forbids(const struct setting *setting)
{
	auto_error ignored = { 0 };
	auto_free char *value =
		file_read_line(AT_FDCWD, setting->path, SETTING_SIZE_MAX, &ignored);

	return value && strcmp(value, setting->forbids) == 0;
}

static bool is_root_mount(const char *line)
{
	for (int field = 0; field < MOUNT_POINT_FIELD; field++) {
		line += strcspn(line, " \n");
		if (*line != ' ')
			return false;
		line++;
	}
	return line[0] == '/' && line[1] == ' ';
}

/* The kernel makes no user namespace for a process in a chroot. There, as opposed to behind a
 * pivot_root, mostly no mount point is "/". */
static bool in_chroot(void)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };
	const char *line;

	if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTS_SIZE_MAX, &text, &ignored) < 0)
		return false;
	for (line = text.data; line && *line;) {
		if (is_root_mount(line))
			return false;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return true;
}

int userns_refused(const char *step, struct error *err)
{
	int errnum = errno;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct setting *setting = &settings[i];

		if (!setting_forbids(setting))
			continue;
		error_set(err, ERROR_UNSUPPORTED, "cannot %s: %s=%s forbids it", step,
			  setting->name, setting->forbids);
		err->errnum = errnum;
		return error_remedy(err, "an administrator can allow it: sysctl -w %s=%s",
				    setting->name, setting->allows);
	}
	error_errnum(err, errnum, "cannot %s", step);
	err->kind = ERROR_UNSUPPORTED;
	if (errnum != EPERM && errnum != EACCES)
		return -1;
	if (in_chroot())
		return error_remedy(err, "the kernel refuses it in a chroot: "
				    "enter the directory with pivot_root instead");
	return error_remedy(err, "a seccomp filter or a security module forbids it to this process");
}

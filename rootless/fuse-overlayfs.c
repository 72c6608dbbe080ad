/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuse-overlayfs(1) on a mount that we make ourselves: /dev/fuse is opened here,
 * bound to a detached mount, and handed over as the mount point "/dev/fd/N",
 * which libfuse 3.3 and later take for a mount that is there already. So no path
 * of the host gets covered, and nothing is left to unmount.
 */
#include "rootless/fuse-overlayfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "rootless/helper.h"

#define DEFAULT_PROGRAM "fuse-overlayfs"

/* A path as part of an option: an unescaped "," ends it. */
static void add_path(struct buffer *options, const char *path)
{
	for (; *path; path++) {
		if (*path == ',' || *path == '\\')
			buffer_putc(options, '\\');
		buffer_putc(options, *path);
	}
}

/* fuse-overlayfs splits the list of layers at ":" and knows no escape for it. */
static int check_lower(const char *const *lower, struct error *err)
{
	for (; *lower; lower++)
		if (strchr(*lower, ':'))
			return error_set(err, ERROR_UNSUPPORTED,
					 "cannot give '%s' to %s: the path has a colon", *lower,
					 DEFAULT_PROGRAM);
	return 0;
}

static char *compose_options(const char *const *lower, const char *upper, const char *work)
{
	auto_release(buffer) struct buffer options = { 0 };

	buffer_puts(&options, "lowerdir=");
	for (size_t i = 0; lower[i]; i++) {
		if (i > 0)
			buffer_putc(&options, ':');
		add_path(&options, lower[i]);
	}
	if (upper) {
		buffer_puts(&options, ",upperdir=");
		add_path(&options, upper);
		buffer_puts(&options, ",workdir=");
		add_path(&options, work);
	}
	return buffer_take(&options);
}

static int set_text(int fs, const char *key, const char *value)
{
	return sys_fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0);
}

static int set_flag(int fs, const char *key)
{
	return sys_fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);
}

/* A detached FUSE mount that `device` serves. */
static int make_mount(int device, struct error *err)
{
	auto_fd int fs = sys_fsopen("fuse", FSOPEN_CLOEXEC);
	auto_fd int mount = -1;
	char number[16];

	snprintf(number, sizeof(number), "%d", device);
	if (fs < 0 || set_text(fs, "source", DEFAULT_PROGRAM) < 0 ||
	    set_text(fs, "fd", number) < 0 || set_text(fs, "rootmode", "40000") < 0 ||
	    set_text(fs, "user_id", "0") < 0 || set_text(fs, "group_id", "0") < 0 ||
	    set_flag(fs, "default_permissions") < 0 || set_flag(fs, "allow_other") < 0 ||
	    sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_errno(err, "cannot make a FUSE file system");
	mount = sys_fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mount < 0)
		return error_errno(err, "cannot mount a FUSE file system");
	return take_fd(&mount);
}

static int open_device(struct error *err)
{
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (device < 0) {
		error_errno(err, "cannot open '/dev/fuse'");
		return error_remedy(err, "it needs the kernel module fuse: modprobe fuse");
	}
	return device;
}

int fuse_overlayfs_mount(const char *program, const char *const *lower, const char *upper,
			 const char *work, struct process *ret_process, int *ret_mount,
			 struct error *err)
{
	auto_free char *options = compose_options(lower, upper, work);
	auto_release(helper) struct helper helper = HELPER_NONE;
	auto_fd int device = check_lower(lower, err) < 0 ? -1 : open_device(err);
	auto_fd int mount = device < 0 ? -1 : make_mount(device, err);
	char point[32];
	const char *argv[] = {
		program ? program : DEFAULT_PROGRAM, "-f", "-o", options, point, NULL,
	};
	struct spawn spawn = { .argv = argv, .inherit = &device, .inherit_count = 1 };
	struct stat root;

	if (mount < 0)
		return -1;
	snprintf(point, sizeof(point), "/dev/fd/%d", device);
	if (helper_start(&spawn, &helper, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)
			error_remedy(err, "install the package fuse-overlayfs");
		return -1;
	}
	/* With our own descriptor closed, the mount fails as soon as the program gives up; until
	 * it serves, this call waits. */
	close(take_fd(&device));
	if (fstat(mount, &root) < 0)
		return helper_failed(&helper, DEFAULT_PROGRAM, err);
	*ret_process = helper_take_process(&helper);
	*ret_mount = take_fd(&mount);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root: made as a detached mount before the clone, since layers are
 * descriptors of the launching process, and the kernel only takes those of the
 * caller's own mount namespace. The child attaches it, and makes it "/".
 */
#include "engine/runtime/rootfs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/filesystem.h"
#include "engine/runtime/overlay.h"
#include "engine/runtime/setup.h"
#include "rootless/fuse-overlayfs.h"

#define FD_PATH_SIZE 32

static char *path_of(int dir, struct error *err)
{
	char link[FD_PATH_SIZE];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	return link_read(AT_FDCWD, link, err);
}

static int add_path(struct strings *list, int dir, struct error *err)
{
	char *path = path_of(dir, err);

	if (!path)
		return -1;
	strings_take(list, path);
	return 0;
}

static int open_fuse(const struct runtime_spec *spec, int *ret_mount, struct process *ret_server,
		     struct error *err)
{
	auto_release(strings) struct strings lower = { 0 };
	auto_free char *upper = NULL, *work = NULL;

	for (size_t i = 0; i < spec->lower_count; i++) {
		if (add_path(&lower, spec->lower[i], err) < 0)
			return -1;
	}
	if (spec->upper >= 0) {
		upper = path_of(spec->upper, err);
		work = upper ? path_of(spec->work, err) : NULL;
		if (!work)
			return -1;
	}
	return fuse_overlayfs_mount(spec->overlay_program, (const char *const *)lower.items, upper,
				    work, ret_server, ret_mount, err);
}

/* The kernel's answers that mean "not in a user namespace, not here". */
static bool is_refusal(const struct error *err)
{
	return error_is_errno(err, EPERM) || error_is_errno(err, EINVAL) ||
	       error_is_errno(err, ENODEV) || error_is_errno(err, EOPNOTSUPP);
}

static int open_overlay(const struct runtime_spec *spec, int *ret_mount,
			struct process *ret_server, struct error *err)
{
	struct overlay overlay = {
		.lower = spec->lower, .lower_count = spec->lower_count,
		.upper = spec->upper, .work = spec->work, .user_xattr = spec->user_xattr,
	};
	auto_error fuse_error = { 0 };

	if (spec->overlay_program)
		return open_fuse(spec, ret_mount, ret_server, err);
	if (overlay_is_legacy())
		return 0;
	*ret_mount = overlay_open(&overlay, err);
	if (*ret_mount >= 0)
		return 0;
	if (!spec->user_xattr || !is_refusal(err))
		return -1;
	if (open_fuse(spec, ret_mount, ret_server, &fuse_error) < 0)
		return error_remedy(err, "and instead of it: %s", fuse_error.message);
	error_release(err);
	return 0;
}

static int open_directory(int dir, bool recursive, uint64_t attributes, int *ret_mount,
			  struct error *err)
{
	auto_fd int mount = filesystem_copy(dir, "", recursive);

	if (mount < 0)
		return error_errno(err, "cannot take the root's directory");
	if (filesystem_change(mount, recursive, attributes, MS_PRIVATE) < 0)
		return error_errno(err, "cannot set attributes of the root");
	*ret_mount = take_fd(&mount);
	return 0;
}

int rootfs_open(const struct runtime_spec *spec, int *ret_mount, struct process *ret_server,
		struct error *err)
{
	*ret_mount = -1;
	if (spec->lower_count == 0)
		return open_directory(spec->root_directory, true, 0, ret_mount, err);
	/* An overlay has to have two layers at least. */
	if (spec->lower_count == 1 && spec->upper < 0)
		return open_directory(spec->lower[0], false, MOUNT_ATTR_RDONLY, ret_mount, err);
	return open_overlay(spec, ret_mount, ret_server, err);
}

int setup_host_mounts(struct setup *setup, struct error *err)
{
	(void)setup;
	if (sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_errno(err, "cannot make the host's mounts private");
	return 0;
}

/* Opens what is at the place of the directory `dir`, in this mount namespace. */
static int open_place(int dir, struct error *err)
{
	auto_free char *path = path_of(dir, err);
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	int fd = path ? sys_openat2(AT_FDCWD, path, &how) : -1;

	if (path && fd < 0)
		return error_errno(err, "cannot open '%s' again", path);
	return fd;
}

/* The same, which has to be that directory still. */
static int open_again(int dir, struct error *err)
{
	auto_fd int fd = open_place(dir, err);
	struct stat before, after;

	if (fd < 0)
		return -1;
	if (fstat(dir, &before) < 0 || fstat(fd, &after) < 0)
		return error_errno(err, "cannot look at a directory");
	if (before.st_dev != after.st_dev || before.st_ino != after.st_ino)
		return error_set(err, ERROR_OTHER, "a directory was exchanged meanwhile");
	return take_fd(&fd);
}

static int attach_legacy(const struct runtime_spec *spec, int target, struct error *err)
{
	auto_free int *lower = xcalloc(spec->lower_count, sizeof(*lower));
	struct overlay overlay = {
		.lower = lower, .lower_count = spec->lower_count,
		.upper = -1, .work = -1, .user_xattr = spec->user_xattr,
	};

	/* These stay open until exec. */
	for (size_t i = 0; i < spec->lower_count; i++) {
		lower[i] = open_again(spec->lower[i], err);
		if (lower[i] < 0)
			return -1;
	}
	if (spec->upper >= 0) {
		overlay.upper = open_again(spec->upper, err);
		overlay.work = overlay.upper < 0 ? -1 : open_again(spec->work, err);
		if (overlay.work < 0)
			return -1;
	}
	return overlay_attach_legacy(&overlay, target, err);
}

int setup_root(struct setup *setup, struct error *err)
{
	auto_fd int target = open_again(setup->spec->rootfs_mount_point, err);

	if (target < 0)
		return -1;
	if (setup->root >= 0) {
		if (filesystem_attach(setup->root, target) < 0)
			return error_errno(err, "cannot attach it");
		return 0;
	}
	if (attach_legacy(setup->spec, target, err) < 0)
		return -1;
	/* Once more: `target` is what lies below the mount. */
	setup->root = open_place(setup->spec->rootfs_mount_point, err);
	return setup->root < 0 ? -1 : 0;
}

int setup_pivot(struct setup *setup, struct error *err)
{
	uint64_t attributes = 0;

	if (setup->spec->read_only)
		attributes |= MOUNT_ATTR_RDONLY;
	/* No device cgroup stands behind this: a node that root makes in here must not work. */
	if (setup->makes_nodes && !setup->spec->all_devices)
		attributes |= MOUNT_ATTR_NODEV;
	if (filesystem_change(setup->root, false, attributes, 0) < 0)
		return error_errno(err, "cannot set its attributes");
	if (fchdir(setup->root) < 0)
		return error_errno(err, "cannot enter it");
	/* Puts the host's root on top of ours, from where it is taken away. pivot_root(2). */
	if (sys_pivot_root(".", ".") < 0)
		return error_errno(err, "pivot_root");
	if (sys_umount(".", UMOUNT_DETACH) < 0)
		return error_errno(err, "cannot detach the host's file systems");
	if (chdir("/") < 0)
		return error_errno(err, "cannot enter it");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlayfs, in its two mount interfaces. Options that differ from the kernel's
 * defaults, or pin them where the kernel was configured otherwise:
 *
 *	index=off		the upper directory may have been under other layers' inodes before
 *	metacopy=off		an upper directory becomes a layer: it has to hold whole files,
 *	redirect_dir=nofollow	and no marks that make sense only above the same lower trees
 *	userxattr		in a user namespace: marks are user.overlay.*
 */
#include "engine/runtime/overlay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/syscalls.h"
#include "engine/runtime/filesystem.h"

#define FD_PATH_SIZE 32
#define MOUNT_DATA_SIZE 4095	/* a page with the NUL */

static const char *const common_options[] = {
	"index=off", "metacopy=off", "redirect_dir=nofollow",
};

bool overlay_is_legacy(void)
{
	struct utsname name;
	unsigned int major, minor;

	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < 6 || (major == 6 && minor < 5);
}

static int set_directory(int context, const char *key, int dir, struct error *err)
{
	char option[FD_PATH_SIZE + 16];

	snprintf(option, sizeof(option), "%s=/proc/self/fd/%d", key, dir);
	return filesystem_set(context, option, err);
}

static int set_options(int context, const struct overlay *overlay, struct error *err)
{
	if (filesystem_set(context, "source=overlay", err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(common_options); i++) {
		if (filesystem_set(context, common_options[i], err) < 0)
			return -1;
	}
	if (overlay->user_xattr && filesystem_set(context, "userxattr", err) < 0)
		return -1;
	for (size_t i = 0; i < overlay->lower_count; i++) {
		if (set_directory(context, "lowerdir+", overlay->lower[i], err) < 0)
			return -1;
	}
	if (overlay->upper < 0)
		return 0;
	if (set_directory(context, "upperdir", overlay->upper, err) < 0)
		return -1;
	return set_directory(context, "workdir", overlay->work, err);
}

static int check_count(const struct overlay *overlay, struct error *err)
{
	if (overlay->lower_count <= OVERLAY_LOWER_MAX)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED, "%zu layers; the kernel takes %d",
			 overlay->lower_count, OVERLAY_LOWER_MAX);
}

int overlay_open(const struct overlay *overlay, struct error *err)
{
	auto_fd int context = -1;
	int mount;

	if (check_count(overlay, err) < 0)
		return -1;
	context = sys_fsopen("overlay", FSOPEN_CLOEXEC);
	if (context < 0)
		return error_errno(err, "cannot make a file system of type overlay");
	if (set_options(context, overlay, err) < 0)
		return error_context(err, "overlay");
	if (sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return filesystem_refused(context, "overlay", err);
	mount = sys_fsmount(context, FSMOUNT_CLOEXEC, 0);
	return mount < 0 ? filesystem_refused(context, "overlay", err) : mount;
}

static char *legacy_options(const struct overlay *overlay)
{
	struct buffer text = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(common_options); i++)
		buffer_printf(&text, "%s,", common_options[i]);
	if (overlay->user_xattr)
		buffer_puts(&text, "userxattr,");
	if (overlay->upper >= 0)
		buffer_printf(&text, "upperdir=%d,workdir=%d,", overlay->upper, overlay->work);
	buffer_puts(&text, "lowerdir=");
	for (size_t i = 0; i < overlay->lower_count; i++)
		buffer_printf(&text, "%s%d", i ? ":" : "", overlay->lower[i]);
	return buffer_take(&text);
}

int overlay_attach_legacy(const struct overlay *overlay, int target, struct error *err)
{
	auto_free char *options = legacy_options(overlay);
	char path[FD_PATH_SIZE];

	if (check_count(overlay, err) < 0)
		return -1;
	if (strlen(options) > MOUNT_DATA_SIZE)
		return error_set(err, ERROR_UNSUPPORTED,
				 "%zu layers are more than this kernel takes; 6.5 takes %d",
				 overlay->lower_count, OVERLAY_LOWER_MAX);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", target);
	if (chdir("/proc/self/fd") < 0)
		return error_errno(err, "cannot enter /proc/self/fd");
	if (sys_mount("overlay", path, "overlay", 0, options) < 0)
		return error_errno(err, "cannot make a file system of type overlay");
	return 0;
}

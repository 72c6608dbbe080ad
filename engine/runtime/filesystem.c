/* SPDX-License-Identifier: Apache-2.0 */
/* The mount system calls of Linux 5.2 and later, with their error texts. */
#include "engine/runtime/filesystem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/syscalls.h"

#define LOG_SIZE 256

/* errno's text, or the first line that the kernel wrote into the context ("e tmpfs: Bad value"). */
int filesystem_refused(int context, const char *type, struct error *err)
{
	int saved = errno;
	char log[LOG_SIZE];
	ssize_t size = read(context, log, sizeof(log) - 1);

	errno = saved;
	error_errno(err, "cannot make a file system of type %s", type);
	if (size > 2 && log[0] == 'e' && log[1] == ' ') {
		auto_free char *text = NULL;

		log[size] = '\0';
		log[strcspn(log, "\n")] = '\0';
		text = printable(log + 2);
		error_errnum(err, saved, "cannot make a file system of type %s: %s", type, text);
	}
	return -1;
}

int filesystem_set(int context, const char *option, struct error *err)
{
	auto_free char *key = xstrdup(option);
	char *value = strchr(key, '=');
	int result;

	if (value)
		*value++ = '\0';
	if (value)
		result = sys_fsconfig(context, FSCONFIG_SET_STRING, key, value, 0);
	else
		result = sys_fsconfig(context, FSCONFIG_SET_FLAG, key, NULL, 0);
	if (result < 0)
		return error_errno(err, "option '%s' is refused", option);
	return 0;
}

int filesystem_open(const char *type, const struct strings *options, uint64_t attributes,
		    struct error *err)
{
	auto_fd int context = sys_fsopen(type, FSOPEN_CLOEXEC);
	int mount;

	if (context < 0)
		return error_errno(err, "cannot make a file system of type %s", type);
	/* What df and mountinfo show first. */
	if (sys_fsconfig(context, FSCONFIG_SET_STRING, "source", type, 0) < 0)
		return error_errno(err, "the source is refused");
	for (size_t i = 0; options && i < options->count; i++) {
		if (filesystem_set(context, options->items[i], err) < 0)
			return -1;
	}
	if (sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return filesystem_refused(context, type, err);
	mount = sys_fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)attributes);
	return mount < 0 ? filesystem_refused(context, type, err) : mount;
}

int filesystem_copy(int dir, const char *path, bool recursive)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;

	if (!*path)
		flags |= AT_EMPTY_PATH;
	if (recursive)
		flags |= AT_RECURSIVE;
	return sys_open_tree(dir, path, flags);
}

int filesystem_change(int mount, bool recursive, uint64_t attributes, uint64_t propagation)
{
	struct mount_attr change = { .attr_set = attributes, .propagation = propagation };
	unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return sys_mount_setattr(mount, "", flags, &change, sizeof(change));
}

int filesystem_attach(int mount, int target)
{
	return sys_move_mount(mount, "", target, "",
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

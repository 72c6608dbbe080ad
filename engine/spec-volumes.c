/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copy-up: volumes that are empty get what the image has in their place.
 *
 * The image's layers are read through an overlay without an upper directory. Kernels
 * before 6.5 can mount that only at a path: there a child does the copying, with a mount
 * namespace of its own, so that nothing shows outside.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/syscalls.h"
#include "engine/container.h"
#include "engine/runtime/overlay.h"
#include "engine/runtime/rootfs.h"
#include "engine/spec-internal.h"
#include "engine/volumes.h"

#define MESSAGE_SIZE_MAX 4096

struct filling {
	struct engine *engine;
	const struct container_config *config;
	const struct runtime_spec *spec;
	int report;	/* where the child writes why it failed */
};

static bool wants_copy(const struct mount_request *mount)
{
	return mount->type == MOUNT_REQUEST_VOLUME && !mount->no_copy && !mount->subpath;
}

static bool any_wants_copy(const struct container_config *config)
{
	for (size_t i = 0; i < config->mount_count; i++)
		if (wants_copy(&config->mounts[i]))
			return true;
	return false;
}

static int fill_from(const struct filling *filling, int root, struct error *err)
{
	const struct container_config *config = filling->config;

	for (size_t i = 0; i < config->mount_count; i++)
		if (wants_copy(&config->mounts[i]) &&
		    volume_fill(filling->engine, config->mounts[i].source, root,
				config->mounts[i].target, err) < 0)
			return -1;
	return 0;
}

/* The same directory, as the mount namespace that we are in now has it. */
static int open_again(int dir, struct error *err)
{
	auto_free char *path = NULL;
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	path = link_read(AT_FDCWD, link, err);
	return path ? dir_open(AT_FDCWD, path, err) : -1;
}

static int fill_mounted(const struct filling *filling, struct error *err)
{
	const struct runtime_spec *spec = filling->spec;
	auto_free int *lower = xcalloc(spec->lower_count, sizeof(*lower));
	struct overlay overlay = { .lower = lower, .lower_count = spec->lower_count, .upper = -1,
				   .work = -1, .user_xattr = spec->user_xattr };
	auto_fd int place = -1;
	auto_fd int root = -1;

	if (sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_errno(err, "cannot make the mounts private");
	for (size_t i = 0; i < spec->lower_count; i++) { /* closed by the child's end */
		lower[i] = open_again(spec->lower[i], err);
		if (lower[i] < 0)
			return -1;
	}
	place = open_again(spec->rootfs_mount_point, err);
	if (place < 0 || overlay_attach_legacy(&overlay, place, err) < 0)
		return -1;
	root = open_again(spec->rootfs_mount_point, err);
	return root < 0 ? -1 : fill_from(filling, root, err);
}

static int fill_child(void *argument)
{
	const struct filling *filling = argument;
	auto_error err = { 0 };

	if (fill_mounted(filling, &err) == 0)
		return 0;
	fd_write_full(filling->report, err.message, strnlen(err.message, MESSAGE_SIZE_MAX));
	return 1;
}

static int fill_in_child(struct filling *filling, struct error *err)
{
	auto_release(buffer) struct buffer message = { .max = MESSAGE_SIZE_MAX };
	struct process process = PROCESS_NONE;
	auto_fd int reading = -1;
	int started, status;

	if (fd_pipe(&reading, &filling->report, err) < 0)
		return -1;
	started = process_clone(CLONE_NEWNS, -1, fill_child, filling, &process, err);
	close(filling->report);
	if (started == 0)
		started = fd_read_all(reading, "report", &message, err);
	if (started < 0) {
		process_kill(&process);
		return -1;
	}
	if (process_wait(&process, &status, err) < 0)
		return -1;
	if (status == 0)
		return 0;
	return error_set(err, ERROR_OTHER, "%s", message.size ? message.data : "copying failed");
}

int spec_fill_volumes(struct engine *engine, struct container *container,
		      const struct runtime_spec *spec, struct error *err)
{
	struct filling filling = { .engine = engine, .config = &container->config, .spec = spec };
	struct process server = PROCESS_NONE;
	struct runtime_spec image = *spec;
	auto_fd int root = -1;
	int result;

	if (!any_wants_copy(&container->config))
		return 0;
	if (spec->lower_count == 1)
		return fill_from(&filling, spec->lower[0], err);
	image.upper = image.work = -1;
	if (rootfs_open(&image, &root, &server, err) < 0)
		return -1;
	result = root >= 0 ? fill_from(&filling, root, err) : fill_in_child(&filling, err);
	auto_close_fd(&root);
	root = -1;
	process_kill(&server);
	return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copy-up: volumes that are empty get what the image has in their place. */
#include <fcntl.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/process.h"
#include "engine/container.h"
#include "engine/runtime/rootfs.h"
#include "engine/spec-internal.h"
#include "engine/volumes.h"

static bool wants_copy(const struct mount_request *mount)
{
	return mount->type == MOUNT_REQUEST_VOLUME && !mount->no_copy;
}

/* The image's file tree: the only layer, or a mount of them all that is attached nowhere. */
static int open_image_root(const struct runtime_spec *spec, struct process *ret_server,
			   struct error *err)
{
	struct runtime_spec image = *spec;
	int root;

	if (spec->lower_count == 1)
		return fcntl(spec->lower[0], F_DUPFD_CLOEXEC, 3);
	image.upper = image.work = -1;
	image.read_only = true;
	return rootfs_open(&image, &root, ret_server, err) < 0 ? -1 : root;
}

int spec_fill_volumes(struct engine *engine, struct container *container,
		      const struct runtime_spec *spec, struct error *err)
{
	const struct container_config *config = &container->config;
	struct process server = PROCESS_NONE;
	auto_fd int root = -1;
	int result = 0;

	for (size_t i = 0; result == 0 && i < config->mount_count; i++) {
		if (!wants_copy(&config->mounts[i]))
			continue;
		if (root < 0)
			root = open_image_root(spec, &server, err);
		if (root < 0) {
			result = -1;
			break;
		}
		result = volume_fill(engine, config->mounts[i].source, root,
				     config->mounts[i].target, err);
	}
	auto_close_fd(&root);
	root = -1;
	process_kill(&server);
	return result;
}

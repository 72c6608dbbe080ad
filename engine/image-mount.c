/* SPDX-License-Identifier: Apache-2.0 */
/* Mounting images on the host: see image-mount.h. */
#include "engine/image-mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/engine.h"
#include "engine/runtime/filesystem.h"
#include "engine/runtime/overlay.h"
#include "image/store.h"

#define MOUNTS_DIR "images"
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

char *image_mount_path(const struct engine *engine, const struct digest *id)
{
	return xasprintf("%s/" MOUNTS_DIR "/%s", engine->runroot_path, id->hex);
}

/* Whether `name` in `dir` is a mount point; false where there is no such directory. */
static bool is_mount_point(int dir, const char *name)
{
	auto_fd int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat inside, outside;

	return fd >= 0 && fstat(dir, &outside) == 0 && fstat(fd, &inside) == 0 &&
	       inside.st_dev != outside.st_dev;
}

static int open_mounts(struct engine *engine)
{
	return openat(engine->runroot, MOUNTS_DIR, DIRECTORY_FLAGS);
}

bool image_is_mounted(struct engine *engine, const struct digest *id)
{
	auto_fd int mounts = open_mounts(engine);

	return mounts >= 0 && is_mount_point(mounts, id->hex);
}

int image_list_mounts(struct engine *engine, struct strings *ret_ids, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	auto_fd int mounts = open_mounts(engine);

	if (mounts < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot list the mounted images");
	if (dir_list(mounts, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (is_mount_point(mounts, names.items[i]))
			strings_add(ret_ids, names.items[i]);
	return 0;
}

/* Root of the machine, or id 0 of a namespace in which the user stays for longer than a command. */
static int check_possible(const struct engine *engine, struct error *err)
{
	if (engine->user.is_root || (engine->entered && engine->mode != USERNS_NONE))
		return 0;
	error_set(err, ERROR_UNSUPPORTED, "an ordinary user cannot mount an image: the mount would "
		  "be seen by this command alone");
	return error_remedy(err, "run a shell in a container of the image instead, copy files out of one "
			    "with 'proa cp', or mount it inside of 'proa unshare'");
}

/* Trees of the layers, top first. */
struct trees {
	int *items;
	size_t count;
};

static void trees_release(struct trees *trees)
{
	for (size_t i = 0; i < trees->count; i++)
		auto_close_fd(&trees->items[i]);
	free(trees->items);
}

static int open_trees(struct engine *engine, const struct image *image, struct trees *trees,
		      struct error *err)
{
	const struct image_config *config = &image->config;

	trees->items = xcalloc(config->diff_id_count + 1, sizeof(*trees->items));
	for (size_t i = config->diff_id_count; i-- > 0;) {
		auto_fd int layer = store_open_layer(engine->store, &config->diff_ids[i], err);
		int tree;

		if (layer < 0)
			return -1;
		tree = openat(layer, "tree", DIRECTORY_FLAGS);
		if (tree < 0)
			return error_errno(err, "cannot open layer sha256:%s",
					   config->diff_ids[i].hex);
		trees->items[trees->count++] = tree;
	}
	return 0;
}

/* overlayfs wants two lower directories where there is no upper one. */
static int add_empty_tree(int mounts, struct trees *trees, struct error *err)
{
	if (trees->count > 1)
		return 0;
	for (size_t i = trees->count; i < 2; i++) {
		auto_free char *name = xasprintf(".empty-%zu", i);
		int empty = dir_make(mounts, name, 0755, err);

		if (empty < 0)
			return -1;
		trees->items = xrealloc_array(trees->items, trees->count + 1,
					      sizeof(*trees->items));
		trees->items[trees->count++] = empty;
	}
	return 0;
}

static int attach(struct engine *engine, const struct trees *trees, int target, struct error *err)
{
	const struct overlay overlay = {
		.lower = trees->items,
		.lower_count = trees->count,
		.upper = -1,
		.work = -1,
		.user_xattr = !engine->user.is_root,
	};
	auto_fd int mount = -1;

	if (overlay_is_legacy())
		return overlay_attach_legacy(&overlay, target, err);
	mount = overlay_open(&overlay, err);
	if (mount < 0)
		return -1;
	if (filesystem_change(mount, false, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID,
			      0) < 0 ||
	    filesystem_attach(mount, target) < 0)
		return error_errno(err, "cannot attach the overlay");
	return 0;
}

int image_mount(struct engine *engine, const struct image *image, char **ret_path,
		struct error *err)
{
	auto_free char *path = image_mount_path(engine, &image->id);
	auto_release(trees) struct trees trees = { 0 };
	auto_fd int mounts = -1;
	auto_fd int target = -1;

	if (check_possible(engine, err) < 0)
		return -1;
	mounts = dir_make(engine->runroot, MOUNTS_DIR, 0700, err);
	if (mounts < 0)
		return -1;
	if (!is_mount_point(mounts, image->id.hex)) {
		target = dir_make(mounts, image->id.hex, 0700, err);
		if (target < 0 || open_trees(engine, image, &trees, err) < 0 ||
		    add_empty_tree(mounts, &trees, err) < 0 ||
		    attach(engine, &trees, target, err) < 0)
			return error_context(err, "cannot mount image %.12s", image->id.hex);
	}
	*ret_path = take_ptr(&path);
	return 0;
}

int image_unmount(struct engine *engine, const struct digest *id, bool force, struct error *err)
{
	auto_fd int mounts = open_mounts(engine);
	auto_free char *path = image_mount_path(engine, id);

	if (mounts < 0 || !is_mount_point(mounts, id->hex))
		return 0;
	if (sys_umount(path, force ? UMOUNT_DETACH : 0) < 0) {
		if (errno == EBUSY)
			return error_set(err, ERROR_BUSY, "cannot unmount image %.12s: it is in use; -f "
					 "unmounts it as soon as nobody is in it", id->hex);
		return error_errno(err, "cannot unmount image %.12s", id->hex);
	}
	if (unlinkat(mounts, id->hex, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_errno(err, "cannot remove '%s'", path);
	return 0;
}

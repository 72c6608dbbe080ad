/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See upper.h. Looking up a path in the layers follows overlayfs: what is no directory (links and
 * whiteouts too) ends it, and so does an opaque directory, from the next layer on.
 */
#include "engine/upper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/tree-copy.h"
#include "image/layer-implied.h"
#include "image/store.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct layer {
	int folder, tree;
	struct strings implied;	/* sorted */
};

/* The image's layers, bottom first. */
struct stack {
	struct layer *layers;
	size_t count;
};

static void stack_release(struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		auto_close_fd(&stack->layers[i].folder);
		auto_close_fd(&stack->layers[i].tree);
		strings_release(&stack->layers[i].implied);
	}
	free(stack->layers);
}

static int open_layer(struct engine *engine, const struct digest *diff_id, struct layer *layer,
		      struct error *err)
{
	layer->folder = store_open_layer(engine->store, diff_id, err);
	if (layer->folder < 0)
		return -1;
	layer->tree = openat(layer->folder, "tree", DIRECTORY_FLAGS);
	if (layer->tree < 0)
		return error_errno(err, "cannot open layer sha256:%s", diff_id->hex);
	return layer_implied_read(layer->folder, &layer->implied, err);
}

static int open_stack(struct engine *engine, const struct container_config *config,
		      struct stack *stack, struct error *err)
{
	stack->layers = xcalloc(config->layer_count + 1, sizeof(*stack->layers));
	for (size_t i = 0; i < config->layer_count; i++) {
		struct layer *layer = &stack->layers[stack->count++];

		layer->folder = layer->tree = -1;
		if (open_layer(engine, &config->layers[i], layer, err) < 0)
			return error_context(err, "image '%s'", config->image);
	}
	return 0;
}

/* What the image says of its "/": the topmost layer that mentions it decides. */
struct image_root {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
};

static int find_image_root(const struct stack *stack, struct image_root *ret_root,
			   struct error *err)
{
	*ret_root = (struct image_root){ 0755, geteuid(), getegid(), { .tv_nsec = UTIME_NOW } };
	for (size_t i = stack->count; i-- > 0;) {
		struct layer_info info = { 0 };
		struct stat stat;

		if (layer_info_read(stack->layers[i].folder, &info, err) < 0)
			return -1;
		if (!info.has_root)
			continue;
		if (fstat(stack->layers[i].tree, &stat) < 0)
			return error_errno(err, "cannot look at a layer");
		ret_root->mode = stat.st_mode & 07777;
		ret_root->mtime = stat.st_mtim;
		if (info.ownership != LAYER_OWNERS_RECORDED) {
			ret_root->uid = stat.st_uid;
			ret_root->gid = stat.st_gid;
		}
		return 0;
	}
	return 0;
}

/* Layers hold no such attributes but those that unpacking made of whiteouts. */
static bool is_opaque(int dir)
{
	char value;

	return fgetxattr(dir, "trusted.overlay.opaque", &value, 1) == 1 ||
	       fgetxattr(dir, "user.overlay.opaque", &value, 1) == 1;
}

enum found { FOUND_NOTHING, FOUND_OBSTACLE, FOUND_DIRECTORY };

/* Goes down `path` in one layer. *ret_opaque: layers below it do not show there. */
static enum found look_up(const struct layer *layer, const char *path, int *ret_dir,
			  bool *ret_opaque)
{
	auto_fd int dir = fcntl(layer->tree, F_DUPFD_CLOEXEC, 3);
	auto_release(strings) struct strings names = { 0 };

	*ret_opaque = false;
	strings_split(&names, path, '/');
	for (size_t i = 0; dir >= 0 && i < names.count; i++) {
		auto_fd int above = dir;

		dir = openat(above, names.items[i], DIRECTORY_FLAGS);
		if (dir < 0)
			return errno == ENOENT ? FOUND_NOTHING : FOUND_OBSTACLE;
		*ret_opaque |= is_opaque(dir);
	}
	*ret_dir = take_fd(&dir);
	return FOUND_DIRECTORY;
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool is_implied(const struct layer *layer, const char *path)
{
	return layer->implied.count > 0 &&
	       bsearch(&path, layer->implied.items, layer->implied.count,
		       sizeof(*layer->implied.items), compare);
}

/* Opens the directory whose attributes `path` has in the image: the topmost that is not only
 * implied, else the topmost. -1: it is no directory there. *ret_shown: overlayfs takes it, too. */
static int open_describing(const struct stack *stack, const char *path, bool *ret_shown)
{
	auto_fd int topmost = -1;
	bool opaque = false;

	for (size_t i = stack->count; i-- > 0 && !opaque;) {
		auto_fd int dir = -1;
		enum found found = look_up(&stack->layers[i], path, &dir, &opaque);

		if (found == FOUND_OBSTACLE)
			break;
		if (found == FOUND_NOTHING)
			continue;
		*ret_shown = topmost < 0;
		if (!is_implied(&stack->layers[i], path))
			return take_fd(&dir);
		if (topmost < 0)
			topmost = take_fd(&dir);
	}
	*ret_shown = true;
	return take_fd(&topmost);
}

/* Makes `path` in upper/ with what is above it; new ones are added to `made`. Their attributes come
 * last: making what is below changes times. */
static int make_path(int upper, const char *path, struct strings *made, struct error *err)
{
	auto_free char *part = xstrdup(path);

	for (char *end = part; end;) {
		end = strchr(end, '/');
		if (end)
			*end = '\0';
		if (mkdirat(upper, part, 0700) == 0)
			strings_add(made, part);
		else if (errno != EEXIST)
			return error_errno(err, "cannot make '%s' in the container's layer", path);
		if (end)
			*end++ = '/';
	}
	return 0;
}

static int describe(int upper, const struct stack *stack, const char *path, struct error *err)
{
	bool shown;
	auto_fd int from = open_describing(stack, path, &shown);
	auto_fd int to = openat(upper, path, DIRECTORY_FLAGS);

	if (from < 0 || to < 0)
		return error_errno(err, "cannot open '%s' in the container's layer", path);
	return tree_copy_attributes(from, to, err);
}

static int add_described(int upper, const struct stack *stack, struct error *err)
{
	auto_release(strings) struct strings made = { 0 };

	/* Nothing is below the first. */
	for (size_t i = 1; i < stack->count; i++) {
		const struct strings *implied = &stack->layers[i].implied;

		for (size_t j = 0; j < implied->count; j++) {
			bool shown = true;
			auto_fd int dir = open_describing(stack, implied->items[j], &shown);

			if (dir >= 0 && !shown &&
			    make_path(upper, implied->items[j], &made, err) < 0)
				return -1;
		}
	}
	for (size_t i = 0; i < made.count; i++)
		if (describe(upper, stack, made.items[i], err) < 0)
			return -1;
	return 0;
}

static int set_root(int folder, const struct image_root *root, struct error *err)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, root->mtime };

	if (((root->uid != geteuid() || root->gid != getegid()) &&
	     fchownat(folder, "upper", root->uid, root->gid, AT_SYMLINK_NOFOLLOW) < 0) ||
	    fchmodat(folder, "upper", root->mode, 0) < 0 ||
	    utimensat(folder, "upper", times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot make the container's layer");
	return 0;
}

int upper_make(struct engine *engine, int folder, const struct container_config *config,
	       struct error *err)
{
	auto_release(stack) struct stack stack = { 0 };
	struct image_root root;
	auto_fd int upper = -1;

	if (open_stack(engine, config, &stack, err) < 0)
		return -1;
	if (find_image_root(&stack, &root, err) < 0)
		return error_context(err, "image '%s'", config->image);
	if (mkdirat(folder, "upper", 0700) == 0)
		upper = openat(folder, "upper", DIRECTORY_FLAGS);
	if (upper < 0)
		return error_errno(err, "cannot make the container's layer");
	if (add_described(upper, &stack, err) < 0)
		return -1;
	return set_root(folder, &root, err);
}

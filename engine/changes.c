/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two stacks of trees are compared that have the lowest ones in common. What neither of the
 * others mentions is the same on both sides, and not looked at.
 *
 * Docker's rules: what was copied up is modified, whatever its content; a directory is if its
 * attributes differ, or if a name in it has come or gone; "/" is never listed.
 */
#include "engine/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"
#include "engine/container.h"
#include "engine/layer-trees.h"
#include "image/merged-tree.h"
#include "image/store.h"
#include "image/tree-file.h"

#define DEPTH_MAX 512

struct comparison {
	size_t own_now, own_then;	/* trees of either side that the other one lacks */
	const struct strings *left_out;
	bool is_container;
	struct changes changes;
	size_t room;
};

/* A directory on both sides; the path ends in a slash. */
struct place {
	const char *path;
	const struct merged_dir *now, *then;
	unsigned int depth;
};

void changes_release(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		free(changes->items[i].path);
	free(changes->items);
	*changes = (struct changes){ 0 };
}

static void add_change(struct comparison *comparison, enum change_kind kind, const char *path)
{
	struct changes *changes = &comparison->changes;

	if (changes->count == comparison->room) {
		comparison->room = comparison->room ? comparison->room * 2 : 64;
		changes->items = xrealloc_array(changes->items, comparison->room,
						sizeof(*changes->items));
	}
	changes->items[changes->count++] = (struct change){ kind, xstrdup(path) };
}

static void add_name(struct strings *names, const char *name)
{
	const char *hidden = tree_file_hidden(name);

	if (strcmp(name, TREE_OPAQUE_NAME) != 0)
		strings_add(names, hidden ? hidden : name);
}

/* Names that the trees which only this side has mention, whiteouts too. */
static int add_own_names(const struct merged_dir *dir, size_t own, struct strings *names,
			 struct error *err)
{
	for (size_t i = 0; i < dir->count; i++) {
		auto_release(strings) struct strings list = { 0 };

		if (dir->parts[i].tree >= own)
			break;
		if (dir_list(dir->parts[i].fd, &list, err) < 0)
			return -1;
		for (size_t j = 0; j < list.count; j++)
			add_name(names, list.items[j]);
	}
	return 0;
}

static int add_all_names(const struct merged_dir *dir, struct strings *names, struct error *err)
{
	auto_release(merged_names) struct merged_names list = { 0 };

	if (merged_list(dir, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		strings_add(names, list.items[i].name);
	return 0;
}

/* The names that may differ, sorted, perhaps twice. */
static int list_candidates(const struct comparison *comparison, const struct place *place,
			   struct strings *names, struct error *err)
{
	bool all = place->now->is_cut || place->then->is_cut || place->now->count == 0 ||
		   place->then->count == 0;
	int failed;

	if (all)
		failed = add_all_names(place->now, names, err) < 0 ||
			 add_all_names(place->then, names, err) < 0;
	else
		failed = add_own_names(place->now, comparison->own_now, names, err) < 0 ||
			 add_own_names(place->then, comparison->own_then, names, err) < 0;
	strings_sort(names);
	return failed ? -1 : 0;
}

static bool same_attributes(const struct stat *a, const struct stat *b, bool with_time)
{
	return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       (!with_time || (a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
			       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec));
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* In a container a directory is as it was if any layer has it so: one that its topmost layer only
 * implies is made anew when the container is (engine/upper.h). */
static bool same_directory(const struct comparison *comparison, const struct merged_dir *then,
			   const struct stat *now, bool with_time)
{
	size_t count = comparison->is_container || then->count == 0 ? then->count : 1;
	struct stat stat;

	for (size_t i = 0; i < count; i++)
		if (fstat(then->parts[i].fd, &stat) == 0 && same_attributes(&stat, now, with_time))
			return true;
	return false;
}

static int compare_directory(struct comparison *comparison, const struct place *place,
			     bool *ret_listed, bool *ret_skipped, struct error *err);

/* A name that is a directory on both sides. */
static int compare_both(struct comparison *comparison, const struct place *inner,
			const struct stat *now, const char *path, struct error *err)
{
	bool listed = false, skipped = false;

	if (compare_directory(comparison, inner, &listed, &skipped, err) < 0)
		return -1;
	if (!listed && same_directory(comparison, inner->then, now, !skipped))
		return 0;
	add_change(comparison, CHANGE_MODIFIED, path);
	return 0;
}

/* One side of a name: what shows there, and, of a directory, what is below it. */
struct side {
	int found;
	struct tree_file file;
	size_t part;
	struct merged_dir dir;
};

static void side_release(struct side *side)
{
	if (side->found == 1)
		tree_file_release(&side->file);
	merged_dir_release(&side->dir);
}

static int side_find(const struct merged_dir *dir, const char *name, struct side *side,
		     struct error *err)
{
	side->found = merged_find(dir, name, &side->file, &side->part, err);
	if (side->found < 0)
		return -1;
	if (side->found == 0 || !S_ISDIR(side->file.stat.st_mode))
		return 0;
	return merged_enter(dir, name, side->part, &side->dir, err);
}

static bool is_directory(const struct side *side)
{
	return side->found == 1 && S_ISDIR(side->file.stat.st_mode);
}

/* All that is below a new or removed directory. Of a removed one docker lists the top alone. */
static int compare_one_side(struct comparison *comparison, const struct place *inner,
			    enum change_kind kind, struct error *err)
{
	bool ignored_listed = false, ignored_skipped = false;

	if (kind == CHANGE_DELETED)
		return 0;
	return compare_directory(comparison, inner, &ignored_listed, &ignored_skipped, err);
}

static int compare_sides(struct comparison *comparison, const struct place *place,
			 const char *path, struct side *now, struct side *then, bool *ret_listed,
			 struct error *err)
{
	auto_free char *below = xasprintf("%s/", path);
	const struct merged_dir nothing = { 0 };
	const struct place inner = {
		.path = below,
		.now = is_directory(now) ? &now->dir : &nothing,
		.then = is_directory(then) ? &then->dir : &nothing,
		.depth = place->depth + 1,
	};
	enum change_kind kind = CHANGE_MODIFIED;

	if (is_directory(now) && is_directory(then))
		return compare_both(comparison, &inner, &now->file.stat, path, err);
	if (now->found != 1 && then->found != 1)
		return 0;
	if (now->found == 1 && then->found == 1 && same_file(&now->file.stat, &then->file.stat))
		return 0;
	if (now->found != 1 || then->found != 1) {
		kind = now->found == 1 ? CHANGE_ADDED : CHANGE_DELETED;
		*ret_listed = true;
	}
	add_change(comparison, kind, path);
	return is_directory(now) ? compare_one_side(comparison, &inner, kind, err) : 0;
}

static int compare_name(struct comparison *comparison, const struct place *place, const char *name,
			bool *ret_listed, bool *ret_skipped, struct error *err)
{
	auto_release(side) struct side now = { .file.fd = -1 };
	auto_release(side) struct side then = { .file.fd = -1 };
	auto_free char *path = xasprintf("%s%s", place->path, name);
	int left_out = 0;

	if (side_find(place->now, name, &now, err) < 0)
		return -1;
	if (now.found == 1 && now.file.is_socket)
		return 0;
	if (now.found == 1 && place->now->parts[now.part].tree < comparison->own_now)
		left_out = tree_file_left_out(&now.file, path + 1, comparison->left_out, err);
	if (left_out) {
		*ret_skipped = true;
		return left_out < 0 ? -1 : 0;
	}
	if (side_find(place->then, name, &then, err) < 0)
		return -1;
	return compare_sides(comparison, place, path, &now, &then, ret_listed, err);
}

/* *ret_listed: a name has come or gone. *ret_skipped: one was left out. */
static int compare_directory(struct comparison *comparison, const struct place *place,
			     bool *ret_listed, bool *ret_skipped, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (place->depth > DEPTH_MAX)
		return error_set(err, ERROR_INVALID, "directories nested more than %d deep",
				 DEPTH_MAX);
	if (list_candidates(comparison, place, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		if (i > 0 && strcmp(names.items[i - 1], names.items[i]) == 0)
			continue;
		if (compare_name(comparison, place, names.items[i], ret_listed, ret_skipped,
				 err) < 0)
			return -1;
	}
	return 0;
}

static int compare_paths(const void *left, const void *right)
{
	const struct change *a = left, *b = right;

	return strcmp(a->path, b->path);
}

/* `common` trees at the end of both are the same. `left_out` is NULL for images. */
static int compare(const struct layer_trees *now, const struct layer_trees *then, size_t common,
		   const struct strings *left_out, struct changes *ret_changes, struct error *err)
{
	struct comparison comparison = {
		.own_now = now->count - common,
		.own_then = then->count - common,
		.left_out = left_out,
		.is_container = left_out != NULL,
	};
	auto_release(merged_dir) struct merged_dir now_root = { 0 };
	auto_release(merged_dir) struct merged_dir then_root = { 0 };
	const struct place root = { .path = "/", .now = &now_root, .then = &then_root };
	bool listed = false, skipped = false;

	if (merged_open(now->fds, now->count, &now_root, err) < 0 ||
	    merged_open(then->fds, then->count, &then_root, err) < 0)
		return -1;
	if (compare_directory(&comparison, &root, &listed, &skipped, err) < 0) {
		changes_release(&comparison.changes);
		return -1;
	}
	*ret_changes = comparison.changes;
	if (ret_changes->count > 1)
		qsort(ret_changes->items, ret_changes->count, sizeof(*ret_changes->items),
		      compare_paths);
	return 0;
}

int container_changes(struct engine *engine, struct container *container,
		      struct changes *ret_changes, struct error *err)
{
	const struct container_config *config = &container->config;
	auto_release(layer_trees) struct layer_trees now = { 0 };
	auto_release(layer_trees) struct layer_trees then = { 0 };
	auto_release(strings) struct strings left_out = { 0 };

	container_mount_points(container, &left_out);
	if (layer_trees_open_container(engine, container, &now, err) < 0 ||
	    layer_trees_open(engine, config->layers, config->layer_count, &then, err) < 0)
		return -1;
	return compare(&now, &then, then.count, &left_out, ret_changes, err);
}

int image_changes(struct engine *engine, const struct image *image, const struct image *from,
		  struct changes *ret_changes, struct error *err)
{
	const struct digest *layers = image->config.diff_ids;
	const struct digest *base = from ? from->config.diff_ids : layers;
	size_t count = image->config.diff_id_count;
	size_t base_count = from ? from->config.diff_id_count : count ? count - 1 : 0;
	auto_release(layer_trees) struct layer_trees now = { 0 };
	auto_release(layer_trees) struct layer_trees then = { 0 };
	size_t common = 0;

	while (common < count && common < base_count &&
	       digest_equal(&layers[common], &base[common]))
		common++;
	if (layer_trees_open(engine, layers, count, &now, err) < 0 ||
	    layer_trees_open(engine, base, base_count, &then, err) < 0)
		return -1;
	return compare(&now, &then, common, NULL, ret_changes, err);
}

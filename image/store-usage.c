/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring trees that may have been built to stop us: thousands of levels, and directories that
 * change while we look. Far down, the directories above are closed and opened again on
 * the way up; whoever moves one meanwhile only spoils his own figures.
 */
#include "image/store-usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"
#include "image/store-internal.h"

#define OPEN_DEPTH_MAX 64	/* levels whose descriptors are kept */
#define DEPTH_MAX 10000
#define BLOCK_SIZE 512		/* of st_blocks, whatever the file system's own is */
#define TMP_DIR "tmp"

struct inode {
	dev_t device;
	ino_t number;	/* 0: a free place; no file system has such an inode */
};

/* An open-addressed hash table. */
struct usage_meter {
	struct inode *seen;
	size_t room;	/* a power of 2, or 0 */
	size_t count;
};

struct usage_meter *usage_meter_new(void)
{
	return xcalloc(1, sizeof(struct usage_meter));
}

void usage_meter_free(struct usage_meter *meter)
{
	if (!meter)
		return;
	free(meter->seen);
	free(meter);
}

static struct inode *find_place(struct inode *seen, size_t room, const struct inode *inode)
{
	size_t at = (size_t)((uint64_t)inode->number * 0x9e3779b97f4a7c15u >> 17) & (room - 1);

	while (seen[at].number != 0 &&
	       (seen[at].number != inode->number || seen[at].device != inode->device))
		at = (at + 1) & (room - 1);
	return &seen[at];
}

static void grow(struct usage_meter *meter)
{
	size_t room = meter->room ? meter->room * 2 : 1024;
	struct inode *seen = xcalloc(room, sizeof(*seen));

	for (size_t i = 0; i < meter->room; i++)
		if (meter->seen[i].number != 0)
			*find_place(seen, room, &meter->seen[i]) = meter->seen[i];
	free(meter->seen);
	meter->seen = seen;
	meter->room = room;
}

/* Whether this is the first of the file's names that we meet. */
static bool is_first(struct usage_meter *meter, const struct stat *info)
{
	const struct inode inode = { .device = info->st_dev, .number = info->st_ino };
	struct inode *place;

	if (info->st_nlink < 2)
		return true;
	if (meter->count * 2 >= meter->room)
		grow(meter);
	place = find_place(meter->seen, meter->room, &inode);
	if (place->number != 0)
		return false;
	*place = inode;
	meter->count++;
	return true;
}

struct walk {
	struct usage_meter *meter;
	dev_t device;
	uint64_t bytes;
};

static int open_dir(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Counts one entry; true when it is a directory to go into. */
static bool count_entry(struct walk *walk, int dir, const char *name)
{
	struct stat info;

	if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0 || info.st_dev != walk->device)
		return false;
	if (S_ISDIR(info.st_mode) || is_first(walk->meter, &info))
		walk->bytes += (uint64_t)info.st_blocks * BLOCK_SIZE;
	return S_ISDIR(info.st_mode);
}

/* Counts what is in `dir`, but for the insides of the directories there, which are listed. */
static void count_entries(struct walk *walk, int dir, struct strings *ret_directories)
{
	auto_fd int listed = open_dir(dir, ".");
	auto_dir DIR *stream = listed < 0 ? NULL : fdopendir(listed);
	struct dirent *entry;

	if (!stream)
		return;
	take_fd(&listed);
	while ((entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (count_entry(walk, dir, entry->d_name))
			strings_add(ret_directories, entry->d_name);
	}
}

/* *dir is closed while far down, and opened again through what is below it. */
static void count_tree(struct walk *walk, int *dir, unsigned int depth)
{
	auto_release(strings) struct strings directories = { 0 };

	count_entries(walk, *dir, &directories);
	if (directories.count > 0 && depth >= DEPTH_MAX) {
		warning("directories more than %d deep are not measured", DEPTH_MAX);
		return;
	}
	for (size_t i = 0; i < directories.count && *dir >= 0; i++) {
		auto_fd int child = open_dir(*dir, directories.items[i]);

		if (child < 0) {
			if (errno != ENOENT)
				warning("cannot look into a directory '%s': %s; its contents are "
					"not counted",
					directories.items[i], strerror(errno));
			continue;
		}
		if (depth >= OPEN_DEPTH_MAX)
			auto_close_fd(dir), *dir = -1;
		count_tree(walk, &child, depth + 1);
		if (*dir < 0 && child >= 0)
			*dir = open_dir(child, "..");
	}
}

int usage_add(struct usage_meter *meter, int dir, const char *name, uint64_t *bytes,
	      struct error *err)
{
	struct walk walk = { .meter = meter };
	auto_fd int fd = -1;
	struct stat info;

	if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot measure '%s'", name);
	walk.device = info.st_dev;
	if (count_entry(&walk, dir, name)) {
		fd = open_dir(dir, name);
		if (fd < 0 && errno != ENOENT)
			return error_errno(err, "cannot measure '%s'", name);
		if (fd >= 0)
			count_tree(&walk, &fd, 0);
	}
	*bytes += walk.bytes;
	return 0;
}

void store_usage_release(struct store_usage *usage)
{
	free(usage->layers);
	*usage = (struct store_usage){ 0 };
}

static bool is_layer(const char *name)
{
	return strlen(name) == DIGEST_HEX_SIZE - 1 &&
	       strspn(name, "0123456789abcdef") == DIGEST_HEX_SIZE - 1;
}

/* The layers one by one; locks, and what else lies beside them, with the lists. */
static int measure_layers(int layers, struct usage_meter *meter, struct store_usage *usage,
			  struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (dir_list(layers, &names, err) < 0)
		return -1;
	usage->layers = xcalloc(names.count + 1, sizeof(*usage->layers));
	for (size_t i = 0; i < names.count; i++) {
		struct layer_usage *layer = &usage->layers[usage->layer_count];

		if (!is_layer(names.items[i])) {
			if (usage_add(meter, layers, names.items[i], &usage->lists, err) < 0)
				return -1;
			continue;
		}
		memcpy(layer->diff_id.hex, names.items[i], DIGEST_HEX_SIZE);
		usage->layer_count++;
		if (usage_add(meter, layers, names.items[i], &layer->bytes, err) < 0)
			return -1;
	}
	return 0;
}

/* A directory by itself. */
static void add_folder(int dir, uint64_t *bytes)
{
	struct stat info;

	if (fstat(dir, &info) == 0)
		*bytes += (uint64_t)info.st_blocks * BLOCK_SIZE;
}

int store_measure(struct store *store, struct usage_meter *meter, struct store_usage *ret_usage,
		  struct error *err)
{
	auto_release(store_usage) struct store_usage usage = { 0 };
	uint64_t folder = 0;

	if (measure_layers(store->parts[0].layers, meter, &usage, err) < 0)
		return -1;
	if (usage_add(meter, store->root, "images", &usage.lists, err) < 0 ||
	    usage_add(meter, store->root, TMP_DIR, &usage.partial, err) < 0)
		return -1;
	add_folder(store->root, &usage.lists);
	add_folder(store->parts[0].layers, &usage.lists);
	/* The empty folder is nothing that could be had back. */
	add_folder(store->tmp, &folder);
	if (usage.partial >= folder) {
		usage.partial -= folder;
		usage.lists += folder;
	}
	*ret_usage = usage;
	usage = (struct store_usage){ 0 };
	return 0;
}

static int compare_layers(const void *key, const void *member)
{
	return strcmp(((const struct digest *)key)->hex,
		      ((const struct layer_usage *)member)->diff_id.hex);
}

uint64_t store_usage_of_layer(const struct store_usage *usage, const struct digest *diff_id)
{
	const struct layer_usage *found = NULL;

	if (usage->layer_count > 0)
		found = bsearch(diff_id, usage->layers, usage->layer_count, sizeof(*found),
				compare_layers);
	return found ? found->bytes : 0;
}

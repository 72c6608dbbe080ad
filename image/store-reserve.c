/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A little space that is kept for the day the disk is full: to remove an image, its name has to be taken
 * out of index.json first, and that is written anew. Adding images never uses it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "image/layer-partial.h"
#include "image/store-internal.h"

#define RESERVE_FILE ".reserve"	/* in images/ */
#define RESERVE_SIZE_MIN 8192	/* the index of a small store, and the directory's own growth */

static off_t wanted_size(int images)
{
	struct stat info;
	off_t size = RESERVE_SIZE_MIN;

	if (fstatat(images, STORE_INDEX_FILE, &info, AT_SYMLINK_NOFOLLOW) == 0)
		size += info.st_size - info.st_size % RESERVE_SIZE_MIN;
	return size;
}

/* Where the file system cannot set blocks aside, they are written. */
static int fill(int file, off_t size)
{
	auto_free void *zeros = NULL;

	if (fallocate(file, 0, 0, size) == 0)
		return 0;
	if (errno != EOPNOTSUPP)
		return -1;
	zeros = xcalloc(1, (size_t)size);
	return fd_write_full(file, zeros, (size_t)size);
}

void store_reserve_keep(struct store *store)
{
	int images = store->parts[0].images;
	off_t size = wanted_size(images);
	struct stat info;
	auto_fd int file = -1;

	if (fstatat(images, RESERVE_FILE, &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_size >= size)
		return;
	file = openat(images, RESERVE_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0 || fill(file, size) < 0)
		unlinkat(images, RESERVE_FILE, 0);
}

int store_index_save_smaller(struct store *store, const struct store_index *index,
			     struct error *err)
{
	if (store_index_save(store, index, err) == 0)
		return 0;
	if (!error_is_errno(err, ENOSPC) && !error_is_errno(err, EDQUOT))
		return -1;
	unlinkat(store->parts[0].images, RESERVE_FILE, 0);
	layer_partials_sweep(store, 0);
	error_release(err);
	return store_index_save(store, index, err);
}

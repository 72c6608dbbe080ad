/* SPDX-License-Identifier: Apache-2.0 */
/* See image/layer-partial.h. The entity tag is an extended attribute: it goes where the file goes. */
#include "image/layer-partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/strings.h"
#include "image/digest.h"
#include "image/store-internal.h"

#define ETAG_ATTRIBUTE "user.proa.etag"
#define ETAG_SIZE_MAX 512

static char *read_etag(int file)
{
	char text[ETAG_SIZE_MAX];
	ssize_t size = fgetxattr(file, ETAG_ATTRIBUTE, text, sizeof(text));

	return size > 0 && !memchr(text, '\0', (size_t)size) ? xstrndup(text, (size_t)size) : NULL;
}

int layer_partial_open(struct store *store, const struct digest *blob, uint64_t size_max,
		       struct layer_partial *ret_partial, struct error *err)
{
	auto_free char *name = xasprintf(STORE_PARTIAL_PREFIX "%s", blob->hex);
	auto_fd int file = lock_try(store->tmp, name, LOCK_EXCLUSIVE, err);
	struct stat info;

	if (file < 0)
		return -1;
	if (fstat(file, &info) < 0)
		return error_errno(err, "cannot look at 'tmp/%s' in the store", name);
	if ((uint64_t)info.st_size > size_max) {
		if (ftruncate(file, 0) < 0)
			return error_errno(err, "cannot empty 'tmp/%s' in the store", name);
		info.st_size = 0;
	}
	*ret_partial = (struct layer_partial){
		.tmp = store->tmp,
		.size = (uint64_t)info.st_size,
		.etag = info.st_size ? read_etag(file) : NULL,
	};
	ret_partial->file = take_fd(&file);
	ret_partial->name = take_ptr(&name);
	return 0;
}

ssize_t layer_partial_read(const struct layer_partial *partial, uint64_t offset, void *data,
			   size_t size)
{
	ssize_t count;

	do {
		count = pread(partial->file, data, size, (off_t)offset);
	} while (count < 0 && errno == EINTR);
	return count;
}

void layer_partial_append(struct layer_partial *partial, const void *data, size_t size)
{
	const char *bytes = data;

	while (size > 0 && partial->file >= 0) {
		ssize_t count = pwrite(partial->file, bytes, size, (off_t)partial->size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0) {
			layer_partial_drop(partial);
			return;
		}
		partial->size += (uint64_t)count;
		bytes += count;
		size -= (size_t)count;
	}
}

void layer_partial_set_etag(struct layer_partial *partial, const char *etag)
{
	/* Where the file system takes no attributes, the next pull asks without it. */
	if (partial->file >= 0 && strlen(etag) < ETAG_SIZE_MAX)
		(void)fsetxattr(partial->file, ETAG_ATTRIBUTE, etag, strlen(etag), 0);
}

int layer_partial_keep(struct layer_partial *partial, int folder, const char *name,
		       struct error *err)
{
	if (partial->file < 0)
		return 0;
	if (renameat(partial->tmp, partial->name, folder, name) < 0)
		return error_errno(err, "cannot keep the blob 'tmp/%s'", partial->name);
	auto_close_fd(&partial->file);
	partial->file = -1;
	layer_partial_release(partial);
	return 0;
}

void layer_partial_drop(struct layer_partial *partial)
{
	partial->size = 0;
	layer_partial_release(partial);
}

void layer_partial_release(struct layer_partial *partial)
{
	if (partial->file >= 0 && partial->size == 0)	/* nothing worth keeping */
		unlinkat(partial->tmp, partial->name, 0);
	auto_close_fd(&partial->file);
	free(partial->name);
	free(partial->etag);
	*partial = LAYER_PARTIAL_NONE;
}

uint64_t layer_partial_progress(const struct store *store, const struct digest *blob)
{
	auto_free char *name = xasprintf(STORE_PARTIAL_PREFIX "%s", blob->hex);
	struct stat info;

	if (fstatat(store->tmp, name, &info, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(info.st_mode))
		return 0;
	return (uint64_t)info.st_size;
}

static void sweep_one(int tmp, const char *name, time_t before)
{
	auto_error ignored = { 0 };
	auto_fd int file = -1;
	struct stat info;

	if (fstatat(tmp, name, &info, AT_SYMLINK_NOFOLLOW) < 0 || info.st_mtime > before)
		return;
	file = lock_try(tmp, name, LOCK_EXCLUSIVE, &ignored);
	if (file >= 0)
		unlinkat(tmp, name, 0);
}

void layer_partials_sweep(const struct store *store, int64_t age)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };
	/* Not time(2): it may lag behind a file that was just written. */
	time_t before = (time_t)(clock_now() / NS_PER_SECOND - age);

	if (dir_list(store->tmp, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		if (has_prefix(names.items[i], STORE_PARTIAL_PREFIX))
			sweep_one(store->tmp, names.items[i], before);
	}
}

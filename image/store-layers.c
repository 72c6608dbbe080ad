/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's layers and the folders where they come into being.
 *
 * Everything in tmp/ has a lock file beside it, .NAME.lock, that is made before
 * it and removed after it. Whoever can take that lock knows that the maker is
 * gone, and may remove what it left. Lock files are removed by their holders,
 * which base/lock.h allows for.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/random.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "image/layer-partial.h"
#include "image/store-internal.h"

#define LOCK_SUFFIX ".lock"
#define RANDOM_DIGITS 16
#define TEMPORARY_PREFIX ".tmp-"	/* of base/file.c's file_write() */
#define TEMPORARY_AGE_MAX 3600		/* seconds; writing a blob takes none */

static char *lock_name(const char *name)
{
	return xasprintf(".%s" LOCK_SUFFIX, name);
}

/* What the lock file `file` locks, or NULL when it is none. */
static char *locked_name(const char *file)
{
	if (file[0] != '.' || !has_suffix(file, LOCK_SUFFIX) ||
	    strlen(file) <= 1 + strlen(LOCK_SUFFIX))
		return NULL;
	return xstrndup(file + 1, strlen(file) - 1 - strlen(LOCK_SUFFIX));
}

/* The lock, or -1 while somebody else has it. */
static int try_lock_file(int dir, const char *name)
{
	auto_error ignored = { 0 };

	return lock_try(dir, name, LOCK_EXCLUSIVE, &ignored);
}

void store_want_owners(struct store *store)
{
	store->wants_owners = true;
}

static bool lacks_owners(int layer)
{
	struct layer_info info = { 0 };
	auto_error ignored = { 0 };

	return layer_info_read(layer, &info, &ignored) == 0 &&
	       info.ownership == LAYER_OWNERS_RECORDED;
}

static int open_layer_of(const struct store *store, size_t part, const struct digest *diff_id)
{
	auto_fd int layer = openat(store->parts[part].layers, diff_id->hex,
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (layer >= 0 && (part > 0 ? !store_may_trust(layer, store->parts[part].path)
				    : store->wants_owners && lacks_owners(layer))) {
		errno = ENOENT;
		return -1;
	}
	return take_fd(&layer);
}

int store_open_layer(struct store *store, const struct digest *diff_id, struct error *err)
{
	for (size_t i = 0; i < store->part_count; i++) {
		int layer = open_layer_of(store, i, diff_id);

		if (layer >= 0)
			return layer;
		if (errno != ENOENT)
			return error_errno(err, "cannot open layer sha256:%s", diff_id->hex);
	}
	return error_set(err, ERROR_NOT_FOUND, "layer sha256:%s is not in the store",
			 diff_id->hex);
}

bool store_has_layer(struct store *store, const struct digest *diff_id)
{
	auto_error ignored = { 0 };
	auto_fd int layer = store_open_layer(store, diff_id, &ignored);

	return layer >= 0;
}

int store_lock_layer(struct store *store, const struct digest *diff_id,
		     void (*waiting)(void *argument), void *argument, struct error *err)
{
	int layers = store->parts[0].layers;
	auto_free char *name = lock_name(diff_id->hex);
	int lock = lock_try(layers, name, LOCK_EXCLUSIVE, err);

	if (lock < 0 && err->kind == ERROR_BUSY) {
		error_release(err);
		if (waiting)
			waiting(argument);
		lock = lock_wait(layers, name, LOCK_EXCLUSIVE, err);
	}
	if (lock < 0)
		return error_context(err, "cannot lock layer sha256:%s", diff_id->hex);
	/* The layer came while we waited: its maker removed the file, and we made it anew. */
	if (store_has_layer(store, diff_id))
		unlinkat(layers, name, 0);
	return lock;
}

int store_try_lock_layer(struct store *store, const struct digest *diff_id, struct error *err)
{
	int layers = store->parts[0].layers;
	auto_free char *name = lock_name(diff_id->hex);
	int lock = lock_try(layers, name, LOCK_EXCLUSIVE, err);

	if (lock >= 0 && store_has_layer(store, diff_id))
		unlinkat(layers, name, 0);
	return lock;
}

int store_stage(struct store *store, const char *what, struct store_staging *ret_staging,
		struct error *err)
{
	struct store_staging staging = { .folder = -1, .lock = -1 };
	auto_free char *lock = NULL;
	char random[RANDOM_DIGITS + 1];

	if (store_announce_writer(store, err) < 0)
		return -1;
	random_hex(random, RANDOM_DIGITS);
	staging.name = xasprintf("%s-%s", what, random);
	lock = lock_name(staging.name);
	staging.lock = lock_wait(store->tmp, lock, LOCK_EXCLUSIVE, err);
	if (staging.lock >= 0)
		staging.folder = dir_make(store->tmp, staging.name, 0700, err);
	if (staging.folder < 0) {
		if (staging.lock >= 0)
			unlinkat(store->tmp, lock, 0);
		auto_close_fd(&staging.lock);
		free(staging.name);
		return error_context(err, "cannot make a temporary folder in the store");
	}
	*ret_staging = staging;
	return 0;
}

/* Gives the lock of what is no longer in tmp/ back. */
static void end_staging(int tmp, struct store_staging *staging)
{
	auto_free char *lock = lock_name(staging->name);

	unlinkat(tmp, lock, 0);
	auto_close_fd(&staging->lock);
	auto_close_fd(&staging->folder);
	free(staging->name);
	*staging = (struct store_staging){ .folder = -1, .lock = -1 };
}

void store_staging_release(struct store_staging *staging)
{
	auto_fd int tmp = -1;
	auto_error problem = { 0 };

	if (!staging->name)
		return;
	tmp = openat(staging->folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_remove_tree(tmp, staging->name, &problem) < 0)
		warning("%s", problem.message);
	end_staging(tmp, staging);
}

/* EEXIST when the layer is there. */
static int rename_layer(int from, const char *name, int layers, const char *hex)
{
	if (sys_renameat2(from, name, layers, hex, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* Some network and FUSE file systems lack RENAME_NOREPLACE; a layer is never an empty
	 * directory, so that plain rename(2) does not replace one either. */
	if (renameat(from, name, layers, hex) == 0)
		return 0;
	if (errno == ENOTEMPTY)
		errno = EEXIST;
	return -1;
}

/* If what is at layers/HEX counts as missing, it and the staged one change places. */
static void replace_layer(struct store *store, struct store_staging *staging,
			  const struct digest *diff_id)
{
	if (!store->wants_owners || store_has_layer(store, diff_id) ||
	    sys_renameat2(store->tmp, staging->name, store->parts[0].layers, diff_id->hex,
			  RENAME_EXCHANGE) < 0)
		return;
	close(staging->folder);
	staging->folder = openat(store->tmp, staging->name,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int store_commit_layer(struct store *store, struct store_staging *staging,
		       const struct digest *diff_id, struct error *err)
{
	int layers = store->parts[0].layers;
	auto_free char *lock = lock_name(diff_id->hex);

	if (syncfs(staging->folder) < 0)
		return error_errno(err, "cannot write layer sha256:%s to disk", diff_id->hex);
	if (rename_layer(store->tmp, staging->name, layers, diff_id->hex) == 0) {
		end_staging(store->tmp, staging);
	} else if (errno == EEXIST) {
		replace_layer(store, staging, diff_id);
		store_staging_release(staging);
	} else {
		return error_errno(err, "cannot store layer sha256:%s", diff_id->hex);
	}
	/* Who waits for the lock finds that the file is gone, and then the layer. */
	unlinkat(layers, lock, 0);
	if (fsync(layers) < 0)
		return error_errno(err, "cannot write layer sha256:%s to disk", diff_id->hex);
	return 0;
}

int store_take_layer_out(struct store *store, const struct digest *diff_id,
			 char **ret_tmp_name, struct error *err)
{
	auto_free char *name = NULL;
	char random[RANDOM_DIGITS + 1];

	/* No lock: whoever sweeps may help to remove it. */
	random_hex(random, RANDOM_DIGITS);
	name = xasprintf("removed-%s", random);
	if (renameat(store->parts[0].layers, diff_id->hex, store->tmp, name) < 0)
		return error_errno(err, "cannot remove layer sha256:%s", diff_id->hex);
	*ret_tmp_name = take_ptr(&name);
	return 0;
}

/* Removes `name` from tmp/ if its maker is gone. */
static void sweep_one(int tmp, const char *name)
{
	auto_free char *file = lock_name(name);
	auto_fd int lock = try_lock_file(tmp, file);
	auto_error ignored = { 0 };

	if (lock < 0)
		return;
	/* What cannot be removed (other ids' files, outside of the user namespace) waits for
	 * somebody who can. */
	(void)dir_remove_tree(tmp, name, &ignored);
	unlinkat(tmp, file, 0);
}

static void sweep_tmp(int tmp)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };

	if (dir_list(tmp, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		auto_free char *locked = locked_name(names.items[i]);

		if (has_prefix(names.items[i], STORE_PARTIAL_PREFIX))
			continue;
		sweep_one(tmp, locked ? locked : names.items[i]);
	}
}

/* Lock files of layers whose fetching failed. */
static void sweep_layer_locks(int layers)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };

	if (dir_list(layers, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		auto_free char *locked = locked_name(names.items[i]);
		auto_fd int lock = locked ? try_lock_file(layers, names.items[i]) : -1;

		if (lock >= 0)
			unlinkat(layers, names.items[i], 0);
	}
}

/* Files that a killed writer did not get to rename. They have no lock, so age decides. */
static void sweep_temporaries(int dir)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };
	time_t now = time(NULL);
	struct stat info;

	if (dir_list(dir, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.count; i++)
		if (has_prefix(names.items[i], TEMPORARY_PREFIX) &&
		    fstatat(dir, names.items[i], &info, AT_SYMLINK_NOFOLLOW) == 0 &&
		    info.st_mtime < now - TEMPORARY_AGE_MAX)
			unlinkat(dir, names.items[i], 0);
}

void store_sweep(struct store *store)
{
	sweep_tmp(store->tmp);
	layer_partials_sweep(store, LAYER_PARTIAL_AGE_MAX);
	sweep_layer_locks(store->parts[0].layers);
	sweep_temporaries(store->parts[0].images);
	sweep_temporaries(store->parts[0].blobs);
}

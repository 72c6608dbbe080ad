/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Garbage: layers that no image came to, since their pull failed or a container that kept them is
 * gone, and what is half done in tmp/.
 *
 * A layer stands in layers/ for a while before the image that it belongs to is recorded. So whoever
 * brings layers in holds a lock, shared, and they are looked at only by who gets it alone. Nothing is
 * written here: it works on a full disk.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"
#include "image/layer-partial.h"
#include "image/store-internal.h"

#define WRITERS_LOCK ".writers.lock"	/* in images/ */

int store_announce_writer(struct store *store, struct error *err)
{
	auto_fd int lock = -1;
	int none = -1;

	if (__atomic_load_n(&store->writer, __ATOMIC_ACQUIRE) >= 0)
		return 0;
	lock = lock_wait(store->parts[0].images, WRITERS_LOCK, LOCK_SHARED, err);
	if (lock < 0)
		return -1;
	/* Of two threads, one keeps the lock. */
	if (__atomic_compare_exchange_n(&store->writer, &none, lock, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		take_fd(&lock);
	return 0;
}

static void add_layers_of(struct store *store, const struct index_entry *entry,
			  struct strings *needed)
{
	auto_release(image_config) struct image_config config = { 0 };
	auto_error problem = { 0 };

	if (store_load_config(store, &entry->id, &config, &problem) < 0)
		warning("an image in the store is damaged: %s", problem.message);
	for (size_t i = 0; i < config.diff_id_count; i++)
		strings_add(needed, config.diff_ids[i].hex);
}

/* What images, lists and artifacts need. */
static int find_needed(struct store *store, struct strings *ret_needed, struct error *err)
{
	auto_release(store_index) struct store_index index = { 0 };
	auto_release(holdings) struct holdings holdings = { 0 };

	if (store_index_load(store, 0, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index.count; i++)
		add_layers_of(store, &index.entries[i], ret_needed);
	holdings_of_items(store, &index, &holdings);
	for (size_t i = 0; i < holdings.layers.count; i++)
		strings_add(ret_needed, holdings.layers.items[i]);
	return 0;
}

static bool is_layer(const char *name)
{
	return strlen(name) == DIGEST_HEX_SIZE - 1 && name[0] != '.';
}

static int take_out(struct store *store, const char *hex, struct strings *in_tmp,
		    struct strings *lines, struct error *err)
{
	struct digest diff_id = { 0 };
	char *tmp_name;

	memcpy(diff_id.hex, hex, DIGEST_HEX_SIZE);
	if (store_take_layer_out(store, &diff_id, &tmp_name, err) < 0)
		return -1;
	strings_take(in_tmp, tmp_name);
	strings_addf(lines, "Deleted: sha256:%s", hex);
	return 0;
}

/* Renames the layers that nothing needs into tmp/. Both locks are given back at its end. */
static int take_unneeded_out(struct store *store, const struct strings *keep,
			     struct strings *in_tmp, struct strings *lines, struct error *err)
{
	auto_error busy = { 0 };
	auto_fd int alone = lock_try(store->parts[0].images, WRITERS_LOCK, LOCK_EXCLUSIVE, &busy);
	auto_release(strings) struct strings needed = { 0 };
	auto_release(strings) struct strings names = { 0 };
	auto_fd int lock = -1;

	/* Only a disk on which the lock cannot be made is no reason to leave all as it is. */
	if (alone < 0 && !error_is_errno(&busy, ENOSPC) && !error_is_errno(&busy, EDQUOT))
		return 0;
	lock = lock_wait(store->parts[0].images, INDEX_LOCK, LOCK_EXCLUSIVE, err);
	if (lock < 0 || find_needed(store, &needed, err) < 0 ||
	    dir_list(store->parts[0].layers, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		const char *hex = names.items[i];

		if (is_layer(hex) && !strings_contain(&needed, hex) &&
		    !(keep && strings_contain(keep, hex)) &&
		    take_out(store, hex, in_tmp, lines, err) < 0)
			return -1;
	}
	return 0;
}

int store_prune(struct store *store, const struct strings *keep, store_removed removed,
		void *argument, struct error *err)
{
	auto_release(strings) struct strings in_tmp = { 0 };
	auto_release(strings) struct strings lines = { 0 };
	int result = take_unneeded_out(store, keep, &in_tmp, &lines, err);

	for (size_t i = 0; i < in_tmp.count; i++) {
		auto_error problem = { 0 };

		if (dir_remove_tree(store->tmp, in_tmp.items[i], &problem) < 0)
			warning("%s", problem.message);
	}
	for (size_t i = 0; removed && i < lines.count; i++)
		removed(argument, lines.items[i]);
	layer_partials_sweep(store, 0);
	store_sweep(store);
	return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of the store: whole or not there, fetched once, and what killed processes leave. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <unistd.h>

#include "tests/unit/store-fixture.h"

static void layers_appear_whole_and_once(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest diff_id = digest_of("layer");
	struct store_staging first = { 0 };
	struct store_staging second = { 0 };
	struct store_staging none = { 0 };
	auto_fd int layer = -1;
	auto_fd int lock = -1;
	auto_error err = { 0 };

	assert_int_equal(store_open_layer(store, &diff_id, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	store_staging_release(&none);
	ok(store_stage(store, "layer", &first, &err));
	ok(store_stage(store, "layer", &second, &err));
	ok(file_create(first.folder, "first", "1", 1, 0600, &err));
	ok(file_create(second.folder, "second", "2", 1, 0600, &err));
	assert_false(store_has_layer(store, &diff_id));
	lock = store_lock_layer(store, &diff_id, NULL, NULL, &err);
	ok(lock);
	assert_int_equal(count_files(store_root(store), "layers"), 1);	/* the lock */
	ok(store_commit_layer(store, &first, &diff_id, &err));
	assert_int_equal(count_files(store_root(store), "layers"), 1);	/* the layer */
	ok(store_commit_layer(store, &second, &diff_id, &err));
	assert_null(first.name);
	assert_null(second.name);
	layer = store_open_layer(store, &diff_id, &err);
	ok(layer);
	assert_true(file_exists(layer, "first"));
	assert_false(file_exists(layer, "second"));

	ok(store_stage(store, "layer", &first, &err));
	ok(file_create(first.folder, "x", "1", 1, 0000, &err));
	store_staging_release(&first);
	assert_int_equal(count_files(store_root(store), "tmp"), 0);
	assert_int_equal(count_files(store_root(store), "layers"), 1);
}

static void put_layer(struct store *store, enum layer_ownership ownership, const char *name)
{
	struct layer_info info = { .diff_id = digest_of("layer"), .ownership = ownership };
	struct store_staging staging = { 0 };
	auto_error err = { 0 };

	ok(store_stage(store, "layer", &staging, &err));
	ok(layer_info_write(staging.folder, &info, &err));
	ok(file_create(staging.folder, name, "1", 1, 0600, &err));
	ok(store_commit_layer(store, &staging, &info.diff_id, &err));
}

static void layers_without_owners_are_replaced_when_wanted(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest diff_id = digest_of("layer");
	auto_error err = { 0 };
	auto_fd int layer = -1;

	put_layer(store, LAYER_OWNERS_RECORDED, "single");
	assert_true(store_has_layer(store, &diff_id));
	store_want_owners(store);
	assert_false(store_has_layer(store, &diff_id));
	put_layer(store, LAYER_OWNERS_MAPPED, "first");
	assert_true(store_has_layer(store, &diff_id));
	put_layer(store, LAYER_OWNERS_MAPPED, "second");
	layer = store_open_layer(store, &diff_id, &err);
	ok(layer);
	assert_true(file_exists(layer, "first"));
	assert_false(file_exists(layer, "single"));
	assert_int_equal(count_files(store_root(store), "layers"), 1);
	assert_int_equal(count_files(store_root(store), "tmp"), 0);
}

struct waiter {
	struct store *store;
	struct digest diff_id;
	sem_t waiting;
	unsigned int waited;
	bool found;
};

static void post_waiting(void *argument)
{
	struct waiter *waiter = argument;

	waiter->waited++;
	sem_post(&waiter->waiting);
}

static void *wait_for_layer(void *argument)
{
	struct waiter *waiter = argument;
	auto_error err = { 0 };
	auto_fd int lock = store_lock_layer(waiter->store, &waiter->diff_id, post_waiting, waiter,
					    &err);

	waiter->found = lock >= 0 && store_has_layer(waiter->store, &waiter->diff_id);
	return NULL;
}

static void one_layer_is_fetched_once(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct waiter waiter = { .store = store, .diff_id = digest_of("layer") };
	auto_error err = { 0 };
	auto_fd int lock = store_lock_layer(store, &waiter.diff_id, NULL, NULL, &err);
	pthread_t thread;

	ok(lock);
	assert_int_equal(sem_init(&waiter.waiting, 0, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_layer, &waiter), 0);
	while (sem_wait(&waiter.waiting) < 0)
		assert_int_equal(errno, EINTR);
	make_layer(store, "layer");
	close(take_fd(&lock));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(waiter.waited, 1);
	assert_true(waiter.found);
	/* Neither of the two has left a lock file. */
	assert_int_equal(count_files(store_root(store), "layers"), 1);
	sem_destroy(&waiter.waiting);
}

static void sweeping_takes_only_what_was_left_behind(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	int root = store_root(store);
	struct digest diff_id = digest_of("failed");
	struct digest other = digest_of("being fetched");
	struct store_staging live = { 0 };
	struct store_staging dead = { 0 };
	auto_error err = { 0 };
	auto_fd int held = store_lock_layer(store, &other, NULL, NULL, &err);
	auto_fd int released = store_lock_layer(store, &diff_id, NULL, NULL, &err);

	ok(held);
	make_layer(store, "whole");
	ok(store_stage(store, "layer", &live, &err));
	ok(store_stage(store, "layer", &dead, &err));
	/* As the kernel does for a killed process. */
	close(dead.lock);
	close(dead.folder);
	free(dead.name);
	close(take_fd(&released));
	ok(mkdirat(root, "tmp/removed-0123", 0700));
	ok(file_create(root, "images/.tmp-young", "", 0, 0600, &err));
	ok(file_create(root, "images/.tmp-old", "", 0, 0600, &err));
	{
		struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

		ok(utimensat(root, "images/.tmp-old", times, 0));
	}
	store_sweep(store);
	assert_int_equal(count_files(root, "tmp"), 2);	/* live and its lock */
	assert_int_equal(count_files(root, "layers"), 2);	/* the layer, and the held lock */
	assert_true(file_exists(root, "images/.tmp-young"));
	assert_false(file_exists(root, "images/.tmp-old"));
	assert_int_equal(faccessat(live.folder, ".", W_OK, 0), 0);
	store_staging_release(&live);
	store_sweep(store);
	assert_int_equal(count_files(root, "tmp"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(layers_appear_whole_and_once),
		TEST(layers_without_owners_are_replaced_when_wanted),
		TEST(one_layer_is_fetched_once),
		TEST(sweeping_takes_only_what_was_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes on their way into a pipe: all arrive, in order, whatever it takes; the file has the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "image/layer-partial.h"
#include "image/store.h"
#include "registry/blob-pipe.h"
#include "tests/unit/scratch.h"

#define TOTAL ((size_t)3 << 20)
#define STEP 16384

DEFINE_AUTO(store, store_close);

static const struct digest blob = {
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
};

static unsigned char byte_at(size_t offset)
{
	return (unsigned char)(offset * 31 + offset / 4096);
}

static void fill(unsigned char *data, size_t offset, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[i] = byte_at(offset + i);
}

/* Reads what is there; all of it must be what was put in. */
static void drain(int fd, size_t *offset, size_t max)
{
	unsigned char data[4096];
	ssize_t count;

	while (max > 0 && (count = read(fd, data, max < sizeof(data) ? max : sizeof(data))) > 0) {
		for (ssize_t i = 0; i < count; i++)
			if (data[i] != byte_at(*offset + (size_t)i))
				fail_msg("byte %zu is wrong", *offset + (size_t)i);
		*offset += (size_t)count;
		max -= (size_t)count;
	}
}

static void put(struct blob_pipe *pipe, int reading, size_t *offset, size_t *got, size_t size)
{
	unsigned char data[STEP];

	fill(data, *offset, size);
	for (int tries = 0; !blob_pipe_put(pipe, data, size); tries++) {
		assert_true(tries < 1000);
		drain(reading, got, 50000);	/* odd: pages go in parts, too */
		blob_pipe_flush(pipe);
	}
	*offset += size;
}

/* TOTAL bytes from `offset` on, in steps of `step`. */
static void pump(struct layer_partial *partial, bool no_splice, size_t offset, size_t step)
{
	struct blob_pipe pipe;
	size_t got = offset;
	int reading, writing;
	struct error err = { 0 };

	assert_int_equal(fd_pipe(&reading, &writing, &err), 0);
	assert_int_equal(fd_set_nonblocking(reading, true) | fd_set_nonblocking(writing, true), 0);
	blob_pipe_init(&pipe, writing, partial);
	pipe.no_splice = no_splice;
	while (offset < TOTAL)
		put(&pipe, reading, &offset, &got, offset + step < TOTAL ? step : TOTAL - offset);
	for (int tries = 0; !blob_pipe_is_empty(&pipe); tries++) {
		assert_true(tries < 1000);
		blob_pipe_flush(&pipe);
		drain(reading, &got, SIZE_MAX);
	}
	drain(reading, &got, SIZE_MAX);
	assert_int_equal(got, TOTAL);
	assert_false(pipe.abandoned);
	blob_pipe_close(&pipe);
	close(reading);
}

static struct store *open_store(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(scratch_dir(state), NULL, &err);

	assert_non_null(store);
	return store;
}

static void check_file(const struct layer_partial *partial, size_t size)
{
	auto_free unsigned char *data = xmalloc(size + 1);

	assert_int_equal(partial->size, size);
	assert_int_equal(layer_partial_read(partial, 0, data, size + 1), size);
	for (size_t i = 0; i < size; i++)
		if (data[i] != byte_at(i))
			fail_msg("byte %zu of the file is wrong", i);
}

static void all_bytes_arrive(void **state)
{
	(void)state;
	pump(NULL, false, 0, STEP);
	pump(NULL, false, 0, 777);
}

static void the_file_has_the_same(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	const size_t steps[] = { STEP, 777, 1 };
	auto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		for (int no_splice = 0; no_splice < 2; no_splice++) {
			struct layer_partial partial;

			assert_int_equal(layer_partial_open(store, &blob, TOTAL, &partial, &err), 0);
			pump(&partial, no_splice, steps[i] == 1 ? TOTAL - 5000 : 0, steps[i]);
			if (steps[i] != 1)
				check_file(&partial, TOTAL);
			layer_partial_drop(&partial);
		}
	}
}

static void what_the_file_has_is_fed(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	static unsigned char data[BLOB_PIPE_CHUNK];
	struct layer_partial partial;
	auto_error err = { 0 };

	for (int no_splice = 0; no_splice < 2; no_splice++) {
		struct blob_pipe pipe;
		size_t offset = 0, got = 0;
		int reading, writing;

		assert_int_equal(layer_partial_open(store, &blob, TOTAL, &partial, &err), 0);
		fill(data, 0, sizeof(data));
		layer_partial_append(&partial, data, sizeof(data));
		assert_int_equal(fd_pipe(&reading, &writing, &err), 0);
		fd_set_nonblocking(reading, true);
		fd_set_nonblocking(writing, true);
		blob_pipe_init(&pipe, writing, &partial);
		pipe.no_splice = no_splice;
		blob_pipe_feed(&pipe, 0, data, sizeof(data));
		offset = sizeof(data);
		for (int i = 0; i < 100; i++)
			put(&pipe, reading, &offset, &got, STEP);
		while (!blob_pipe_is_empty(&pipe)) {
			blob_pipe_flush(&pipe);
			drain(reading, &got, SIZE_MAX);
		}
		drain(reading, &got, SIZE_MAX);
		assert_int_equal(got, offset);
		check_file(&partial, offset);
		blob_pipe_close(&pipe);
		close(reading);
		layer_partial_drop(&partial);
	}
}

static void a_reader_that_is_gone_ends_it_and_the_file_has_no_gap(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct layer_partial partial;
	struct blob_pipe pipe;
	unsigned char data[STEP];
	auto_error err = { 0 };
	int reading, writing;

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(layer_partial_open(store, &blob, TOTAL, &partial, &err), 0);
	assert_int_equal(fd_pipe(&reading, &writing, &err), 0);
	fd_set_nonblocking(writing, true);
	blob_pipe_init(&pipe, writing, &partial);
	for (size_t offset = 0; offset < TOTAL; offset += STEP) {
		fill(data, offset, STEP);
		if (offset == 10 * STEP)
			close(reading);
		assert_true(blob_pipe_put(&pipe, data, STEP));
	}
	blob_pipe_flush(&pipe);
	assert_true(pipe.abandoned);
	assert_true(blob_pipe_is_empty(&pipe));
	blob_pipe_close(&pipe);
	assert_true(partial.size < TOTAL);
	check_file(&partial, partial.size);
	layer_partial_drop(&partial);
}

static void what_the_pipe_did_not_take_is_kept(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct layer_partial partial;
	struct blob_pipe pipe;
	unsigned char data[STEP];
	size_t offset = 0;
	auto_error err = { 0 };
	int reading, writing;

	assert_int_equal(layer_partial_open(store, &blob, TOTAL, &partial, &err), 0);
	assert_int_equal(fd_pipe(&reading, &writing, &err), 0);
	fd_set_nonblocking(writing, true);
	blob_pipe_init(&pipe, writing, &partial);
	for (;;) {
		fill(data, offset, STEP);
		if (!blob_pipe_put(&pipe, data, STEP))
			break;
		offset += STEP;
		assert_true(offset < TOTAL);
	}
	assert_false(blob_pipe_has_room(&pipe));
	blob_pipe_close(&pipe);
	close(reading);
	check_file(&partial, offset);
	layer_partial_release(&partial);

	/* It is there for the next time, unless it is longer than it may be. */
	assert_int_equal(layer_partial_progress(store, &blob), offset);
	assert_int_equal(layer_partial_open(store, &blob, TOTAL, &partial, &err), 0);
	assert_int_equal(partial.size, offset);
	layer_partial_set_etag(&partial, "\"tag\"");
	layer_partial_release(&partial);
	assert_int_equal(layer_partial_open(store, &blob, TOTAL, &partial, &err), 0);
	assert_true(!partial.etag || !strcmp(partial.etag, "\"tag\""));
	layer_partial_release(&partial);
	assert_int_equal(layer_partial_open(store, &blob, offset - 1, &partial, &err), 0);
	assert_int_equal(partial.size, 0);
	layer_partial_release(&partial);
	assert_int_equal(layer_partial_progress(store, &blob), 0);
}

static void one_process_has_it_at_a_time_and_old_ones_are_swept(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct layer_partial partial, other;
	auto_error err = { 0 };

	assert_int_equal(layer_partial_open(store, &blob, TOTAL, &partial, &err), 0);
	layer_partial_append(&partial, "bytes", 5);
	assert_int_equal(layer_partial_open(store, &blob, TOTAL, &other, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	layer_partials_sweep(store, 0);
	assert_int_equal(layer_partial_progress(store, &blob), 5);
	layer_partial_release(&partial);
	layer_partials_sweep(store, 3600);
	assert_int_equal(layer_partial_progress(store, &blob), 5);
	layer_partials_sweep(store, 0);
	assert_int_equal(layer_partial_progress(store, &blob), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_bytes_arrive),
		cmocka_unit_test_setup_teardown(the_file_has_the_same, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(what_the_file_has_is_fed, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(
			a_reader_that_is_gone_ends_it_and_the_file_has_no_gap, scratch_make,
			scratch_remove),
		cmocka_unit_test_setup_teardown(what_the_pipe_did_not_take_is_kept, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(
			one_process_has_it_at_a_time_and_old_ones_are_swept, scratch_make,
			scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

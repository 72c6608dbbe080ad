/* SPDX-License-Identifier: Apache-2.0 */
/* What the store takes: every inode once, trees of any depth; what prune leaves alone. */
#include "image/store-usage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/store-fixture.h"

#define DEPTH 300
#define BLOCK 512

DEFINE_AUTO(usage_meter, usage_meter_free);

static uint64_t measure(int dir, const char *name)
{
	auto_of(usage_meter) struct usage_meter *meter = usage_meter_new();
	auto_error err = { 0 };
	uint64_t bytes = 0;

	ok(usage_add(meter, dir, name, &bytes, &err));
	return bytes;
}

static uint64_t blocks_of(int dir, const char *name)
{
	struct stat info;

	assert_int_equal(fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW), 0);
	return (uint64_t)info.st_blocks * BLOCK;
}

static void write_file(int dir, const char *name, size_t size)
{
	auto_free char *data = xcalloc(1, size);
	auto_error err = { 0 };

	memset(data, 'x', size);
	ok(file_write(dir, name, data, size, 0600, FILE_VOLATILE, &err));
}

static void a_file_with_two_names_counts_once(void **state)
{
	int dir = scratch_dir(state);
	auto_of(usage_meter) struct usage_meter *meter = usage_meter_new();
	auto_error err = { 0 };
	uint64_t bytes = 0;

	assert_int_equal(mkdirat(dir, "a", 0700), 0);
	assert_int_equal(mkdirat(dir, "b", 0700), 0);
	write_file(dir, "a/one", 100000);
	assert_int_equal(linkat(dir, "a/one", dir, "a/two", 0), 0);
	assert_int_equal(linkat(dir, "a/one", dir, "b/three", 0), 0);
	assert_int_equal(measure(dir, "a"), blocks_of(dir, "a") + blocks_of(dir, "a/one"));
	ok(usage_add(meter, dir, "a", &bytes, &err));
	bytes = 0;
	ok(usage_add(meter, dir, "b", &bytes, &err));
	assert_int_equal(bytes, blocks_of(dir, "b"));
	ok(usage_add(meter, dir, "missing", &bytes, &err));
}

static void many_levels_are_no_obstacle(void **state)
{
	int dir = scratch_dir(state);
	auto_fd int current = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	uint64_t expected = 0;

	for (unsigned int i = 0; i < DEPTH; i++) {
		auto_fd int above = current;

		assert_int_equal(mkdirat(above, "d", 0700), 0);
		current = openat(above, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(current >= 0);
		write_file(current, "f", 10000);
		assert_int_equal(mkdirat(current, "z", 0700), 0);
	}
	{
		auto_fd int at = fcntl(dir, F_DUPFD_CLOEXEC, 3);

		for (unsigned int i = 0; i < DEPTH; i++) {
			auto_fd int above = at;

			at = openat(above, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			expected += blocks_of(at, ".") + blocks_of(at, "f") + blocks_of(at, "z");
		}
	}
	assert_int_equal(measure(dir, "d"), expected);
}

static void the_parts_are_the_whole(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_of(usage_meter) struct usage_meter *meter = usage_meter_new();
	auto_release(store_usage) struct store_usage usage = { 0 };
	auto_error err = { 0 };
	struct digest one = digest_of("one");
	uint64_t sum;

	add(store, "a", "2025-01-01T00:00:00Z", "one two", NULL);
	write_file(scratch_dir(state), "tmp/blob-half", 5000);
	ok(store_measure(store, meter, &usage, &err));
	assert_int_equal(usage.layer_count, 2);
	assert_true(usage.partial >= 5000);
	assert_true(store_usage_of_layer(&usage, &one) > 0);
	one = digest_of("three");
	assert_int_equal(store_usage_of_layer(&usage, &one), 0);
	sum = usage.lists + usage.partial + usage.layers[0].bytes + usage.layers[1].bytes;
	assert_int_equal(sum, measure(AT_FDCWD, scratch_path));
}

static void prune_takes_what_nothing_needs(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_of(store) struct store *other = open_store(state);
	auto_release(strings) struct strings lines = { 0 };
	auto_release(strings) struct strings keep = { 0 };
	auto_free char *expected = xasprintf("Deleted: sha256:%s", digest_of("lost").hex);
	auto_error err = { 0 };

	add(store, "a", "2025-01-01T00:00:00Z", "one", NULL);
	make_layer(store, "lost");
	make_layer(store, "used");
	strings_add(&keep, digest_of("used").hex);
	/* The process that made them may be about to record an image. */
	ok(store_prune(other, &keep, add_line, &lines, &err));
	assert_int_equal(lines.count, 0);
	store_close(take_ptr(&store));
	ok(store_prune(other, &keep, add_line, &lines, &err));
	assert_strings(&lines, expected);
	image_free(find(other, "a"));
	assert_int_equal(count_files(scratch_dir(state), "tmp"), 0);
}

static void names_are_taken_and_the_image_stays(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_of(image) struct image *image = NULL;
	auto_error err = { 0 };

	add(store, "a", "2025-01-01T00:00:00Z", "one", NULL);
	tag(store, "a", "b:1");
	image = find(store, "a");
	ok(store_untag(store, image, "b:1", &err));
	assert_absent(store, "b:1");
	assert_int_equal(store_untag(store, image, "b:1", &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	ok(store_untag(store, image, NULL, &err));
	assert_absent(store, "a");
	image_free(find(store, image->id.hex));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_with_two_names_counts_once),
		TEST(many_levels_are_no_obstacle),
		TEST(the_parts_are_the_whole),
		TEST(prune_takes_what_nothing_needs),
		TEST(names_are_taken_and_the_image_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

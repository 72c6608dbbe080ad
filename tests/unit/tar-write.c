/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that are written are read back as the same entry, whatever ustar has no room for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "image/tar-write.h"
#include "tests/unit/tar-builder.h"

#define A10 "aaaaaaaaaa"
#define A50 A10 A10 A10 A10 A10
#define A100 A50 A50
#define A200 A100 A100
#define SECOND 1000000000LL

static void write_archive(const struct tar_entry *entry, struct buffer *tar)
{
	auto_error err = { 0 };

	if (tar_write_header(tar, entry, &err) < 0)
		fail_msg("%s: %s", entry->name, err.message);
	if (entry->type == TAR_FILE) {
		for (uint64_t i = 0; i < entry->size && i < 100; i++)
			buffer_putc(tar, 'x');
		tar_write_padding(tar, entry->size);
	}
	tar_write_end(tar);
}

static void assert_same(const struct tar_entry *read, const struct tar_entry *written)
{
	size_t length = strlen(written->name);

	assert_int_equal(read->type, written->type);
	assert_memory_equal(read->name, written->name, length);
	assert_string_equal(read->name + length,
			    written->type == TAR_DIRECTORY && written->name[length - 1] != '/' ?
				    "/" : "");
	if (written->link)
		assert_string_equal(read->link, written->link);
	assert_int_equal(read->mode, written->mode);
	assert_int_equal(read->uid, written->uid);
	assert_int_equal(read->gid, written->gid);
	assert_int_equal(read->mtime_ns, written->mtime_ns);
	assert_int_equal(read->device_major, written->device_major);
	assert_int_equal(read->device_minor, written->device_minor);
	assert_int_equal(read->xattr_count, written->xattr_count);
	for (size_t i = 0; i < read->xattr_count; i++) {
		assert_string_equal(read->xattrs[i].name, written->xattrs[i].name);
		assert_int_equal(read->xattrs[i].size, written->xattrs[i].size);
		assert_memory_equal(read->xattrs[i].value, written->xattrs[i].value,
				    written->xattrs[i].size);
	}
}

static void entries_are_read_as_they_were_written(void **state)
{
	static struct tar_xattr xattrs[] = { { (char *)"user.a", (char *)"1\n=\0z", 5 },
					     { (char *)"user.empty", (char *)"", 0 } };
	static const struct tar_entry cases[] = {
		{ .type = TAR_FILE, .name = (char *)"file", .mode = 04755, .size = 7 },
		{ .type = TAR_FILE, .name = (char *)"empty", .uid = 1000, .gid = 2000 },
		{ .type = TAR_DIRECTORY, .name = (char *)"dir", .mode = 01777 },
		{ .type = TAR_DIRECTORY, .name = (char *)"dir/", .mode = 0700 },
		{ .type = TAR_FILE, .name = (char *)A100 },
		{ .type = TAR_FILE, .name = (char *)A100 "/" A100 },
		{ .type = TAR_FILE, .name = (char *)A100 "b" },
		{ .type = TAR_DIRECTORY, .name = (char *)A50 "/" A100 },
		{ .type = TAR_FILE, .name = (char *)A200 "/" A200 "/" A200 },
		{ .type = TAR_FILE, .name = (char *)"\xc3\xa4\xff" },
		{ .type = TAR_SYMLINK, .name = (char *)"l", .link = (char *)"/target", .mode = 0777 },
		{ .type = TAR_SYMLINK, .name = (char *)"l", .link = (char *)A100 },
		{ .type = TAR_SYMLINK, .name = (char *)"l", .link = (char *)A200 "/" A200 },
		{ .type = TAR_HARDLINK, .name = (char *)"h", .link = (char *)A100 "c" },
		{ .type = TAR_FIFO, .name = (char *)"p", .mode = 0600 },
		{ .type = TAR_CHARACTER, .name = (char *)"c", .device_major = 5, .device_minor = 1 },
		{ .type = TAR_BLOCK, .name = (char *)"b", .device_major = 4095,
		  .device_minor = 0xfffff },
		{ .type = TAR_FILE, .name = (char *)"ids", .uid = 2097151, .gid = 2097152 },
		{ .type = TAR_FILE, .name = (char *)"ids", .uid = 4294967294u, .gid = 0 },
		{ .type = TAR_FILE, .name = (char *)"time", .mtime_ns = 1700000000 * SECOND },
		{ .type = TAR_FILE, .name = (char *)"time", .mtime_ns = 1700000000 * SECOND + 1 },
		{ .type = TAR_FILE, .name = (char *)"time", .mtime_ns = 12 * SECOND + 500000000 },
		{ .type = TAR_FILE, .name = (char *)"time", .mtime_ns = -SECOND },
		{ .type = TAR_FILE, .name = (char *)"time", .mtime_ns = -SECOND / 4 },
		{ .type = TAR_FILE, .name = (char *)"x", .xattrs = xattrs, .xattr_count = 2 },
		{ .type = TAR_DIRECTORY, .name = (char *)A200 "/x", .xattrs = xattrs,
		  .xattr_count = 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(buffer) struct buffer tar = { 0 };
		struct memory memory = { .step = 512 };
		const struct tar_entry *entry = NULL;
		struct tar_reader *reader;
		auto_error err = { 0 };

		write_archive(&cases[i], &tar);
		memory.data = tar.data;
		memory.size = tar.size;
		reader = tar_reader_new(memory_read, &memory, NULL);
		if (tar_reader_next(reader, &entry, &err) != 1)
			fail_msg("case %zu: %s", i, err.message);
		assert_same(entry, &cases[i]);
		assert_int_equal(entry->size, cases[i].size);
		assert_int_equal(tar_reader_next(reader, &entry, &err), 0);
		tar_reader_free(reader);
	}
}

static void large_sizes_are_told(void **state)
{
	const struct tar_entry large = { .type = TAR_FILE, .name = (char *)"large",
					 .size = (uint64_t)1 << 40 };
	auto_release(buffer) struct buffer tar = { 0 };
	struct memory memory = { .step = 512 };
	const struct tar_entry *entry = NULL;
	struct tar_reader *reader;
	auto_error err = { 0 };

	(void)state;
	write_archive(&large, &tar);
	memory.data = tar.data;
	memory.size = tar.size;
	reader = tar_reader_new(memory_read, &memory, NULL);
	assert_int_equal(tar_reader_next(reader, &entry, &err), 1);
	assert_true(entry->size == large.size);
	tar_reader_free(reader);
}

static void attributes_that_have_no_room_are_refused(void **state)
{
	struct tar_xattr equals = { (char *)"user.a=b", (char *)"", 0 };
	struct tar_xattr large[20];
	struct tar_entry entry = { .type = TAR_FILE, .name = (char *)"f", .xattrs = &equals,
				   .xattr_count = 1 };
	auto_release(buffer) struct buffer tar = { 0 };
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(tar_write_header(&tar, &entry, &err), -1);
	error_release(&err);
	for (size_t i = 0; i < ARRAY_SIZE(large); i++)
		large[i] = (struct tar_xattr){ (char *)"user.large",
					       calloc(1, TAR_XATTR_VALUE_MAX), TAR_XATTR_VALUE_MAX };
	entry.xattrs = large;
	entry.xattr_count = ARRAY_SIZE(large);
	assert_int_equal(tar_write_header(&tar, &entry, &err), -1);
	for (size_t i = 0; i < ARRAY_SIZE(large); i++)
		free(large[i].value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_read_as_they_were_written),
		cmocka_unit_test(large_sizes_are_told),
		cmocka_unit_test(attributes_that_have_no_room_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Tar entries of every dialect, what is refused of them, and that a record is complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/tar.h"
#include "tests/unit/tar-builder.h"

static const size_t steps[] = { 1, 511, 512, 700, SIZE_MAX };

/* Reads the one entry of `tar` and hands it to `check`; frees the tar. */
static void with_entry(struct buffer *tar, void (*check)(const struct tar_entry *entry))
{
	tar_end(tar);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct memory memory = { tar->data, tar->size, 0, steps[i] };
		struct tar_reader *reader = tar_reader_new(memory_read, &memory, NULL);
		const struct tar_entry *entry = NULL;
		struct error err = { 0 };

		if (tar_reader_next(reader, &entry, &err) != 1)
			fail_msg("steps of %zu: %s", steps[i], err.message ? err.message : "end");
		check(entry);
		assert_int_equal(tar_reader_next(reader, &entry, &err), 0);
		assert_int_equal(tar_reader_next(reader, &entry, &err), 0);
		tar_reader_free(reader);
	}
	buffer_release(tar);
}

static void check_ustar(const struct tar_entry *entry)
{
	assert_int_equal(entry->type, TAR_CHARACTER);
	assert_string_equal(entry->name, "some/prefix/name");
	assert_int_equal(entry->mode, 04755);
	assert_int_equal(entry->uid, 01750);
	assert_int_equal(entry->gid, 7);
	assert_int_equal(entry->device_major, 1);
	assert_int_equal(entry->device_minor, 3);
	assert_true(entry->mtime_ns == 8 * 1000000000LL);
	assert_int_equal(entry->size, 0);
	assert_int_equal(entry->xattr_count, 0);
	assert_null(entry->segments);
	assert_null(entry->link);
}

static void ustar_fields_are_read(void **state)
{
	struct tar_block block = tar_block_of("name", '3', 99); /* devices have no content */
	struct buffer tar = { 0 };

	(void)state;
	memcpy(block.prefix, "some/prefix", 11);
	memcpy(block.mode, "0104755", 8);
	memcpy(block.uid, "  1750 ", 7);
	memcpy(block.gid, "7\0\0\0\0\0\0", 8);
	memcpy(block.mtime, "00000000010 ", 12);
	memcpy(block.major, "0000001 ", 8);
	memcpy(block.minor, "0000003 ", 8);
	tar_add_block(&tar, &block);
	with_entry(&tar, check_ustar);
}

static void check_gnu(const struct tar_entry *entry)
{
	assert_int_equal(entry->type, TAR_SYMLINK);
	assert_int_equal(strlen(entry->name), 300);
	assert_int_equal(strlen(entry->link), 400);
	assert_true(entry->uid == 3000000000U);
	assert_true(entry->mtime_ns == -2 * 1000000000LL);
}

static void gnu_long_names_and_base256_are_read(void **state)
{
	struct tar_block block = tar_block_of("short", '2', 0);
	struct buffer tar = { 0 };
	char name[301] = "", link[401] = "";

	(void)state;
	memset(name, 'n', 300);
	memset(link, 'l', 400);
	tar_add(&tar, "././@LongLink", 'L', NULL, name, sizeof(name));
	tar_add(&tar, "././@LongLink", 'K', NULL, link, sizeof(link));
	memcpy(block.link, "t", 1);
	memcpy(block.uid, "\x80\0\0\0\xb2\xd0\x5e\0", 8);
	memset(block.mtime, 0xff, 12);
	block.mtime[11] = (char)0xfe;
	memcpy(block.magic, "ustar  ", 8);
	memcpy(block.prefix, "123 GNU has times here", 22);
	tar_add_block(&tar, &block);
	with_entry(&tar, check_gnu);
}

static void check_v7_directory(const struct tar_entry *entry)
{
	assert_int_equal(entry->type, TAR_DIRECTORY);
	assert_string_equal(entry->name, "dir/");
	assert_int_equal(entry->mode, 0644);
}

static void v7_directory_is_known_by_its_slash(void **state)
{
	struct tar_block block = tar_block_of("dir/", '\0', 0);
	struct buffer tar = { 0 };

	(void)state;
	memset(block.magic, 0, 8);
	memcpy(block.prefix, "no prefix in v7", 15);
	tar_add_block(&tar, &block);
	with_entry(&tar, check_v7_directory);
}

static void check_pax(const struct tar_entry *entry)
{
	assert_int_equal(entry->type, TAR_FILE);
	assert_string_equal(entry->name, "a/path with\nnewline");
	assert_int_equal(entry->size, 5);
	assert_true(entry->uid == 4000000000U);
	assert_int_equal(entry->gid, 8);
	assert_true(entry->mtime_ns == 1700000000123456789LL);
	assert_int_equal(entry->xattr_count, 3);
	assert_string_equal(entry->xattrs[0].name, "user.one");
	assert_int_equal(entry->xattrs[0].size, 5);
	assert_memory_equal(entry->xattrs[0].value, "a=b\nc", 5);
	assert_string_equal(entry->xattrs[1].name, "user.t o%");
	assert_int_equal(entry->xattrs[1].size, 4);
	assert_memory_equal(entry->xattrs[1].value, "\0\xff ~", 4);
	assert_string_equal(entry->xattrs[2].name, "user.empty");
	assert_int_equal(entry->xattrs[2].size, 0);
}

static void pax_records_go_before_the_header(void **state)
{
	static const char *const global[] = { "path", "passed over", "size", "77", NULL };
	static const char *const pairs[] = {
		"path", "a/path with\nnewline", "size", "5", "uid", "4000000000", "gid", "8",
		"mtime", "1700000000.1234567891", "SCHILY.xattr.user.one", "a=b\nc",
		"LIBARCHIVE.xattr.user.t%20o%", "AP8gfg", "SCHILY.xattr.user.empty", "",
		"comment", "nobody reads this", "linkpath", "", NULL };
	struct buffer tar = { 0 };
	size_t at;

	(void)state;
	tar_add_pax(&tar, global);
	at = 156;	/* the flag */
	tar.data[at] = 'g';
	/* 'x' became 'g' by this much; so does the checksum, "%06o" at 148. */
	{
		unsigned long sum = strtoul(tar.data + 148, NULL, 8) - ('x' - 'g');

		snprintf(tar.data + 148, 7, "%06lo", sum);
	}
	tar_add_pax(&tar, pairs);
	tar_add_file(&tar, "short", "hello");
	with_entry(&tar, check_pax);
}

static void check_time_before_1970(const struct tar_entry *entry)
{
	assert_true(entry->mtime_ns == -1250000000LL);
}

static void pax_times_may_be_negative(void **state)
{
	static const char *const pairs[] = { "mtime", "-1.25", NULL };
	struct buffer tar = { 0 };

	(void)state;
	tar_add_pax(&tar, pairs);
	tar_add_file(&tar, "old", "");
	with_entry(&tar, check_time_before_1970);
}

static void check_far_time(const struct tar_entry *entry)
{
	assert_true(entry->mtime_ns == INT64_MAX);
}

static void far_times_are_held_to_the_range(void **state)
{
	static const char *const pairs[] = { "mtime", "99999999999999", NULL };
	struct buffer tar = { 0 };

	(void)state;
	tar_add_pax(&tar, pairs);
	tar_add_file(&tar, "far", "");
	with_entry(&tar, check_far_time);
}

static void check_sparse(const struct tar_entry *entry)
{
	assert_int_equal(entry->type, TAR_FILE);
	assert_string_equal(entry->name, "sparse");
	assert_int_equal(entry->size, 10000);
	assert_int_equal(entry->stored_size, 6);
	assert_int_equal(entry->segment_count, 2);
	assert_int_equal(entry->segments[0].offset, 512);
	assert_int_equal(entry->segments[0].size, 4);
	assert_int_equal(entry->segments[1].offset, 8192);
	assert_int_equal(entry->segments[1].size, 2);
}

static void old_gnu_sparse_is_read(void **state)
{
	struct tar_block block = tar_block_of("sparse", 'S', 6);
	char *bytes = (char *)&block;
	struct buffer tar = { 0 };

	(void)state;
	memcpy(block.magic, "ustar  ", 8);
	memcpy(bytes + 386, "00000001000", 12);
	memcpy(bytes + 398, "00000000004", 12);
	bytes[482] = 1;	/* an extension follows */
	memcpy(bytes + 483, "00000023420", 12);
	tar_add_block(&tar, &block);
	buffer_add(&tar, "00000020000", 12);
	buffer_add(&tar, "00000000002", 12);
	buffer_add(&tar, "00000023420", 12);
	buffer_add(&tar, "00000000000", 12);
	tar_pad(&tar);
	buffer_puts(&tar, "abcdef");
	tar_pad(&tar);
	with_entry(&tar, check_sparse);
}

static void pax_sparse_0_0_is_read(void **state)
{
	static const char *const pairs[] = {
		"GNU.sparse.size", "10000", "GNU.sparse.numblocks", "2", "GNU.sparse.offset", "512",
		"GNU.sparse.numbytes", "4", "GNU.sparse.offset", "8192", "GNU.sparse.numbytes", "2",
		NULL };
	struct buffer tar = { 0 };

	(void)state;
	tar_add_pax(&tar, pairs);
	tar_add_file(&tar, "sparse", "abcdef");
	with_entry(&tar, check_sparse);
}

static void pax_sparse_0_1_is_read(void **state)
{
	static const char *const pairs[] = {
		"GNU.sparse.size", "10000", "GNU.sparse.numblocks", "2",
		"GNU.sparse.name", "sparse", "GNU.sparse.map", "512,4,8192,2,10000,0", NULL };
	struct buffer tar = { 0 };

	(void)state;
	tar_add_pax(&tar, pairs);
	tar_add_file(&tar, "GNUSparseFile.1/sparse", "abcdef");
	with_entry(&tar, check_sparse);
}

static void add_sparse_1_0(struct buffer *tar)
{
	static const char *const pairs[] = {
		"GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.name", "sparse",
		"GNU.sparse.realsize", "10000", NULL };
	struct buffer data = { 0 };

	buffer_puts(&data, "2\n512\n4\n8192\n2\n");
	tar_pad(&data);
	buffer_puts(&data, "abcdef");
	tar_add_pax(tar, pairs);
	tar_add(tar, "GNUSparseFile.1/sparse", '0', NULL, data.data, data.size);
	buffer_release(&data);
}

static void pax_sparse_1_0_is_read(void **state)
{
	struct buffer tar = { 0 };

	(void)state;
	add_sparse_1_0(&tar);
	with_entry(&tar, check_sparse);
}

/* A record: bytes as they came, contents filled in by whoever read them. */
static int keep_bytes(void *argument, const void *data, size_t size, struct error *err)
{
	return buffer_append(argument, data, size, err);
}

static int expect_content(void *argument, const struct tar_entry *entry, struct error *err)
{
	(void)argument;
	(void)err;
	assert_true(entry->stored_size > 0);
	return 0;
}

static void assert_record_is_whole(const struct buffer *tar, size_t step, size_t piece_size)
{
	struct memory memory = { tar->data, tar->size, 0, step };
	struct buffer copy = { 0 };
	const struct tar_recorder recorder = { keep_bytes, expect_content, &copy };
	struct tar_reader *reader = tar_reader_new(memory_read, &memory, &recorder);
	const struct tar_entry *entry = NULL;
	struct error err = { 0 };
	char *piece = malloc(piece_size);
	ssize_t got;
	int more;

	while ((more = tar_reader_next(reader, &entry, &err)) == 1) {
		while ((got = tar_reader_content(reader, piece, piece_size, &err)) > 0)
			buffer_add(&copy, piece, (size_t)got);
		assert_int_equal(got, 0);
	}
	if (more < 0)
		fail_msg("%s", err.message);
	assert_int_equal(copy.size, tar->size);
	assert_memory_equal(copy.data, tar->data, tar->size);
	tar_reader_free(reader);
	buffer_release(&copy);
	free(piece);
}

static void record_has_every_byte(void **state)
{
	static const char *const pairs[] = { "comment", "x", NULL };
	struct buffer tar = { 0 };
	size_t large = 700000;
	char *data = malloc(large);

	(void)state;
	for (size_t i = 0; i < large; i++)
		data[i] = (char)(i * 7 + i / 512);
	tar_add_file(&tar, "a", "content");
	tar_add_pax(&tar, pairs);
	tar_add(&tar, "large", '0', NULL, data, large);
	add_sparse_1_0(&tar);
	tar_add(&tar, "dir", '5', NULL, NULL, 0);
	tar_add(&tar, "link", '2', "a", NULL, 0);
	tar_end(&tar);
	buffer_puts(&tar, "whatever follows the end");
	for (size_t i = 1; i < ARRAY_SIZE(steps); i++) {
		assert_record_is_whole(&tar, steps[i], 100);
		assert_record_is_whole(&tar, steps[i], 1 << 20);
	}
	buffer_release(&tar);
	free(data);
}

static void content_not_read_is_skipped(void **state)
{
	struct buffer tar = { 0 };
	struct memory memory;
	struct tar_reader *reader;
	const struct tar_entry *entry = NULL;
	struct error err = { 0 };
	char piece[4];

	(void)state;
	tar_add_file(&tar, "a", "0123456789");
	tar_add_file(&tar, "b", "next");
	memory = (struct memory){ tar.data, tar.size, 0, 100 };	/* and no end blocks */
	reader = tar_reader_new(memory_read, &memory, NULL);
	assert_int_equal(tar_reader_next(reader, &entry, &err), 1);
	assert_int_equal(tar_reader_content(reader, piece, 3, &err), 3);
	assert_int_equal(tar_reader_next(reader, &entry, &err), 1);
	assert_string_equal(entry->name, "b");
	assert_int_equal(tar_reader_content(reader, piece, 4, &err), 4);
	assert_memory_equal(piece, "next", 4);
	assert_int_equal(tar_reader_content(reader, piece, 4, &err), 0);
	assert_int_equal(tar_reader_next(reader, &entry, &err), 0);
	tar_reader_free(reader);
	buffer_release(&tar);
}

struct refused {
	const char *what;
	char flag;
	const char *const *pax;	/* NULL: none */
	const char *name;	/* NULL: "x" */
	size_t offset;		/* of a change to the header, with its size */
	const char *bytes;
	size_t size;
};

#define PAX(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* What tests/hostile does not have, or what is worth telling apart here. */
static const struct refused refused_entries[] = {
	{ "no name", '0', .name = "" },
	{ "no link target", '2', .pax = NULL },
	{ "unknown type", 'Z', .pax = NULL },
	{ "size not octal", '0', .offset = 124, .bytes = "0000000000x", .size = 12 },
	{ "size negative", '0',
	  .offset = 124, .bytes = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0", .size = 12 },
	{ "size over 63 bits", '0',
	  .offset = 124, .bytes = "\x80\0\0\0\x80\0\0\0\0\0\0\0", .size = 12 },
	{ "size over 64 bits", '0',
	  .offset = 124, .bytes = "\x80\0\0\x01\0\0\0\0\0\0\0\0", .size = 12 },
	{ "uid negative", '0',
	  .offset = 108, .bytes = "\xff\xff\xff\xff\xff\xff\xff\xff", .size = 8 },
	{ "uid -1", '0', .offset = 108, .bytes = "\x80\0\0\0\xff\xff\xff\xff", .size = 8 },
	{ "device negative", '3',
	  .offset = 329, .bytes = "\xff\xff\xff\xff\xff\xff\xff\xff", .size = 8 },
	{ "pax size signed", '0', .pax = PAX("size", "+1") },
	{ "pax size blank", '0', .pax = PAX("size", " 1") },
	{ "pax size over 63 bits", '0', .pax = PAX("size", "9223372036854775808") },
	{ "pax uid -1", '0', .pax = PAX("uid", "4294967295") },
	{ "pax gid large", '0', .pax = PAX("gid", "99999999999") },
	{ "pax time", '0', .pax = PAX("mtime", "1e9") },
	{ "pax time sign", '0', .pax = PAX("mtime", "--1") },
	{ "pax time empty fraction", '0', .pax = PAX("mtime", ".") },
	{ "sparse version", '0', .pax = PAX("GNU.sparse.major", "3", "GNU.sparse.realsize", "5") },
	{ "sparse overlap", '0', .pax = PAX("GNU.sparse.map", "4,2,5,1", "GNU.sparse.size", "9") },
	{ "sparse behind the end", '0',
	  .pax = PAX("GNU.sparse.map", "4,0,9,0", "GNU.sparse.size", "8") },
	{ "sparse data missing", '0', .pax = PAX("GNU.sparse.map", "0,1", "GNU.sparse.size", "8") },
	{ "sparse map of words", '0', .pax = PAX("GNU.sparse.map", "a,b", "GNU.sparse.size", "8") },
	{ "attribute without name", '0', .pax = PAX("SCHILY.xattr.", "v") },
	{ "attribute not base64", '0', .pax = PAX("LIBARCHIVE.xattr.user.x", "*") },
};

static void bad_entries_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused_entries); i++) {
		const struct refused *refused = &refused_entries[i];
		struct tar_block block = tar_block_of(refused->name ? refused->name : "x",
						     refused->flag, 0);
		struct buffer tar = { 0 };
		struct memory memory;
		struct tar_reader *reader;
		const struct tar_entry *entry = NULL;
		struct error err = { 0 };

		if (refused->pax)
			tar_add_pax(&tar, refused->pax);
		if (refused->bytes)
			memcpy((char *)&block + refused->offset, refused->bytes, refused->size);
		tar_add_block(&tar, &block);
		tar_end(&tar);
		memory = (struct memory){ tar.data, tar.size, 0, SIZE_MAX };
		reader = tar_reader_new(memory_read, &memory, NULL);
		if (tar_reader_next(reader, &entry, &err) != -1)
			fail_msg("accepted: %s", refused->what);
		assert_int_equal(err.kind, ERROR_INVALID);
		error_release(&err);
		tar_reader_free(reader);
		buffer_release(&tar);
	}
}

static void truncation_is_an_error(void **state)
{
	static const char *const pairs[] = { "path", "a", NULL };
	struct buffer tar = { 0 };

	(void)state;
	tar_add_pax(&tar, pairs);
	tar_add_file(&tar, "x", "content");
	for (size_t cut = 1; cut < tar.size; cut++) {
		struct memory memory = { tar.data, cut, 0, SIZE_MAX };
		struct tar_reader *reader = tar_reader_new(memory_read, &memory, NULL);
		const struct tar_entry *entry = NULL;
		struct error err = { 0 };
		int more;

		do
			more = tar_reader_next(reader, &entry, &err);
		while (more == 1);
		/* Only between entries may an archive end; a pax header alone is none. */
		if (more != (cut == 1024 ? 0 : -1))
			fail_msg("cut at %zu: %d", cut, more);
		error_release(&err);
		tar_reader_free(reader);
	}
	buffer_release(&tar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ustar_fields_are_read),
		cmocka_unit_test(gnu_long_names_and_base256_are_read),
		cmocka_unit_test(v7_directory_is_known_by_its_slash),
		cmocka_unit_test(pax_records_go_before_the_header),
		cmocka_unit_test(pax_times_may_be_negative),
		cmocka_unit_test(far_times_are_held_to_the_range),
		cmocka_unit_test(old_gnu_sparse_is_read),
		cmocka_unit_test(pax_sparse_0_0_is_read),
		cmocka_unit_test(pax_sparse_0_1_is_read),
		cmocka_unit_test(pax_sparse_1_0_is_read),
		cmocka_unit_test(record_has_every_byte),
		cmocka_unit_test(content_not_read_is_skipped),
		cmocka_unit_test(bad_entries_are_refused),
		cmocka_unit_test(truncation_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

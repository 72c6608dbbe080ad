/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers unpacked from tars in memory, looked at, and packed again. As root
 * owners are applied; as an ordinary user they are only recorded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "image/layer-implied.h"
#include "image/layer.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tar-builder.h"

static enum layer_ownership ownership(void)
{
	return geteuid() == 0 ? LAYER_OWNERS_APPLIED : LAYER_OWNERS_RECORDED;
}

static int unpack_limited(int folder, const struct buffer *tar, size_t step,
			  const struct layer_limits *limits, struct layer_info *ret_info,
			  struct error *err)
{
	struct memory memory = { tar->data, tar->size, 0, step };

	return layer_unpack(folder, memory_read, &memory, ownership(), limits, ret_info, err);
}

static void unpack(int folder, const struct buffer *tar, struct layer_info *ret_info)
{
	struct error err = { 0 };

	if (unpack_limited(folder, tar, 1000, NULL, ret_info, &err) < 0)
		fail_msg("%s", err.message);
}

static int keep(void *argument, const void *data, size_t size, struct error *err)
{
	(void)err;
	buffer_add(argument, data, size);
	return 0;
}

static void assert_packs(int folder, const struct buffer *tar, const struct layer_info *info)
{
	struct buffer packed = { 0 };
	struct error err = { 0 };
	char hex[SHA256_HEX_SIZE];

	if (layer_pack(folder, keep, &packed, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(packed.size, tar->size);
	assert_memory_equal(packed.data, tar->data, tar->size);
	assert_int_equal(info->tar_size, tar->size);
	sha256_hex(tar->data, tar->size, hex);
	assert_string_equal(info->diff_id.hex, hex);
	buffer_release(&packed);
}

/* "" where there is none. */
static const char *content(int folder, const char *path)
{
	static char text[100];
	int fd = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static struct stat look(int folder, const char *path)
{
	struct stat info;

	if (fstatat(folder, path, &info, AT_SYMLINK_NOFOLLOW) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return info;
}

static void add_mode(struct buffer *tar, const char *name, char flag, const char *mode,
		     const char *mtime)
{
	struct tar_block block = tar_block_of(name, flag, 0);

	memcpy(block.mode, mode, 8);
	memcpy(block.mtime, mtime, 12);
	tar_add_block(tar, &block);
}

static void entries_become_files(void **state)
{
	static const char *const times[] = { "mtime", "1700000000.5", NULL };
	struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	char target[10] = "";
	int folder = scratch_dir(state);
	struct stat file;

	add_mode(&tar, "./", '5', "0000750", "00000000100");
	add_mode(&tar, "./d/", '5', "0001777", "00000000200");
	tar_add_pax(&tar, times);
	tar_add_file(&tar, "./d/file", "content");
	tar_add(&tar, "d/link", '2', "file", NULL, 0);
	tar_add(&tar, "hard", '1', "./d/file", NULL, 0);
	tar_add(&tar, "link-hard", '1', "d/link", NULL, 0);
	tar_add(&tar, "fifo", '6', NULL, NULL, 0);
	add_mode(&tar, "setuid", '0', "0006755", "00000000000");
	tar_end(&tar);
	unpack(folder, &tar, &info);

	assert_string_equal(content(folder, "tree/d/file"), "content");
	file = look(folder, "tree/d/file");
	assert_int_equal(file.st_mode, S_IFREG | 0644);
	assert_int_equal(file.st_nlink, 2);
	assert_int_equal(file.st_mtim.tv_sec, 1700000000);
	assert_int_equal(file.st_mtim.tv_nsec, 500000000);
	assert_int_equal(look(folder, "tree/hard").st_ino, file.st_ino);
	assert_int_equal(look(folder, "tree/link-hard").st_ino, look(folder, "tree/d/link").st_ino);
	assert_int_equal(readlinkat(folder, "tree/d/link", target, sizeof(target)), 4);
	assert_string_equal(target, "file");
	assert_int_equal(look(folder, "tree/fifo").st_mode, S_IFIFO | 0644);
	assert_int_equal(look(folder, "tree/setuid").st_mode, S_IFREG | 06755);
	assert_int_equal(look(folder, "tree/d").st_mode, S_IFDIR | 01777);
	assert_int_equal(look(folder, "tree/d").st_mtim.tv_sec, 0200);
	assert_int_equal(look(folder, "tree").st_mode, S_IFDIR | 0750);
	assert_int_equal(look(folder, "tree").st_mtim.tv_sec, 0100);
	assert_int_equal(info.entry_count, 8);
	assert_true(info.has_root);
	assert_int_equal(info.size, 7);
	assert_packs(folder, &tar, &info);
	buffer_release(&tar);
}

static void parents_that_are_not_named_are_made(void **state)
{
	struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	int folder = scratch_dir(state);
	mode_t old = umask(077);
	auto_release(strings) struct strings implied = { 0 };
	auto_error err = { 0 };

	add_mode(&tar, "a/b/c", '0', "0000600", "00000000100");
	add_mode(&tar, "later/file", '0', "0000600", "00000000100");
	add_mode(&tar, "later/", '5', "0000700", "00000000100");
	tar_end(&tar);
	unpack(folder, &tar, &info);
	umask(old);
	assert_int_equal(look(folder, "tree").st_mode, S_IFDIR | 0755);
	assert_int_equal(look(folder, "tree/a").st_mode, S_IFDIR | 0755);
	assert_false(info.has_root);
	assert_int_equal(layer_implied_read(folder, &implied, &err), 0);
	assert_int_equal(implied.count, 2);
	assert_string_equal(implied.items[0], "a");
	assert_string_equal(implied.items[1], "a/b");
	assert_int_equal(look(folder, "tree/a/b").st_mtim.tv_sec, 0100);
	assert_packs(folder, &tar, &info);
	buffer_release(&tar);
}

static void many_directories_stay_right(void **state)
{
	struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	int folder = scratch_dir(state);
	char name[40];

	/* More than are kept open, come back to in turn. */
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 50; i++) {
			snprintf(name, sizeof(name), "d%d/e/f%d", i, round);
			tar_add_file(&tar, name, name);
		}
	}
	tar_end(&tar);
	unpack(folder, &tar, &info);
	for (int i = 0; i < 50; i++) {
		char path[60];

		snprintf(name, sizeof(name), "d%d/e/f%d", i, i % 3);
		snprintf(path, sizeof(path), "tree/%s", name);
		assert_string_equal(content(folder, path), name);
	}
	assert_packs(folder, &tar, &info);
	buffer_release(&tar);
}

static void later_entries_replace_earlier_ones(void **state)
{
	struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	int folder = scratch_dir(state);

	tar_add_file(&tar, "file", "first");
	tar_add_file(&tar, "file", "the second");
	tar_add_file(&tar, "file", "3");
	tar_add_file(&tar, "was-linked", "linked content");
	tar_add(&tar, "other-name", '1', "was-linked", NULL, 0);
	tar_add_file(&tar, "was-linked", "replaced");
	tar_add(&tar, "d", '5', NULL, NULL, 0);
	tar_add_file(&tar, "d/below", "below");
	tar_add_file(&tar, "d/e/deeper", "deeper");
	tar_add_file(&tar, "d", "a file now");
	tar_add(&tar, "link", '2', "/etc", NULL, 0);
	add_mode(&tar, "link", '5', "0000711", "00000000000");
	tar_add_file(&tar, "link/inside", "inside");
	add_mode(&tar, "kept", '5', "0000700", "00000000000");
	tar_add_file(&tar, "kept/inside", "stays");
	add_mode(&tar, "kept", '5', "0000751", "00000000000");
	tar_add_file(&tar, "again/kept-open", "x");
	tar_add_file(&tar, "again", "a file between two directories");
	tar_add(&tar, "again", '5', NULL, NULL, 0);
	tar_add_file(&tar, "again/new", "new");
	tar_add_file(&tar, "back", "directory and back");
	tar_add(&tar, "back", '5', NULL, NULL, 0);
	tar_add_file(&tar, "back", "and file again");
	tar_end(&tar);
	unpack(folder, &tar, &info);

	assert_string_equal(content(folder, "tree/file"), "3");
	assert_string_equal(content(folder, "tree/was-linked"), "replaced");
	assert_string_equal(content(folder, "tree/other-name"), "linked content");
	assert_int_equal(look(folder, "tree/other-name").st_nlink, 1);
	assert_string_equal(content(folder, "tree/d"), "a file now");
	assert_int_equal(look(folder, "tree/link").st_mode, S_IFDIR | 0711);
	assert_string_equal(content(folder, "tree/link/inside"), "inside");
	assert_int_equal(look(folder, "tree/kept").st_mode, S_IFDIR | 0751);
	assert_string_equal(content(folder, "tree/kept/inside"), "stays");
	assert_string_equal(content(folder, "tree/again/new"), "new");
	assert_string_equal(content(folder, "tree/again/kept-open"), "");
	assert_string_equal(content(folder, "tree/back"), "and file again");
	assert_packs(folder, &tar, &info);
	buffer_release(&tar);
}

static void sparse_files_have_holes(void **state)
{
	static const char *const pairs[] = {
		"GNU.sparse.size", "10485760", "GNU.sparse.name", "sparse",
		"GNU.sparse.map", "4096,4,8388608,3", NULL };
	struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	int folder = scratch_dir(state), fd;
	char piece[4] = "";

	tar_add_pax(&tar, pairs);
	tar_add_file(&tar, "GNUSparseFile.0/sparse", "abcdefg");
	tar_end(&tar);
	unpack(folder, &tar, &info);
	assert_int_equal(info.size, 10485760);
	assert_int_equal(look(folder, "tree/sparse").st_size, 10485760);
	assert_true(look(folder, "tree/sparse").st_blocks < 1024);
	fd = openat(folder, "tree/sparse", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, piece, 3, 8388608), 3);
	assert_string_equal(piece, "efg");
	close(fd);
	assert_packs(folder, &tar, &info);
	buffer_release(&tar);
}

static void whiteouts_take_the_overlays_form(void **state)
{
	struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	int folder = scratch_dir(state);
	const char *attribute = ownership() == LAYER_OWNERS_APPLIED ? "trusted.overlay.opaque" :
								      "user.overlay.opaque";
	char path[300], value = 0;

	if (mknodat(folder, "probe", S_IFCHR, makedev(0, 0)) < 0)
		skip();	/* neither root nor Linux 5.8 */
	tar_add_file(&tar, ".wh.gone", "content, which nobody needs");
	tar_add(&tar, "d", '5', NULL, NULL, 0);
	tar_add_file(&tar, "d/.wh..wh..opq", "");
	tar_add_file(&tar, "stays", "stays");
	tar_add_file(&tar, ".wh.stays", "");
	tar_add_file(&tar, ".wh.turned", "");
	tar_add_file(&tar, "turned/inside", "inside");
	tar_add_file(&tar, ".wh..wh.plnk/1.2", "of AUFS");
	tar_end(&tar);
	unpack(folder, &tar, &info);
	assert_int_equal(look(folder, "tree/gone").st_mode & S_IFMT, S_IFCHR);
	assert_int_equal(look(folder, "tree/gone").st_rdev, 0);
	assert_string_equal(content(folder, "tree/stays"), "stays");
	assert_string_equal(content(folder, "tree/turned/inside"), "inside");
	assert_int_equal(faccessat(folder, "tree/.wh..wh.plnk", F_OK, 0), -1);
	snprintf(path, sizeof(path), "%s/tree/d", scratch_path);
	assert_int_equal(getxattr(path, attribute, &value, 1), 1);
	assert_int_equal(value, 'y');
	snprintf(path, sizeof(path), "%s/tree/turned", scratch_path);
	assert_int_equal(getxattr(path, attribute, &value, 1), 1);
	assert_packs(folder, &tar, &info);
	buffer_release(&tar);
}

static void owners_and_attributes_are_applied(void **state)
{
	static const char *const pairs[] = { "SCHILY.xattr.user.one", "value", NULL };
	struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	struct tar_block block = tar_block_of("file", '0', 0);
	int folder = scratch_dir(state);
	char path[300], value[6] = "";
	struct stat file;

	tar_add_pax(&tar, pairs);
	memcpy(block.uid, "0000012", 8);
	memcpy(block.gid, "0000013", 8);
	memcpy(block.mode, "0004755", 8);
	tar_add_block(&tar, &block);
	tar_end(&tar);
	unpack(folder, &tar, &info);
	file = look(folder, "tree/file");
	assert_int_equal(file.st_mode, S_IFREG | 04755);
	assert_int_equal(file.st_uid, geteuid() == 0 ? 10 : geteuid());
	assert_int_equal(file.st_gid, geteuid() == 0 ? 11 : getegid());
	snprintf(path, sizeof(path), "%s/tree/file", scratch_path);
	if (geteuid() == 0 && getxattr(path, "user.one", value, 5) != 5)
		assert_int_equal(errno, ENOTSUP);
	else if (geteuid() == 0)
		assert_string_equal(value, "value");
	assert_packs(folder, &tar, &info);
	buffer_release(&tar);
}

struct refused {
	const char *name;
	char flag;
	const char *link;
	const char *reason;	/* part of the message */
};

/* After "file", "link" -> "..", "d/" and "d/inside". tests/hostile has many more. */
static const struct refused refused_entries[] = {
	{ "../x", '0', NULL, "entry '../x': its name has a '..'" },
	{ "a/../x", '0', NULL, "'..'" },
	{ "/x", '0', NULL, "absolute" },
	{ "link/x", '0', NULL, "behind a symbolic link" },
	{ "link/x", '5', NULL, "behind a symbolic link" },
	{ "link/.wh.x", '0', NULL, "behind a symbolic link" },
	{ "file/x", '0', NULL, "no directory" },
	{ ".", '2', "/tmp", "root is no directory" },
	{ "./", '0', NULL, "root is no directory" },
	{ "x", '1', "../x", "'..'" },
	{ "x", '1', "/etc/passwd", "absolute" },
	{ "x", '1', "nothing", "not there" },
	{ "x", '1', "d", "a hard link to a directory" },
	{ "x", '1', "link/x", "behind a symbolic link" },
	{ "x", '1', ".", "layer's root" },
	{ "d", '1', "d/inside", "cannot make the hard link" },
	{ "x", '3', NULL, "0:0" },
	{ ".wh...", '0', NULL, "whiteout" },
	{ ".wh..", '0', NULL, "whiteout" },
	{ "d/.wh.", '0', NULL, "whiteout" },
	{ ".wh.x/y", '0', NULL, "below a whiteout" },
	{ "\x1b[2J/../\n", '0', NULL, "\\x1b" },
};

static void bad_entries_are_refused(void **state)
{
	int scratch = scratch_dir(state);

	for (size_t i = 0; i < ARRAY_SIZE(refused_entries); i++) {
		const struct refused *refused = &refused_entries[i];
		struct buffer tar = { 0 };
		struct layer_info info = { 0 };
		struct error err = { 0 };
		int folder = dir_make(scratch, "folder", 0700, &err);

		tar_add_file(&tar, "file", "content");
		tar_add(&tar, "link", '2', "..", NULL, 0);
		tar_add_file(&tar, "d/inside", "content");
		tar_add(&tar, refused->name, refused->flag, refused->link, NULL, 0);
		tar_end(&tar);
		if (unpack_limited(folder, &tar, SIZE_MAX, NULL, &info, &err) != -1)
			fail_msg("accepted: %s", refused->name);
		if (!strstr(err.message, refused->reason) || strchr(err.message, '\n'))
			fail_msg("%s: not '%s' but '%s'", refused->name, refused->reason,
				 err.message);
		error_release(&err);
		assert_int_equal(faccessat(scratch, "x", F_OK, AT_SYMLINK_NOFOLLOW), -1);
		assert_int_equal(faccessat(scratch, "folder/x", F_OK, AT_SYMLINK_NOFOLLOW), -1);
		close(folder);
		assert_int_equal(dir_remove_tree(scratch, "folder", &err), 0);
		buffer_release(&tar);
	}
}

static void overlay_attributes_are_refused(void **state)
{
	static const char *const names[] = {
		"SCHILY.xattr.trusted.overlay.opaque", "SCHILY.xattr.user.overlay.redirect",
		"LIBARCHIVE.xattr.trusted.overlay.metacopy" };
	int scratch = scratch_dir(state);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *const pairs[] = { names[i], "eQ", NULL };
		struct buffer tar = { 0 };
		struct layer_info info = { 0 };
		struct error err = { 0 };
		int folder = dir_make(scratch, "folder", 0700, &err);

		tar_add_pax(&tar, pairs);
		tar_add(&tar, "d", '5', NULL, NULL, 0);
		tar_end(&tar);
		assert_int_equal(unpack_limited(folder, &tar, SIZE_MAX, NULL, &info, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		error_release(&err);
		close(folder);
		assert_int_equal(dir_remove_tree(scratch, "folder", &err), 0);
		buffer_release(&tar);
	}
}

static void limits_hold(void **state)
{
	static const struct layer_limits limits[] = {
		{ 4000, 0 }, { 0, 2 }, { 0, 3 }, { 8192, 3 } };
	static const bool accepted[] = { false, false, true, true };
	struct buffer tar = { 0 };
	int scratch = scratch_dir(state);

	tar_add_file(&tar, "a", "content");
	tar_add_file(&tar, "b", "content");
	tar_add_file(&tar, "c", "content");
	tar_end(&tar);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct layer_info info = { 0 };
		struct error err = { 0 };
		int folder = dir_make(scratch, "folder", 0700, &err);
		int result = unpack_limited(folder, &tar, 512, &limits[i], &info, &err);

		assert_int_equal(result, accepted[i] ? 0 : -1);
		if (!accepted[i])
			assert_int_equal(err.kind, ERROR_INVALID);
		error_release(&err);
		close(folder);
		assert_int_equal(dir_remove_tree(scratch, "folder", &err), 0);
	}
	buffer_release(&tar);
}

static void changed_files_are_not_packed(void **state)
{
	struct buffer tar = { 0 }, packed = { 0 };
	struct layer_info info = { 0 };
	struct error err = { 0 };
	int folder = scratch_dir(state), fd;

	tar_add_file(&tar, "d/file", "content");
	tar_end(&tar);
	unpack(folder, &tar, &info);
	assert_int_equal(renameat(folder, "tree/d/file", folder, "tree/d/away"), 0);
	assert_int_equal(layer_pack(folder, keep, &packed, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_string_equal(err.message, "file 'd/file' of the layer: it is missing");
	error_release(&err);

	assert_int_equal(symlinkat("away", folder, "tree/d/file"), 0);
	assert_int_equal(layer_pack(folder, keep, &packed, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	error_release(&err);

	assert_int_equal(renameat(folder, "tree/d/away", folder, "tree/d/file"), 0);
	assert_int_equal(layer_pack(folder, keep, &packed, &err), 0);
	fd = openat(folder, "tree/d/file", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(layer_pack(folder, keep, &packed, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	error_release(&err);
	buffer_release(&packed);
	buffer_release(&tar);
}

static void damaged_record_is_an_error(void **state)
{
	struct buffer tar = { 0 }, packed = { 0 };
	struct layer_info info = { 0 };
	struct error err = { 0 };
	int folder = scratch_dir(state);
	off_t size;

	tar_add_file(&tar, "file", "content");
	tar_end(&tar);
	unpack(folder, &tar, &info);
	size = look(folder, "tar.zst").st_size;
	while (--size >= 0) {
		int fd = openat(folder, "tar.zst", O_WRONLY | O_CLOEXEC);

		assert_int_equal(ftruncate(fd, size), 0);
		close(fd);
		assert_int_equal(layer_pack(folder, keep, &packed, &err), -1);
		error_release(&err);
	}
	buffer_release(&packed);
	buffer_release(&tar);
}

static void failure_of_the_source_comes_through(void **state)
{
	struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	struct error err = { 0 };

	tar_add_file(&tar, "file", "content");
	tar.size -= 512;	/* the content is missing */
	assert_int_equal(unpack_limited(scratch_dir(state), &tar, 512, NULL, &info, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.message, "truncated"));
	error_release(&err);
	buffer_release(&tar);
}

static void info_is_written_and_read(void **state)
{
	struct layer_info info = { .size = 5, .tar_size = UINT64_C(1) << 40, .entry_count = 7,
				   .ownership = LAYER_OWNERS_MAPPED, .has_root = true };
	struct layer_info again = { 0 };
	struct error err = { 0 };
	int folder = scratch_dir(state);

	assert_int_equal(layer_info_read(folder, &again, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	error_release(&err);
	memset(info.diff_id.hex, 'a', 64);
	assert_int_equal(layer_info_write(folder, &info, &err), 0);
	assert_int_equal(layer_info_read(folder, &again, &err), 0);
	assert_memory_equal(&again, &info, sizeof(info));

	info.entry_count++;
	assert_int_equal(layer_info_write(folder, &info, &err), 0);
	assert_int_equal(layer_info_read(folder, &again, &err), 0);
	assert_memory_equal(&again, &info, sizeof(info));

	static const char *const broken[] = {
		"{}", "[]",
		("{\"diffId\":\"sha256:../x\",\"size\":1,\"tarSize\":1,\"entries\":1,"
		 "\"ownership\":\"mapped\"}") };
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		assert_int_equal(file_write(folder, "layer.json", broken[i], strlen(broken[i]),
					    0600, FILE_VOLATILE, &err), 0);
		assert_int_equal(layer_info_read(folder, &again, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		error_release(&err);
	}
}

#define scratch_test(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(entries_become_files),
		scratch_test(parents_that_are_not_named_are_made),
		scratch_test(many_directories_stay_right),
		scratch_test(later_entries_replace_earlier_ones),
		scratch_test(sparse_files_have_holes),
		scratch_test(whiteouts_take_the_overlays_form),
		scratch_test(owners_and_attributes_are_applied),
		scratch_test(bad_entries_are_refused),
		scratch_test(overlay_attributes_are_refused),
		scratch_test(limits_hold),
		scratch_test(changed_files_are_not_packed),
		scratch_test(damaged_record_is_an_error),
		scratch_test(failure_of_the_source_comes_through),
		scratch_test(info_is_written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

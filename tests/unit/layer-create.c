/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers made of directories: the same tar each time, packed again as it was made; whiteouts and
 * what else overlay's upper directories have; and trees on top of one another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "image/layer-create.h"
#include "image/merged-tree.h"
#include "image/store.h"
#include "image/tree-file.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tar-builder.h"

DEFINE_AUTO(store, store_close);

static const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1000, .tv_nsec = 7 } };

static enum layer_ownership ownership(void)
{
	return geteuid() == 0 ? LAYER_OWNERS_APPLIED : LAYER_OWNERS_RECORDED;
}

static int make_dir(int dir, const char *name)
{
	int fd;

	assert_int_equal(mkdirat(dir, name, 0755), 0);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void make_file(int dir, const char *name, const char *text)
{
	auto_error err = { 0 };

	assert_int_equal(file_create(dir, name, text, strlen(text), 0644, &err), 0);
	assert_int_equal(utimensat(dir, name, times, 0), 0);
}

/* Some of everything that a container may leave. */
static int make_tree(int dir, const char *name)
{
	auto_fd int tree = make_dir(dir, name);
	auto_fd int sub = make_dir(tree, "sub");

	make_file(tree, "file", "content");
	make_file(sub, "empty", "");
	assert_int_equal(linkat(tree, "file", sub, "hard", 0), 0);
	assert_int_equal(symlinkat("../file", sub, "link"), 0);
	assert_int_equal(mkfifoat(sub, "fifo", 0600), 0);
	make_file(sub, ".wh.gone", "");
	assert_int_equal(fchmodat(tree, "file", 04711, 0), 0);
	assert_int_equal(utimensat(sub, "link", times, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(utimensat(sub, "fifo", times, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(utimensat(tree, "sub", times, 0), 0);
	return take_fd(&tree);
}

static struct store *open_store(void **state)
{
	auto_error err = { 0 };
	struct store *store = store_open(scratch_dir(state), NULL, &err);

	if (!store)
		fail_msg("%s", err.message);
	return store;
}

static int keep(void *argument, const void *data, size_t size, struct error *err)
{
	(void)err;
	buffer_add(argument, data, size);
	return 0;
}

static void create(struct store *store, const struct layer_source *source,
		   struct layer_info *ret_info)
{
	auto_error err = { 0 };

	if (layer_create(store, source, ret_info, &err) < 0)
		fail_msg("%s", err.message);
}

/* Packs the layer, whose tar has to be what its diff ID says. */
static void pack(struct store *store, const struct layer_info *info, struct buffer *tar)
{
	auto_error err = { 0 };
	auto_fd int folder = store_open_layer(store, &info->diff_id, &err);
	char hex[SHA256_HEX_SIZE];

	assert_true(folder >= 0);
	if (layer_pack(folder, keep, tar, &err) < 0)
		fail_msg("%s", err.message);
	sha256_hex(tar->data, tar->size, hex);
	assert_string_equal(hex, info->diff_id.hex);
	assert_int_equal(tar->size, info->tar_size);
}

/* "type name" of each entry, joined by blanks. */
static char *entries_of(const struct buffer *tar)
{
	struct memory memory = { tar->data, tar->size, 0, 4096 };
	struct tar_reader *reader = tar_reader_new(memory_read, &memory, NULL);
	struct buffer text = { 0 };
	const struct tar_entry *entry = NULL;
	auto_error err = { 0 };
	int got;

	while ((got = tar_reader_next(reader, &entry, &err)) > 0)
		buffer_printf(&text, "%s%s%s%s", text.size ? " " : "", entry->name,
			      entry->link ? ">" : "", entry->link ? entry->link : "");
	assert_int_equal(got, 0);
	tar_reader_free(reader);
	return buffer_take(&text);
}

static void a_copied_tree_is_its_tar(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_fd int tree = make_tree(scratch_dir(state), "upper");
	auto_fd int other = make_tree(scratch_dir(state), "other");
	struct layer_source source = { .tree = tree, .tar = -1, .ownership = ownership() };
	auto_release(buffer) struct buffer tar = { 0 };
	struct layer_info info, again;
	auto_free char *entries = NULL;

	create(store, &source, &info);
	pack(store, &info, &tar);
	entries = entries_of(&tar);
	assert_string_equal(entries, "file sub/ sub/.wh.gone sub/empty sub/fifo sub/hard>file "
			    "sub/link>../file");
	assert_int_equal(info.size, strlen("content"));
	assert_false(info.has_root);
	source.tree = other;
	create(store, &source, &again);
	assert_string_equal(again.diff_id.hex, info.diff_id.hex);
	/* The source is as it was. */
	assert_int_equal(faccessat(tree, "sub/.wh.gone", F_OK, 0), 0);
}

static void a_moved_tree_is_the_same_layer(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_fd int tree = make_tree(scratch_dir(state), "upper");
	auto_fd int other = make_tree(scratch_dir(state), "other");
	struct layer_source source = { .tree = tree, .tar = -1, .ownership = ownership() };
	auto_release(buffer) struct buffer tar = { 0 };
	struct layer_info copied, moved;
	auto_error err = { 0 };

	create(store, &source, &copied);
	source = (struct layer_source){ .tree = other, .tar = -1, .ownership = ownership(),
					.move = true, .parent = scratch_dir(state),
					.name = "other" };
	assert_int_equal(dir_remove_tree(store_root(store), "layers", &err), 0);
	assert_int_equal(mkdirat(store_root(store), "layers", 0700), 0);
	store_close(store);
	store = open_store(state);
	create(store, &source, &moved);
	assert_string_equal(moved.diff_id.hex, copied.diff_id.hex);
	pack(store, &moved, &tar);
	assert_int_equal(faccessat(scratch_dir(state), "other", F_OK, 0), -1);
}

static void what_is_left_out_is_left_out_while_it_is_empty(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_fd int tree = make_dir(scratch_dir(state), "upper");
	auto_fd int etc = make_dir(tree, "etc");
	auto_fd int data = make_dir(tree, "data");
	auto_release(strings) struct strings left_out = { 0 };
	struct layer_source source = { .tree = tree, .tar = -1, .ownership = ownership(),
				       .left_out = &left_out };
	auto_release(buffer) struct buffer tar = { 0 };
	auto_free char *entries = NULL;
	struct layer_info info;

	make_file(etc, "hosts", "");
	make_file(etc, "resolv.conf", "");
	make_file(data, "in", "not empty");
	strings_add(&left_out, "data");
	strings_add(&left_out, "data/in");
	strings_add(&left_out, "etc");
	strings_add(&left_out, "etc/hosts");
	strings_add(&left_out, "etc/resolv.conf");
	strings_sort(&left_out);
	create(store, &source, &info);
	pack(store, &info, &tar);
	entries = entries_of(&tar);
	assert_string_equal(entries, "data/ data/in");
}

static void times_are_held_back(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_fd int tree = make_tree(scratch_dir(state), "upper");
	struct layer_source source = { .tree = tree, .tar = -1, .ownership = ownership(),
				       .time_max = 5000000000LL, .with_root = true };
	auto_release(buffer) struct buffer tar = { 0 };
	struct memory memory = { .step = 4096 };
	const struct tar_entry *entry = NULL;
	struct tar_reader *reader;
	struct layer_info info;
	auto_error err = { 0 };

	create(store, &source, &info);
	assert_true(info.has_root);
	pack(store, &info, &tar);
	memory.data = tar.data;
	memory.size = tar.size;
	reader = tar_reader_new(memory_read, &memory, NULL);
	while (tar_reader_next(reader, &entry, &err) > 0)
		assert_true(entry->mtime_ns <= 5000000000LL);
	tar_reader_free(reader);
}

static void devices_and_marks_become_whiteouts(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_fd int tree = make_dir(scratch_dir(state), "upper");
	auto_fd int dir = -1;
	struct layer_source source = { .tree = tree, .tar = -1, .ownership = ownership() };
	auto_release(buffer) struct buffer tar = { 0 };
	auto_free char *entries = NULL;
	struct layer_info info;

	if (geteuid() != 0)
		skip();
	assert_int_equal(mknodat(tree, "gone", S_IFCHR, 0), 0);
	dir = make_dir(tree, "new");
	if (fsetxattr(dir, "trusted.overlay.opaque", "y", 1, 0) < 0)
		skip();
	(void)fsetxattr(dir, "trusted.overlay.origin", "x", 1, 0);
	create(store, &source, &info);
	pack(store, &info, &tar);
	entries = entries_of(&tar);
	assert_string_equal(entries, ".wh.gone new/ new/.wh..wh..opq");
}

/* The names that show, joined by blanks. */
static char *shown(const struct merged_dir *dir)
{
	auto_release(merged_names) struct merged_names names = { 0 };
	struct buffer text = { 0 };
	auto_error err = { 0 };

	assert_int_equal(merged_list(dir, &names, &err), 0);
	for (size_t i = 0; i < names.count; i++)
		buffer_printf(&text, "%s%s:%zu", i ? " " : "", names.items[i].name,
			      names.items[i].part);
	return text.data ? buffer_take(&text) : calloc(1, 1);
}

static void trees_are_merged(void **state)
{
	auto_fd int top = make_dir(scratch_dir(state), "top");
	auto_fd int low = make_dir(scratch_dir(state), "low");
	const int trees[] = { top, low };
	auto_release(merged_dir) struct merged_dir root = { 0 };
	auto_release(merged_dir) struct merged_dir both = { 0 };
	auto_release(merged_dir) struct merged_dir file = { 0 };
	auto_free char *names = NULL;
	auto_free char *inner = NULL;
	auto_error err = { 0 };
	struct tree_file found;

	close(make_dir(top, "both"));
	close(make_dir(low, "both"));
	close(make_dir(low, "file"));
	make_file(top, "file", "");
	make_file(top, ".wh.hidden", "");
	make_file(low, "hidden", "");
	make_file(low, "only", "");
	assert_int_equal(symlinkat("x", top, "both/a"), 0);
	assert_int_equal(symlinkat("x", low, "both/a"), 0);
	assert_int_equal(symlinkat("x", low, "both/b"), 0);
	assert_int_equal(merged_open(trees, 2, &root, &err), 0);
	names = shown(&root);
	assert_string_equal(names, "both:0 file:0 only:1");
	assert_int_equal(merged_enter(&root, "both", 0, &both, &err), 0);
	inner = shown(&both);
	assert_string_equal(inner, "a:0 b:1");
	assert_false(both.is_cut);
	assert_int_equal(merged_enter(&root, "file", 0, &file, &err), 0);
	assert_int_equal(file.count, 0);
	assert_int_equal(merged_find(&root, "hidden", &found, NULL, &err), 0);
	assert_int_equal(merged_find(&root, "only", &found, NULL, &err), 1);
	tree_file_release(&found);
}

#define scratch_test(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_copied_tree_is_its_tar),
		scratch_test(a_moved_tree_is_the_same_layer),
		scratch_test(what_is_left_out_is_left_out_while_it_is_empty),
		scratch_test(times_are_held_back),
		scratch_test(devices_and_marks_become_whiteouts),
		scratch_test(trees_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

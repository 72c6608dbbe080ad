/* SPDX-License-Identifier: Apache-2.0 */
/* Files written by rename, read with bounds, and trees removed however they were built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/strings.h"
#include "scratch.h"

static void put(int dir, const char *name, const char *text)
{
	struct error err = { 0 };

	assert_int_equal(file_write(dir, name, text, strlen(text), 0644, FILE_VOLATILE, &err), 0);
}

static void assert_file(int dir, const char *name, const char *text)
{
	auto_release(buffer) struct buffer buffer = { 0 };
	struct error err = { 0 };

	assert_int_equal(file_read(dir, name, 1000, &buffer, &err), 0);
	assert_string_equal(buffer.size ? buffer.data : "", text);
}

static void assert_names(int dir, const char *joined)
{
	auto_release(strings) struct strings names = { 0 };
	auto_free char *text = NULL;
	struct error err = { 0 };

	assert_int_equal(dir_list(dir, &names, &err), 0);
	text = strings_join(&names, " ");
	assert_string_equal(text, joined);
}

static void written_file_is_replaced_whole(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	struct stat info;
	mode_t umask_before = umask(077);

	assert_int_equal(file_write(dir, "a", "one", 3, 0644, FILE_DURABLE, &err), 0);
	umask(umask_before);
	assert_int_equal(fstatat(dir, "a", &info, 0), 0);
	assert_int_equal(info.st_mode & 07777, 0644);
	assert_file(dir, "a", "one");
	assert_int_equal(symlinkat("a", dir, "link"), 0);
	put(dir, "link", "two");
	assert_file(dir, "a", "one");
	assert_file(dir, "link", "two");
	put(dir, "a", "");
	assert_file(dir, "a", "");
	assert_int_equal(mkdirat(dir, "sub", 0700), 0);
	put(dir, "sub/b", "below");
	assert_file(dir, "sub/b", "below");
	assert_names(dir, "a link sub");
}

static void failed_write_leaves_nothing(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };

	assert_int_equal(mkdirat(dir, "taken", 0700), 0);
	assert_int_equal(file_write(dir, "taken", "x", 1, 0600, FILE_VOLATILE, &err), -1);
	assert_int_equal(file_write(dir, "missing/x", "x", 1, 0600, FILE_VOLATILE, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_names(dir, "taken");
	error_release(&err);
}

static void made_file_is_new(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };

	assert_int_equal(file_create(dir, "lease", "id", 2, 0600, &err), 0);
	assert_int_equal(file_create(dir, "lease", "other", 5, 0600, &err), -1);
	assert_int_equal(err.kind, ERROR_EXISTS);
	assert_file(dir, "lease", "id");
	assert_names(dir, "lease");
	assert_true(file_exists(dir, "lease"));
	assert_false(file_exists(dir, "other"));
	error_release(&err);
}

static void reading_is_bounded_and_careful(void **state)
{
	int dir = scratch_dir(state);
	auto_release(buffer) struct buffer buffer = { 0 };
	struct error err = { 0 };

	put(dir, "five", "12345");
	assert_int_equal(symlinkat("five", dir, "link"), 0);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(file_read(dir, "five", 5, &buffer, &err), 0);
	assert_int_equal(file_read(dir, "five", 5, &buffer, &err), 0);
	assert_string_equal(buffer.data, "1234512345");
	assert_int_equal(buffer.max, 0);
	assert_int_equal(file_read(dir, "five", 4, &buffer, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_int_equal(file_read(dir, "fifo", 5, &buffer, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_int_equal(file_read(dir, ".", 5, &buffer, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_int_equal(file_read(dir, "link", 5, &buffer, &err), -1);
	assert_true(error_is_errno(&err, ELOOP));
	assert_int_equal(file_read(dir, "none", 5, &buffer, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_true(error_is_errno(&err, ENOENT));
	error_release(&err);
}

static void path_of_the_host_follows_links(void **state)
{
	int dir = scratch_dir(state);
	auto_free char *path = xasprintf("%s/link", scratch_path);
	auto_free char *line = NULL;
	struct error err = { 0 };

	put(dir, "target", "text\n");
	assert_int_equal(symlinkat("target", dir, "link"), 0);
	line = file_read_line(AT_FDCWD, path, 100, &err);
	assert_string_equal(line, "text");
}

static void line_is_cut_once(void **state)
{
	static const struct {
		const char *content;
		size_t size;
		const char *line;
	} cases[] = {
		{ "", 0, "" }, { "a", 1, "a" }, { "a\n", 2, "a" }, { "a\n\n", 3, "a\n" },
		{ "a\0b", 3, NULL },
	};
	int dir = scratch_dir(state);
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *line = NULL;

		file_write(dir, "f", cases[i].content, cases[i].size, 0600, FILE_VOLATILE, &err);
		line = file_read_line(dir, "f", 100, &err);
		if (cases[i].line)
			assert_string_equal(line, cases[i].line);
		else
			assert_null(line);
	}
	error_release(&err);
}

static void link_is_read(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	auto_free char *target = NULL;

	assert_int_equal(symlinkat("../some/where", dir, "link"), 0);
	target = link_read(dir, "link", &err);
	assert_string_equal(target, "../some/where");
	assert_null(link_read(dir, "none", &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	error_release(&err);
}

static void directories_are_made_with_parents(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	mode_t umask_before = umask(077);
	auto_fd int made = dir_make(dir, "a/b//c/", 0755, &err);
	auto_fd int again = dir_make(dir, "a/b/c", 0700, &err);
	auto_fd int opened = dir_open(dir, "a/b", &err);
	struct stat info;

	umask(umask_before);
	assert_true(made >= 0 && again >= 0 && opened >= 0);
	assert_int_equal(fstatat(dir, "a/b", &info, 0), 0);
	assert_int_equal(info.st_mode & 07777, 0755);
	assert_int_equal(symlinkat("a", dir, "link"), 0);
	assert_int_equal(dir_open(dir, "link", &err), -1);
	assert_int_equal(dir_make(dir, "link", 0700, &err), -1);
	assert_int_equal(dir_open(dir, "none", &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	put(dir, "file", "");
	assert_int_equal(dir_make(dir, "file/x", 0700, &err), -1);
	assert_int_equal(dir_make(dir, "", 0700, &err), -1);
	error_release(&err);
}

static void tree_is_removed_without_following_links(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	auto_fd int deep = dir_make(dir, "tree/a/b/c", 0700, &err);
	auto_fd int kept = dir_make(dir, "kept", 0700, &err);

	put(deep, "file", "x");
	put(kept, "file", "x");
	assert_int_equal(symlinkat(scratch_path, dir, "tree/a/out"), 0);
	assert_int_equal(symlinkat("../../kept", dir, "tree/a/b/kept"), 0);
	assert_int_equal(mkfifoat(dir, "tree/fifo", 0600), 0);
	assert_int_equal(symlinkat("kept", dir, "link"), 0);
	assert_int_equal(dir_remove_tree(dir, "tree", &err), 0);
	assert_int_equal(dir_remove_tree(dir, "link", &err), 0);
	assert_int_equal(dir_remove_tree(dir, "none", &err), 0);
	assert_int_equal(dir_remove_tree(dir, "none/below", &err), 0);
	assert_names(dir, "kept");
	assert_file(kept, "file", "x");
	assert_int_equal(dir_remove_tree(dir, "kept/..", &err), -1);
	assert_int_equal(dir_remove_tree(dir, ".", &err), -1);
	assert_int_equal(dir_remove_tree(dir, "", &err), -1);
	assert_names(dir, "kept");
	error_release(&err);
}

/* Makes `depth` directories, one in the other. Every `closed`th has no permissions. */
static void make_deep(int dir, int depth, int closed)
{
	auto_fd int at = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < depth; i++) {
		int next;

		assert_int_equal(mkdirat(at, "d", 0700), 0);
		assert_int_equal(mkdirat(at, "e", 0700), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		if (closed && i % closed == 0)
			assert_int_equal(fchmod(at, 0), 0);
		close(at);
		at = next;
	}
}

static void deep_tree_is_removed_with_few_descriptors(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	auto_fd int tree = dir_make(dir, "tree", 0700, &err);
	struct rlimit before;
	struct rlimit few;

	make_deep(tree, 5000, 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 128;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(dir_remove_tree(dir, "tree", &err), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_names(dir, "");
}

#define NOT_POSSIBLE 77

static void skip_if_not_possible(int status, const char *reason)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != NOT_POSSIBLE)
		return;
	print_message("skipped: %s\n", reason);
	skip();
}

static int as_ordinary_user(void (*test)(int dir), int dir)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(NOT_POSSIBLE);
		test(dir);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void remove_as_owner(int dir)
{
	struct error err = { 0 };
	auto_fd int tree = dir_make(dir, "tree", 0700, &err);

	make_deep(tree, 1000, 1);
	if (dir_remove_tree(dir, "tree", &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		_exit(2);
	}
}

static void closed_directories_are_removed_by_their_owner(void **state)
{
	int dir = scratch_dir(state);
	int status;

	assert_int_equal(fchmod(dir, 0777), 0);
	status = as_ordinary_user(remove_as_owner, dir);
	skip_if_not_possible(status, "needs another user");
	assert_int_equal(status, 0);
	assert_names(dir, "");
}

/* In a mount namespace of its own: descriptors from before do not see what is mounted in it. */
static void stop_at_a_mount(void)
{
	struct error err = { 0 };

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    chdir(scratch_path) < 0 || mount("kept", "tree/mount", NULL, MS_BIND, NULL) < 0)
		_exit(NOT_POSSIBLE);
	if (dir_remove_tree(AT_FDCWD, "tree", &err) == 0)
		_exit(2);
	_exit(err.kind == ERROR_BUSY ? 0 : 3);
}

static void removal_stops_at_a_bind_mount(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	auto_fd int mount_point = dir_make(dir, "tree/mount", 0700, &err);
	auto_fd int kept = dir_make(dir, "kept", 0700, &err);
	int status = -1;
	pid_t pid;

	assert_true(mount_point >= 0);
	put(kept, "file", "x");
	pid = fork();
	if (pid == 0)
		stop_at_a_mount();
	waitpid(pid, &status, 0);
	skip_if_not_possible(status, "needs the right to mount");
	assert_int_equal(status, 0);
	assert_file(kept, "file", "x");
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(written_file_is_replaced_whole),
		SCRATCH_TEST(failed_write_leaves_nothing),
		SCRATCH_TEST(made_file_is_new),
		SCRATCH_TEST(reading_is_bounded_and_careful),
		SCRATCH_TEST(path_of_the_host_follows_links),
		SCRATCH_TEST(line_is_cut_once),
		SCRATCH_TEST(link_is_read),
		SCRATCH_TEST(directories_are_made_with_parents),
		SCRATCH_TEST(tree_is_removed_without_following_links),
		SCRATCH_TEST(deep_tree_is_removed_with_few_descriptors),
		SCRATCH_TEST(closed_directories_are_removed_by_their_owner),
		SCRATCH_TEST(removal_stops_at_a_bind_mount),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below a hostile root: no link, "..", or exchange of the two leads out of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/fs.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "scratch.h"

#define KEEP ((uid_t)-1)

/* Beside `root`, nothing may appear or change in `outside`. */
static int make_root(void **state)
{
	int dir;

	if (scratch_make(state) < 0)
		return -1;
	dir = scratch_dir(state);
	return mkdirat(dir, "root", 0755) || mkdirat(dir, "outside", 0755);
}

static int open_root(void **state)
{
	int root = openat(scratch_dir(state), "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(root >= 0);
	return root;
}

static void assert_outside_is_empty(void **state)
{
	auto_release(strings) struct strings names = { 0 };
	struct error err = { 0 };
	auto_fd int outside = dir_open(scratch_dir(state), "outside", &err);

	assert_int_equal(dir_list(outside, &names, &err), 0);
	assert_int_equal(names.count, 0);
}

static void assert_is_dir(int root, const char *path)
{
	struct stat info;

	assert_int_equal(fstatat(root, path, &info, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISDIR(info.st_mode));
}

static void put_link(const char *target, int root, const char *name)
{
	assert_int_equal(symlinkat(target, root, name), 0);
}

static void beneath_refuses_links_and_dots(void **state)
{
	static const struct {
		const char *path;
		int errnum;
	} cases[] = {
		{ "dir/file", 0 }, { "./dir//file", 0 }, { "/dir/file", EXDEV },
		{ "../root/dir", EXDEV },
		{ "dir/../dir/file", EXDEV }, { "link", ELOOP }, { "link/file", ELOOP },
		{ "none", ENOENT },
		{ "", ENOENT },
	};
	auto_fd int root = open_root(state);
	struct error err = { 0 };

	mkdirat(root, "dir", 0755);
	file_write(root, "dir/file", "x", 1, 0644, FILE_VOLATILE, &err);
	put_link("dir", root, "link");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_fd int fd = rooted_open(root, cases[i].path, ROOTED_BENEATH, O_RDONLY, 0);

		if (cases[i].errnum ? fd >= 0 || errno != cases[i].errnum : fd < 0)
			fail_msg("'%s': %d (%s)", cases[i].path, fd, strerror(errno));
	}
}

static void in_root_follows_links_inside(void **state)
{
	static const char *const links[] = {
		"/dir/file", "../../../../dir/file", "dir/file", "/../dir/./file", "other",
	};
	auto_fd int root = open_root(state);
	struct error err = { 0 };

	mkdirat(root, "dir", 0755);
	file_write(root, "dir/file", "x", 1, 0644, FILE_VOLATILE, &err);
	put_link("/dir/file", root, "other");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		auto_fd int fd = -1;

		unlinkat(root, "link", 0);
		put_link(links[i], root, "link");
		fd = rooted_open(root, "/link", ROOTED_IN_ROOT, O_RDONLY, 0);
		if (fd < 0)
			fail_msg("'%s': %s", links[i], strerror(errno));
	}
	unlinkat(root, "link", 0);
	put_link("link", root, "link");
	assert_int_equal(rooted_open(root, "link", ROOTED_IN_ROOT, O_RDONLY, 0), -1);
	assert_int_equal(errno, ELOOP);
}

static void opening_can_make_a_file(void **state)
{
	auto_fd int root = open_root(state);
	auto_fd int fd = rooted_open(root, "new", ROOTED_BENEATH, O_WRONLY | O_CREAT | O_EXCL,
				     S_IFREG | 0600);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void parent_is_opened_and_made(void **state)
{
	auto_fd int root = open_root(state);
	const char *name = NULL;
	auto_fd int first = rooted_open_parent(root, "a/b/c", ROOTED_BENEATH, 0755, &name);
	auto_fd int second = -1;

	assert_true(first >= 0);
	assert_string_equal(name, "c");
	assert_is_dir(root, "a/b");
	second = rooted_open_parent(root, "/top", ROOTED_IN_ROOT, 0, &name);
	assert_true(second >= 0);
	assert_string_equal(name, "top");
	assert_int_equal(mkdirat(second, name, 0755), 0);
	assert_is_dir(root, "top");
	assert_int_equal(rooted_open_parent(root, "x/y", ROOTED_IN_ROOT, 0, &name), -1);
	assert_int_equal(errno, ENOENT);
}

static void parent_refuses_ways_out(void **state)
{
	static const struct {
		const char *path;
		int errnum;
	} cases[] = {
		{ "", EINVAL }, { ".", EINVAL }, { "..", EINVAL }, { "a/", EINVAL },
		{ "a/..", EINVAL },
		{ "/", EINVAL }, { "/x", EXDEV }, { "../x", EXDEV }, { "new/../../x", EXDEV },
		{ "out/x", ELOOP }, { "out/new/x", ELOOP }, { "new/../out/x", EXDEV },
		{ "file/x", ENOTDIR }, { "file/new/x", ENOTDIR },
	};
	auto_fd int root = open_root(state);
	struct error err = { 0 };
	const char *name;

	put_link("../outside", root, "out");
	file_write(root, "file", "", 0, 0644, FILE_VOLATILE, &err);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		errno = 0;
		if (rooted_open_parent(root, cases[i].path, ROOTED_BENEATH, 0755, &name) >= 0 ||
		    errno != cases[i].errnum)
			fail_msg("'%s': %s", cases[i].path, strerror(errno));
	}
	assert_outside_is_empty(state);
}

static void dangling_links_are_made_inside(void **state)
{
	static const struct {
		const char *link;	/* the target of `link` and `sub/link` */
		const char *path;
		const char *made;
	} cases[] = {
		{ "new", "link", "new" },
		{ "/abs/deep", "link/below", "abs/deep/below" },
		{ "../../../outside/in", "link", "outside/in" },
		{ "../up/../../outside2", "/link/x", "outside2/x" },
		{ "/second/./more", "a/../link", "target/more" },
		{ "/proc/self/cwd", "link", "proc/self/cwd" },
		{ "near", "sub/link", "sub/near" },
		{ "../beside", "sub/link/x", "beside/x" },
		{ "/far", "sub/link/x", "far/x" },
		{ "../../../out", "sub/link/../y", "y" },
	};
	auto_fd int root = open_root(state);
	struct error err = { 0 };

	put_link("target/", root, "second");
	mkdirat(root, "sub", 0755);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_fd int fd = -1;

		unlinkat(root, "link", 0);
		unlinkat(root, "sub/link", 0);
		put_link(cases[i].link, root, "link");
		put_link(cases[i].link, root, "sub/link");
		fd = rooted_make_dir(root, cases[i].path, 0755, KEEP, KEEP, &err);
		if (fd < 0)
			fail_msg("'%s': %s", cases[i].link, err.message);
		assert_is_dir(root, cases[i].made);
	}
	assert_outside_is_empty(state);
	assert_false(file_exists(scratch_dir(state), "up"));
}

static void link_loops_end(void **state)
{
	auto_fd int root = open_root(state);
	struct error err = { 0 };

	put_link("two/x", root, "one");
	put_link("one/y", root, "two");
	assert_int_equal(rooted_make_dir(root, "one", 0755, KEEP, KEEP, &err), -1);
	assert_true(error_is_errno(&err, ELOOP));
	/* The kernel stops at what is missing, so here it is up to the walk to see the loop. */
	assert_int_equal(rooted_make_dir(root, "new/../one", 0755, KEEP, KEEP, &err), -1);
	assert_true(error_is_errno(&err, ELOOP));
	error_release(&err);
}

static void made_things_have_mode_and_owner(void **state)
{
	auto_fd int root = open_root(state);
	/* Root of a namespace may have no ids but its own. */
	bool many_ids = chown(scratch_path, 1234, 4321) == 0;
	uid_t uid = many_ids ? 1234 : geteuid();
	gid_t gid = many_ids ? 4321 : getegid();
	mode_t umask_before = umask(077);
	struct error err = { 0 };
	auto_fd int dir = -1;
	auto_fd int file = -1;
	struct stat info;

	mkdirat(root, "old", 0700);
	dir = rooted_make_dir(root, "old/new/dir", 01777, uid, gid, &err);
	file = rooted_make_file(root, "etc/resolv.conf", 0644, uid, gid, &err);
	umask(umask_before);
	assert_true(dir >= 0 && file >= 0);
	assert_int_equal(fstat(dir, &info), 0);
	assert_int_equal(info.st_mode, S_IFDIR | 01777);
	assert_true(info.st_uid == uid && info.st_gid == gid);
	assert_int_equal(fstatat(root, "old/new", &info, 0), 0);
	assert_true(info.st_uid == uid);
	assert_int_equal(fstatat(root, "old", &info, 0), 0);
	assert_true(info.st_uid == geteuid());
	assert_int_equal(fstat(file, &info), 0);
	assert_int_equal(info.st_mode, S_IFREG | 0644);
	assert_true(info.st_uid == uid && info.st_gid == gid);
	assert_true(fcntl(file, F_GETFL) & O_PATH);
	assert_int_equal(fstatat(root, "etc", &info, 0), 0);
	assert_int_equal(info.st_mode, S_IFDIR | 0755);
}

static void file_is_made_where_its_link_leads(void **state)
{
	auto_fd int root = open_root(state);
	struct error err = { 0 };
	auto_fd int dangling = -1;
	auto_fd int again = -1;

	mkdirat(root, "etc", 0755);
	put_link("../run/stub/resolv.conf", root, "etc/resolv.conf");
	put_link("../../../outside/file", root, "etc/out");
	dangling = rooted_make_file(root, "/etc/resolv.conf", 0644, KEEP, KEEP, &err);
	assert_true(dangling >= 0);
	assert_true(file_exists(root, "run/stub/resolv.conf"));
	again = rooted_make_file(root, "etc/resolv.conf", 0600, KEEP, KEEP, &err);
	assert_true(again >= 0);
	close(rooted_make_file(root, "etc/out", 0644, KEEP, KEEP, &err));
	assert_true(file_exists(root, "outside/file"));
	assert_outside_is_empty(state);
	assert_int_equal(rooted_make_file(root, "etc", 0644, KEEP, KEEP, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	mkfifoat(root, "fifo", 0600);
	assert_int_equal(rooted_make_file(root, "fifo", 0644, KEEP, KEEP, &err), -1);
	assert_int_equal(rooted_make_file(root, "etc/resolv.conf/x", 0644, KEEP, KEEP, &err), -1);
	assert_int_equal(rooted_make_dir(root, "etc/resolv.conf", 0755, KEEP, KEEP, &err), -1);
	error_release(&err);
}

/* Exchanges a directory and a link that leads out, until it is killed. */
static pid_t start_flipping(int root)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		sys_renameat2(root, "flip", root, "out", RENAME_EXCHANGE);
}

static void exchange_races_stay_inside(void **state)
{
	auto_fd int root = open_root(state);
	struct error err = { 0 };
	int status;
	pid_t pid;

	mkdirat(root, "flip", 0755);
	put_link("../outside", root, "out");
	pid = start_flipping(root);
	assert_true(pid > 0);
	for (int i = 0; i < 3000; i++) {
		auto_free char *path = xasprintf("flip/%d/../x/%d", i, i);
		const char *name;

		/* Failing is allowed, leaving the root is not. */
		close(rooted_make_dir(root, path, 0755, KEEP, KEEP, &err));
		close(rooted_make_file(root, path, 0644, KEEP, KEEP, &err));
		close(rooted_open_parent(root, "flip/a/b", ROOTED_BENEATH, 0755, &name));
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	error_release(&err);
	assert_outside_is_empty(state);
}

#define ROOTED_TEST(test) cmocka_unit_test_setup_teardown(test, make_root, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOTED_TEST(beneath_refuses_links_and_dots),
		ROOTED_TEST(in_root_follows_links_inside),
		ROOTED_TEST(opening_can_make_a_file),
		ROOTED_TEST(parent_is_opened_and_made),
		ROOTED_TEST(parent_refuses_ways_out),
		ROOTED_TEST(dangling_links_are_made_inside),
		ROOTED_TEST(link_loops_end),
		ROOTED_TEST(made_things_have_mode_and_owner),
		ROOTED_TEST(file_is_made_where_its_link_leads),
		ROOTED_TEST(exchange_races_stay_inside),
	};

	return cmocka_run_group_tests_name("rooted", tests, NULL, NULL);
}

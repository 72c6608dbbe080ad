/* SPDX-License-Identifier: Apache-2.0 */
/* Whose files are where, and that others' directories are not used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "rootless/user.h"
#include "scratch.h"

static struct user ann = { .uid = 1000, .gid = 1000, .home = (char *)"/home/ann" };

static void the_caller_is_known(void **state)
{
	auto_error err = { 0 };
	auto_release(user) struct user user = { 0 };

	(void)state;
	assert_int_equal(user_current(&user, &err), 0);
	assert_int_equal(user.uid, geteuid());
	assert_int_equal(user.gid, getegid());
	assert_int_equal(user.is_root, geteuid() == 0);
	assert_non_null(user.name);
	assert_int_equal(user.home[0], '/');
	if (user.is_root)
		assert_string_equal(user.name, "root");
}

/* In the initial namespace PROA_UID proves nothing. */
static void a_claimed_id_is_not_believed(void **state)
{
	auto_error err = { 0 };
	auto_release(user) struct user user = { 0 };

	(void)state;
	assert_int_equal(setenv("PROA_UID", "4242", 1), 0);
	assert_int_equal(user_current(&user, &err), 0);
	assert_int_equal(user.uid, geteuid());
	assert_null(getenv("PROA_UID"));
}

static void home_is_absolute(void **state)
{
	auto_error err = { 0 };
	auto_release(user) struct user user = { 0 };
	auto_free char *home = xstrdup(getenv("HOME"));

	(void)state;
	assert_int_equal(setenv("HOME", "relative", 1), 0);
	assert_int_equal(user_current(&user, &err), 0);
	assert_int_equal(user.home[0], '/');
	if (home)
		setenv("HOME", home, 1);
}

static void paths_follow_the_environment(void **state)
{
	auto_free char *path = NULL;
	struct user root = { .home = (char *)"/root", .is_root = true };
	auto_free char *expected = xasprintf("%s/proa", scratch_path);

	(void)state;
	unsetenv("XDG_DATA_HOME");
	path = user_store_path(&ann);
	assert_string_equal(path, "/home/ann/.local/share/proa");
	setenv("XDG_DATA_HOME", "/data", 1);
	replace_string(&path, NULL);
	path = user_store_path(&ann);
	assert_string_equal(path, "/data/proa");
	replace_string(&path, NULL);
	path = user_store_path(&root);
	assert_string_equal(path, "/var/lib/proa");

	setenv("XDG_RUNTIME_DIR", scratch_path, 1);
	replace_string(&path, NULL);
	path = user_run_path(&ann);
	assert_string_equal(path, expected);
	replace_string(&path, NULL);
	path = user_run_path(&root);
	assert_string_equal(path, "/run/proa");
	setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
	replace_string(&path, NULL);
	path = user_run_path(&(struct user){ .uid = 3999999999U });
	assert_string_equal(path, "/tmp/proa-3999999999");
}

static void private_directories_are_made_private(void **state)
{
	auto_free char *path = xasprintf("%s/a/b", scratch_path);
	auto_error err = { 0 };
	auto_fd int fd = user_open_private(path, &err);
	auto_fd int again = user_open_private(path, &err);
	struct stat info;

	(void)state;
	assert_true(fd >= 0 && again >= 0);
	assert_int_equal(fstat(fd, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0700);
}

static void directories_open_to_others_are_refused(void **state)
{
	auto_free char *path = xasprintf("%s/open", scratch_path);
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0770), 0);
	assert_int_equal(user_open_private(path, &err), -1);
	assert_non_null(strstr(err.message, "others may write"));
}

static void directories_of_others_are_refused(void **state)
{
	auto_free char *path = xasprintf("%s/theirs", scratch_path);
	auto_free char *link = xasprintf("%s/link", scratch_path);
	auto_error err = { 0 };

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can make a directory of somebody else */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(symlink(scratch_path, link), 0);
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_int_equal(lchown(link, 12345, 12345), 0);
	assert_int_equal(user_open_private(path, &err), -1);
	assert_non_null(strstr(err.message, "another user"));
	assert_int_equal(user_open_private(link, &err), -1);
	assert_non_null(strstr(err.message, "link of another user"));
	/* His own link to another disk is his business. */
	assert_int_equal(lchown(link, 0, 0), 0);
	assert_true(user_open_private(link, &err) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_is_known),
		cmocka_unit_test(a_claimed_id_is_not_believed),
		cmocka_unit_test(home_is_absolute),
		cmocka_unit_test_setup_teardown(paths_follow_the_environment, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(private_directories_are_made_private, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(directories_open_to_others_are_refused,
						scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(directories_of_others_are_refused, scratch_make,
						scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

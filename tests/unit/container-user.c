/* SPDX-License-Identifier: Apache-2.0 */
/* USER[:GROUP] against hostile passwd and group files; CVE-2026-30892, -47262, CVE-2024-9676. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/scratch.h"

#include "base/auto.h"
#include "base/buffer.h"
#include "base/strings.h"
#include "engine/runtime/container-user.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "app:x:1000:1001:App,,,:/home/app:/bin/sh\n"
			     "5:x:77:77::/five:\n"
			     "broken\n:x:3:3::/:\nbig:x:4294967296:1::/:\nneg:x:-1:1::/:\n"
			     "evil:x:66:66::/x\001y:/bin/sh\n"
			     "short:x:9:9\n"
			     "last:x:12:12::/last:/bin/sh";
static const char group[] = "root:x:0:root\nwheel:x:10:root,app\napp:x:1001:\n"
			    "video:x:44:app,application\nnobody:x:65534:xapp\nbad:x:x:app\n";

static void write_etc(int root, const char *name, const char *text, size_t size)
{
	auto_error err = { 0 };
	int etc;

	mkdirat(root, "etc", 0755);
	etc = openat(root, "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file_write(etc, name, text, size, 0644, FILE_VOLATILE, &err) < 0)
		fail_msg("%s", err.message);
	close(etc);
}

static char *describe(const struct container_user *user)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "%u:%u %s [", user->uid, user->gid, user->home);
	for (size_t i = 0; i < user->group_count; i++)
		buffer_printf(&text, "%s%u", i ? " " : "", user->groups[i]);
	buffer_puts(&text, "]");
	return buffer_take(&text);
}

static void users_are_found(void **state)
{
	static const struct {
		const char *user;
		const char *extra;	/* one group, or NULL */
		const char *expected;	/* or the error's text after "!" */
	} cases[] = {
		{ NULL, NULL, "0:0 /root [0 10]" },
		{ "", NULL, "0:0 /root [0 10]" },
		{ "root", NULL, "0:0 /root [0 10]" },
		{ "app", NULL, "1000:1001 /home/app [10 44 1001]" },
		{ "1000", NULL, "1000:1001 /home/app [10 44 1001]" },
		{ "app:video", NULL, "1000:44 /home/app [44]" },
		{ "app:5", NULL, "1000:5 /home/app [5]" },
		{ ":5", NULL, "0:5 /root [5]" },
		{ "1:", NULL, "1:0 / [0]" },
		{ "1", NULL, "1:0 / [0]" },
		{ "01", NULL, "1:0 / [0]" },
		{ "5", NULL, "5:0 / [0]" },		/* the id, not the name */
		{ "77", NULL, "77:77 /five [77]" },
		{ "4242:4343", NULL, "4242:4343 / [4343]" },
		{ "2147483647", NULL, "2147483647:0 / [0]" },
		{ "app", "20", "1000:1001 /home/app [10 20 44 1001]" },
		{ "4242", "video", "4242:0 / [0 44]" },
		{ "last", NULL, "12:12 /last [12]" },
		{ "short", NULL, "9:9 / [9]" },
		{ "evil", NULL, "66:66 / [66]" },
		{ "2147483648", NULL, "!user id '2147483648' is out of range" },
		{ "4294967296", NULL, "!out of range" },
		{ "99999999999999999999999", NULL, "!out of range" },
		{ "1:4294967296", NULL, "!group id '4294967296' is out of range" },
		{ "+1", NULL, "!unable to find user +1: no matching entries in passwd file" },
		{ "-1", NULL, "!unable to find user -1" },
		{ "0x0", NULL, "!unable to find user 0x0" },
		{ " 0", NULL, "!unable to find user" },
		{ "0 ", NULL, "!unable to find user" },
		{ "big", NULL, "!unable to find user big" },
		{ "neg", NULL, "!unable to find user neg" },
		{ "broken", NULL, "!unable to find user broken" },
		{ "nobody", NULL, "!unable to find user nobody" },
		{ "app:nogroup", NULL, "!unable to find group nogroup: no matching entries in group file" },
		{ "app:bad", NULL, "!unable to find group bad" },
		{ "app", "nogroup", "!unable to find group nogroup" },
		{ "app:1:2", NULL, "!unable to find group 1:2" },
	};
	int root = scratch_dir(state);

	write_etc(root, "passwd", passwd, strlen(passwd));
	write_etc(root, "group", group, strlen(group));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(strings) struct strings extra = { 0 };
		auto_release(container_user) struct container_user user = { 0 };
		auto_error err = { 0 };
		auto_free char *got = NULL;

		if (cases[i].extra)
			strings_add(&extra, cases[i].extra);
		if (container_user_resolve(root, cases[i].user, &extra, &user, &err) < 0) {
			if (cases[i].expected[0] != '!' ||
			    !strstr(err.message, cases[i].expected + 1))
				fail_msg("'%s': %s", cases[i].user, err.message);
			continue;
		}
		got = describe(&user);
		if (strcmp(got, cases[i].expected) != 0)
			fail_msg("'%s': %s, not %s", cases[i].user ? cases[i].user : "NULL", got,
				 cases[i].expected);
	}
}

static void numbers_need_no_files(void **state)
{
	auto_release(container_user) struct container_user user = { 0 };
	auto_error err = { 0 };

	assert_int_equal(container_user_resolve(scratch_dir(state), "7:8", NULL, &user, &err), 0);
	assert_int_equal(user.uid, 7);
	assert_int_equal(user.gid, 8);
	assert_int_equal(container_user_resolve(scratch_dir(state), "app", NULL, &user, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void refused(int root, const char *text)
{
	auto_release(container_user) struct container_user user = { 0 };
	auto_error err = { 0 };

	assert_int_equal(container_user_resolve(root, "app", NULL, &user, &err), -1);
	if (!strstr(err.message, text))
		fail_msg("%s", err.message);
}

static void strange_files_are_refused_at_once(void **state)
{
	int root = scratch_dir(state);
	int fd;

	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	assert_int_equal(mkfifoat(root, "etc/passwd", 0644), 0);
	refused(root, "no regular file");
	unlinkat(root, "etc/passwd", 0);
	assert_int_equal(mkdirat(root, "etc/passwd", 0755), 0);
	refused(root, "no regular file");
	unlinkat(root, "etc/passwd", AT_REMOVEDIR);
	assert_int_equal(symlinkat("/etc/passwd", root, "etc/passwd"), 0);
	refused(root, "cannot open");		/* a loop: the host's is out of reach */
	unlinkat(root, "etc/passwd", 0);
	fd = openat(root, "etc/passwd", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(ftruncate(fd, (off_t)10 << 30), 0);
	close(fd);
	refused(root, "larger than");
}

/* As large as is let through, all of it naming the user. */
static void a_large_group_file_is_read(void **state)
{
	auto_release(container_user) struct container_user user = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_error err = { 0 };
	int root = scratch_dir(state);

	write_etc(root, "passwd", "a:x:1:1::/:\n", 12);
	for (unsigned int i = 0; text.size < CONTAINER_USER_FILE_MAX - 32; i++)
		buffer_printf(&text, "g:x:%u:a\n", i % 60000);
	write_etc(root, "group", text.data, text.size);
	assert_int_equal(container_user_resolve(root, "a", NULL, &user, &err), 0);
	assert_int_equal(user.group_count, 60000);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(users_are_found),
		FILE_TEST(numbers_need_no_files),
		FILE_TEST(strange_files_are_refused_at_once),
		FILE_TEST(a_large_group_file_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's namespace: entered by children, as ordinary users. A child says
 * what it found in a struct that it sends through a pipe.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/strings.h"
#include "ordinary.h"
#include "rootless/user.h"
#include "rootless/userns.h"
#include "scratch.h"

#define INITIAL_NAMESPACE 0xeffffffdU	/* PROC_USER_INIT_INO */

struct finding {
	int result;
	enum userns_mode mode, current;
	uid_t uid;
	gid_t gid;
	ino_t namespace, mounts;
	bool cwd_kept, warned;
	char message[512];
};

struct visitor {
	const char *user;
	int report[2];
	int leave[2];	/* a byte by the test: then the child may end */
	struct process process;
};

static char warned_with[512];

static void keep_warning(const char *message)
{
	snprintf(warned_with, sizeof(warned_with), "%s", message);
}

static ino_t inode(const char *path)
{
	struct stat info;

	return stat(path, &info) < 0 ? 0 : info.st_ino;
}

static void look_around(int runroot, struct finding *finding)
{
	auto_error err = { 0 };
	char before[PATH_MAX] = "";
	char after[PATH_MAX] = "";

	finding->cwd_kept = chdir(scratch_path) == 0 && getcwd(before, sizeof(before));
	finding->result = userns_enter(runroot, &finding->mode, &err);
	if (err.message)
		snprintf(finding->message, sizeof(finding->message), "%s", err.message);
	finding->current = userns_current();
	finding->uid = geteuid();
	finding->gid = getegid();
	finding->namespace = inode("/proc/self/ns/user");
	finding->mounts = inode("/proc/self/ns/mnt");
	finding->cwd_kept = finding->cwd_kept && getcwd(after, sizeof(after)) &&
			    strcmp(before, after) == 0;
	finding->warned = warned_with[0] != '\0';
	if (finding->warned)
		snprintf(finding->message, sizeof(finding->message), "%s", warned_with);
}

static int visit(void *argument)
{
	struct visitor *visitor = argument;
	struct finding finding = { 0 };
	char byte;
	int runroot;

	close(visitor->leave[1]);
	warnings_to(keep_warning);
	if (!become_ordinary(visitor->user))
		return 1;
	runroot = open(scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	look_around(runroot, &finding);
	if (fd_write_full(visitor->report[1], &finding, sizeof(finding)) < 0)
		return 1;
	fd_read_full(visitor->leave[0], &byte, 1);
	return 0;
}

/* Starts a child that enters and stays. */
static void send_in(struct visitor *visitor, const char *user, struct finding *finding)
{
	auto_error err = { 0 };

	*visitor = (struct visitor){ .user = user };
	memset(finding, 0, sizeof(*finding));
	assert_int_equal(pipe2(visitor->report, O_CLOEXEC), 0);
	assert_int_equal(pipe2(visitor->leave, O_CLOEXEC), 0);
	assert_int_equal(process_fork(visit, visitor, true, &visitor->process, &err), 0);
	close(visitor->report[1]);
	close(visitor->leave[0]);
	assert_int_equal(fd_read_full(visitor->report[0], finding, sizeof(*finding)),
			 sizeof(*finding));
	close(visitor->report[0]);
	if (finding->result < 0)
		print_error("%s\n", finding->message);
}

static void call_back(struct visitor *visitor)
{
	auto_error err = { 0 };
	int status;

	assert_int_equal(fd_write_full(visitor->leave[1], "", 1), 0);
	close(visitor->leave[1]);
	assert_int_equal(process_wait(&visitor->process, &status, &err), 0);
	assert_int_equal(status, 0);
}

/* The scratch directory is the run directory, so it has to be the user's. */
static void give_scratch_to(const char *user)
{
	const struct passwd *entry = geteuid() == 0 ? getpwnam(user) : NULL;

	if (entry)
		assert_int_equal(chown(scratch_path, entry->pw_uid, entry->pw_gid), 0);
}

static bool can_test(const char *user)
{
	if (have_ordinary(user))
		return true;
	print_message("no user '%s'\n", user);
	return false;
}

static void the_user_becomes_root_of_his_namespace(void **state)
{
	struct visitor visitor;
	struct finding finding;

	(void)state;
	if (!can_test(USER_WITH_IDS))
		skip();
	give_scratch_to(USER_WITH_IDS);
	send_in(&visitor, USER_WITH_IDS, &finding);
	call_back(&visitor);
	assert_int_equal(finding.result, 0);
	assert_int_equal(finding.uid, 0);
	assert_int_equal(finding.gid, 0);
	assert_int_equal(finding.mode, finding.current);
	assert_true(finding.mode == USERNS_FULL || geteuid() != 0);
	assert_true(finding.cwd_kept);
	assert_int_not_equal(finding.namespace, inode("/proc/self/ns/user"));
	assert_int_not_equal(finding.mounts, inode("/proc/self/ns/mnt"));
}

static void later_ones_join_as_long_as_one_lives(void **state)
{
	struct visitor first;
	struct visitor second;
	struct visitor third;
	struct finding one;
	struct finding two;
	struct finding three;

	(void)state;
	if (!can_test(USER_WITH_IDS))
		skip();
	give_scratch_to(USER_WITH_IDS);
	send_in(&first, USER_WITH_IDS, &one);
	send_in(&second, USER_WITH_IDS, &two);
	assert_int_equal(one.result, 0);
	assert_int_equal(two.result, 0);
	assert_int_equal(one.namespace, two.namespace);
	assert_int_not_equal(one.mounts, two.mounts);
	assert_int_equal(two.mode, one.mode);
	assert_int_equal(two.uid, 0);
	assert_true(two.cwd_kept);
	/* The one who made it may go. */
	call_back(&first);
	send_in(&third, USER_WITH_IDS, &three);
	assert_int_equal(three.namespace, two.namespace);
	call_back(&second);
	call_back(&third);
}

static unsigned int count_notes(void)
{
	auto_free char *path = NULL;
	unsigned int count = 0;
	struct dirent *entry;
	DIR *dir;

	assert_true(asprintf(&path, "%s/userns", scratch_path) > 0);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void notes_of_the_dead_go(void **state)
{
	struct visitor visitor;
	struct finding finding;

	(void)state;
	if (!can_test(USER_WITH_IDS))
		skip();
	give_scratch_to(USER_WITH_IDS);
	for (int i = 0; i < 3; i++) {
		send_in(&visitor, USER_WITH_IDS, &finding);
		assert_int_equal(finding.result, 0);
		assert_int_equal(count_notes(), 1);
		process_kill(&visitor.process);
		close(visitor.leave[1]);
	}
}

static void without_subordinate_ids_there_is_one_id(void **state)
{
	struct visitor visitor;
	struct finding finding;

	(void)state;
	if (geteuid() != 0 || !can_test(USER_WITHOUT_IDS))
		skip(); /* only root can become that user */
	give_scratch_to(USER_WITHOUT_IDS);
	for (int i = 0; i < 2; i++) {
		send_in(&visitor, USER_WITHOUT_IDS, &finding);
		call_back(&visitor);
		assert_int_equal(finding.result, 0);
		assert_int_equal(finding.uid, 0);
		assert_int_equal(finding.mode, USERNS_SINGLE);
		assert_int_equal(finding.current, USERNS_SINGLE);
		assert_int_equal(finding.warned, i == 0); /* told once */
		if (i == 0)
			assert_non_null(strstr(finding.message, "usermod --add-subuids"));
	}
}

static void root_has_no_need(void **state)
{
	(void)state;
	if (geteuid() != 0 || inode("/proc/self/ns/user") != INITIAL_NAMESPACE)
		skip(); /* we are in a namespace of somebody */
	assert_int_equal(userns_current(), USERNS_NONE);
}

#define NAMESPACE_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NAMESPACE_TEST(the_user_becomes_root_of_his_namespace),
		NAMESPACE_TEST(later_ones_join_as_long_as_one_lives),
		NAMESPACE_TEST(notes_of_the_dead_go),
		NAMESPACE_TEST(without_subordinate_ids_there_is_one_id),
		cmocka_unit_test(root_has_no_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

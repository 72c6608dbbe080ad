/* SPDX-License-Identifier: Apache-2.0 */
/* What holds in a container's first process, and what an image cannot do to the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>

#include "tests/unit/container-checks.h"
#include "tests/unit/ordinary.h"

#include "base/auto.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/overlay.h"
#include "rootless/userns.h"

static void only_standard_descriptors_are_open(void **state)
{
	int leak = dup(0);	/* not close-on-exec */
	json_t *json;
	char *fds;

	(void)state;
	if (!can_launch())
		skip();
	json = readback();
	fds = json_dumps(json_object_get(json, "fds"), JSON_COMPACT);
	assert_string_equal(fds, "[0,1,2]");
	free(fds);
	json_decref(json);
	close(leak);
}

static void capabilities_are_those_of_the_spec(void **state)
{
	json_t *json;

	(void)state;
	if (!can_launch())
		skip();
	json = readback();
	assert_text(json, "CapInh", "0000000000000000");
	assert_text(json, "CapPrm", "00000000a80425fb");
	assert_text(json, "CapEff", "00000000a80425fb");
	assert_text(json, "CapBnd", "00000000a80425fb");
	assert_text(json, "CapAmb", "0000000000000000");
	assert_text(json, "Seccomp", "2");
	assert_text(json, "NoNewPrivs", "0");
	assert_text(json, "Uid", "0 0 0 0");
	assert_text(json, "Groups", "0");
	assert_text(json, "Umask", "0022");
	json_decref(json);
}

static void another_user_has_only_the_bounding_set(void **state)
{
	json_t *json;

	(void)state;
	if (!can_launch())
		skip();
	fixture.spec.process.user = xstrdup("33:44");
	fixture.spec.process.no_new_privileges = true;
	strings_add(&fixture.spec.process.extra_groups, "55");
	json = readback();
	assert_text(json, "CapPrm", "0000000000000000");
	assert_text(json, "CapEff", "0000000000000000");
	assert_text(json, "CapBnd", "00000000a80425fb");
	assert_text(json, "CapInh", "0000000000000000");
	assert_text(json, "NoNewPrivs", "1");
	assert_text(json, "Uid", "33 33 33 33");
	assert_text(json, "Gid", "44 44 44 44");
	assert_text(json, "Groups", "44 55");
	json_decref(json);
}

/* /dev/stdout is opened anew by name, as web servers do. */
static void another_user_can_open_its_output(void **state)
{
	(void)state;
	if (!can_launch())
		skip();
	fixture.spec.process.user = xstrdup("33");
	assert_string_equal(shell("echo hello >/dev/stdout"), "hello\n");
}

static void masks_are_in_place(void **state)
{
	json_t *json, *paths;

	(void)state;
	if (!can_launch())
		skip();
	json = readback();
	paths = json_object_get(json, "paths");
	assert_text(paths, "/proc/keys", "c 1:3");
	assert_text(paths, "/proc/timer_list", "c 1:3");
	assert_text(paths, "/sys/firmware", "d ro empty");
	assert_text(paths, "/proc/sys", "d ro full");
	assert_text(paths, "/sys", "d ro full");
	assert_text(paths, "/dev/null", "c 1:3");
	assert_text(paths, "/dev/tty", "c 5:0");
	assert_text(paths, "/dev/shm", "d rw empty");
	assert_text(json, "hostname", "box");
	assert_int_equal(json_integer_value(json_object_get(json, "pid")), 1);
	json_decref(json);
}

static void nodes_work_nowhere_but_in_our_dev(void **state)
{
	static const char script[] = "mknod /tmp/null c 1 3 && ! cat /tmp/null 2>/dev/null && "
				     "mknod /dev/zero2 c 1 5 && ! cat /dev/zero2 2>/dev/null && "
				     "cat /dev/null && chmod 600 /dev/null";
	struct stat info;

	(void)state;
	if (!can_launch())
		skip();
	shell(script);
	assert_int_equal(stat("/dev/null", &info), 0);
	assert_int_equal(info.st_mode & 0777, 0666);
}

static void working_directory_is_made_and_entered(void **state)
{
	json_t *json;

	(void)state;
	if (!can_launch())
		skip();
	fixture.spec.process.cwd = xstrdup("/srv/deep/down");
	json = readback();
	assert_text(json, "cwd", "/srv/deep/down");
	json_decref(json);
}

static void working_directory_does_not_lead_out(void **state)
{
	static const char *const paths[] = {
		"/proc/self/fd/3", "/proc/self/fd/4", "/proc/self/fd/7", "/proc/self/fd/12",
		"/proc/1/root", "/proc/self/cwd", "relative",
	};

	(void)state;
	if (!can_launch())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *const args[] = { "/bin/readback", NULL };

		fixture_command(&fixture, args);
		replace_string(&fixture.spec.process.cwd, paths[i]);
		fails_with("working directory");
	}
}

static void environment_is_completed(void **state)
{
	(void)state;
	if (!can_launch())
		skip();
	strings_add(&fixture.spec.process.env, "A=b=c");
	assert_string_equal(shell("echo $A $HOME $HOSTNAME $PATH"),
			    "b=c / box /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
}

struct command_case {
	const char *name;
	enum error_kind kind;
	const char *message;
};

static void commands_that_cannot_run_say_why(void **state)
{
	static const struct command_case cases[] = {
		{ "nosuch", ERROR_COMMAND_NOT_FOUND,
		  "exec: \"nosuch\": executable file not found in $PATH" },
		{ "", ERROR_COMMAND_NOT_FOUND, "executable file not found in $PATH" },
		{ "/no/such", ERROR_COMMAND_NOT_FOUND,
		  "exec: \"/no/such\": stat /no/such: no such file or directory" },
		{ "/bin/busybox/x", ERROR_COMMAND_NOT_FOUND, "not a directory" },
		{ "/etc", ERROR_COMMAND_NOT_EXECUTABLE, "exec: \"/etc\": is a directory" },
		{ "/plain", ERROR_COMMAND_NOT_EXECUTABLE, "exec: \"/plain\": permission denied" },
		{ "/junk", ERROR_COMMAND_NOT_EXECUTABLE, "exec: \"/junk\": exec format error" },
		{ "/script", ERROR_COMMAND_NOT_FOUND,
		  "exec: \"/script\": the file exists but its interpreter does not" },
	};
	int layer;

	(void)state;
	if (!can_launch())
		skip();
	layer = fixture.spec.lower[0];
	assert_int_equal(symlinkat("busybox", layer, "unused"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const args[] = { cases[i].name, NULL };
		static const char junk[] = "\x01\x02\x03\x04", script[] = "#!/no/such\n";

		file_write(layer, "plain", "x", 1, 0644, FILE_VOLATILE, &fixture.err);
		file_write(layer, "junk", junk, 4, 0755, FILE_VOLATILE, &fixture.err);
		file_write(layer, "script", script, strlen(script), 0755, FILE_VOLATILE,
			   &fixture.err);
		fixture_command(&fixture, args);
		fails_with(cases[i].message);
		assert_int_equal(fixture.err.kind, cases[i].kind);
	}
}

static void exit_status_is_the_programs(void **state)
{
	const char *const seven[] = { "sh", "-c", "exit 7", NULL };
	const char *const killed[] = { "sh", "-c", "kill -9 $$; exit 3", NULL };

	(void)state;
	if (!can_launch())
		skip();
	fixture_command(&fixture, seven);
	run_well(7);
	fixture.spec.init = true;	/* pid 1 itself could not be killed from inside */
	fixture_command(&fixture, killed);
	run_well(128 + SIGKILL);
}

static void init_reaps_and_is_pid_1(void **state)
{
	(void)state;
	if (!can_launch())
		skip();
	fixture.spec.init = true;
	assert_string_equal(shell("(sleep 0.01 &) ; echo $$"), "2\n");
	/* Nothing of the command line that started us is seen from inside. */
	assert_string_equal(shell("cat /proc/1/comm; busybox tr -d '\\0' </proc/1/cmdline"),
			    "proa-init\nproa-init");
}

static void terminal_is_the_containers(void **state)
{
	(void)state;
	if (!can_launch())
		skip();
	fixture.spec.process.terminal = true;
	fixture.spec.process.rows = 33;
	fixture.spec.process.columns = 99;
	assert_string_equal(shell("exec busybox tty; "), "/dev/pts/0\r\n");
	assert_string_equal(shell("busybox stty size; echo $TERM"), "33 99\r\nxterm\r\n");
	assert_string_equal(shell("busybox stat -c '%t %T' /dev/console"), "88 0\r\n");
}

static void read_only_root_has_writable_dev(void **state)
{
	(void)state;
	if (!can_launch())
		skip();
	fixture.spec.read_only = true;
	shell("! touch /x 2>/dev/null && touch /dev/shm/x");
}

static void single_layer_without_upper_is_read_only(void **state)
{
	(void)state;
	if (!can_launch())
		skip();
	close(fixture.spec.upper);
	close(fixture.spec.work);
	fixture.spec.upper = fixture.spec.work = -1;
	shell("! touch /x 2>/dev/null");
}

static void bind_mounts_make_their_targets(void **state)
{
	struct mount_spec *mount;
	int dir;

	if (!can_launch())
		skip();
	dir = scratch_dir(state);
	assert_int_equal(mkdirat(dir, "volume", 0755), 0);
	assert_int_equal(file_write(dir, "volume/file", "text\n", 5, 0644, FILE_VOLATILE,
				    &fixture.err), 0);
	mount = runtime_spec_add_mount(&fixture.spec, MOUNT_BIND, "/new/dir");
	mount->source = xasprintf("%s/volume", scratch_path);
	mount->recursive = true;
	mount->attributes = MOUNT_ATTR_RDONLY;
	mount = runtime_spec_add_mount(&fixture.spec, MOUNT_BIND, "/etc/new/file");
	mount->source_fd = openat(dir, "volume/file", O_PATH | O_CLOEXEC);
	assert_string_equal(shell("cat /etc/new/file; ! touch /new/dir/x 2>/dev/null; echo $?; "
				  "echo more >>/etc/new/file; cat /new/dir/file"),
			    "text\n0\ntext\nmore\n");
	close(mount->source_fd);
}

static void nothing_is_mounted_into_proc(void **state)
{
	struct mount_spec *mount;

	(void)state;
	if (!can_launch())
		skip();
	mount = runtime_spec_add_mount(&fixture.spec, MOUNT_BIND, "/proc/sys/kernel");
	mount->source = xstrdup("/tmp");
	fails_with("refusing to mount there");
}

static void sysctls_are_set_and_held_to_a_list(void **state)
{
	(void)state;
	if (!can_launch())
		skip();
	strings_add(&fixture.spec.sysctls, "net.ipv4.ip_forward=1");
	strings_add(&fixture.spec.sysctls, "kernel.msgmax=4242");
	assert_string_equal(shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax"),
			    "1\n4242\n");
	strings_add(&fixture.spec.sysctls, "kernel.core_pattern=|/x");
	fails_with("sysctl 'kernel.core_pattern'");
	strings_remove(&fixture.spec.sysctls, 2);
	strings_add(&fixture.spec.sysctls, "net/../kernel/core_pattern=|/x");
	fails_with("sysctl");
}

/* Each place that the launcher works on, as a link to a directory of the host. */
static void linked_places_change_nothing_outside(void **state)
{
	static const char *const places[] = { "dev", "proc", "sys", "etc", "srv" };
	int dir, victim;

	if (!can_launch())
		skip();
	dir = scratch_dir(state);
	victim = fixture_dir(dir, "victim");
	assert_true(victim >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *const args[] = { "/bin/true", NULL };
		auto_free char *target = xasprintf("%s/victim", scratch_path);
		auto_release(strings) struct strings left = { 0 };
		struct mount_spec *mount;

		unlinkat(fixture.spec.lower[0], places[i], AT_REMOVEDIR);
		assert_int_equal(symlinkat(target, fixture.spec.lower[0], places[i]), 0);
		fixture_command(&fixture, args);
		replace_string(&fixture.spec.process.cwd, "/srv/work");
		mount = runtime_spec_add_mount(&fixture.spec, MOUNT_BIND, "/etc/hosts");
		mount->source = xstrdup("/etc/hosts");
		if (i < 3)
			fails_with("is a symbolic link; refusing to mount there");
		else
			run_well(0);
		assert_int_equal(dir_list(victim, &left, &fixture.err), 0);
		assert_int_equal(left.count, 0);
		unlinkat(fixture.spec.lower[0], places[i], 0);
		mkdirat(fixture.spec.lower[0], places[i], 0755);
		free(mount->source);
		free(mount->target);
		fixture.spec.mount_count--;
	}
	close(victim);
}

/* A link to magic: the kernel would follow it out of any root. */
static void linked_working_directory_stays_inside(void **state)
{
	const char *const args[] = { "/bin/true", NULL };

	(void)state;
	if (!can_launch())
		skip();
	assert_int_equal(symlinkat("/proc/self/fd", fixture.spec.lower[0], "fds"), 0);
	replace_string(&fixture.spec.process.cwd, "/fds/3");
	fixture_command(&fixture, args);
	fails_with("working directory");
}

static void user_files_are_no_traps(void **state)
{
	const char *const args[] = { "/bin/true", NULL };
	int etc;

	(void)state;
	if (!can_launch())
		skip();
	etc = openat(fixture.spec.lower[0], "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture_command(&fixture, args);
	fixture.spec.process.user = xstrdup("app");
	assert_int_equal(mkfifoat(etc, "passwd", 0644), 0);
	fails_with("no regular file");
	unlinkat(etc, "passwd", 0);
	assert_int_equal(symlinkat("/proc/kmsg", etc, "passwd"), 0);
	fails_with("unable to find user app");
	close(etc);
}

static void rlimits_are_set_or_clamped(void **state)
{
	struct rlimit_spec limits[] = {
		{ RLIMIT_NOFILE, { 1000, 1000 }, true },
		{ RLIMIT_CORE, { 5, 6 }, true },
		{ RLIMIT_NPROC, { RLIM_INFINITY, RLIM_INFINITY }, false },
	};
	json_t *json, *core;

	(void)state;
	if (!can_launch())
		skip();
	fixture.spec.process.rlimits = xcalloc(ARRAY_SIZE(limits), sizeof(limits[0]));
	memcpy(fixture.spec.process.rlimits, limits, sizeof(limits));
	fixture.spec.process.rlimit_count = ARRAY_SIZE(limits);
	json = readback();
	core = json_object_get(json_object_get(json, "rlimits"), "core");
	assert_int_equal(json_integer_value(json_array_get(core, 0)), 5);
	assert_int_equal(json_integer_value(json_array_get(core, 1)), 6);
	json_decref(json);
}

static void namespaces_are_new_or_shared_as_asked(void **state)
{
	json_t *json;

	(void)state;
	if (!can_launch())
		skip();
	json = readback();
	for (size_t i = 0; i < 6; i++) {
		static const char *const names[] = { "mnt", "pid", "net", "ipc", "uts", "cgroup" };

		assert_false(same_namespace(json, names[i]));
	}
	json_decref(json);
	fixture.spec.pid_ns.mode = fixture.spec.net_ns.mode = NAMESPACE_HOST;
	fixture.spec.ipc_ns.mode = fixture.spec.uts_ns.mode = NAMESPACE_HOST;
	json = NULL;
	{
		const char *const args[] = { "/bin/true", NULL };

		fixture_command(&fixture, args);
		fails_with("host name");
	}
	replace_string(&fixture.spec.hostname, NULL);
	json = readback();
	assert_true(same_namespace(json, "pid"));
	assert_true(same_namespace(json, "net"));
	assert_true(same_namespace(json, "ipc"));
	assert_true(same_namespace(json, "uts"));
	json_decref(json);
}

static void hundreds_of_layers_are_mounted(void **state)
{
	struct runtime_spec *spec = &fixture.spec;
	int base;

	if (!can_launch())
		skip();
	base = spec->lower[0];
	spec->lower = xrealloc_array(spec->lower, OVERLAY_LOWER_MAX, sizeof(*spec->lower));
	for (spec->lower_count = 0; spec->lower_count < OVERLAY_LOWER_MAX - 1;
	     spec->lower_count++) {
		char name[16];

		snprintf(name, sizeof(name), "l%zu", spec->lower_count);
		spec->lower[spec->lower_count] = fixture_dir(scratch_dir(state), name);
		if (spec->lower[spec->lower_count] < 0)
			fail_msg("layer %zu: %s", spec->lower_count, strerror(errno));
	}
	spec->lower[spec->lower_count++] = base;
	shell("true");
}

/* The way of kernels before 6.5, in a mount namespace of its own. */
static int mount_legacy(void *argument)
{
	struct runtime_spec *spec = argument;
	struct overlay overlay = {
		.lower = spec->lower, .lower_count = spec->lower_count, .upper = spec->upper,
		.work = spec->work,
	};
	struct error err = { 0 };
	struct stat info;
	int dirs[3];

	if (unshare(CLONE_NEWNS) < 0 || sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 1;
	/* Descriptors of this mount namespace. */
	if (chdir(scratch_path) < 0)
		return 2;
	dirs[0] = open("layer", O_PATH | O_DIRECTORY);
	dirs[1] = open("more", O_PATH | O_DIRECTORY);
	overlay.lower = dirs;
	overlay.lower_count = 2;
	overlay.upper = open("upper", O_PATH | O_DIRECTORY);
	overlay.work = open("work", O_PATH | O_DIRECTORY);
	dirs[2] = open("rootfs", O_PATH | O_DIRECTORY);
	if (overlay_attach_legacy(&overlay, dirs[2], &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 3;
	}
	if (chdir(scratch_path) < 0 || stat("rootfs/bin/busybox", &info) < 0)
		return 4;
	return 0;
}

static void older_kernels_way_works(void **state)
{
	struct process process;
	int status;

	if (!can_launch())
		skip();
	assert_int_equal(mkdirat(scratch_dir(state), "more", 0755), 0);
	assert_int_equal(process_fork(mount_legacy, &fixture.spec, true, &process, &fixture.err), 0);
	assert_int_equal(process_wait(&process, &status, &fixture.err), 0);
	assert_int_equal(status, 0);
}

static void a_launch_that_is_dropped_leaves_nothing(void **state)
{
	struct launch *launch;
	struct pollfd poll_fd = { .events = POLLIN };

	(void)state;
	if (!can_launch())
		skip();
	strings_add(&fixture.spec.process.args, "/bin/true");
	launch = launch_begin(&fixture.spec, &(struct launch_stdio){ 0, 1, 2 }, &fixture.err);
	assert_non_null(launch);
	poll_fd.fd = sys_pidfd_open(launch_pid(launch), 0);
	launch_free(launch);
	assert_int_equal(poll(&poll_fd, 1, 0), 1);
	close(poll_fd.fd);
}

static void netns_is_given_before_the_start(void **state)
{
	struct launch *launch;
	struct stat own, theirs;
	int fd;

	(void)state;
	if (!can_launch())
		skip();
	strings_add(&fixture.spec.process.args, "/bin/true");
	launch = launch_begin(&fixture.spec, &(struct launch_stdio){ 0, 1, 2 }, &fixture.err);
	assert_non_null(launch);
	fd = launch_open_netns(launch, &fixture.err);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &theirs), 0);
	assert_int_equal(stat("/proc/self/ns/net", &own), 0);
	assert_int_not_equal(own.st_ino, theirs.st_ino);
	close(fd);
	launch_free(launch);
}

struct ordinary_case {
	const char *user;
	const char *command;
	const char *output;
};

/* In a child: an ordinary user, in his namespace. */
static int run_ordinary(void *argument)
{
	const struct ordinary_case *test = argument;
	struct container_fixture own = { .dir = -1 };
	enum userns_mode mode;
	char path[] = "/tmp/proa-unit-XXXXXX";
	struct error err = { 0 };
	int dir, result = 1;

	if (!become_ordinary(test->user) || !mkdtemp(path))
		return 2;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (userns_enter(dir, &mode, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 3;
	}
	userns_release(dir);
	if (!fixture_init(&own, fixture_dir(dir, "box")))
		return 4;
	own.spec.user_xattr = true;
	own.spec.emulate_ownership = mode == USERNS_SINGLE;
	if (fixture_run_shell(&own, test->command) < 0)
		fprintf(stderr, "%s\n", own.err.message);
	else if (!own.output.data || strcmp(own.output.data, test->output) != 0)
		fprintf(stderr, "output: %s\n", own.output.data ? own.output.data : "");
	else
		result = own.status;
	fixture_release(&own);
	dir_remove_tree(AT_FDCWD, path, &err);
	return result;
}

static void ordinary_users_have_containers(void **state)
{
	static const struct ordinary_case cases[] = {
		{ USER_WITH_IDS, "id; grep -E 'CapBnd|CapInh|Seccomp:' /proc/self/status",
		  "uid=0 gid=0 groups=0\nCapInh:\t0000000000000000\nCapBnd:\t00000000a80425fb\n"
		  "Seccomp:\t2\n" },
		{ USER_WITH_IDS, "chown 33:44 /tmp; stat -c '%u %g' /tmp; cat /dev/null", "33 44\n" },
		/* Answered with success, and nothing done. */
		{ USER_WITHOUT_IDS, "chown 33:44 /tmp && stat -c '%u %g' /tmp && "
		  "busybox mknod /tmp/x c 1 3 && ls /tmp", "0 0\n" },
		{ USER_WITHOUT_IDS, "cat /proc/self/setgroups; ls /dev/null", "deny\n/dev/null\n" },
	};

	(void)state;
	if (!can_launch())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ordinary_case test = cases[i];
		struct process process;
		int status;

		if (!have_ordinary(test.user)) {
			print_message("skipped: there is no user %s\n", test.user);
			skip();
		}
		assert_int_equal(process_fork(run_ordinary, &test, true, &process, &fixture.err), 0);
		assert_int_equal(process_wait(&process, &status, &fixture.err), 0);
		if (status != 0)
			fail_msg("case %zu: status %d", i, process_exit_code(status));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAUNCH_TEST(only_standard_descriptors_are_open),
		LAUNCH_TEST(capabilities_are_those_of_the_spec),
		LAUNCH_TEST(another_user_has_only_the_bounding_set),
		LAUNCH_TEST(another_user_can_open_its_output),
		LAUNCH_TEST(masks_are_in_place),
		LAUNCH_TEST(nodes_work_nowhere_but_in_our_dev),
		LAUNCH_TEST(working_directory_is_made_and_entered),
		LAUNCH_TEST(working_directory_does_not_lead_out),
		LAUNCH_TEST(environment_is_completed),
		LAUNCH_TEST(commands_that_cannot_run_say_why),
		LAUNCH_TEST(exit_status_is_the_programs),
		LAUNCH_TEST(init_reaps_and_is_pid_1),
		LAUNCH_TEST(terminal_is_the_containers),
		LAUNCH_TEST(read_only_root_has_writable_dev),
		LAUNCH_TEST(single_layer_without_upper_is_read_only),
		LAUNCH_TEST(bind_mounts_make_their_targets),
		LAUNCH_TEST(nothing_is_mounted_into_proc),
		LAUNCH_TEST(sysctls_are_set_and_held_to_a_list),
		LAUNCH_TEST(linked_places_change_nothing_outside),
		LAUNCH_TEST(linked_working_directory_stays_inside),
		LAUNCH_TEST(user_files_are_no_traps),
		LAUNCH_TEST(rlimits_are_set_or_clamped),
		LAUNCH_TEST(namespaces_are_new_or_shared_as_asked),
		LAUNCH_TEST(hundreds_of_layers_are_mounted),
		LAUNCH_TEST(older_kernels_way_works),
		LAUNCH_TEST(a_launch_that_is_dropped_leaves_nothing),
		LAUNCH_TEST(netns_is_given_before_the_start),
		LAUNCH_TEST(ordinary_users_have_containers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

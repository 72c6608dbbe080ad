/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: a helper joins the container's namespaces and makes the process that
 * becomes the program in there; joining a pid namespace takes effect for children
 * only. The helper, which itself stays outside of the container's pid namespace, waits
 * and ends with the program's status.
 *
 * From the first moment both are out of ptrace's reach (CVE-2016-9962), and
 * hold nothing of the host's but their standard streams.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/process.h"
#include "base/rooted.h"
#include "base/syscalls.h"
#include "engine/runtime/arguments.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/init.h"
#include "engine/runtime/launch.h"
#include "engine/runtime/program.h"
#include "engine/runtime/report.h"
#include "engine/runtime/terminal.h"

#define PATH_SIZE 64
#define EXIT_HELPER_FAILED 125

struct enter {
	const struct enter_request *request;
	struct program program;
	int namespaces;		/* CLONE_NEW* to join */
	int cgroup;		/* directory, or -1 */
	int report, maker;	/* the socket's ends */
};

static const struct {
	const char *name;
	int flag;
} kinds[] = {
	{ "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS }, { "pid", CLONE_NEWPID },
	{ "net", CLONE_NEWNET }, { "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS },
	{ "cgroup", CLONE_NEWCGROUP },
};

/* Those of the container's namespaces that are not ours: joining one's own user namespace is an
 * error, and others may be owned by one that we have no rights in. */
static int find_namespaces(pid_t init, int *ret_namespaces, struct error *err)
{
	int namespaces = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char own_path[PATH_SIZE], path[PATH_SIZE];
		struct stat own, other;

		snprintf(own_path, sizeof(own_path), "/proc/self/ns/%s", kinds[i].name);
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)init, kinds[i].name);
		if (stat(own_path, &own) < 0 || stat(path, &other) < 0)
			return error_errno(err, "cannot look at the %s namespace", kinds[i].name);
		if (own.st_dev != other.st_dev || own.st_ino != other.st_ino)
			namespaces |= kinds[i].flag;
	}
	if (!(namespaces & CLONE_NEWNS))
		return error_set(err, ERROR_INVALID, "the process is in no container");
	*ret_namespaces = namespaces;
	return 0;
}

static int open_terminal(struct enter *enter, int *ret_master, struct error *err)
{
	const struct process_spec *process = enter->request->process;
	auto_fd int devpts = -1;

	if (!process->terminal)
		return 0;
	devpts = rooted_open(enter->program.root, "dev/pts", ROOTED_BENEATH,
			     O_PATH | O_DIRECTORY, 0);
	if (devpts < 0)
		return error_errno(err, "cannot open /dev/pts");
	return terminal_open(devpts, process->rows, process->columns, ret_master,
			     &enter->program.terminal, err);
}

static int run_program(struct enter *enter, struct error *err)
{
	int master = -1, result;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_errno(err, "cannot follow the parent process");
	enter->program.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (enter->program.root < 0)
		return error_errno(err, "cannot open the container's root");
	if (open_terminal(enter, &master, err) < 0)
		return -1;
	result = report_ready(enter->report, master, err);
	auto_close_fd(&master);
	if (result < 0 || report_wait_for_start(enter->report, err) < 0)
		return -1;
	return program_run(&enter->program, err);
}

static int program_main(void *argument)
{
	struct enter *enter = argument;
	auto_error failure = { 0 };

	run_program(enter, &failure);
	report_failure(enter->report, &failure);
	return EXIT_HELPER_FAILED;
}

static int open_proc(struct error *err)
{
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs info;

	if (proc < 0 || fstatfs(proc, &info) < 0)
		return error_errno(err, "cannot open /proc");
	if (info.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ERROR_UNSUPPORTED, "no procfs is mounted on /proc");
	return take_fd(&proc);
}

static int join_and_start(struct enter *enter, struct process *ret_process, struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_errno(err, "cannot stay out of ptrace's reach");
	enter->program.proc = open_proc(err);
	/* The container's processes see ours until exec. */
	if (enter->program.proc < 0 || arguments_hide(enter->program.proc, "proa-exec", err) < 0)
		return -1;
	if (setns(enter->request->init_pidfd, enter->namespaces) < 0)
		return error_errno(err, "cannot join the container's namespaces");
	return process_clone(0, enter->cgroup, program_main, enter, ret_process, err);
}

static int helper_main(void *argument)
{
	struct enter *enter = argument;
	struct process process = PROCESS_NONE;
	auto_error failure = { 0 };
	int status;

	close(enter->maker);
	/* Ctrl-C is for the client; of the helper only SIGKILL makes an end, and of the program too. */
	init_block_signals();
	if (join_and_start(enter, &process, &failure) < 0) {
		report_failure(enter->report, &failure);
		return EXIT_HELPER_FAILED;
	}
	/* The program's pipes have to end when it ends them. */
	sys_close_range(0, ~0U, 0);
	process.pidfd = -1;
	if (process_wait(&process, &status, &failure) < 0)
		return EXIT_HELPER_FAILED;
	return process_exit_code(status);
}

static int prepare(struct enter *enter, struct error *err)
{
	const struct enter_request *request = enter->request;

	if (find_namespaces(request->init_pid, &enter->namespaces, err) < 0 ||
	    program_compose_filters(&enter->program, request->seccomp, request->seccomp_file,
				    request->emulate_ownership, err) < 0)
		return -1;
	if (request->cgroup_path) {
		enter->cgroup = cgroup_open(request->cgroup_path, err);
		if (enter->cgroup < 0)
			return -1;
	}
	return 0;
}

/* Hears what comes of the process that helper_main() makes. */
static int follow_start(int report, int *ret_terminal, struct error *err)
{
	auto_fd int terminal = -1;
	bool end;

	if (report_receive(report, &end, &terminal, err) < 0)
		return -1;
	if (end)
		return error_set(err, ERROR_OTHER, "the process ended while it was set up");
	if (report_start(report, err) < 0 || report_receive(report, &end, NULL, err) < 0)
		return -1;
	if (!end)
		return error_set(err, ERROR_OTHER, "the process sent an unexpected message");
	*ret_terminal = take_fd(&terminal);
	return 0;
}

static int start(struct enter *enter, struct process *ret_process, int *ret_terminal,
		 struct error *err)
{
	struct process helper = PROCESS_NONE;
	auto_fd int ours = -1, theirs = -1;
	int sockets[2];

	if (prepare(enter, err) < 0 || report_open(sockets, err) < 0)
		return -1;
	ours = enter->maker = sockets[0];
	theirs = enter->report = enter->program.report = sockets[1];
	if (process_fork(helper_main, enter, false, &helper, err) < 0)
		return -1;
	auto_close_fd(&theirs);
	theirs = -1;
	if (follow_start(ours, ret_terminal, err) < 0) {
		process_kill(&helper);
		return -1;
	}
	*ret_process = helper;
	return 0;
}

int enter_start(const struct enter_request *request, const struct launch_stdio *stdio,
		struct process *ret_process, int *ret_terminal, struct error *err)
{
	struct enter enter = {
		.request = request,
		.program = {
			.spec = request->process, .stdio = *stdio, .dies_with_parent = true,
			.root = -1, .proc = -1, .terminal = -1, .report = -1,
		},
		.cgroup = -1, .report = -1, .maker = -1,
	};
	int result;

	*ret_terminal = -1;
	result = start(&enter, ret_process, ret_terminal, err);
	auto_close_fd(&enter.cgroup);
	program_release_filters(&enter.program);
	return result < 0 ? error_context(err, "cannot run it in the container") : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps of a process on its way to the user's program. */
#include "engine/runtime/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/process.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/arguments.h"
#include "engine/runtime/container-user.h"
#include "engine/runtime/environment.h"
#include "engine/runtime/init.h"
#include "engine/runtime/report.h"
#include "engine/runtime/single-id.h"

#define KEYCTL_JOIN_SESSION_KEYRING 1

struct run {
	struct program *program;
	struct container_user user;
	struct strings environment;
};

int program_compose_filters(struct program *program, enum seccomp_mode mode, const char *file,
			    bool emulate_ownership, struct error *err)
{
	uint64_t capabilities = program->spec->capabilities;

	program->single_id = emulate_ownership;
	if (emulate_ownership)
		seccomp_compose_emulation(&program->emulation);
	switch (mode) {
	case SECCOMP_UNCONFINED:
		return 0;
	case SECCOMP_FILE:
		return seccomp_compose_file(file, capabilities, &program->filter, err);
	case SECCOMP_DEFAULT:
	default:
		return seccomp_compose_default(capabilities, &program->filter, err);
	}
}

void program_release_filters(struct program *program)
{
	seccomp_program_release(&program->filter);
	seccomp_program_release(&program->emulation);
}

static int resolve_user(struct run *run, struct error *err)
{
	const struct program *program = run->program;
	const struct process_spec *spec = program->spec;

	if (container_user_resolve(program->root, spec->user, &spec->extra_groups, &run->user,
				   err) < 0)
		return -1;
	if (program->single_id && (run->user.uid || run->user.gid || spec->extra_groups.count)) {
		error_set(err, ERROR_USAGE,
			  "user %u:%u cannot be had: only one id is mapped into containers",
			  run->user.uid, run->user.gid);
		return error_remedy(err, "as root, 'usermod --add-subuids 100000-165535 "
				    "--add-subgids 100000-165535 USER' gives a user more");
	}
	return 0;
}

/* getcwd() of libc would look for another way where the kernel's answer is "(unreachable)". */
static int check_working_directory(const char *path, struct error *err)
{
	char cwd[PATH_MAX];

	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0)
		return error_errno(err, "working directory '%s'", path);
	if (cwd[0] != '/')
		return error_set(err, ERROR_INVALID,
				 "working directory '%s' is not inside the container", path);
	return 0;
}

static int enter_working_directory(const struct program *program, struct error *err)
{
	const char *path = is_empty(program->spec->cwd) ? "/" : program->spec->cwd;
	auto_fd int dir = -1;

	if (path[0] != '/')
		return error_set(err, ERROR_USAGE,
				 "working directory '%s' is not an absolute path", path);
	/* A magic link (/proc/self/fd/N) is refused here: CVE-2024-21626. */
	dir = rooted_open(program->root, path, ROOTED_IN_ROOT, O_PATH | O_DIRECTORY, 0);
	if (dir < 0 || fchdir(dir) < 0)
		return error_errno(err, "cannot enter the working directory '%s'", path);
	return check_working_directory(path, err);
}

static int adjust_oom_score(const struct program *program, struct error *err)
{
	char text[16];
	auto_fd int fd = -1;
	int length;

	if (!program->spec->oom_score_adj_set)
		return 0;
	length = snprintf(text, sizeof(text), "%d", program->spec->oom_score_adj);
	fd = openat(program->proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)length) != length)
		return error_errno(err, "cannot set the OOM score to %s", text);
	return 0;
}

/* The host's session keyring is left behind: in it are keys of whoever started us. */
static int join_keyring(struct error *err)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
	    errno != EPERM)
		return error_errno(err, "cannot make a session keyring");
	return 0;
}

static int open_session(const struct program *program, struct error *err)
{
	/* Fails for a process group leader only, which has a session already. */
	if (setsid() < 0 && errno != EPERM)
		return error_errno(err, "cannot make a session");
	if (program->terminal >= 0 && ioctl(program->terminal, TIOCSCTTY, 0) < 0)
		return error_errno(err, "cannot take the controlling terminal");
	return 0;
}

/* Programs open /dev/stdout anew: then what is behind it has to be their user's. */
static int give_to_user(int fd, const struct container_user *user, struct error *err)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return error_errno(err, "cannot look at descriptor %d", fd);
	if (info.st_uid == user->uid || !(S_ISFIFO(info.st_mode) || isatty(fd)))
		return 0;
	/* An id that the pipe's owner does not know, or a read-only file system: as it was. */
	if (fchown(fd, user->uid, (gid_t)-1) < 0 && errno != EINVAL && errno != EPERM &&
	    errno != EROFS)
		return error_errno(err, "cannot hand over descriptor %d", fd);
	return 0;
}

static int place_stdio(const struct program *program, const struct container_user *user,
		       struct error *err)
{
	int from[3] = { program->stdio.in, program->stdio.out, program->stdio.error };
	bool terminal = program->terminal >= 0;

	for (int i = 0; i < 3; i++) {
		/* First out of the way of 0, 1, 2. */
		from[i] = fcntl(terminal ? program->terminal : from[i], F_DUPFD_CLOEXEC, 3);
		if (from[i] < 0)
			return error_errno(err, "cannot keep descriptor %d", i);
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(from[i], i) < 0)
			return error_errno(err, "cannot place descriptor %d", i);
		close(from[i]);
		/* Only what was made for this container: a terminal of the host stays its user's. */
		if ((terminal || !isatty(i)) && give_to_user(i, user, err) < 0)
			return -1;
	}
	return 0;
}

/* The change of user has undone it. */
static int follow_parent(const struct program *program, struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, program->dies_with_parent ? SIGKILL : 0, 0, 0, 0) < 0)
		return error_errno(err, "cannot follow the parent process");
	return 0;
}

/* In the process that becomes the program. Returns only with an error. */
static int become_program(struct run *run, struct error *err)
{
	const struct program *program = run->program;

	if (open_session(program, err) < 0 || place_stdio(program, &run->user, err) < 0)
		return -1;
	process_reset_signals();
	if (program_confine(program, &run->user, err) < 0)
		return error_context(err, "confine the process");
	if (follow_parent(program, err) < 0)
		return -1;
	return program_execute(program, run->environment.items, err);
}

static int program_child(void *argument)
{
	struct run *run = argument;
	auto_error failure = { 0 };

	init_unblock_signals();
	become_program(run, &failure);
	report_failure(run->program->report, &failure);
	return 1;
}

/* pid 1 of ours: confined like the program, which is its child. */
static int become_init(struct run *run, struct error *err)
{
	struct process child = PROCESS_NONE;

	/* For where our pid namespace is shared, and pid 1 another's. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot adopt orphans");
	process_reset_signals();
	if (arguments_hide(run->program->proc, "proa-init", err) < 0)
		return -1;
	init_block_signals();
	if (process_fork(program_child, run, false, &child, err) < 0)
		return -1;
	run->program->dies_with_parent = true;
	if (program_confine(run->program, &run->user, err) < 0)
		return error_context(err, "confine the init process");
	if (follow_parent(run->program, err) < 0)
		return -1;
	_exit(init_serve(child.pid));
}

int program_run(struct program *program, struct error *err)
{
	struct run run = { .program = program };

	if (resolve_user(&run, err) < 0)
		return -1;
	environment_complete(program->spec, &run.user, &run.environment);
	if (program->single_id)
		single_id_complete(&run.environment);
	umask(program->spec->umask);
	if (enter_working_directory(program, err) < 0 || adjust_oom_score(program, err) < 0 ||
	    join_keyring(err) < 0)
		return -1;
	return program->init ? become_init(&run, err) : become_program(&run, err);
}

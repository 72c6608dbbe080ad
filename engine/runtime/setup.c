/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of steps. All that needs the host's mounts or the host's /proc comes
 * before the pivot; all that may depend on the network comes after the start signal.
 */
#include "engine/runtime/setup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "engine/runtime/arguments.h"
#include "engine/runtime/report.h"

struct setup_step {
	const char *name;
	int (*run)(struct setup *setup, struct error *err);
};

/* Nobody traces a process that still has what the container must not have. */
static int setup_protection(struct setup *setup, struct error *err)
{
	struct statfs info;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_errno(err, "cannot stay out of ptrace's reach");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_errno(err, "cannot follow the parent process");
	setup->program.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (setup->program.proc < 0 || fstatfs(setup->program.proc, &info) < 0)
		return error_errno(err, "cannot open /proc");
	if (info.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ERROR_UNSUPPORTED, "no procfs is mounted on /proc");
	umask(0);
	/* In another container's pid namespace there is somebody to see it. */
	if (setup->spec->pid_ns.mode == NAMESPACE_JOIN)
		return arguments_hide(setup->program.proc, "proa", err);
	return 0;
}

static const struct setup_step setup_steps[] = {
	{ "protect the process", setup_protection },
	{ "join namespaces", setup_namespaces },
	{ "leave the host's mounts", setup_host_mounts },
	{ "mount the root file system", setup_root },
	{ "make /dev", setup_devices },
	{ "mount file systems", setup_mounts },
	{ "open the terminal", setup_terminal },
	{ "make the working directory", setup_working_directory },
	{ "protect paths", setup_masks },
	{ "reach sysctls", setup_sysctl_access },
	{ "enter the root file system", setup_pivot },
	{ "set the host name", setup_names },
};

static int prepare(struct setup *setup, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(setup_steps); i++) {
		if (setup_steps[i].run(setup, err) < 0)
			return error_context(err, "%s", setup_steps[i].name);
	}
	setup->program.root = setup->root;
	return report_ready(setup->report, setup->terminal, err);
}

static int start(struct setup *setup, struct error *err)
{
	/* The maker has it now; kept here, the terminal would never hang up. */
	auto_close_fd(&setup->terminal);
	setup->terminal = -1;
	if (report_wait_for_start(setup->report, err) < 0 || setup_sysctls(setup, err) < 0)
		return -1;
	return program_run(&setup->program, err);
}

int setup_main(void *argument)
{
	struct setup *setup = argument;
	auto_error failure = { 0 };

	close(setup->maker);
	/* program_run() returns only if it failed. */
	if (prepare(setup, &failure) == 0)
		start(setup, &failure);
	report_failure(setup->report, &failure);
	return 1;
}

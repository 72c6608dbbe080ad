/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminals. The slave is opened through its master (TIOCGPTPEER), not by a
 * path in the container's /dev/pts; /dev/console is a mount of that same slave.
 */
#include "engine/runtime/terminal.h"

#include <linux/magic.h>
#include <linux/major.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/syscalls.h"
#include "engine/runtime/filesystem.h"
#include "engine/runtime/report.h"
#include "engine/runtime/setup.h"

#define PTMX_MAJOR 5
#define PTMX_MINOR 2

static int open_ptmx(int devpts, struct error *err)
{
	auto_fd int node = openat(devpts, "ptmx", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int master = -1;
	struct statfs system;
	struct stat info;

	if (node < 0 || fstat(node, &info) < 0 || fstatfs(node, &system) < 0)
		return error_errno(err, "cannot open /dev/pts/ptmx");
	if (system.f_type != DEVPTS_SUPER_MAGIC || !S_ISCHR(info.st_mode) ||
	    info.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR))
		return error_set(err, ERROR_OTHER, "/dev/pts/ptmx is not what it should be");
	master = openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (master < 0 || fstat(master, &info) < 0)
		return error_errno(err, "cannot open /dev/pts/ptmx");
	if (info.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR))
		return error_set(err, ERROR_OTHER, "/dev/pts/ptmx was exchanged");
	return take_fd(&master);
}

int terminal_open(int devpts, unsigned short rows, unsigned short columns, int *ret_master,
		  int *ret_slave, struct error *err)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	auto_fd int master = open_ptmx(devpts, err);
	auto_fd int slave = -1;
	int unlock = 0;

	if (master < 0)
		return -1;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return error_errno(err, "cannot unlock the terminal");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return error_errno(err, "cannot open the terminal");
	if ((rows || columns) && ioctl(master, TIOCSWINSZ, &size) < 0)
		return error_errno(err, "cannot set the terminal's size");
	*ret_master = take_fd(&master);
	*ret_slave = take_fd(&slave);
	return 0;
}

static int mount_console(struct setup *setup, int slave, struct error *err)
{
	auto_fd int copy = filesystem_copy(slave, "", false);
	auto_fd int file = -1, after = -1;
	struct stat wanted, info;

	if (copy < 0)
		return error_errno(err, "cannot take the terminal for /dev/console");
	file = openat(setup->dev, "console", O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	if (file < 0 || filesystem_attach(copy, file) < 0)
		return error_errno(err, "cannot mount /dev/console");
	after = openat(setup->dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (after < 0 || fstat(after, &info) < 0 || fstat(slave, &wanted) < 0 ||
	    !S_ISCHR(info.st_mode) || info.st_rdev != wanted.st_rdev ||
	    major(info.st_rdev) != UNIX98_PTY_SLAVE_MAJOR)
		return error_set(err, ERROR_OTHER, "/dev/console is not the terminal");
	return 0;
}

int setup_terminal(struct setup *setup, struct error *err)
{
	const struct process_spec *process = &setup->spec->process;

	if (!process->terminal)
		return 0;
	if (setup->devpts < 0)
		return error_set(err, ERROR_INVALID, "there is no /dev/pts");
	if (terminal_open(setup->devpts, process->rows, process->columns, &setup->terminal,
			  &setup->program.terminal, err) < 0)
		return -1;
	return mount_console(setup, setup->program.terminal, err);
}

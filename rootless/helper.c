/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers write their complaints to a memory file of fixed size, not to a pipe:
 * nobody reads it after the start, and a full or broken pipe would stop or kill
 * the helper at its next warning.
 */
#include "rootless/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "base/syscalls.h"

#define READY_TIMEOUT_MS 20000

static int open_log(struct error *err)
{
	auto_fd int log = sys_memfd_create("log", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (log < 0 || ftruncate(log, HELPER_LOG_SIZE) < 0 ||
	    fcntl(log, F_ADD_SEALS, F_SEAL_GROW) < 0)
		return error_errno(err, "cannot make a memory file");
	return take_fd(&log);
}

int helper_start(const struct spawn *spawn, struct helper *ret_helper, struct error *err)
{
	struct spawn logged = *spawn;
	struct helper helper = HELPER_NONE;

	helper.log = open_log(err);
	if (helper.log < 0)
		return -1;
	logged.stderr_fd = helper.log;
	if (!logged.stdout_fd)
		logged.stdout_fd = helper.log;
	logged.die_with_parent = true;
	if (process_spawn(&logged, &helper.process, err) < 0) {
		helper_release(&helper);
		return -1;
	}
	*ret_helper = helper;
	return 0;
}

int helper_wait_ready(struct helper *helper, const char *name, int ready, struct error *err)
{
	struct pollfd waits[] = {
		{ .fd = ready, .events = POLLIN },
		{ .fd = helper->process.pidfd, .events = POLLIN },
	};
	int count;
	char byte;

	do {
		count = poll(waits, ARRAY_SIZE(waits), READY_TIMEOUT_MS);
	} while (count < 0 && errno == EINTR);
	if (count > 0 && (waits[0].revents & POLLIN) && read(ready, &byte, 1) == 1)
		return 0;
	if (count == 0) {
		process_kill(&helper->process);
		return error_set(err, ERROR_OTHER, "%s was not ready after %d seconds", name,
				 READY_TIMEOUT_MS / 1000);
	}
	return helper_failed(helper, name, err);
}

int helper_failed(struct helper *helper, const char *name, struct error *err)
{
	char text[HELPER_LOG_SIZE + 1] = "";
	auto_free char *line = NULL;
	char *start;
	size_t size;

	process_kill(&helper->process);
	if (pread(helper->log, text, HELPER_LOG_SIZE, 0) < 0)
		text[0] = '\0';
	size = strnlen(text, HELPER_LOG_SIZE);
	while (size > 0 && strchr(" \t\r\n", text[size - 1]))
		text[--size] = '\0';
	start = strrchr(text, '\n');
	line = printable(start ? start + 1 : text);
	return error_set(err, ERROR_OTHER, "%s failed%s%s", name, *line ? ": " : "", line);
}

void helper_release(struct helper *helper)
{
	process_kill(&helper->process);
	auto_close_fd(&helper->log);
	helper->log = -1;
}

struct process helper_take_process(struct helper *helper)
{
	struct process process = helper->process;

	helper->process = PROCESS_NONE;
	helper_release(helper);
	return process;
}

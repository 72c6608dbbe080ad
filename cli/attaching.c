/* SPDX-License-Identifier: Apache-2.0 */
/* From what a command was told to what engine/supervisor/attach.h wants to know. */
#include "cli/attaching.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/global.h"
#include "engine/container.h"
#include "engine/supervisor/attach.h"

int attaching_check_terminal(bool interactive, bool tty, struct error *err)
{
	if (interactive && tty && !isatty(STDIN_FILENO))
		return error_set(err, ERROR_OTHER, "the input device is not a TTY");
	return 0;
}

int attaching_find_keys(const char *given, char **ret_keys, struct error *err)
{
	auto_free char *keys = is_empty(given) ? global_setting("detachKeys") : xstrdup(given);
	uint8_t bytes[16];
	unsigned int count;

	if (!is_empty(keys) && detach_keys_parse(keys, bytes, &count, err) < 0)
		return -1;
	*ret_keys = is_empty(keys) ? NULL : take_ptr(&keys);
	return 0;
}

int attaching_run(const struct attaching *attaching, struct container *container, int socket,
		  struct error *err)
{
	auto_free char *keys = NULL;
	auto_fd int init = -1;
	struct attach_options options = {
		.stdin_attached = attaching->with_stdin,
		.stdout_attached = attaching->with_stdout,
		.stderr_attached = attaching->with_stderr,
		.tty = container->config.tty,
		.sig_proxy = attaching->sig_proxy && !container->config.tty,
		.signal_pidfd = -1,
	};
	enum attach_end end;
	int code = 0;

	if (attaching_find_keys(attaching->detach_keys ? attaching->detach_keys :
				container->config.detach_keys, &keys, err) < 0)
		return -1;
	options.detach_keys = keys;
	if (options.sig_proxy) {
		init = process_find(&container->state.init);
		options.signal_pidfd = init;
	}
	if (attach_run(socket, &options, &end, &code, err) < 0)
		return -1;
	return end == ATTACH_DETACHED ? 0 : code;
}

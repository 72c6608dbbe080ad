/* SPDX-License-Identifier: Apache-2.0 */
/* See registry/interrupt.h. */
#include "registry/interrupt.h"

#include "base/error.h"

static volatile sig_atomic_t interrupted;

static void note_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

void interrupt_begin(struct interrupt *ret_before)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction note = { .sa_handler = note_interrupt };

	sigaction(SIGPIPE, &ignore, &ret_before->sigpipe);
	sigaction(SIGINT, NULL, &ret_before->sigint);
	if (ret_before->sigint.sa_handler != SIG_IGN) /* as for a command in the background */
		sigaction(SIGINT, &note, NULL);
}

void interrupt_end(const struct interrupt *before)
{
	sigaction(SIGPIPE, &before->sigpipe, NULL);
	sigaction(SIGINT, &before->sigint, NULL);
}

int interrupt_check(struct error *err)
{
	return interrupted ? error_set(err, ERROR_CANCELLED, "interrupted") : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the engine for a command. */
#include "cli/session.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/report.h"

struct engine *session_open(const struct invocation *invocation, struct error *err)
{
	const struct global_args *global = invocation->global;
	const struct engine_options options = {
		.root = global->root,
		.runroot = global->runroot,
		.storage_options = global->storage_options,	/* borrowed for the call */
	};

	return engine_open(&options, err);
}

int session_each_container(struct engine *engine, char *const *names, container_verb verb,
			   const void *args)
{
	int status = 0;

	for (; *names; names++) {
		auto_error err = { 0 };
		auto_of(container) struct container *container = NULL;

		container = container_find(engine, *names, &err);
		if (container && verb(engine, container, args, &err) == 0) {
			puts(*names);
			fflush(stdout);
			continue;
		}
		report_error(&err);
		status = 1;
	}
	return status;
}

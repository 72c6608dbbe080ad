/* SPDX-License-Identifier: Apache-2.0 */
/* proa cp: files between a container and the host. */
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/copy.h"

struct cp_args {
	bool archive, follow_link, quiet;
};

static const struct option cp_options[] = {
	OPTION_FLAG('a', "archive", struct cp_args, archive, "Keep the owners of the files"),
	OPTION_FLAG('L', "follow-link", struct cp_args, follow_link,
		    "Copy what a link leads to, if the source is one"),
	OPTION_FLAG('q', "quiet", struct cp_args, quiet, "Accepted: nothing is printed anyway"),
	OPTION_END,
};

/* CONTAINER:PATH; a local name that has a colon begins with '/' or '.'. NULL: it is a local one. */
static const char *inside_part(const char *operand)
{
	const char *colon = strchr(operand, ':');

	return operand[0] == '/' || operand[0] == '.' || colon == operand ? NULL : colon;
}

static int check_operands(const char *from, const char *to, struct error *err)
{
	bool from_inside = inside_part(from);
	bool to_inside = inside_part(to);

	if (from_inside && to_inside)
		return error_set(err, ERROR_INVALID,
				 "copying between containers is not supported");
	if (!from_inside && !to_inside)
		return error_set(err, ERROR_INVALID,
				 "must specify at least one container source or destination: "
				 "CONTAINER:PATH");
	if (from_inside && strcmp(to, "-") == 0 && isatty(STDOUT_FILENO))
		return error_set(err, ERROR_INVALID,
				 "refusing to write an archive to a terminal; redirect it");
	return 0;
}

static int cp_run(const struct invocation *invocation, struct error *err)
{
	const struct cp_args *args = invocation->args;
	const char *from = invocation->operands[0];
	const char *to = invocation->operands[1];
	const char *named = inside_part(from) ? from : to;
	auto_of(engine) struct engine *engine = NULL;
	auto_of(container) struct container *container = NULL;
	auto_free char *name = NULL;
	auto_free char *inside = NULL;
	struct copy_request request = { .archive = args->archive,
					.follow_link = args->follow_link };

	if (check_operands(from, to, err) < 0)
		return -1;
	name = xstrndup(named, (size_t)(inside_part(named) - named));
	inside = xasprintf("/%s", inside_part(named) + 1);
	engine = session_open(invocation, err);
	if (!engine || engine_enter_to_launch(engine, err) < 0)
		return -1;
	container = container_find(engine, name, err);
	if (!container)
		return -1;
	request.container = container;
	request.inside = inside[1] == '/' ? inside + 1 : inside;
	request.outside = named == from ? to : from;
	return named == from ? copy_out_of(engine, &request, err) :
			       copy_into(engine, &request, err);
}

const struct command command_cp = {
	.name = "cp",
	.group = "container",
	.alias = "cp",
	.operands = "CONTAINER:PATH PATH|- | PATH|- CONTAINER:PATH",
	.operands_min = 2,
	.operands_max = 2,
	.summary = "Copy files between a container and the host",
	.examples = "  proa cp web:/etc/nginx nginx\n"
		    "  tar c site | proa cp - web:/srv\n",
	.options = cp_options,
	.args_size = sizeof(struct cp_args),
	.run = cp_run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* proa logs: what a container wrote, each stream to our own of that name. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/logs.h"

struct logs_args {
	bool details, follow, timestamps;
	const char *since, *until, *tail;
};

static const struct option logs_options[] = {
	OPTION_FLAG(0, "details", struct logs_args, details, "Show extra attributes of the log"),
	OPTION_FLAG('f', "follow", struct logs_args, follow, "Go on until the container ends"),
	OPTION_STRING(0, "since", "TIME", struct logs_args, since,
		      "From this time on: 2026-01-02T13:23:37Z, or 42m for that long ago"),
	OPTION_STRING('n', "tail", "N", struct logs_args, tail,
		      "Only the last N lines (default all)"),
	OPTION_FLAG('t', "timestamps", struct logs_args, timestamps,
		    "Show when each line was written"),
	OPTION_STRING(0, "until", "TIME", struct logs_args, until, "Up to this time"),
	OPTION_END,
};

static int print_record(void *argument, enum log_stream stream, int64_t time_ns, const char *text,
			size_t size)
{
	const struct logs_args *args = argument;
	FILE *out = stream == LOG_STDERR ? stderr : stdout;
	char time[CLOCK_TEXT_SIZE];

	if (args->timestamps) {
		clock_format_fixed(time_ns, time);
		fprintf(out, "%s ", time);
	}
	if (args->details)
		fputc(' ', out);
	fwrite(text, 1, size, out);
	if (args->follow)
		fflush(out);
	return ferror(out) ? -1 : 0;
}

static int parse_request(const struct logs_args *args, struct log_request *request,
			 struct error *err)
{
	auto_error not_a_number = { 0 };
	int64_t now = clock_now();

	if (args->since && clock_parse_point(args->since, now, &request->since_ns, err) < 0)
		return error_context(err, "invalid value for \"since\"");
	if (args->until && clock_parse_point(args->until, now, &request->until_ns, err) < 0)
		return error_context(err, "invalid value for \"until\"");
	/* docker's rule: what is no number means all. */
	if (args->tail && parse_i64(args->tail, &request->tail, &not_a_number) < 0)
		request->tail = -1;
	if (request->tail < -1)
		request->tail = -1;
	return 0;
}

static int logs_run(const struct invocation *invocation, struct error *err)
{
	struct logs_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;
	struct log_request request = {
		.tail = -1,
		.follow = args->follow,
		.stdout_wanted = true,
		.stderr_wanted = true,
		.record = print_record,
		.argument = args,
	};

	if (!engine || parse_request(args, &request, err) < 0)
		return -1;
	container = container_find(engine, invocation->operands[0], err);
	if (!container)
		return -1;
	if (container->config.log_driver && strcmp(container->config.log_driver, "none") == 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "configured logging driver does not support reading");
	return logs_read(container, &request, err);
}

const struct command command_logs = {
	.name = "logs",
	.group = "container",
	.alias = "logs",
	.operands = "CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Show what a container has written",
	.examples = "  proa logs -f --tail 20 web\n",
	.options = logs_options,
	.args_size = sizeof(struct logs_args),
	.run = logs_run,
};

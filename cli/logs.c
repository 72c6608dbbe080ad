/* SPDX-License-Identifier: Apache-2.0 */
/* proa logs: what containers wrote, each stream to our own of that name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/process.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "engine/logs.h"

#define COLORS 6
#define COLOR_FIRST 31

struct logs_args {
	struct selection selection;	/* first */
	bool color, details, follow, names, timestamps;
	const char *since, *until, *tail;
};

static const struct option logs_options[] = {
	OPTION_FLAG(0, "color", struct logs_args, color,
		    "A colour for each container's name or ID"),
	OPTION_FLAG(0, "details", struct logs_args, details,
		    "Show what --log-opt labels, env and tag chose"),
	OPTION_FLAG('f', "follow", struct logs_args, follow, "Go on until the container ends"),
	OPTION_SELECT_LATEST('l', logs_args),
	OPTION_FLAG(0, "names", struct logs_args, names, "Begin lines with the container's name"),
	OPTION_STRING(0, "since", "TIME", struct logs_args, since,
		      "From this time on: 2026-01-02T13:23:37Z, or 42m for that long ago"),
	OPTION_STRING('n', "tail", "N", struct logs_args, tail,
		      "Only the last N lines (default all)"),
	OPTION_FLAG('t', "timestamps", struct logs_args, timestamps,
		    "Show when each line was written"),
	OPTION_STRING(0, "until", "TIME", struct logs_args, until, "Up to this time"),
	OPTION_END,
};

/* One container's output. */
struct logs_output {
	const struct logs_args *args;
	struct engine *engine;
	char *name;		/* as it was given */
	char *prefix;		/* of each line, or NULL */
	char *details;		/* "k=v,k=v ", or NULL */
	size_t number;		/* for the colour */
	bool within_line[2];	/* by stream: a long line comes in several records */
};

static void print_prefix(const struct logs_output *output, FILE *out, int64_t time_ns)
{
	char time[CLOCK_TEXT_SIZE];

	if (output->prefix && output->args->color)
		fprintf(out, "\033[%dm%s\033[0m ", COLOR_FIRST + (int)(output->number % COLORS),
			output->prefix);
	else if (output->prefix)
		fprintf(out, "%s ", output->prefix);
	if (output->args->timestamps) {
		clock_format_fixed(time_ns, time);
		fprintf(out, "%s ", time);
	}
	if (output->details)
		fprintf(out, "%s ", output->details);
}

static int print_record(void *argument, enum log_stream stream, int64_t time_ns, const char *text,
			size_t size)
{
	struct logs_output *output = argument;
	FILE *out = stream == LOG_STDERR ? stderr : stdout;

	if (!output->within_line[stream])
		print_prefix(output, out, time_ns);
	fwrite(text, 1, size, out);
	output->within_line[stream] = size > 0 && text[size - 1] != '\n';
	if (output->args->follow)
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

static int no_reading(const struct container_config *config, struct error *err)
{
	error_set(err, ERROR_UNSUPPORTED,
		  "configured logging driver does not support reading");
	if (log_driver_is(config, "journald"))
		error_remedy(err, "journalctl CONTAINER_ID_FULL=%s", config->id);
	return -1;
}

static int print_container(struct logs_output *output, bool several, struct error *err)
{
	auto_of(container) struct container *container =
		container_find(output->engine, output->name, err);
	auto_release(strings) struct strings attributes = { 0 };
	struct log_request request = {
		.tail = -1,
		.follow = output->args->follow,
		.stdout_wanted = true,
		.stderr_wanted = true,
		.record = print_record,
		.argument = output,
	};

	if (!container || parse_request(output->args, &request, err) < 0)
		return -1;
	if (!log_is_readable(&container->config))
		return no_reading(&container->config, err);
	if (output->args->names)
		output->prefix = xstrdup(container->config.name);
	else if (several)
		output->prefix = xstrndup(container->config.id, 12);
	if (output->args->details) {
		log_attributes(&container->config, &attributes);
		output->details = strings_join(&attributes, ",");
	}
	return logs_read(container, &request, err);
}

static void release_output(struct logs_output *output)
{
	free(output->prefix);
	free(output->details);
}

static int follow_main(void *argument)
{
	struct logs_output *output = argument;
	auto_error err = { 0 };

	/* Lines of several containers are not to mix. */
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ * 4);
	setvbuf(stderr, NULL, _IOFBF, BUFSIZ * 4);
	if (print_container(output, true, &err) == 0)
		return EXIT_SUCCESS;
	report_error(&err);
	return EXIT_FAILURE;
}

/* A process for each, until all have ended. */
static int follow_all(struct logs_output *outputs, size_t count, struct error *err)
{
	auto_free struct process *processes = xcalloc(count, sizeof(*processes));
	int status = 0;

	for (size_t i = 0; i < count; i++)
		if (process_fork(follow_main, &outputs[i], true, &processes[i], err) < 0)
			return -1;
	for (size_t i = 0; i < count; i++) {
		int ended;

		if (process_wait(&processes[i], &ended, err) < 0)
			return -1;
		status = ended ? 1 : status;
	}
	return status;
}

static int print_all(struct logs_output *outputs, size_t count, struct error *err)
{
	int status = 0;

	if (count > 1 && outputs[0].args->follow)
		return follow_all(outputs, count, err);
	for (size_t i = 0; i < count; i++) {
		int result = print_container(&outputs[i], count > 1, err);

		release_output(&outputs[i]);
		if (result == 0)
			continue;
		if (count == 1)
			return -1;
		report_error(err);
		error_release(err);
		status = 1;
	}
	return status;
}

static int logs_run(const struct invocation *invocation, struct error *err)
{
	const struct logs_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(strings) struct strings names = { 0 };
	auto_free struct logs_output *outputs = NULL;

	if (!engine ||
	    selection_find(engine, invocation, &args->selection, NULL, &names, err) < 0)
		return -1;
	if (names.count == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no container");
	outputs = xcalloc(names.count, sizeof(*outputs));
	for (size_t i = 0; i < names.count; i++)
		outputs[i] = (struct logs_output){ .args = args, .engine = engine,
						   .name = names.items[i], .number = i };
	return print_all(outputs, names.count, err);
}

const struct command command_logs = {
	.name = "logs",
	.group = "container",
	.alias = "logs",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Show what containers have written",
	.examples = "  proa logs -f --tail 20 web\n"
		    "  proa logs -f --names web db\n",
	.options = logs_options,
	.args_size = sizeof(struct logs_args),
	.run = logs_run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* proa events: what happens, as it happens. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "cli/session.h"
#include "engine/events.h"
#include "image/reference.h"

struct events_args {
	struct strings filters;
	const char *format, *since, *until;
	bool no_trunc, stream;
};

static const struct option events_options[] = {
	OPTION_LIST('f', "filter", "KEY=VALUE", struct events_args, filters,
		    "Only those that match: container=, event=, image=, label=, network=, type=, "
		    "volume="),
	OPTION_STRING(0, "format", "TEMPLATE", struct events_args, format,
		      "Print json, or a Go template"),
	OPTION_FLAG(0, "no-trunc", struct events_args, no_trunc,
		    "Print whole IDs (default true)"),
	OPTION_STRING(0, "since", "TIME", struct events_args, since,
		      "Also what happened from this time on"),
	OPTION_FLAG(0, "stream", struct events_args, stream,
		    "Go on with what happens next (default true)"),
	OPTION_STRING(0, "until", "TIME", struct events_args, until, "Only up to this time"),
	OPTION_END,
};

static void events_defaults(void *args)
{
	((struct events_args *)args)->no_trunc = true;
	((struct events_args *)args)->stream = true;
}

static const char *const filter_keys[] = {
	"artifact", "config", "container", "daemon", "event", "image", "label", "network", "node",
	"plugin", "pod", "scope", "secret", "service", "status", "type", "volume", NULL,
};

/* Actor kinds that a filter names by ID or name. */
static const char *const actor_keys[] = {
	"artifact", "config", "container", "daemon", "network", "node", "plugin", "pod", "secret",
	"service", "volume", NULL,
};

static bool matches_type(const char *value, const void *object)
{
	return strcmp(value, ((const struct event *)object)->type) == 0;
}

/* "exec_create" stands for "exec_create: ls -l", "health_status" for "health_status: healthy". */
static bool matches_action(const char *value, const void *object)
{
	const char *action = ((const struct event *)object)->action;
	const char *rest = skip_prefix(action, value);

	if (strcmp(value, "died") == 0)
		return strcmp(action, "die") == 0;
	return rest && (*rest == '\0' || *rest == ':');
}

static bool matches_scope(const char *value, const void *object)
{
	(void)object;
	return strcmp(value, "local") == 0;
}

static bool matches_actor(const char *value, const void *object)
{
	const struct event *event = object;
	const char *name = strings_get_value(&event->attributes, "name");

	return has_prefix(event->id, value) || (name && strcmp(name, value) == 0);
}

/* An image's name with and without its tag, familiar or full, or its ID. */
static bool matches_image(const char *value, const void *object)
{
	const struct event *event = object;
	const char *key = strcmp(event->type, "image") == 0 ? "name" : "image";
	const char *name = strings_get_value(&event->attributes, key);
	auto_release(reference) struct reference reference = { 0 };
	auto_error ignored = { 0 };
	auto_free char *full = NULL;
	auto_free char *bare = NULL;
	auto_free char *familiar = NULL;

	if (strcmp(event->id, value) == 0)
		return true;
	if (!name || strcmp(name, value) == 0)
		return name != NULL;
	if (reference_parse(name, &reference, &ignored) < 0)
		return false;
	full = reference_full(&reference);
	bare = reference_name_full(&reference);
	familiar = reference_name_familiar(&reference);
	return strcmp(full, value) == 0 || strcmp(bare, value) == 0 ||
	       strcmp(familiar, value) == 0;
}

static bool passes(const struct filters *filters, const struct event *event)
{
	for (size_t i = 0; actor_keys[i]; i++) {
		if (filters_have(filters, actor_keys[i]) &&
		    (strcmp(event->type, actor_keys[i]) != 0 ||
		     !filters_match(filters, actor_keys[i], matches_actor, event)))
			return false;
	}
	return filters_match(filters, "type", matches_type, event) &&
	       filters_match(filters, "event", matches_action, event) &&
	       filters_match(filters, "status", matches_action, event) &&
	       filters_match(filters, "scope", matches_scope, event) &&
	       filters_match(filters, "image", matches_image, event) &&
	       filters_match_all(filters, "label", filter_match_label, &event->attributes);
}

struct events_output {
	const struct events_args *args;
	const struct filters *filters;
	struct error *err;
};

static void print_plain(const struct events_args *args, const struct event *event)
{
	char time[CLOCK_TEXT_SIZE];
	auto_free char *attributes = strings_join(&event->attributes, ", ");
	auto_free char *shown = printable(attributes);
	auto_free char *action = printable(event->action);
	int width = args->no_trunc ? -1 : 12;

	clock_format_local(event->time_ns, time);
	printf("%s %s %s %.*s", time, event->type, action, width, event->id);
	if (event->attributes.count > 0)
		printf(" (%s)", shown);
	putchar('\n');
}

/* What a template sees: docker's fields, and podman's short ones. */
static json_t *template_object(const struct event *event)
{
	bool is_image = strcmp(event->type, "image") == 0;
	const char *name = strings_get_value(&event->attributes, "name");
	const char *image = strings_get_value(&event->attributes, "image");

	return json_pack("{s:s, s:s, s:{s:s, s:o}, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:o}",
			 "Type", event->type, "Action", event->action, "Actor", "ID", event->id,
			 "Attributes", json_from_map(&event->attributes), "Scope", "local",
			 "Time", (json_int_t)(event->time_ns / NS_PER_SECOND), "TimeNano",
			 (json_int_t)event->time_ns, "ID", event->id, "Status", event->action,
			 "Name", name ? name : "", "Image",
			 is_image && name ? name : image ? image : "", "Attributes",
			 json_from_map(&event->attributes));
}

static int print_event(void *argument, const struct event *event, const char *line)
{
	struct events_output *output = argument;
	const char *format = output->args->format;
	int result = 0;

	if (!passes(output->filters, event))
		return 0;
	if (is_empty(format)) {
		print_plain(output->args, event);
	} else if (strcmp(format, "json") == 0 || strcmp(format, "{{json .}}") == 0) {
		puts(line);
	} else {
		auto_json json_t *objects = json_array();

		json_array_append_new(objects, template_object(event));
		result = format_objects(format, objects, output->err);
	}
	fflush(stdout);
	return result < 0 || ferror(stdout) ? -1 : 0;
}

static int parse_request(const struct events_args *args, struct events_request *request,
			 struct error *err)
{
	int64_t now = clock_now();

	if (args->since && clock_parse_point(args->since, now, &request->since_ns, err) < 0)
		return error_context(err, "invalid value for \"since\"");
	if (args->until && clock_parse_point(args->until, now, &request->until_ns, err) < 0)
		return error_context(err, "invalid value for \"until\"");
	request->history = args->since || args->until || !args->stream;
	request->follow = args->stream && (!request->until_ns || request->until_ns > now);
	return 0;
}

static int events_run(const struct invocation *invocation, struct error *err)
{
	const struct events_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(filters) struct filters filters = { 0 };
	struct events_output output = { .args = args, .filters = &filters, .err = err };
	struct events_request request = { .take = print_event, .argument = &output };

	if (!engine || filters_parse(&args->filters, filter_keys, &filters, err) < 0 ||
	    parse_request(args, &request, err) < 0 ||
	    events_read(engine->root, &request, err) < 0)
		return -1;
	return err->kind == ERROR_NONE ? 0 : -1;
}

const struct command command_events = {
	.name = "events",
	.group = "system",
	.alias = "events",
	.summary = "Show what happens to containers, images, volumes and networks",
	.examples = "  proa events --filter container=web\n"
		    "  proa events --since 1h --until 0s --format json\n",
	.options = events_options,
	.args_size = sizeof(struct events_args),
	.defaults = events_defaults,
	.run = events_run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Writing events, and their form. */
#include "engine/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lock.h"
#include "engine/container.h"
#include "engine/events-log.h"

void event_release(struct event *event)
{
	free(event->type);
	free(event->action);
	free(event->id);
	strings_release(&event->attributes);
	*event = (struct event){ 0 };
}

/* Docker's two forms in one: the old one's status, id and from beside the new one's Actor. */
static json_t *encode(const struct event *event)
{
	bool is_container = strcmp(event->type, "container") == 0;
	const char *image = strings_get_value(&event->attributes, "image");

	return json_pack("{s:s, s:s, s:s*, s:s, s:s, s:{s:s, s:o}, s:s, s:I, s:I}",
			 "status", event->action, "id", event->id,
			 "from", is_container ? image : NULL, "Type", event->type,
			 "Action", event->action, "Actor", "ID", event->id,
			 "Attributes", json_from_map(&event->attributes), "scope", "local",
			 "time", (json_int_t)(event->time_ns / NS_PER_SECOND),
			 "timeNano", (json_int_t)event->time_ns);
}

int event_decode(const char *line, size_t size, struct event *ret_event)
{
	auto_release(event) struct event event = { 0 };
	auto_error ignored = { 0 };
	auto_json json_t *json = json_parse(line, size, EVENTS_LOG, &ignored);
	const char *type, *action, *id;
	json_t *attributes = NULL;
	json_int_t time;

	if (!json || json_unpack(json, "{s:s, s:s, s:{s:s, s?o}, s:I}", "Type", &type, "Action",
				 &action, "Actor", "ID", &id, "Attributes", &attributes,
				 "timeNano", &time) < 0 ||
	    json_to_map(attributes, "Attributes", &event.attributes, &ignored) < 0)
		return -1;
	strings_sort(&event.attributes);
	event.type = xstrdup(type);
	event.action = xstrdup(action);
	event.id = xstrdup(id);
	event.time_ns = time;
	*ret_event = event;
	event = (struct event){ 0 };
	return 0;
}

/* One line, newline included. */
static char *event_text(const struct event *event)
{
	auto_json json_t *json = encode(event);
	auto_free char *text = json ? json_text(json) : NULL;

	return text ? xasprintf("%s\n", text) : NULL;
}

/* Starts a new log once the old one is full. */
static int open_log(int folder)
{
	auto_fd int log = openat(folder, EVENTS_LOG,
				 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat info;

	if (log < 0 || fstat(log, &info) < 0 || info.st_size < (off_t)EVENTS_SIZE_MAX)
		return take_fd(&log);
	if (renameat(folder, EVENTS_LOG, folder, EVENTS_LOG_BEFORE) < 0)
		return take_fd(&log);
	return openat(folder, EVENTS_LOG,
		      O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void append(int root, const char *line)
{
	auto_error ignored = { 0 };
	auto_fd int folder = dir_make(root, EVENTS_FOLDER, 0700, &ignored);
	auto_fd int lock = folder < 0 ? -1 : lock_wait(folder, ".lock", LOCK_EXCLUSIVE, &ignored);
	auto_fd int log = lock < 0 ? -1 : open_log(folder);

	if (log >= 0)
		(void)fd_write_full(log, line, strlen(line));
}

void events_add(int root, const char *type, const char *action, const char *id,
		const struct strings *attributes)
{
	auto_release(event) struct event event = {
		.type = xstrdup(type),
		.action = xstrdup(action),
		.id = xstrdup(id),
		.time_ns = clock_now(),
	};
	auto_free char *line = NULL;

	if (attributes)
		strings_copy(&event.attributes, attributes);
	line = event_text(&event);
	if (line && strlen(line) > EVENT_LINE_MAX) {
		strings_release(&event.attributes);
		free(line);
		line = event_text(&event);
	}
	if (line)
		append(root, line);
}

void events_add_container(int root, const struct container *container, const char *action,
			  const struct strings *more)
{
	const struct container_config *config = &container->config;
	auto_release(strings) struct strings attributes = { 0 };

	strings_copy(&attributes, &config->labels);
	strings_set_value(&attributes, "image", config->image ? config->image : "");
	strings_set_value(&attributes, "name", config->name);
	for (size_t i = 0; more && i < more->count; i++)
		strings_add(&attributes, more->items[i]);
	events_add(root, "container", action, config->id, &attributes);
}

void events_add_image(int root, const char *action, const char *id, const char *name)
{
	auto_release(strings) struct strings attributes = { 0 };
	auto_free char *full_id = id ? xasprintf("sha256:%s", id) : NULL;

	if (!is_empty(name))
		strings_set_value(&attributes, "name", name);
	events_add(root, "image", action, full_id ? full_id : name, &attributes);
}

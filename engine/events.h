/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to containers, images, volumes and networks: a bounded log in the store.
 *
 *	events/log	one JSON object a line, in docker's form; appended under events/.lock
 *	events/log.1	the one before, once `log` has reached EVENTS_SIZE_MAX
 *
 * Nobody depends on events: a process that wants to know a container's end looks at its
 * state. So one that cannot be written (a full disk) is lost, and no command fails for it.
 */
#ifndef ENGINE_EVENTS_H
#define ENGINE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

struct container;
struct error;

#define EVENTS_SIZE_MAX ((size_t)1 << 20)
#define EVENT_LINE_MAX ((size_t)32 << 10)	/* a longer one goes without its attributes */

struct event {
	char *type, *action;	/* "container", "start" */
	char *id;		/* of the actor */
	struct strings attributes;	/* KEY=VALUE, sorted */
	int64_t time_ns;
};
void event_release(struct event *event);

/* Adds an event of now. `root` is the store's root directory; `attributes` may be NULL. */
void events_add(int root, const char *type, const char *action, const char *id,
		const struct strings *attributes);
/* The same about a container: its image, name and labels, then `more` (may be NULL). */
void events_add_container(int root, const struct container *container, const char *action,
			  const struct strings *more);
/* About an image; `id` is its digest's hex (NULL: it goes by its name only, as with push and pull). */
void events_add_image(int root, const char *action, const char *id, const char *name);

struct events_request {
	bool history;			/* what is in the log already, too */
	int64_t since_ns, until_ns;	/* 0: unbounded */
	bool follow;			/* until `until_ns`, or without end */
	/* One event; `line` is it as JSON. Negative: stop. */
	int (*take)(void *argument, const struct event *event, const char *line);
	void *argument;
};
int events_read(int root, const struct events_request *request, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What writing and reading the log of events share; see engine/events.h. */
#ifndef ENGINE_EVENTS_LOG_H
#define ENGINE_EVENTS_LOG_H

#include <stddef.h>

struct event;

#define EVENTS_FOLDER "events"
#define EVENTS_LOG "log"
#define EVENTS_LOG_BEFORE "log.1"

/* -1 when `line` is none of ours: torn by a full disk, or by hand. */
int event_decode(const char *line, size_t size, struct event *ret_event);

#endif

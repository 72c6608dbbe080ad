/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress of a push: a line with the state of each layer on a terminal, docker's plain lines
 * elsewhere.
 */
#ifndef CLI_PUSH_PROGRESS_H
#define CLI_PUSH_PROGRESS_H

#include <stdio.h>

struct push_event;
struct reference;
struct push_line;
struct transfers;

struct push_progress {
	FILE *out;	/* borrowed; so the next */
	const struct reference *reference;
	struct transfers *live;	/* NULL elsewhere than on a terminal */
	struct push_line *lines;
	unsigned int line_count;
};

/* Says where the push to `reference` goes to. */
void push_progress_begin(struct push_progress *progress, FILE *out,
			 const struct reference *reference);
/* For struct push_request: `argument` is the progress. */
void push_progress_event(void *argument, const struct push_event *event);
void push_progress_release(struct push_progress *progress);

#endif

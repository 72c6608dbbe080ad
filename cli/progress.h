/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress of a pull: a line with a bar for each layer on a terminal, docker's plain lines
 * elsewhere.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

struct pull_event;
struct progress;
struct reference;

/* Shows on `out` (stdout or stderr; borrowed) the pull of `reference` (borrowed). */
struct progress *progress_new(FILE *out, const struct reference *reference);
/* For struct pull_request: `argument` is the progress. */
void progress_event(void *argument, const struct pull_event *event);
/* "Digest: ..." and "Status: ..." of a pull that has succeeded. */
void progress_finish(struct progress *progress);
void progress_free(struct progress *progress);	/* NULL is fine */

#endif

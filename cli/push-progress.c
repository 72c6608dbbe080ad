/* SPDX-License-Identifier: Apache-2.0 */
/* The progress of a push: live on a terminal, docker's lines elsewhere. */
#include "cli/push-progress.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/strings.h"
#include "cli/transfers.h"
#include "image/reference.h"
#include "registry/push.h"

struct push_line {
	enum push_step step;
	char *from;	/* "Mounted from REPOSITORY", or NULL */
};

void push_progress_begin(struct push_progress *progress, FILE *out,
			 const struct reference *reference)
{
	auto_free char *name = reference_name_full(reference);

	*progress = (struct push_progress){ .out = out, .reference = reference };
	fprintf(out, "The push refers to repository [%s]\n", name);
	fflush(out);
	progress->live = transfers_new(out);
}

void push_progress_release(struct push_progress *progress)
{
	transfers_free(progress->live);
	for (unsigned int i = 0; i < progress->line_count; i++)
		free(progress->lines[i].from);
	free(progress->lines);
}

static const struct {
	enum transfer_state state;
	const char *label;
} steps[] = {
	[PUSH_LAYER_WAITING] = { TRANSFER_WAITING, "Preparing" },
	[PUSH_LAYER_PROGRESS] = { TRANSFER_FLOWING, "Pushing" },
	[PUSH_LAYER_PUSHED] = { TRANSFER_DONE, "Pushed" },
	[PUSH_LAYER_EXISTS] = { TRANSFER_DONE, "Layer already exists" },
	[PUSH_LAYER_MOUNTED] = { TRANSFER_DONE, "Mounted" },
};

static void begin_lines(struct push_progress *progress, unsigned int count)
{
	progress->lines = xcalloc(count + 1, sizeof(*progress->lines));
	progress->line_count = count;
}

static void note_layer(struct push_progress *progress, const struct push_event *event)
{
	struct push_line *line;
	const char *label;
	char id[13];
	bool changed;

	if (event->layer >= progress->line_count)
		return;
	line = &progress->lines[event->layer];
	changed = line->step != event->step;
	line->step = event->step;
	if (event->step == PUSH_LAYER_MOUNTED && !line->from)
		line->from = xasprintf("Mounted from %s", event->text);
	label = line->from ? line->from : steps[event->step].label;
	snprintf(id, sizeof(id), "%.12s", event->digest->hex);
	if (progress->live) {
		transfers_set(progress->live, event->layer, progress->line_count, id,
			      steps[event->step].state, label);
		if (event->step == PUSH_LAYER_PROGRESS)
			transfers_flow(progress->live, event->layer, event->done, event->total);
	} else if (changed && event->step != PUSH_LAYER_PROGRESS) {
		fprintf(progress->out, "%s: %s\n", id, label);
		fflush(progress->out);
	}
}

/* "latest: digest: sha256:... size: 1234", where scripts find the digest. */
static void end(struct push_progress *progress, const struct push_event *event)
{
	char digest[DIGEST_TEXT_SIZE];

	if (progress->live)
		transfers_end(progress->live);
	digest_format(event->digest, digest);
	fprintf(progress->out, "%s: digest: %s size: %llu\n", progress->reference->tag, digest,
		(unsigned long long)event->total);
	fflush(progress->out);
}

static void print_note(struct push_progress *progress, const char *text)
{
	if (progress->live)
		transfers_note(progress->live, text);
	else
		fprintf(progress->out, "%s\n", text);
}

void push_progress_event(void *argument, const struct push_event *event)
{
	struct push_progress *progress = argument;

	switch (event->step) {
	case PUSH_BEGUN:
		begin_lines(progress, event->layer_count);
		break;
	case PUSH_NOTE:
		print_note(progress, event->text);
		break;
	case PUSH_COMPLETE:
		end(progress, event);
		break;
	default:
		note_layer(progress, event);
	}
}

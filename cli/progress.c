/* SPDX-License-Identifier: Apache-2.0 */
/* The progress of a pull: live on a terminal, docker's lines elsewhere. */
#include "cli/progress.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/strings.h"
#include "cli/transfers.h"
#include "image/reference.h"
#include "registry/pull.h"

struct layer_line {
	char id[13];
	enum pull_step step;
	bool known;
};

struct progress {
	FILE *out;
	const struct reference *reference;
	struct transfers *live;	/* NULL elsewhere than on a terminal */
	struct layer_line *layers;
	unsigned int layer_count;
	bool announced, changed;
	struct digest digest;
};

struct progress *progress_new(FILE *out, const struct reference *reference)
{
	struct progress *progress = xcalloc(1, sizeof(*progress));

	progress->out = out;
	progress->reference = reference;
	progress->live = transfers_new(out);
	return progress;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	transfers_free(progress->live);
	free(progress->layers);
	free(progress);
}

static const struct {
	enum transfer_state state;
	const char *label;
} steps[] = {
	[PULL_LAYER_WAITING] = { TRANSFER_WAITING, "Waiting" },
	[PULL_LAYER_EXISTS] = { TRANSFER_DONE, "Already exists" },
	[PULL_LAYER_PROGRESS] = { TRANSFER_FLOWING, "Downloading" },
	[PULL_LAYER_EXTRACTING] = { TRANSFER_WORKING, "Extracting" },
	[PULL_LAYER_COMPLETE] = { TRANSFER_DONE, "Pull complete" },
};

static void show_live(struct progress *progress, const struct pull_event *event, const char *id)
{
	transfers_set(progress->live, event->layer, progress->layer_count, id,
		      steps[event->step].state, steps[event->step].label);
	if (event->total > 0)
		transfers_flow(progress->live, event->layer, event->done, event->total);
}

/* Elsewhere than on a terminal only what has changed for good is told. */
static void print_plain(const struct progress *progress, const struct layer_line *layer,
			bool is_new, enum pull_step step)
{
	if (is_new && step != PULL_LAYER_EXISTS)
		fprintf(progress->out, "%s: Pulling fs layer\n", layer->id);
	if (step == PULL_LAYER_EXTRACTING)
		fprintf(progress->out, "%s: Download complete\n", layer->id);
	else if (step == PULL_LAYER_COMPLETE || step == PULL_LAYER_EXISTS)
		fprintf(progress->out, "%s: %s\n", layer->id, steps[step].label);
	fflush(progress->out);
}

static void announce(struct progress *progress, const struct pull_event *event)
{
	const struct reference *reference = progress->reference;
	char digest[DIGEST_TEXT_SIZE];

	progress->digest = *event->digest;
	digest_format(event->digest, digest);
	fprintf(progress->out, "%s: Pulling from %s\n",
		digest_is_set(&reference->digest) || !reference->tag ? digest : reference->tag,
		reference->repository);
	fflush(progress->out);
	progress->announced = true;
}

static void note_layer(struct progress *progress, const struct pull_event *event)
{
	struct layer_line *layer;
	bool is_new, step_changed;

	if (!progress->layers) {
		progress->layer_count = event->layer_count;
		progress->layers = xcalloc(event->layer_count + 1, sizeof(*progress->layers));
	}
	if (event->layer >= progress->layer_count)
		return;
	layer = &progress->layers[event->layer];
	is_new = !layer->known;
	step_changed = is_new || layer->step != event->step;
	layer->known = true;
	layer->step = event->step;
	if (event->digest)
		snprintf(layer->id, sizeof(layer->id), "%.12s", event->digest->hex);
	if (progress->live)
		show_live(progress, event, layer->id);
	else if (step_changed)
		print_plain(progress, layer, is_new, event->step);
}

void progress_event(void *argument, const struct pull_event *event)
{
	struct progress *progress = argument;

	switch (event->step) {
	case PULL_RESOLVED:
		if (!progress->announced)
			announce(progress, event);
		break;
	case PULL_COMPLETE:
		progress->changed = event->changed;
		break;
	default:
		note_layer(progress, event);
		break;
	}
}

void progress_finish(struct progress *progress)
{
	auto_free char *familiar = reference_familiar(progress->reference);
	char digest[DIGEST_TEXT_SIZE];

	if (!progress->announced)
		return;
	if (progress->live)
		transfers_end(progress->live);
	digest_format(&progress->digest, digest);
	fprintf(progress->out, "Digest: %s\nStatus: %s for %s\n", digest,
		progress->changed ? "Downloaded newer image" : "Image is up to date", familiar);
	fflush(progress->out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pull progress. On a terminal the lines of the layers are a block that is drawn over
 * again, a few times a second; with more layers than rows they share one line.
 */
#include "cli/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/strings.h"
#include "base/units.h"
#include "image/reference.h"
#include "registry/pull.h"

#define REDRAW_INTERVAL_NS (NS_PER_SECOND / 10)
#define BAR_WIDTH 30

struct layer_line {
	char id[13];
	enum pull_step step;
	bool known;
	uint64_t done, total;
};

struct progress {
	FILE *out;
	const struct reference *reference;
	bool terminal, colours;
	unsigned int rows, columns;
	struct layer_line *layers;
	unsigned int layer_count;
	unsigned int drawn;	/* lines of the block that are on the screen */
	int64_t drawn_at;
	bool announced, changed;
	struct digest digest;
};

struct progress *progress_new(FILE *out, const struct reference *reference)
{
	struct progress *progress = xcalloc(1, sizeof(*progress));
	const char *type = getenv("TERM");
	struct winsize size = { 0 };

	progress->out = out;
	progress->reference = reference;
	progress->terminal = isatty(fileno(out)) && type && strcmp(type, "dumb") != 0;
	progress->colours = progress->terminal && is_empty(getenv("NO_COLOR"));
	ioctl(fileno(out), TIOCGWINSZ, &size);
	progress->rows = size.ws_row ? size.ws_row : 24;
	progress->columns = size.ws_col ? size.ws_col : 80;
	return progress;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	free(progress->layers);
	free(progress);
}

static const char *step_text(enum pull_step step)
{
	switch (step) {
	case PULL_LAYER_EXISTS:
		return "Already exists";
	case PULL_LAYER_PROGRESS:
		return "Downloading";
	case PULL_LAYER_EXTRACTING:
		return "Extracting";
	case PULL_LAYER_COMPLETE:
		return "Pull complete";
	default:
		return "Waiting";
	}
}

static bool is_done(const struct layer_line *layer)
{
	return layer->step == PULL_LAYER_EXISTS || layer->step == PULL_LAYER_COMPLETE;
}

static void print_bar(const struct progress *progress, const struct layer_line *layer)
{
	char done[UNITS_TEXT_SIZE];
	char total[UNITS_TEXT_SIZE];
	double share = layer->total ? (double)layer->done / (double)layer->total : 0;
	int filled = share >= 1 ? BAR_WIDTH : (int)(share * BAR_WIDTH);

	size_format(layer->done, done);
	size_format(layer->total, total);
	if (progress->columns >= 80)
		fprintf(progress->out, " [%.*s>%*s]", filled, "==============================",
			BAR_WIDTH - filled, "");
	fprintf(progress->out, " %s/%s", done, total);
}

static void draw_layer(const struct progress *progress, const struct layer_line *layer)
{
	bool dim = progress->colours && is_done(layer);

	fprintf(progress->out, "\r\033[K%s%s: %-14s", dim ? "\033[2m" : "", layer->id,
		step_text(layer->step));
	if (layer->step == PULL_LAYER_PROGRESS)
		print_bar(progress, layer);
	fprintf(progress->out, "%s\n", dim ? "\033[0m" : "");
}

static void draw_sum(const struct progress *progress)
{
	struct layer_line sum = { .step = PULL_LAYER_PROGRESS };
	unsigned int done = 0;

	for (unsigned int i = 0; i < progress->layer_count; i++) {
		sum.done += progress->layers[i].done;
		sum.total += progress->layers[i].total;
		done += is_done(&progress->layers[i]);
	}
	fprintf(progress->out, "\r\033[K%u of %u layers complete", done, progress->layer_count);
	if (done < progress->layer_count)
		print_bar(progress, &sum);
	fputc('\n', progress->out);
}

static void draw(struct progress *progress, bool at_once)
{
	int64_t now = clock_monotonic();
	unsigned int lines = 0;

	if (!at_once && now - progress->drawn_at < REDRAW_INTERVAL_NS)
		return;
	if (progress->drawn)
		fprintf(progress->out, "\033[%uA", progress->drawn);
	if (progress->layer_count + 2 > progress->rows) {
		draw_sum(progress);
		lines = 1;
	} else {
		for (unsigned int i = 0; i < progress->layer_count; i++)
			if (progress->layers[i].known)
				draw_layer(progress, &progress->layers[i]), lines++;
	}
	progress->drawn = lines;
	progress->drawn_at = now;
	fflush(progress->out);
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
		fprintf(progress->out, "%s: %s\n", layer->id, step_text(step));
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
	bool is_new;
	bool step_changed;

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
	if (event->step == PULL_LAYER_PROGRESS) {
		layer->done = event->done;
		layer->total = event->total;
	} else if (is_done(layer) || event->step == PULL_LAYER_EXTRACTING) {
		layer->done = layer->total;
	}
	if (event->digest)
		snprintf(layer->id, sizeof(layer->id), "%.12s", event->digest->hex);
	if (progress->terminal)
		draw(progress, step_changed);
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
	digest_format(&progress->digest, digest);
	fprintf(progress->out, "Digest: %s\nStatus: %s for %s\n", digest,
		progress->changed ? "Downloaded newer image" : "Image is up to date", familiar);
	fflush(progress->out);
}

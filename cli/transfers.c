/* SPDX-License-Identifier: Apache-2.0 */
/* A live display of transfers: see transfers.h. */
#include "cli/transfers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "cli/report.h"
#include "cli/transfer-line.h"

#define REDRAW_INTERVAL_NS (NS_PER_SECOND / 10)
#define NAME_SIZE 16
/* The rate is that of the last few seconds. */
#define SAMPLE_COUNT 8
#define SAMPLE_INTERVAL_NS (NS_PER_SECOND / 2)

struct meter {
	struct {
		int64_t time;
		uint64_t done;
	} samples[SAMPLE_COUNT];	/* a ring */
	unsigned int count, next;
};

struct transfer {
	char name[NAME_SIZE];
	enum transfer_state state;
	const char *label;	/* NULL: nothing was told of it yet */
	uint64_t done, total;
	struct meter meter;
};

struct transfers {
	FILE *out;
	struct transfer *items;
	unsigned int count;
	struct meter meter;	/* of the sum */
	unsigned int *widths;	/* of the lines that are on the screen */
	unsigned int line_count;
	int64_t drawn_at;
};

/* Warnings have to know of it. */
static struct transfers *shown;

static bool is_utf8_terminal(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (!is_empty(value))
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static struct winsize screen_size(const struct transfers *transfers)
{
	struct winsize size = { 0 };

	ioctl(fileno(transfers->out), TIOCGWINSZ, &size);
	if (size.ws_row == 0)
		size.ws_row = 24;
	if (size.ws_col == 0)
		size.ws_col = 80;
	return size;
}

/* Lines that a narrower screen has wrapped take more rows than they did. */
static unsigned int rows_drawn(const struct transfers *transfers, unsigned int columns)
{
	unsigned int rows = 0;

	for (unsigned int i = 0; i < transfers->line_count; i++)
		rows += transfers->widths[i] ? (transfers->widths[i] + columns - 1) / columns : 1;
	return rows;
}

/* Begins a frame: to where the block on the screen begins. */
static void go_back(struct transfers *transfers, unsigned int columns, struct buffer *frame)
{
	unsigned int rows = rows_drawn(transfers, columns);

	buffer_putc(frame, '\r');
	if (rows > 0)
		buffer_printf(frame, "\033[%uA", rows);
	transfers->line_count = 0;
}

static void write_frame(struct transfers *transfers, const struct buffer *frame)
{
	fwrite(frame->data, 1, frame->size, transfers->out);
	fflush(transfers->out);
}

/* Takes the block off the screen: it comes again below what is printed next. */
static void make_way(struct transfers *transfers)
{
	auto_release(buffer) struct buffer frame = { 0 };

	go_back(transfers, screen_size(transfers).ws_col, &frame);
	buffer_puts(&frame, "\033[J");
	write_frame(transfers, &frame);
	transfers->drawn_at = 0;
}

static void show_warning(const char *message)
{
	if (shown)
		make_way(shown);
	report_warning(message);
}

void transfers_note(struct transfers *transfers, const char *line)
{
	make_way(transfers);
	fprintf(transfers->out, "%s\n", line);
	fflush(transfers->out);
}

struct transfers *transfers_new(FILE *out)
{
	const char *type = getenv("TERM");
	struct transfers *transfers;

	if (!isatty(fileno(out)) || is_empty(type) || strcmp(type, "dumb") == 0)
		return NULL;
	transfers = xcalloc(1, sizeof(*transfers));
	transfers->out = out;
	shown = transfers;
	warnings_to(show_warning);
	return transfers;
}

void transfers_free(struct transfers *transfers)
{
	if (!transfers)
		return;
	shown = NULL;
	warnings_to(report_warning);
	free(transfers->items);
	free(transfers->widths);
	free(transfers);
}

static void sample(struct meter *meter, int64_t now, uint64_t done)
{
	unsigned int last = (meter->next + SAMPLE_COUNT - 1) % SAMPLE_COUNT;

	if (meter->count > 0 && now - meter->samples[last].time < SAMPLE_INTERVAL_NS)
		return;
	meter->samples[meter->next].time = now;
	meter->samples[meter->next].done = done;
	meter->next = (meter->next + 1) % SAMPLE_COUNT;
	meter->count += meter->count < SAMPLE_COUNT;
}

static uint64_t rate(const struct meter *meter, int64_t now, uint64_t done)
{
	unsigned int first = (meter->next + SAMPLE_COUNT - meter->count) % SAMPLE_COUNT;
	int64_t time = meter->count > 0 ? now - meter->samples[first].time : 0;

	if (time < SAMPLE_INTERVAL_NS || done < meter->samples[first].done)
		return 0;
	return (uint64_t)((double)(done - meter->samples[first].done) * (double)NS_PER_SECOND /
			  (double)time);
}

/* What a frame is made of. */
struct drawing {
	struct transfers *transfers;
	struct transfer_style style;
	struct buffer *frame;
	int64_t now;
};

static void draw_line(struct drawing *drawing, const struct transfer_view *view)
{
	struct transfers *transfers = drawing->transfers;

	transfers->widths[transfers->line_count++] =
		transfer_line(view, &drawing->style, drawing->frame);
	buffer_puts(drawing->frame, "\033[K\r\n");
}

static void draw_transfer(struct drawing *drawing, const struct transfer *transfer)
{
	const struct transfer_view view = {
		.name = transfer->name,
		.label = transfer->label,
		.flowing = transfer->state == TRANSFER_FLOWING,
		.quiet = transfer->state == TRANSFER_DONE,
		.done = transfer->done,
		.total = transfer->total,
		.rate = rate(&transfer->meter, drawing->now, transfer->done),
	};

	draw_line(drawing, &view);
}

static unsigned int count_in(const struct transfers *transfers, enum transfer_state state)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < transfers->count; i++)
		count += transfers->items[i].state == state;
	return count;
}

static void add_up(const struct transfers *transfers, uint64_t *ret_done, uint64_t *ret_total)
{
	*ret_done = *ret_total = 0;
	for (unsigned int i = 0; i < transfers->count; i++) {
		*ret_done += transfers->items[i].done;
		*ret_total += transfers->items[i].total;
	}
}

static void draw_sum(struct drawing *drawing)
{
	struct transfers *transfers = drawing->transfers;
	unsigned int complete = count_in(transfers, TRANSFER_DONE);
	auto_free char *label = xasprintf("%u of %u", complete, transfers->count);
	struct transfer_view view = { .name = "Total", .label = label, .strong = true };

	add_up(transfers, &view.done, &view.total);
	view.flowing = view.total > 0;
	sample(&transfers->meter, drawing->now, view.done);
	view.rate = rate(&transfers->meter, drawing->now, view.done);
	draw_line(drawing, &view);
}

/* The sum of those that have no line of their own. */
static void draw_rest(struct drawing *drawing, unsigned int hidden)
{
	const struct transfers *transfers = drawing->transfers;
	auto_free char *label = xasprintf("%u more; %u of %u complete", hidden,
					  count_in(transfers, TRANSFER_DONE), transfers->count);
	const struct transfer_view view = { .name = "...", .label = label, .quiet = true };

	draw_line(drawing, &view);
}

static bool is_busy(const struct transfer *transfer)
{
	return transfer->label && (transfer->state == TRANSFER_FLOWING ||
				   transfer->state == TRANSFER_WORKING);
}

/* All where they fit into `rows`, else those at which something is done. */
static void draw_transfers(struct drawing *drawing, unsigned int rows)
{
	const struct transfers *transfers = drawing->transfers;
	bool all = transfers->count <= rows;
	unsigned int drawn = 0;

	for (unsigned int i = 0; i < transfers->count; i++) {
		const struct transfer *transfer = &transfers->items[i];

		if (all ? !transfer->label : (!is_busy(transfer) || drawn + 1 >= rows))
			continue;
		draw_transfer(drawing, transfer);
		drawn++;
	}
	if (!all && rows > 0)
		draw_rest(drawing, transfers->count - drawn);
}

static void draw(struct transfers *transfers, bool last)
{
	auto_release(buffer) struct buffer frame = { 0 };
	struct winsize size = screen_size(transfers);
	unsigned int rows = size.ws_row > 2 ? size.ws_row - 2U : 0;
	struct drawing drawing = {
		.transfers = transfers,
		.style = { size.ws_col, is_empty(getenv("NO_COLOR")), is_utf8_terminal() },
		.frame = &frame,
		.now = clock_monotonic(),
	};

	go_back(transfers, size.ws_col, &frame);
	draw_transfers(&drawing, rows);
	if (!last)
		draw_sum(&drawing);
	buffer_puts(&frame, "\033[J");
	write_frame(transfers, &frame);
	transfers->drawn_at = drawing.now;
}

/* For `count` transfers and the lines about all of them. */
static void make_room(struct transfers *transfers, unsigned int count)
{
	if (count <= transfers->count)
		return;
	transfers->items = xrealloc_array(transfers->items, count, sizeof(*transfers->items));
	memset(transfers->items + transfers->count, 0,
	       (count - transfers->count) * sizeof(*transfers->items));
	transfers->widths = xrealloc_array(transfers->widths, count + 2U,
					   sizeof(*transfers->widths));
	transfers->count = count;
}

void transfers_set(struct transfers *transfers, unsigned int index, unsigned int count,
		   const char *name, enum transfer_state state, const char *label)
{
	struct transfer *transfer;

	if (index >= count)
		return;
	make_room(transfers, count);
	transfer = &transfers->items[index];
	if (name)
		snprintf(transfer->name, sizeof(transfer->name), "%s", name);
	if (transfer->label == label && transfer->state == state)
		return;
	transfer->state = state;
	transfer->label = label;
	if (state == TRANSFER_WORKING || state == TRANSFER_DONE)
		transfer->done = transfer->total;
	draw(transfers, false);
}

void transfers_flow(struct transfers *transfers, unsigned int index, uint64_t done, uint64_t total)
{
	int64_t now = clock_monotonic();

	if (index >= transfers->count)
		return;
	transfers->items[index].done = done;
	transfers->items[index].total = total;
	sample(&transfers->items[index].meter, now, done);
	if (now - transfers->drawn_at >= REDRAW_INTERVAL_NS)
		draw(transfers, false);
}

void transfers_end(struct transfers *transfers)
{
	draw(transfers, true);
}

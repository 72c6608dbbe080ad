/* SPDX-License-Identifier: Apache-2.0 */
/* A line of a live display: see transfer-line.h. */
#include "cli/transfer-line.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/units.h"

#define NAME_WIDTH 13	/* twelve digits and a colon */
#define SHARE_WIDTH 5	/* each with the blank in front of it */
#define AMOUNT_WIDTH 14
#define RATE_WIDTH 10
#define TIME_WIDTH 7
#define LABEL_WIDTH 13
#define BAR_WIDTH_MIN 11
#define BAR_WIDTH_MAX 41

#define DIM "\033[2m"
#define BOLD "\033[1m"
#define BAR_COLOUR "\033[36m"
#define RESET "\033[0m"

void transfer_time(uint64_t seconds, char ret_text[TRANSFER_TIME_SIZE])
{
	unsigned long long whole = seconds;

	if (whole < 60)
		snprintf(ret_text, TRANSFER_TIME_SIZE, "%llus", whole);
	else if (whole < 3600)
		snprintf(ret_text, TRANSFER_TIME_SIZE, "%llum%02llus", whole / 60, whole % 60);
	else if (whole < 100 * 3600)
		snprintf(ret_text, TRANSFER_TIME_SIZE, "%lluh%02llum", whole / 3600,
			 whole / 60 % 60);
	else
		snprintf(ret_text, TRANSFER_TIME_SIZE, "days");
}

/* How wide each part is; 0: there is no room for it. */
struct layout {
	unsigned int label, bar, share, amount, rate, time;
};

static void take(unsigned int *room, unsigned int *part, unsigned int width)
{
	if (*room < width)
		return;
	*part = width;
	*room -= width;
}

static struct layout plan(unsigned int room, bool known)
{
	struct layout layout = { 0 };

	if (known)
		take(&room, &layout.share, SHARE_WIDTH);
	take(&room, &layout.amount, AMOUNT_WIDTH);
	if (known)
		take(&room, &layout.bar, BAR_WIDTH_MIN);
	take(&room, &layout.rate, RATE_WIDTH);
	if (known)
		take(&room, &layout.time, TIME_WIDTH);
	take(&room, &layout.label, LABEL_WIDTH);
	if (layout.bar > 0)
		layout.bar += room < BAR_WIDTH_MAX - BAR_WIDTH_MIN ? room
								   : BAR_WIDTH_MAX - BAR_WIDTH_MIN;
	return layout;
}

static void repeat(struct buffer *out, const char *text, unsigned int count)
{
	while (count-- > 0)
		buffer_puts(out, text);
}

static void put_bar(struct buffer *out, const struct transfer_view *view,
		    const struct transfer_style *style, unsigned int width)
{
	double share = (double)view->done / (double)view->total;
	unsigned int inside = style->utf8 ? width - 1 : width - 3;
	unsigned int filled = share >= 1 ? inside : (unsigned int)(share * inside);

	buffer_putc(out, ' ');
	if (!style->utf8) {
		buffer_putc(out, '[');
		repeat(out, "=", filled);
		if (filled < inside)
			buffer_putc(out, '>');
		repeat(out, " ", filled < inside ? inside - filled - 1 : 0);
		buffer_putc(out, ']');
		return;
	}
	if (style->colours)
		buffer_puts(out, BAR_COLOUR);
	repeat(out, "━", filled);
	if (style->colours)
		buffer_puts(out, RESET DIM);
	repeat(out, style->colours ? "━" : "┈", inside - filled);
	if (style->colours)
		buffer_puts(out, RESET);
}

static void put_amount(struct buffer *out, const struct transfer_view *view, unsigned int width)
{
	char done[UNITS_TEXT_SIZE];
	char total[UNITS_TEXT_SIZE];
	char both[2 * UNITS_TEXT_SIZE];

	size_format(view->done, done);
	size_format(view->total, total);
	snprintf(both, sizeof(both), "%s%s%s", done, view->total ? "/" : "",
		 view->total ? total : "");
	buffer_printf(out, "%*s", (int)width, both);
}

static void put_rate(struct buffer *out, const struct transfer_view *view, unsigned int width)
{
	char rate[UNITS_TEXT_SIZE];
	char text[UNITS_TEXT_SIZE + 2] = "";

	size_format(view->rate, rate);
	if (view->rate > 0)
		snprintf(text, sizeof(text), "%s/s", rate);
	buffer_printf(out, "%*s", (int)width, text);
}

static void put_time(struct buffer *out, const struct transfer_view *view, unsigned int width)
{
	char text[TRANSFER_TIME_SIZE] = "";

	if (view->rate > 0 && view->done < view->total)
		transfer_time((view->total - view->done) / view->rate, text);
	buffer_printf(out, "%*s", (int)width, text);
}

static unsigned int share_of(const struct transfer_view *view)
{
	if (view->total == 0 || view->done >= view->total)
		return 100;
	return (unsigned int)((double)view->done * 100 / (double)view->total);
}

/* What comes after the name, in `room` columns; the columns taken. */
static unsigned int put_flow(struct buffer *out, const struct transfer_view *view,
			     const struct transfer_style *style, unsigned int room)
{
	const struct layout layout = plan(room, view->total > 0);

	if (layout.label)
		buffer_printf(out, " %-*.*s", LABEL_WIDTH - 1, LABEL_WIDTH - 1, view->label);
	if (layout.bar)
		put_bar(out, view, style, layout.bar);
	if (layout.share)
		buffer_printf(out, "%*u%%", SHARE_WIDTH - 1, share_of(view));
	if (layout.amount)
		put_amount(out, view, layout.amount);
	if (layout.rate)
		put_rate(out, view, layout.rate);
	if (layout.time)
		put_time(out, view, layout.time);
	return layout.label + layout.bar + layout.share + layout.amount + layout.rate + layout.time;
}

unsigned int transfer_line(const struct transfer_view *view, const struct transfer_style *style,
			   struct buffer *out)
{
	unsigned int room = style->columns > 1 ? style->columns - 1 : 1;
	unsigned int taken = NAME_WIDTH < room ? NAME_WIDTH : room;
	const char *attribute = view->quiet ? DIM : view->strong ? BOLD : NULL;
	char name[NAME_WIDTH + 1];

	snprintf(name, sizeof(name), "%.*s:", NAME_WIDTH - 1, view->name);
	if (style->colours && attribute)
		buffer_puts(out, attribute);
	buffer_printf(out, "%-*.*s", (int)taken, (int)taken, name);
	if (style->colours && view->strong)
		buffer_puts(out, RESET);
	room -= taken;
	if (view->flowing) {
		taken += put_flow(out, view, style, room);
	} else if (room > 1) {
		int width = (int)strnlen(view->label, room - 1);

		buffer_printf(out, " %.*s", width, view->label);
		taken += 1 + (unsigned int)width;
	}
	if (style->colours && view->quiet)
		buffer_puts(out, RESET);
	return taken;
}

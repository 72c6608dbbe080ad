/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a live display: a name, a word, and while bytes flow a bar, how much, how fast, how
 * long. It fits any width: what matters least is left out first.
 */
#ifndef CLI_TRANSFER_LINE_H
#define CLI_TRANSFER_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct buffer;

struct transfer_view {
	const char *name;	/* "a3ed95caeb02" */
	const char *label;	/* "Downloading" */
	bool flowing;		/* else only the name and the label show */
	bool quiet;		/* over and done with: dim */
	bool strong;		/* the sum of all */
	uint64_t done, total;	/* bytes; total 0: not known */
	uint64_t rate;		/* bytes a second; 0: not known */
};

struct transfer_style {
	unsigned int columns;	/* of the screen; a line takes one less at most */
	bool colours, utf8;
};

/* Appends the line, without an end, to `out`; returns the columns that it takes. */
unsigned int transfer_line(const struct transfer_view *view, const struct transfer_style *style,
			   struct buffer *out);

#define TRANSFER_TIME_SIZE 16
/* "12s", "4m05s", "1h02m". */
void transfer_time(uint64_t seconds, char ret_text[TRANSFER_TIME_SIZE]);

#endif

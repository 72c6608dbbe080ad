/* SPDX-License-Identifier: Apache-2.0 */
/* Where saved images go: a tar that is being written, or a directory. Each name is written once. */
#ifndef IMAGE_SAVE_SINK_H
#define IMAGE_SAVE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

struct error;

struct save_sink {
	bool is_tar;
	int fd;			/* borrowed */
	struct strings written;	/* names */
};

void save_sink_release(struct save_sink *sink);
/* Whether it is written; of a directory, perhaps earlier, by somebody else. */
bool save_sink_has(const struct save_sink *sink, const char *name);
int save_sink_directory(struct save_sink *sink, const char *name, struct error *err);
int save_sink_file(struct save_sink *sink, const char *name, const void *data, size_t size,
		   struct error *err);
/* Copies `input` to its end, which has to come after `size` bytes. */
int save_sink_stream(struct save_sink *sink, const char *name, int input, uint64_t size,
		     struct error *err);
/* Of a directory only: a file whose name is known when all is written. */
int save_sink_stream_unnamed(struct save_sink *sink, int input, struct error *err);
int save_sink_name(struct save_sink *sink, const char *name, struct error *err);
int save_sink_finish(struct save_sink *sink, struct error *err);

#endif

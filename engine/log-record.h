/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a json-file log, read back. */
#ifndef ENGINE_LOG_RECORD_H
#define ENGINE_LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/logs.h"

struct buffer;

/* Takes a line without its newline apart; the text is put into `text`, which is cleared first.
 * False for what is no record (a line that a killed writer left unfinished). */
bool log_record_parse(const char *line, size_t size, struct buffer *text,
		      enum log_stream *ret_stream, int64_t *ret_time);

#endif

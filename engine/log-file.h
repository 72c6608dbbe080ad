/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a container's log files: <id>-json.log, and .1, .2 ... behind it, older ones
 * higher. Those behind it may be compressed: then .1.gz, whose time of change is that of the
 * file it was made from, by which a reader who has that open finds it again. */
#ifndef ENGINE_LOG_FILE_H
#define ENGINE_LOG_FILE_H

#include <stdio.h>

#define LOG_NAME_SIZE 96

static inline void log_file_name(char name[LOG_NAME_SIZE], const char *id, unsigned int number)
{
	if (number == 0)
		snprintf(name, LOG_NAME_SIZE, "%s-json.log", id);
	else
		snprintf(name, LOG_NAME_SIZE, "%s-json.log.%u", id, number);
}

static inline void log_file_name_compressed(char name[LOG_NAME_SIZE], const char *id,
					    unsigned int number)
{
	snprintf(name, LOG_NAME_SIZE, "%s-json.log.%u.gz", id, number);
}

#endif

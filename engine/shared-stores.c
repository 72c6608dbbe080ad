/* SPDX-License-Identifier: Apache-2.0 */
/* stores.conf: see shared-stores.h. */
#include "engine/shared-stores.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"

#define CONFIG_FILE PROA_SYSCONFDIR "/proa/stores.conf"
#define CONFIG_SIZE_MAX 65536
#define BLANKS " \t\r"

/* What stands in a line, without comment and blanks around it; in place. */
static char *trim(char *line)
{
	size_t length;

	line += strspn(line, BLANKS);
	if (*line == '#')
		*line = '\0';
	for (length = strlen(line); length > 0 && strchr(BLANKS, line[length - 1]); length--)
		line[length - 1] = '\0';
	return line;
}

/* Files in a layer have the ids of who keeps the store. In another user's namespace they would be nobody's,
 * and a container could not even write into its own /etc. */
static bool is_of_use(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && info.st_uid == geteuid();
}

int shared_stores_read(struct strings *paths, struct error *err)
{
	const char *given = getenv("PROA_STORES_CONF");
	const char *file = is_empty(given) ? CONFIG_FILE : given;
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(strings) struct strings lines = { 0 };

	if (file_read(AT_FDCWD, file, CONFIG_SIZE_MAX, &text, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return error_context(err, "read-only stores");
		error_release(err);
		return 0;
	}
	strings_split(&lines, text.data ? text.data : "", '\n');
	for (size_t i = 0; i < lines.count; i++) {
		const char *path = trim(lines.items[i]);

		if (*path && *path != '/')
			return error_set(err, ERROR_INVALID,
					 "'%s', line %zu: '%s' is no absolute path", file, i + 1, path);
		if (*path && is_of_use(path))
			strings_add(paths, path);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables and labels, from options and files. The files have one KEY=VALUE a
 * line, taken verbatim: no quotes, no escapes, no comments behind values.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/container-options.h"
#include "engine/container.h"

#define FILE_SIZE_MAX ((size_t)16 << 20)
#define LINE_SIZE_MAX ((size_t)64 << 10)

/* What a KEY without a value stands for. */
enum bare_key { BARE_KEY_FROM_CALLER, BARE_KEY_DROPPED };

static int check_line(const char *file, const char *line, size_t length, struct error *err)
{
	size_t key = strcspn(line, "=");

	if (length > LINE_SIZE_MAX)
		return error_set(err, ERROR_USAGE, "'%s': a line is too long", file);
	if (key == 0)
		return error_set(err, ERROR_USAGE, "'%s': no variable name on line '%s'", file,
				 line);
	if (strcspn(line, " \t") < key)
		return error_set(err, ERROR_USAGE, "'%s': variable '%.*s' contains whitespaces",
				 file, (int)key, line);
	return 0;
}

static int add_line(const char *file, char *line, enum bare_key bare, struct strings *list,
		    struct error *err)
{
	const char *value;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return 0;
	if (check_line(file, line, strlen(line), err) < 0)
		return -1;
	if (strchr(line, '=')) {
		strings_add(list, line);
		return 0;
	}
	value = bare == BARE_KEY_FROM_CALLER ? getenv(line) : NULL;
	if (value)
		strings_addf(list, "%s=%s", line, value);
	return 0;
}

static int read_list(const char *file, enum bare_key bare, struct strings *list, struct error *err)
{
	auto_release(buffer) struct buffer content = { 0 };
	char *at;
	char *line;

	if (file_read(AT_FDCWD, file, FILE_SIZE_MAX, &content, err) < 0)
		return -1;
	if (memchr(content.data ? content.data : "", '\0', content.size) ||
	    !is_utf8(content.data ? content.data : "", content.size))
		return error_set(err, ERROR_USAGE, "'%s' is not UTF-8 text", file);
	at = content.data;
	if (at && has_prefix(at, "\xef\xbb\xbf"))
		at += 3;
	while (at && (line = strsep(&at, "\n"))) {
		size_t length = strlen(line);

		if (length > 0 && line[length - 1] == '\r')
			line[length - 1] = '\0';
		if (add_line(file, line, bare, list, err) < 0)
			return -1;
	}
	return 0;
}

int environment_collect(const struct strings *files, const struct strings *given,
			struct strings *ret_env, struct error *err)
{
	for (size_t i = 0; i < files->count; i++)
		if (read_list(files->items[i], BARE_KEY_FROM_CALLER, ret_env, err) < 0)
			return -1;
	for (size_t i = 0; i < given->count; i++) {
		const char *entry = given->items[i];
		const char *value;

		if (*entry == '\0' || *entry == '=')
			return error_set(err, ERROR_USAGE, "invalid environment variable: '%s'",
					 entry);
		value = strchr(entry, '=') ? NULL : getenv(entry);
		if (value)
			strings_addf(ret_env, "%s=%s", entry, value);
		else
			strings_add(ret_env, entry);
	}
	return 0;
}

static int collect_labels(const struct container_args *args, struct strings *ret_labels,
			  struct error *err)
{
	for (size_t i = 0; i < args->label_files.count; i++)
		if (read_list(args->label_files.items[i], BARE_KEY_DROPPED, ret_labels, err) < 0)
			return -1;
	for (size_t i = 0; i < args->labels.count; i++) {
		const char *label = args->labels.items[i];
		size_t key = strcspn(label, "=");

		if (key == 0 || strcspn(label, " \t") < key)
			return error_set(err, ERROR_USAGE,
					 "invalid label '%s': the key is empty or "
					 "holds blanks",
					 label);
		strings_addf(ret_labels, "%s%s", label, label[key] ? "" : "=");
	}
	return 0;
}

/* Of entries with one key the last stays. */
static void keep_last(const struct strings *from, struct strings *to)
{
	for (size_t i = 0; i < from->count; i++) {
		const char *entry = from->items[i];
		size_t key = strcspn(entry, "=");

		for (size_t j = 0; j < to->count; j++)
			if (strcspn(to->items[j], "=") == key &&
			    strncmp(to->items[j], entry, key) == 0) {
				strings_remove(to, j);
				break;
			}
		strings_add(to, entry);
	}
}

int container_environment_apply(const struct container_args *args, struct container_config *config,
				struct error *err)
{
	auto_release(strings) struct strings env = { 0 };
	auto_release(strings) struct strings labels = { 0 };

	for (size_t i = 0; args->env_host && environ[i]; i++)
		if (environ[i][0] != '=' && strchr(environ[i], '='))
			strings_add(&env, environ[i]);
	if (environment_collect(&args->env_files, &args->env, &env, err) < 0 ||
	    collect_labels(args, &labels, err) < 0)
		return -1;
	for (size_t i = 0; i < args->unset_env.count; i++)
		if (!strchr(args->unset_env.items[i], '='))
			strings_add(&env, args->unset_env.items[i]);
	keep_last(&env, &config->env);
	keep_last(&labels, &config->labels);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See image/config-change.h. */
#include "image/config-change.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "image/config.h"

#define BLANKS " \t\r\n"

typedef int (*change_function)(struct image_config *config, const char *text, struct error *err);

/* One word, in which quotes keep blanks and a backslash keeps what follows. NULL at the end. */
static char *next_word(const char **text)
{
	struct buffer word = { 0 };
	char quote = '\0';

	*text += strspn(*text, BLANKS);
	if (**text == '\0')
		return NULL;
	for (; **text && (quote || !strchr(BLANKS, **text)); ++*text) {
		char c = **text;

		if (quote && c == quote) {
			quote = '\0';
		} else if (!quote && (c == '"' || c == '\'')) {
			quote = c;
		} else if (c == '\\' && quote != '\'' && (*text)[1]) {
			++*text;
			buffer_putc(&word, **text);
		} else {
			buffer_putc(&word, c);
		}
	}
	return word.data ? buffer_take(&word) : xstrdup("");
}

static void split_words(const char *text, struct strings *words)
{
	char *word;

	while ((word = next_word(&text)))
		strings_take(words, word);
}

static char *trimmed(const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(BLANKS, text[length - 1]))
		length--;
	return xstrndup(text, length);
}

/* ["a", "b"] as a list: 1; 0: it is no such. */
static int read_list(const char *text, struct strings *list)
{
	auto_error ignored = { 0 };
	auto_json json_t *json = NULL;

	if (*text != '[')
		return 0;
	json = json_parse(text, strlen(text), "list", &ignored);
	strings_release(list);
	return json_is_array(json) && json_to_strings(json, "list", list, &ignored) == 0;
}

/* A list, or a line for the image's shell. */
static void set_command(const struct image_config *config, const char *text, struct strings *list)
{
	auto_free char *line = trimmed(text);

	if (read_list(text, list))
		return;
	strings_release(list);
	if (!*line)
		return;
	if (config->shell.count > 0) {
		strings_copy(list, &config->shell);
	} else {
		strings_add(list, "/bin/sh");
		strings_add(list, "-c");
	}
	strings_add(list, line);
}

static int change_cmd(struct image_config *config, const char *text, struct error *err)
{
	(void)err;
	set_command(config, text, &config->cmd);
	return 0;
}

static int change_entrypoint(struct image_config *config, const char *text, struct error *err)
{
	(void)err;
	set_command(config, text, &config->entrypoint);
	return 0;
}

/* KEY=VALUE..., or the old form KEY VALUE. */
static int set_values(struct strings *list, const char *text, struct error *err)
{
	auto_release(strings) struct strings words = { 0 };

	split_words(text, &words);
	if (words.count == 0)
		return error_set(err, ERROR_USAGE, "it needs at least one KEY=VALUE");
	if (!strchr(words.items[0], '=')) {
		auto_free char *value = NULL;

		text += strcspn(text, BLANKS);
		value = trimmed(text + strspn(text, BLANKS));
		if (words.count < 2)
			return error_set(err, ERROR_USAGE, "'%s' has no value", words.items[0]);
		strings_set_value(list, words.items[0], value);
		return 0;
	}
	for (size_t i = 0; i < words.count; i++) {
		char *equals = strchr(words.items[i], '=');

		if (!equals || equals == words.items[i])
			return error_set(err, ERROR_USAGE, "'%s' is not KEY=VALUE", words.items[i]);
		*equals = '\0';
		strings_set_value(list, words.items[i], equals + 1);
	}
	return 0;
}

static int change_env(struct image_config *config, const char *text, struct error *err)
{
	return set_values(&config->env, text, err);
}

static int change_label(struct image_config *config, const char *text, struct error *err)
{
	return set_values(&config->labels, text, err);
}

static int check_port(const char *port, struct error *err)
{
	auto_free char *number = xstrndup(port, strcspn(port, "/"));
	const char *protocol = strchr(port, '/');
	auto_error ignored = { 0 };
	uint32_t value;

	if (parse_u32(number, &value, &ignored) == 0 && value > 0 && value <= 65535 &&
	    (!protocol || !strcmp(protocol, "/tcp") || !strcmp(protocol, "/udp") ||
	     !strcmp(protocol, "/sctp")))
		return 0;
	return error_set(err, ERROR_USAGE, "'%s' is no port", port);
}

static int change_expose(struct image_config *config, const char *text, struct error *err)
{
	auto_release(strings) struct strings words = { 0 };

	split_words(text, &words);
	for (size_t i = 0; i < words.count; i++) {
		auto_free char *port = xasprintf("%s%s", words.items[i],
						 strchr(words.items[i], '/') ? "" : "/tcp");

		if (check_port(port, err) < 0)
			return -1;
		if (!strings_contain(&config->exposed_ports, port))
			strings_add(&config->exposed_ports, port);
	}
	return 0;
}

static int change_volume(struct image_config *config, const char *text, struct error *err)
{
	auto_release(strings) struct strings paths = { 0 };

	(void)err;
	if (!read_list(text, &paths)) {
		strings_release(&paths);
		split_words(text, &paths);
	}
	for (size_t i = 0; i < paths.count; i++)
		if (!strings_contain(&config->volumes, paths.items[i]))
			strings_add(&config->volumes, paths.items[i]);
	return 0;
}

static int change_on_build(struct image_config *config, const char *text, struct error *err)
{
	auto_free char *line = trimmed(text);

	(void)err;
	strings_add(&config->on_build, line);
	return 0;
}

static int change_shell(struct image_config *config, const char *text, struct error *err)
{
	if (!read_list(text, &config->shell))
		return error_set(err, ERROR_USAGE, "it needs a list: [\"PROGRAM\", \"ARG\"]");
	return 0;
}

static void set_text(char **slot, const char *text)
{
	auto_free char *value = trimmed(text);

	replace_string(slot, value);
}

static int change_stop_signal(struct image_config *config, const char *text, struct error *err)
{
	(void)err;
	set_text(&config->stop_signal, text);
	return 0;
}

static int change_user(struct image_config *config, const char *text, struct error *err)
{
	(void)err;
	set_text(&config->user, text);
	return 0;
}

/* Relative to what it was. */
static int change_working_dir(struct image_config *config, const char *text, struct error *err)
{
	auto_free char *path = trimmed(text);
	const char *before = config->working_dir ? config->working_dir : "";
	auto_free char *joined = NULL;

	(void)err;
	if (*path == '/') {
		replace_string(&config->working_dir, path);
		return 0;
	}
	joined = xasprintf("%s%s%s", before, has_suffix(before, "/") ? "" : "/", path);
	replace_string(&config->working_dir, joined);
	return 0;
}

static int set_duration(int64_t *slot, const char *text, struct error *err)
{
	if (duration_parse(text, slot, err) == 0 && *slot >= 0)
		return 0;
	return error_set(err, ERROR_USAGE, "'%s' is no duration", text);
}

static int health_option(struct healthcheck *check, const char *option, struct error *err)
{
	uint32_t retries = 0;
	const char *value;

	if ((value = skip_prefix(option, "interval=")))
		return set_duration(&check->interval_ns, value, err);
	if ((value = skip_prefix(option, "timeout=")))
		return set_duration(&check->timeout_ns, value, err);
	if ((value = skip_prefix(option, "start-period=")))
		return set_duration(&check->start_period_ns, value, err);
	if ((value = skip_prefix(option, "start-interval=")))
		return set_duration(&check->start_interval_ns, value, err);
	if ((value = skip_prefix(option, "retries="))) {
		if (parse_u32(value, &retries, err) < 0 || retries > 1000000)
			return error_set(err, ERROR_USAGE, "'%s' is no count", value);
		check->retries = (int)retries;
		return 0;
	}
	return error_set(err, ERROR_USAGE, "unknown option '--%s'", option);
}

/* [--OPTION=VALUE...] NONE | CMD COMMAND */
static int change_healthcheck(struct image_config *config, const char *text, struct error *err)
{
	struct healthcheck *check = &config->healthcheck;
	auto_free char *kind = NULL;

	strings_release(&check->test);
	*check = (struct healthcheck){ 0 };
	while (has_prefix(text, "--")) {
		auto_free char *option = next_word(&text);

		if (health_option(check, option + 2, err) < 0)
			return -1;
		text += strspn(text, BLANKS);
	}
	kind = next_word(&text);
	text += strspn(text, BLANKS);
	if (kind && strcasecmp(kind, "NONE") == 0) {
		strings_add(&check->test, "NONE");
		return 0;
	}
	if (!kind || strcasecmp(kind, "CMD") != 0 || !*text)
		return error_set(err, ERROR_USAGE, "it needs NONE or CMD and a command");
	if (*text == '[') {
		auto_release(strings) struct strings command = { 0 };

		if (!read_list(text, &command))
			return error_set(err, ERROR_USAGE, "its list is malformed");
		strings_add(&check->test, "CMD");
		for (size_t i = 0; i < command.count; i++)
			strings_add(&check->test, command.items[i]);
		return 0;
	}
	strings_add(&check->test, "CMD-SHELL");
	strings_add(&check->test, text);
	return 0;
}

static const struct {
	const char *name;
	change_function change;
} instructions[] = {
	{ "CMD", change_cmd },
	{ "ENTRYPOINT", change_entrypoint },
	{ "ENV", change_env },
	{ "EXPOSE", change_expose },
	{ "HEALTHCHECK", change_healthcheck },
	{ "LABEL", change_label },
	{ "ONBUILD", change_on_build },
	{ "SHELL", change_shell },
	{ "STOPSIGNAL", change_stop_signal },
	{ "USER", change_user },
	{ "VOLUME", change_volume },
	{ "WORKDIR", change_working_dir },
};

/* podman takes "CMD=/bin/sh", too. */
static char *take_name(const char **text)
{
	size_t length;
	char *name;

	*text += strspn(*text, BLANKS);
	length = strcspn(*text, BLANKS "=");
	name = xstrndup(*text, length);
	*text += length;
	*text += **text == '=';
	*text += strspn(*text, BLANKS);
	return name;
}

/* What an image must not have in it, since the config could not be read again. */
static int check_text(const char *text, struct error *err)
{
	if (!is_utf8(text, strlen(text)))
		return error_set(err, ERROR_USAGE, "it is no UTF-8");
	for (; *text; text++)
		if (iscntrl((unsigned char)*text) && *text != '\t')
			return error_set(err, ERROR_USAGE, "there is a control character in it");
	return 0;
}

static int change_one(struct image_config *config, const char *text, bool *cmd_is_set,
		      struct error *err)
{
	auto_free char *name = take_name(&text);
	auto_free char *shown = printable(name);

	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
		if (strcasecmp(instructions[i].name, name) != 0)
			continue;
		if (!*text)
			return error_set(err, ERROR_USAGE, "change '%s': it says nothing", shown);
		if (check_text(text, err) < 0 || instructions[i].change(config, text, err) < 0)
			return error_context(err, "change '%s'", shown);
		/* Arguments that were meant for the program before are none of the new one's. */
		if (instructions[i].change == change_entrypoint && !*cmd_is_set)
			strings_release(&config->cmd);
		*cmd_is_set |= instructions[i].change == change_cmd;
		return 0;
	}
	return error_set(err, ERROR_USAGE, "'%.100s' is not a valid change command", shown);
}

int image_config_change(struct image_config *config, const struct strings *changes,
			struct error *err)
{
	bool cmd_is_set = false;

	for (size_t i = 0; i < changes->count; i++)
		if (change_one(config, changes->items[i], &cmd_is_set, err) < 0)
			return -1;
	return 0;
}

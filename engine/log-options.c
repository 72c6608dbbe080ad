/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --log-driver and --log-opt: checked by name when a container is made, so that nothing about them
 * can be wrong when it starts.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "engine/container.h"
#include "engine/log-driver.h"

#define MAX_FILE_MAX 1000
#define DEFAULT_DRIVER "json-file"
#define SHORT_ID_LENGTH 12

static const char *const file_options[] = {
	"max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag",
	"mode", "max-buffer-size", NULL,
};
static const char *const local_options[] = {
	"max-size", "max-file", "compress", "mode", "max-buffer-size", NULL,
};
static const char *const journal_options[] = {
	"labels", "labels-regex", "env", "env-regex", "tag", "mode", "max-buffer-size", NULL,
};
static const char *const no_options[] = { NULL };

static const struct {
	const char *name, *meant;	/* `meant`: what is kept with the container */
	const char *const *options;
} drivers[] = {
	{ "json-file", "json-file", file_options },
	{ "k8s-file", "json-file", file_options },
	{ "local", "local", local_options },
	{ "journald", "journald", journal_options },
	{ "none", "none", no_options },
	{ "passthrough", "passthrough", no_options },
	{ "passthrough-tty", "passthrough", no_options },
};

bool log_driver_is(const struct container_config *config, const char *name)
{
	return strcmp(config->log_driver ? config->log_driver : DEFAULT_DRIVER, name) == 0;
}

bool log_is_readable(const struct container_config *config)
{
	return log_driver_is(config, "json-file") || log_driver_is(config, "local");
}

const char *log_option(const struct container_config *config, const char *name)
{
	return strings_get_value(&config->log_options, name);
}

static bool has_name(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static int bad_value(const char *option, const char *expected, struct error *err)
{
	return error_set(err, ERROR_USAGE, "invalid log option '%s': %s", option, expected);
}

static int check_regex(const char *option, const char *value, struct error *err)
{
	regex_t regex;

	if (regcomp(&regex, value, REG_EXTENDED | REG_NOSUB) != 0)
		return bad_value(option, "not a regular expression", err);
	regfree(&regex);
	return 0;
}

static bool is_boolean(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

/* Both bounds are the container's own members; the rest is kept as it was given. */
static int apply_option(const char *option, const char *name, const char *value,
			struct container_config *config, struct error *err)
{
	uint64_t bytes = 0;
	uint32_t count = 0;

	if (strcmp(name, "max-size") == 0) {
		if (strcmp(value, "-1") == 0)
			return bad_value(option, "logs are bounded; give a size", err);
		if (size_parse(value, &bytes, err) < 0 || bytes == 0)
			return bad_value(option, "not a size", err);
		config->log_max_size = bytes;
		return 0;
	}
	if (strcmp(name, "max-file") == 0) {
		if (parse_u32(value, &count, err) < 0 || count == 0 || count > MAX_FILE_MAX)
			return bad_value(option, "at least one file, and at most 1000", err);
		config->log_max_file = count;
		return 0;
	}
	if (strcmp(name, "compress") == 0 && !is_boolean(value))
		return bad_value(option, "true or false", err);
	if (strcmp(name, "mode") == 0 && strcmp(value, "blocking") != 0 &&
	    strcmp(value, "non-blocking") != 0)
		return bad_value(option, "blocking or non-blocking", err);
	if (strcmp(name, "max-buffer-size") == 0 && size_parse(value, &bytes, err) < 0)
		return bad_value(option, "not a size", err);
	if (has_suffix(name, "-regex") && check_regex(option, value, err) < 0)
		return -1;
	strings_set_value(&config->log_options, name, value);
	return 0;
}

static int apply_options(struct container_config *config, const char *driver,
			 const char *const *known, const struct strings *options,
			 struct error *err)
{
	auto_free char *tag = NULL;

	for (size_t i = 0; i < options->count; i++) {
		const char *option = options->items[i];
		const char *equals = strchr(option, '=');
		auto_free char *name = equals ? xstrndup(option, (size_t)(equals - option)) : NULL;

		if (!name)
			return bad_value(option, "KEY=VALUE is expected", err);
		if (!has_name(known, name))
			return error_set(err, ERROR_USAGE, "unknown log opt '%s' for %s log driver",
					 name, driver);
		if (apply_option(option, name, equals + 1, config, err) < 0)
			return -1;
	}
	if (log_option(config, "compress") && config->log_max_file == 1 &&
	    strcmp(log_option(config, "compress"), "true") == 0)
		return error_set(err, ERROR_USAGE,
				 "log option 'compress' needs a max-file of at least 2");
	if (log_option(config, "tag"))
		tag = log_tag_format(config, log_option(config, "tag"), err);
	return log_option(config, "tag") && !tag ? -1 : 0;
}

int log_options_apply(struct container_config *config, const char *driver,
		      const struct strings *options, struct error *err)
{
	if (is_empty(driver))
		driver = DEFAULT_DRIVER;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (strcmp(drivers[i].name, driver) != 0)
			continue;
		config->log_driver = xstrdup(drivers[i].meant);
		return apply_options(config, driver, drivers[i].options, options, err);
	}
	return error_set(err, ERROR_USAGE,
			 "log driver '%s' is not supported; there are json-file, local, journald, "
			 "none and passthrough", driver);
}

/* What stands for a field of docker's tag templates; NULL: there is none. New string. */
static char *tag_field(const struct container_config *config, const char *field, size_t length)
{
	const struct {
		const char *name, *value;
		bool is_short;
	} fields[] = {
		{ ".ID", config->id, true },
		{ ".FullID", config->id, false },
		{ ".Name", config->name ? config->name : "", false },
		{ ".ImageName", config->image ? config->image : "", false },
		{ ".ImageID", config->image_id.hex, true },
		{ ".ImageFullID", config->image_id.hex, false },
		{ ".DaemonName", "proa", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strlen(fields[i].name) == length && strncmp(fields[i].name, field, length) == 0)
			return xstrndup(fields[i].value, fields[i].is_short ? SHORT_ID_LENGTH
								      : strlen(fields[i].value));
	return NULL;
}

char *log_tag_format(const struct container_config *config, const char *tag, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	const char *open;

	for (; (open = strstr(tag, "{{")); tag = strstr(open, "}}") + 2) {
		const char *end = strstr(open, "}}");
		const char *field = open + 2 + strspn(open + 2, " ");
		size_t length = strcspn(field, " }");
		auto_free char *value = end ? tag_field(config, field, length) : NULL;

		if (!value) {
			error_set(err, ERROR_USAGE, "invalid log option 'tag': there are {{.ID}}, "
				  "{{.FullID}}, {{.Name}}, {{.ImageName}}, {{.ImageID}}, "
				  "{{.ImageFullID}} and {{.DaemonName}}");
			return NULL;
		}
		buffer_add(&text, tag, (size_t)(open - tag));
		buffer_puts(&text, value);
	}
	buffer_puts(&text, tag);
	return buffer_take(&text);
}

static bool matches(const char *key, const char *names, const char *regex_text)
{
	auto_release(strings) struct strings list = { 0 };
	regex_t regex;
	bool found;

	if (names) {
		strings_split(&list, names, ',');
		if (strings_contain(&list, key))
			return true;
	}
	if (!regex_text || regcomp(&regex, regex_text, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	found = regexec(&regex, key, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

/* Those of `values` (KEY=VALUE) that the two options choose. */
static void choose(const struct strings *values, const char *names, const char *regex,
		   struct strings *ret_attributes)
{
	for (size_t i = 0; (names || regex) && i < values->count; i++) {
		const char *equals = strchrnul(values->items[i], '=');
		auto_free char *key = xstrndup(values->items[i],
					       (size_t)(equals - values->items[i]));

		if (matches(key, names, regex))
			strings_set_value(ret_attributes, key, *equals ? equals + 1 : "");
	}
}

void log_attributes(const struct container_config *config, struct strings *ret_attributes)
{
	const char *tag = log_option(config, "tag");
	auto_error ignored = { 0 };
	auto_free char *text = tag ? log_tag_format(config, tag, &ignored) : NULL;

	choose(&config->labels, log_option(config, "labels"), log_option(config, "labels-regex"),
	       ret_attributes);
	choose(&config->env, log_option(config, "env"), log_option(config, "env-regex"),
	       ret_attributes);
	if (!is_empty(text))
		strings_set_value(ret_attributes, "tag", text);
	strings_sort(ret_attributes);
}

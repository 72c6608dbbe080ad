/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of list commands. */
#include "cli/filter.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"

static bool is_known(const char *const *keys, const char *key)
{
	for (; *keys; keys++)
		if (strcmp(*keys, key) == 0)
			return true;
	return false;
}

int filters_parse(const struct strings *texts, const char *const *keys,
		  struct filters *ret_filters, struct error *err)
{
	for (size_t i = 0; i < texts->count; i++) {
		const char *text = texts->items[i];
		const char *equals = strchr(text, '=');
		auto_free char *key = equals ? xstrndup(text, (size_t)(equals - text)) : NULL;

		if (!equals)
			return error_set(err, ERROR_USAGE,
					 "invalid argument \"%s\" for \"-f, --filter\" "
					 "flag: invalid filter '%s': not KEY=VALUE",
					 text, text);
		for (char *c = key; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (!is_known(keys, key))
			return error_set(err, ERROR_INVALID, "invalid filter '%s'", key);
		strings_add(&ret_filters->keys, key);
		strings_add(&ret_filters->values, equals + 1);
	}
	return 0;
}

void filters_release(struct filters *filters)
{
	strings_release(&filters->keys);
	strings_release(&filters->values);
}

bool filters_have(const struct filters *filters, const char *key)
{
	return strings_contain(&filters->keys, key);
}

const char *filters_value(const struct filters *filters, const char *key)
{
	for (size_t i = filters->keys.count; i-- > 0;)
		if (strcmp(filters->keys.items[i], key) == 0)
			return filters->values.items[i];
	return NULL;
}

bool filters_match(const struct filters *filters, const char *key, filter_match match,
		   const void *object)
{
	bool asked = false;

	for (size_t i = 0; i < filters->keys.count; i++) {
		if (strcmp(filters->keys.items[i], key) != 0)
			continue;
		if (match(filters->values.items[i], object))
			return true;
		asked = true;
	}
	return !asked;
}

bool filters_match_all(const struct filters *filters, const char *key, filter_match match,
		       const void *object)
{
	for (size_t i = 0; i < filters->keys.count; i++)
		if (strcmp(filters->keys.items[i], key) == 0 &&
		    !match(filters->values.items[i], object))
			return false;
	return true;
}

bool filter_match_label(const char *value, const void *labels)
{
	size_t length = strcspn(value, "=");
	auto_free char *key = xstrndup(value, length);
	const char *found = strings_get_value(labels, key);

	return found && (!value[length] || strcmp(found, value + length + 1) == 0);
}

bool filter_match_text(const char *pattern, const char *text)
{
	regex_t expression;
	bool matches;

	if (strstr(text, pattern))
		return true;
	if (regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	matches = regexec(&expression, text, 0, NULL, 0) == 0;
	regfree(&expression);
	return matches;
}

int filter_parse_bool(const char *key, const char *value, bool *ret_value, struct error *err)
{
	if (strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0)
		*ret_value = true;
	else if (strcmp(value, "0") == 0 || strcasecmp(value, "false") == 0)
		*ret_value = false;
	else
		return error_set(err, ERROR_INVALID, "invalid filter '%s=%s'", key, value);
	return 0;
}

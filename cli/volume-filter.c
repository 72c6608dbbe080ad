/* SPDX-License-Identifier: Apache-2.0 */
/* See cli/volume-filter.h. */
#include "cli/volume-filter.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "engine/volumes.h"

static int check_bools(const struct filters *filters, struct error *err)
{
	static const char *const keys[] = { "all", "anonymous", "dangling" };
	bool unused;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = filters_value(filters, keys[i]);

		if (value && filter_parse_bool(keys[i], value, &unused, err) < 0)
			return -1;
	}
	return 0;
}

static int parse_since(struct engine *engine, struct volume_filters *filters, struct error *err)
{
	const char *name = filters_value(&filters->filters, "since");
	auto_release(volume) struct volume volume = { 0 };

	if (!name)
		name = filters_value(&filters->filters, "after");
	if (!name)
		return 0;
	if (volume_read(engine, name, &volume, err) < 0)
		return -1;
	filters->since_ns = volume.created_ns;
	filters->has_since = true;
	return 0;
}

int volume_filters_parse(struct engine *engine, const struct strings *texts,
			 const char *const *keys, struct volume_filters *ret_filters,
			 struct error *err)
{
	const char *until;

	if (filters_parse(texts, keys, &ret_filters->filters, err) < 0 ||
	    check_bools(&ret_filters->filters, err) < 0 ||
	    parse_since(engine, ret_filters, err) < 0)
		return -1;
	until = filters_value(&ret_filters->filters, "until");
	ret_filters->has_until = until;
	if (until && clock_parse_point(until, clock_now(), &ret_filters->until_ns, err) < 0)
		return error_context(err, "invalid filter 'until=%s'", until);
	return 0;
}

static bool match_name(const char *value, const void *object)
{
	return filter_match_text(value, ((const struct volume *)object)->name);
}

/* All are local, by driver and by scope. */
static bool match_local(const char *value, const void *object)
{
	(void)object;
	return strcmp(value, "local") == 0;
}

static bool match_no_label(const char *value, const void *labels)
{
	return !filter_match_label(value, labels);
}

static bool match_bool(const struct filters *filters, const char *key, bool is)
{
	const char *value = filters_value(filters, key);
	auto_error ignored = { 0 };
	bool wanted = is;

	return !value || (filter_parse_bool(key, value, &wanted, &ignored) == 0 && wanted == is);
}

bool volume_filters_match(const struct volume_filters *filters, const struct volume *volume)
{
	const struct filters *list = &filters->filters;

	if ((filters->has_since && volume->created_ns <= filters->since_ns) ||
	    (filters->has_until && volume->created_ns > filters->until_ns))
		return false;
	return filters_match(list, "name", match_name, volume) &&
	       filters_match(list, "driver", match_local, volume) &&
	       filters_match(list, "scope", match_local, volume) &&
	       filters_match_all(list, "label", filter_match_label, &volume->labels) &&
	       filters_match_all(list, "label!", match_no_label, &volume->labels) &&
	       filters_match_all(list, "opt", filter_match_label, &volume->options) &&
	       match_bool(list, "dangling", volume->links == 0) &&
	       match_bool(list, "anonymous", volume->anonymous);
}

void volume_filters_release(struct volume_filters *filters)
{
	filters_release(&filters->filters);
}

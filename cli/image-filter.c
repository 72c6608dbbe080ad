/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker's filters and podman's, for one name of an image at a time. A pattern is held against
 * the name with and without its tag, as users know it and in full; '*' crosses no slash.
 */
#include "cli/image-filter.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/image-survey.h"
#include "cli/session.h"

static const char *const filter_keys[] = {
	"after", "before", "containers", "dangling", "digest", "id", "intermediate", "label",
	"label!", "manifest", "readonly", "reference", "reference!", "since", "until", NULL,
};

bool image_is_intermediate(const struct image_survey *survey, const struct image *image)
{
	return image->names.count == 0 && image->digests.count == 0 &&
	       image_survey_has_children(survey, image);
}

char *image_digest_of(const struct image *image, const struct reference *reference)
{
	auto_free char *name = reference ? reference_name_full(reference) : NULL;

	for (size_t i = 0; name && i < image->digests.count; i++) {
		const char *rest = skip_prefix(image->digests.items[i], name);

		if (rest && *rest == '@')
			return xstrdup(rest + 1);
	}
	return xstrdup("");
}

/* Takes `text`. */
static bool match_pattern(const char *pattern, char *text)
{
	auto_free char *owned = text;

	return fnmatch(pattern, owned, FNM_PATHNAME) == 0;
}

static bool match_reference(const char *pattern, const void *object)
{
	const struct reference *reference = ((const struct image_row *)object)->reference;

	return reference && (match_pattern(pattern, reference_familiar(reference)) ||
			     match_pattern(pattern, reference_name_familiar(reference)) ||
			     match_pattern(pattern, reference_full(reference)) ||
			     match_pattern(pattern, reference_name_full(reference)));
}

static bool match_no_reference(const char *pattern, const void *object)
{
	return !match_reference(pattern, object);
}

/* How much older (negative) the row's image is than the one that `name` means; 0 for itself. */
static int compare_age(const struct image_row *row, const char *name)
{
	auto_error missing = { 0 };
	auto_of(image) struct image *other = store_find(row->survey->engine->store, name, &missing);
	int64_t time = other ? image_created(other) : CLOCK_ZERO;
	int64_t own = image_created(row->image);

	if (!other || digest_equal(&other->id, &row->image->id) || time == own)
		return 0;
	return own < time ? -1 : 1;
}

static bool match_before(const char *value, const void *object)
{
	return compare_age(object, value) < 0;
}

static bool match_since(const char *value, const void *object)
{
	return compare_age(object, value) > 0;
}

static bool match_until(const char *value, const void *object)
{
	auto_error ignored = { 0 };
	int64_t time;

	return clock_parse_point(value, clock_now(), &time, &ignored) == 0 &&
	       image_created(((const struct image_row *)object)->image) <= time;
}

static bool match_no_label(const char *value, const void *labels)
{
	return !filter_match_label(value, labels);
}

/* Words that image_filter_parse() has let through. */
static bool is_true(const char *value)
{
	auto_error ignored = { 0 };
	bool truth = false;

	filter_parse_bool("", value, &truth, &ignored);
	return truth;
}

static bool match_dangling(const char *value, const void *object)
{
	return is_true(value) == !((const struct image_row *)object)->reference;
}

static bool match_intermediate(const char *value, const void *object)
{
	const struct image_row *row = object;

	return is_true(value) == image_is_intermediate(row->survey, row->image);
}

static bool match_readonly(const char *value, const void *object)
{
	return is_true(value) == ((const struct image_row *)object)->image->read_only;
}

/* What the store lists are images; lists of them have a command of their own. */
static bool match_manifest(const char *value, const void *object)
{
	(void)object;
	return !is_true(value);
}

static bool match_containers(const char *value, const void *object)
{
	const struct image_row *row = object;

	if (strcmp(value, "external") == 0)
		return false;
	return is_true(value) == (image_survey_users(row->survey, row->image) > 0);
}

static bool match_id(const char *value, const void *object)
{
	const char *rest = skip_prefix(value, "sha256:");

	return has_prefix(((const struct image_row *)object)->image->id.hex, rest ? rest : value);
}

static bool match_digest(const char *value, const void *object)
{
	const struct image_row *row = object;
	const char *rest = skip_prefix(value, "sha256:");
	auto_free char *digest = image_digest_of(row->image, row->reference);
	const char *hex = skip_prefix(digest, "sha256:");

	return has_prefix(row->image->manifest.hex, rest ? rest : value) ||
	       (hex && has_prefix(hex, rest ? rest : value));
}

bool image_filter_match(const struct filters *filters, const struct image_row *row)
{
	static const struct {
		const char *key;
		filter_match match;
		bool all;	/* of its values, not one, must match */
	} rules[] = {
		{ "reference", match_reference, false },
		{ "reference!", match_no_reference, true },
		{ "before", match_before, false },
		{ "since", match_since, false },
		{ "after", match_since, false },
		{ "until", match_until, false },
		{ "dangling", match_dangling, false },
		{ "intermediate", match_intermediate, false },
		{ "readonly", match_readonly, false },
		{ "manifest", match_manifest, false },
		{ "containers", match_containers, false },
		{ "id", match_id, false },
		{ "digest", match_digest, false },
	};
	const struct strings *labels = &row->image->config.labels;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].all ? !filters_match_all(filters, rules[i].key, rules[i].match, row)
				 : !filters_match(filters, rules[i].key, rules[i].match, row))
			return false;
	return filters_match_all(filters, "label", filter_match_label, labels) &&
	       filters_match_all(filters, "label!", match_no_label, labels);
}

static bool is_boolean(const char *key)
{
	return strcmp(key, "dangling") == 0 || strcmp(key, "intermediate") == 0 ||
	       strcmp(key, "readonly") == 0 || strcmp(key, "manifest") == 0 ||
	       strcmp(key, "containers") == 0;
}

static int check_value(struct engine *engine, const char *key, const char *value,
		       struct error *err)
{
	auto_of(image) struct image *image = NULL;
	int64_t time;
	bool truth;

	if (is_boolean(key)) {
		if (strcmp(key, "containers") == 0 && strcmp(value, "external") == 0)
			return 0;
		return filter_parse_bool(key, value, &truth, err);
	}
	if (strcmp(key, "until") == 0)
		return clock_parse_point(value, clock_now(), &time, err) < 0
			       ? error_context(err, "invalid filter 'until=%s'", value)
			       : 0;
	if (strcmp(key, "before") != 0 && strcmp(key, "since") != 0 && strcmp(key, "after") != 0)
		return 0;
	image = store_find(engine->store, value, err);
	return image ? 0 : -1;
}

int image_filter_parse(const struct strings *texts, struct engine *engine,
		       struct filters *ret_filters, struct error *err)
{
	if (filters_parse(texts, filter_keys, ret_filters, err) < 0)
		return -1;
	for (size_t i = 0; i < ret_filters->keys.count; i++)
		if (check_value(engine, ret_filters->keys.items[i], ret_filters->values.items[i],
				err) < 0)
			return -1;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Filters and the question of the prune commands. */
#include "cli/pruning.h"

#include <stdio.h>
#include <strings.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"

static const char *const filter_keys[] = { "label", "label!", "until", NULL };

int prune_filters_parse(const struct strings *texts, struct filters *ret_filters,
			struct error *err)
{
	const char *until;
	int64_t time;

	if (filters_parse(texts, filter_keys, ret_filters, err) < 0)
		return -1;
	until = filters_value(ret_filters, "until");
	if (until && clock_parse_point(until, clock_now(), &time, err) < 0)
		return error_context(err, "invalid filter 'until=%s'", until);
	return 0;
}

static bool match_no_label(const char *value, const void *labels)
{
	return !filter_match_label(value, labels);
}

static bool match_until(const char *value, const void *created)
{
	auto_error ignored = { 0 };
	int64_t time;

	return clock_parse_point(value, clock_now(), &time, &ignored) == 0 &&
	       *(const int64_t *)created <= time;
}

bool prune_filters_match(const struct filters *filters, const struct strings *labels,
			 int64_t created_ns)
{
	return filters_match_all(filters, "label", filter_match_label, labels) &&
	       filters_match(filters, "label!", match_no_label, labels) &&
	       filters_match_all(filters, "until", match_until, &created_ns);
}

bool prune_confirm(const char *warning)
{
	char answer[16] = "";

	printf("WARNING! %s\nAre you sure you want to continue? [y/N] ", warning);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "y") == 0;
}

void prune_print_reclaimed(uint64_t bytes)
{
	char size[UNITS_TEXT_SIZE];

	size_format(bytes, size);
	printf("Total reclaimed space: %s\n", size);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that decide how a transfer goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/clock.h"
#include "registry/headers.h"
#include "registry/patience.h"
#include "registry/session.h"
#include "registry/transport.h"

static void ranges_are_read_strictly(void **state)
{
	static const struct {
		const char *value;
		bool good;
		uint64_t first, total;
	} cases[] = {
		{ "bytes 0-0/1", true, 0, 1 },
		{ "bytes 100-199/200", true, 100, 200 },
		{ "Bytes 5-9/*", true, 5, RANGE_TOTAL_UNKNOWN },
		{ "bytes 100-99/200", false, 0, 0 },
		{ "bytes 100-200/200", false, 0, 0 },
		{ "bytes */200", false, 0, 0 },
		{ "bytes 1-2", false, 0, 0 },
		{ "bytes 1-2/", false, 0, 0 },
		{ "bytes -1-2/9", false, 0, 0 },
		{ "bytes 1-2/9x", false, 0, 0 },
		{ "bytes 99999999999999999999-2/9", false, 0, 0 },
		{ "items 1-2/9", false, 0, 0 },
		{ "", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t first = 0, total = 0;

		print_message("# '%s'\n", cases[i].value);
		assert_int_equal(content_range_parse(cases[i].value, &first, &total),
				 cases[i].good);
		assert_int_equal(first, cases[i].first);
		assert_int_equal(total, cases[i].total);
	}
}

static void waits_are_seconds_or_dates(void **state)
{
	static const struct {
		const char *value;
		uint64_t seconds;
	} cases[] = {
		{ "0", 0 },
		{ "120", 120 },
		{ "18446744073709551615", UINT64_MAX },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 37 },
		{ "Sun, 06 Nov 1994 08:48:59 GMT", 0 },
		{ "-5", 0 },
		{ "soon", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("# '%s'\n", cases[i].value);
		/* 08:49:00 of that day */
		assert_int_equal(retry_after_parse(cases[i].value, 784111740), cases[i].seconds);
	}
}

static void strong_tags_are_told_from_weak_ones(void **state)
{
	(void)state;
	assert_true(etag_is_strong("\"abc\""));
	assert_true(etag_is_strong("\"\""));
	assert_true(etag_is_strong("\"sha256:0123\""));
	assert_false(etag_is_strong("W/\"abc\""));
	assert_false(etag_is_strong("\""));
	assert_false(etag_is_strong("abc"));
	assert_false(etag_is_strong("\"a\"b\""));
	assert_false(etag_is_strong("\"a\r\nX: y\""));
}

static void the_next_link_is_found(void **state)
{
	static const struct {
		const char *value, *target;
	} cases[] = {
		{ "</v2/x/tags/list?last=b&n=2>; rel=\"next\"", "/v2/x/tags/list?last=b&n=2" },
		{ "<a>;rel=next", "a" },
		{ "<a>; title=\"x, y; rel=next\"; REL=\"Next\"", "a" },
		{ "<a>; rel=prev, <b>; rel=\"next\"", "b" },
		{ "<a>; rel=\"prev\", <b>", NULL },
		{ "<a>; rel=nextbutone", NULL },
		{ "<a>; rel", NULL },
		{ "<>; rel=next", NULL },
		{ "<a; rel=next", NULL },
		{ "<a>; title=\"open", NULL },
		{ "a; rel=next", NULL },
		{ "<a>;=;=,;,", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *target = link_find_next(cases[i].value);

		print_message("# '%s'\n", cases[i].value);
		if (cases[i].target)
			assert_string_equal(target ? target : "nothing", cases[i].target);
		else
			assert_null(target);
	}
}

static void servers_are_not_waited_for_without_end(void **state)
{
	const struct registry_client client = { .name = (char *)"x", .retries = 100 };
	static const struct {
		int64_t waited;		/* seconds */
		uint64_t retry_after;
		bool allowed;
	} cases[] = {
		{ 0, 0, true },
		{ 0, 120, true },
		{ 0, 121, false },
		{ 0, UINT64_MAX, false },
		{ 119, 1, true },
		{ 119, 2, false },
		{ 121, 0, false },	/* the last pause was longer than what was left */
		{ 150, UINT64_MAX / 2, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct http_request request = { .status = 429,
						      .retry_after = cases[i].retry_after };
		struct patience patience = { .waited = cases[i].waited * NS_PER_SECOND };
		int64_t pause = 0;

		print_message("# case %zu\n", i);
		assert_int_equal(patience_allows(&patience, &client, &request, &pause),
				 cases[i].allowed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_read_strictly),
		cmocka_unit_test(waits_are_seconds_or_dates),
		cmocka_unit_test(strong_tags_are_told_from_weak_ones),
		cmocka_unit_test(the_next_link_is_found),
		cmocka_unit_test(servers_are_not_waited_for_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

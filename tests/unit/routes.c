/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc/net/route says. Its addresses are in the order of this machine's bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "rootless/routes.h"

#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define HEADING "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"

static char *line(const char *interface, uint32_t destination, uint32_t gateway, uint32_t mask)
{
	return xasprintf("%s\t%08X\t%08X\t0003\t0\t0\t0\t%08X\t0\t0\t0\n", interface,
			 htonl(destination), htonl(gateway), htonl(mask));
}

static void overlap_is_decided_by_the_shorter_prefix(void **state)
{
	static const struct {
		struct subnet subnet;
		bool overlaps;
	} cases[] = {
		{ { IPV4(10, 1, 0, 0), 16 }, true },
		{ { IPV4(10, 1, 2, 0), 24 }, true },
		{ { IPV4(10, 0, 0, 0), 8 }, true },
		{ { IPV4(10, 2, 0, 0), 16 }, false },
		{ { IPV4(172, 16, 0, 0), 12 }, false },
	};
	auto_free char *route = line("eth0", IPV4(10, 1, 0, 0), 0, IPV4(255, 255, 0, 0));
	auto_free char *all = line("eth0", 0, IPV4(10, 1, 0, 1), 0);
	auto_free char *text = xasprintf(HEADING "%s%s", all, route);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (routes_overlap(text, cases[i].subnet) != cases[i].overlaps)
			fail_msg("case %zu", i);
	assert_false(routes_overlap(HEADING, cases[0].subnet));
	assert_false(routes_overlap("", cases[0].subnet));
}

static void the_gateway_is_the_default_route_s(void **state)
{
	auto_free char *route = line("eth0", IPV4(10, 1, 0, 0), 0, IPV4(255, 255, 0, 0));
	auto_free char *all = line("eth0", 0, IPV4(10, 1, 0, 1), 0);
	auto_free char *text = xasprintf(HEADING "%s%s", route, all);

	(void)state;
	assert_int_equal(routes_gateway(text), IPV4(10, 1, 0, 1));
	assert_int_equal(routes_gateway(route), 0);
	assert_int_equal(routes_gateway(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlap_is_decided_by_the_shorter_prefix),
		cmocka_unit_test(the_gateway_is_the_default_route_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

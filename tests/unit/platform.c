/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms: spellings, and which offer serves which wish better. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/platform.h"

static void spellings_are_normalised(void **state)
{
	static const struct {
		const char *text;
		const char *formatted;
	} cases[] = {
		{ "linux/amd64", "linux/amd64" },
		{ "linux/x86_64", "linux/amd64" },
		{ "Linux/AMD64", "linux/amd64" },
		{ "amd64", "linux/amd64" },
		{ "aarch64", "linux/arm64" },
		{ "linux/arm64/v8", "linux/arm64/v8" },
		{ "arm/v7", NULL },	/* an OS "arm", as containerd reads it */
		{ "linux/arm/7", "linux/arm/v7" },
		{ "armhf", "linux/arm/v7" },
		{ "linux/armel", "linux/arm/v6" },
		{ "linux/i686", "linux/386" },
		{ "windows/amd64", "windows/amd64" },
		{ "linux/riscv64", "linux/riscv64" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct platform platform = { 0 };
		auto_free char *text = NULL;
		auto_error err = { 0 };

		print_message("# '%s'\n", cases[i].text);
		assert_int_equal(platform_parse(cases[i].text, &platform, &err), 0);
		text = platform_format(&platform);
		if (cases[i].formatted)
			assert_string_equal(text, cases[i].formatted);
	}
}

static void wrong_platforms_are_refused(void **state)
{
	static const char *const cases[] = {
		"", "/", "linux/", "/amd64", "linux//v7", "linux/amd64/v1/x", "linux/amd 64",
		"linux/\x1b[1m", "klingon", "linux/..\n",
		"linux/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct platform platform = { 0 };
		auto_error err = { 0 };

		print_message("# '%s'\n", cases[i]);
		assert_int_equal(platform_parse(cases[i], &platform, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_null(strchr(err.message, '\x1b'));
	}
}

static void parse(const char *text, struct platform *platform)
{
	auto_error err = { 0 };

	assert_int_equal(platform_parse(text, platform, &err), 0);
}

static void better_offers_win(void **state)
{
	/* Offers from best to worst; what stands behind NULL serves not at all. */
	static const struct {
		const char *wanted;
		const char *offers[8];
	} cases[] = {
		{ "linux/arm/v7", { "linux/arm/v7", "linux/arm/v6", "linux/arm/v5", NULL,
				    "linux/arm/v8", "linux/arm64", "windows/arm/v7" } },
		{ "linux/amd64/v3", { "linux/amd64/v3", "linux/amd64/v2", "linux/amd64/v1",
				      "linux/386", NULL, "linux/amd64/v4", "linux/arm64" } },
		{ "linux/amd64", { "linux/amd64", "linux/386", NULL, "linux/amd64/v2" } },
		{ "linux/arm64", { "linux/arm64/v8", "linux/arm/v8", "linux/arm/v7",
				   "linux/arm/v6", NULL, "linux/arm64/v9", "linux/amd64" } },
		{ "linux/arm64/v8.2", { "linux/arm64/v8.2", "linux/arm64/v8.1", "linux/arm64/v8",
					NULL, "linux/arm64/v8.3" } },
		{ "linux/arm", { "linux/arm/v7", "linux/arm/v6", NULL, "linux/arm/v8" } },
		{ "linux/386", { "linux/386", NULL, "linux/amd64" } },
		{ "linux/s390x", { "linux/s390x", NULL, "linux/ppc64le" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct platform wanted;
		int before = INT32_MAX;
		size_t j = 0;

		parse(cases[i].wanted, &wanted);
		for (; cases[i].offers[j]; j++) {
			struct platform offered;
			int score;

			parse(cases[i].offers[j], &offered);
			score = platform_match(&wanted, &offered);
			print_message("# %s by %s: %d\n", cases[i].wanted, cases[i].offers[j],
				      score);
			assert_in_range(score, 1, before - 1);
			before = score;
		}
		for (j++; j < 8 && cases[i].offers[j]; j++) {
			struct platform offered;

			parse(cases[i].offers[j], &offered);
			print_message("# %s not by %s\n", cases[i].wanted, cases[i].offers[j]);
			assert_int_equal(platform_match(&wanted, &offered), 0);
		}
	}
}

static void levels_without_name_are_equal(void **state)
{
	struct platform plain;
	struct platform named;
	struct platform none = { 0 };

	(void)state;
	parse("linux/amd64", &plain);
	parse("linux/amd64/v1", &named);
	assert_int_equal(platform_match(&plain, &named), platform_match(&plain, &plain));
	assert_int_equal(platform_match(&named, &plain), platform_match(&plain, &plain));
	assert_int_equal(platform_match(&plain, &none), 0);
}

static void the_host_serves_itself(void **state)
{
	struct platform host;

	(void)state;
	platform_host(&host);
	assert_string_equal(host.os, "linux");
	assert_true(host.architecture[0]);
	assert_true(platform_match(&host, &host) > 0);
#ifdef __x86_64__
	assert_string_equal(host.architecture, "amd64");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings_are_normalised),
		cmocka_unit_test(wrong_platforms_are_refused),
		cmocka_unit_test(better_offers_win),
		cmocka_unit_test(levels_without_name_are_equal),
		cmocka_unit_test(the_host_serves_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

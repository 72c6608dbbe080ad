/* SPDX-License-Identifier: Apache-2.0 */
/* The user's request completed by the image: docker's rules of merging. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/spec-build.h"
#include "image/store.h"

static void split(struct strings *list, const char *text)
{
	if (text)
		strings_split(list, text, ' ');
}

static void commands_follow_dockers_rules(void **state)
{
	/* Words divided by blanks; NULL is an empty list. */
	static const struct {
		const char *image_entrypoint, *image_cmd;
		bool given;
		const char *entrypoint, *cmd;
		const char *expected;	/* NULL: no command specified */
	} cases[] = {
		{ NULL, "sh", false, NULL, NULL, "sh" },
		{ NULL, "sh", false, NULL, "ls -l", "ls -l" },
		{ "init", "a b", false, NULL, NULL, "init a b" },
		{ "init", "a b", false, NULL, "c", "init c" },
		{ "init", "a b", true, "mine", NULL, "mine" },
		{ "init", "a b", true, "mine", "c", "mine c" },
		{ "init", "a b", true, NULL, "c", "c" },
		{ "init", "a b", true, NULL, NULL, NULL },
		{ NULL, NULL, false, NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(container_config) struct container_config config = { 0 };
		struct image image = { 0 };
		struct strings words = { 0 };
		auto_free char *joined = NULL;
		auto_error err = { 0 };
		int result;

		print_message("case %zu\n", i);
		split(&image.config.entrypoint, cases[i].image_entrypoint);
		split(&image.config.cmd, cases[i].image_cmd);
		split(&config.entrypoint, cases[i].entrypoint);
		split(&config.cmd, cases[i].cmd);
		result = container_config_complete(&config, &image, cases[i].given, &err);
		assert_int_equal(result, cases[i].expected ? 0 : -1);
		if (cases[i].expected) {
			strings_copy(&words, &config.entrypoint);
			for (size_t j = 0; j < config.cmd.count; j++)
				strings_add(&words, config.cmd.items[j]);
			joined = strings_join(&words, " ");
			assert_string_equal(joined, cases[i].expected);
		} else {
			assert_int_equal(err.kind, ERROR_USAGE);
		}
		strings_release(&words);
		image_config_release(&image.config);
	}
}

static void environments_are_laid_over_the_images(void **state)
{
	auto_release(container_config) struct container_config config = { 0 };
	struct image image = { 0 };
	auto_free char *joined = NULL;
	auto_error err = { 0 };

	(void)state;
	split(&image.config.cmd, "sh");
	split(&image.config.env, "PATH=/bin A=1 B=2");
	split(&config.env, "A=x= C=3 B");
	assert_int_equal(container_config_complete(&config, &image, false, &err), 0);
	joined = strings_join(&config.env, " ");
	assert_string_equal(joined, "PATH=/bin A=x= C=3");
	image_config_release(&image.config);
}

static void add_mount(struct container_config *config, const char *target)
{
	config->mounts = xrealloc_array(config->mounts, config->mount_count + 1,
					sizeof(*config->mounts));
	config->mounts[config->mount_count++] = (struct mount_request){
		.type = MOUNT_REQUEST_BIND, .source = xstrdup("/host"), .target = xstrdup(target),
	};
}

static void volumes_yield_to_the_users_mounts(void **state)
{
	auto_release(container_config) struct container_config config = { 0 };
	struct image image = { 0 };
	auto_error err = { 0 };

	(void)state;
	split(&image.config.cmd, "sh");
	split(&image.config.volumes, "/data /mine/");
	add_mount(&config, "/mine");
	assert_int_equal(container_config_complete(&config, &image, false, &err), 0);
	assert_int_equal(config.mount_count, 2);
	assert_int_equal(config.mounts[1].type, MOUNT_REQUEST_VOLUME);
	assert_string_equal(config.mounts[1].target, "/data");
	assert_string_equal(config.mounts[1].source, "");
	image_config_release(&image.config);
}

static void relative_volumes_are_refused(void **state)
{
	auto_release(container_config) struct container_config config = { 0 };
	struct image image = { 0 };
	auto_error err = { 0 };

	(void)state;
	split(&image.config.cmd, "sh");
	split(&image.config.volumes, "../data");
	assert_int_equal(container_config_complete(&config, &image, false, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	image_config_release(&image.config);
}

static void single_values_are_the_users_or_the_images(void **state)
{
	auto_release(container_config) struct container_config config = { 0 };
	struct image image = { 0 };
	auto_error err = { 0 };

	(void)state;
	split(&image.config.cmd, "sh");
	image.config.user = xstrdup("app");
	image.config.working_dir = xstrdup("/srv");
	image.config.stop_signal = xstrdup("SIGQUIT");
	split(&image.config.labels, "a=1 b=2");
	split(&image.config.exposed_ports, "80/tcp 443/tcp");
	split(&config.labels, "b=3");
	split(&config.exposed_ports, "80/tcp 53/udp");
	config.user = xstrdup("root");
	config.working_dir = xstrdup("");
	assert_int_equal(container_config_complete(&config, &image, false, &err), 0);
	assert_string_equal(config.user, "root");
	assert_string_equal(config.working_dir, "/srv");
	assert_string_equal(config.stop_signal, "SIGQUIT");
	assert_string_equal(strings_get_value(&config.labels, "a"), "1");
	assert_string_equal(strings_get_value(&config.labels, "b"), "3");
	assert_int_equal(config.exposed_ports.count, 3);
	image_config_release(&image.config);
}

static void health_checks_inherit_field_by_field(void **state)
{
	auto_release(container_config) struct container_config config = { 0 };
	struct image image = { 0 };
	auto_error err = { 0 };

	(void)state;
	split(&image.config.cmd, "sh");
	split(&image.config.healthcheck.test, "CMD true");
	image.config.healthcheck.retries = 5;
	image.config.healthcheck.interval_ns = 7;
	config.healthcheck.interval_ns = 9;
	assert_int_equal(container_config_complete(&config, &image, false, &err), 0);
	assert_int_equal(config.healthcheck.test.count, 2);
	assert_int_equal(config.healthcheck.retries, 5);
	assert_int_equal(config.healthcheck.interval_ns, 9);
	image_config_release(&image.config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_follow_dockers_rules),
		cmocka_unit_test(environments_are_laid_over_the_images),
		cmocka_unit_test(volumes_yield_to_the_users_mounts),
		cmocka_unit_test(relative_volumes_are_refused),
		cmocka_unit_test(single_values_are_the_users_or_the_images),
		cmocka_unit_test(health_checks_inherit_field_by_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Image configs: everything that is read, what may be missing or null, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/config.h"
#include "image/manifest.h"

#define HEX16 "0123456789abcdef"
#define ID(c) "\"sha256:" #c "123456789abcdef" HEX16 HEX16 HEX16 "\""
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" ID(1) "]}"

static int decode(const char *text, struct image_config *config, struct error *err)
{
	return image_config_decode(text, strlen(text), config, err);
}

static void everything_is_read(void **state)
{
	static const char text[] =
		"{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\","
		"\"created\":\"2025-01-02T03:04:05Z\",\"author\":\"A\\nB\",\"config\":{"
		"\"User\":\"1000:1000\",\"WorkingDir\":\"/srv\",\"StopSignal\":\"SIGQUIT\","
		"\"Env\":[\"PATH=/bin\",\"EMPTY=\",\"EQ=a=b\"],\"Entrypoint\":[\"/e\",\"x y\"],"
		"\"Cmd\":[\"c\"],\"Volumes\":{\"/v\":{},\"/w\":null},"
		"\"ExposedPorts\":{\"80/tcp\":{}},\"Labels\":{\"k\":\"v\",\"n\":\"a\\nb\"},"
		"\"Shell\":[\"/bin/bash\",\"-c\"],\"OnBuild\":[\"RUN x\"],\"ArgsEscaped\":true,"
		"\"Healthcheck\":{\"Test\":[\"CMD\",\"true\"],\"Interval\":1,\"Timeout\":2,"
		"\"StartPeriod\":3,\"StartInterval\":4,\"Retries\":5}},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" ID(1) "," ID(2) "]},"
		"\"history\":[{\"created\":\"2025-01-02T03:04:05Z\",\"created_by\":\"ADD x\"},"
		"{\"created_by\":\"CMD\",\"author\":\"a\",\"comment\":\"c\",\"empty_layer\":true}],"
		"\"container_config\":{\"Env\":7},\"docker_version\":\"x\"}";
	auto_release(image_config) struct image_config config = { 0 };
	auto_free char *env = NULL;
	auto_free char *volumes = NULL;
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(decode(text, &config, &err), 0);
	assert_string_equal(config.platform.architecture, "arm");
	assert_string_equal(config.platform.variant, "v7");
	assert_string_equal(config.created, "2025-01-02T03:04:05Z");
	assert_string_equal(config.author, "A\nB");
	assert_string_equal(config.user, "1000:1000");
	assert_string_equal(config.working_dir, "/srv");
	assert_string_equal(config.stop_signal, "SIGQUIT");
	env = strings_join(&config.env, "|");
	assert_string_equal(env, "PATH=/bin|EMPTY=|EQ=a=b");
	volumes = strings_join(&config.volumes, "|");
	assert_string_equal(volumes, "/v|/w");
	assert_string_equal(config.entrypoint.items[1], "x y");
	assert_string_equal(config.cmd.items[0], "c");
	assert_string_equal(config.exposed_ports.items[0], "80/tcp");
	assert_string_equal(strings_get_value(&config.labels, "n"), "a\nb");
	assert_string_equal(config.shell.items[1], "-c");
	assert_string_equal(config.on_build.items[0], "RUN x");
	assert_true(config.args_escaped);
	assert_string_equal(config.healthcheck.test.items[0], "CMD");
	assert_int_equal(config.healthcheck.interval_ns, 1);
	assert_int_equal(config.healthcheck.start_interval_ns, 4);
	assert_int_equal(config.healthcheck.retries, 5);
	assert_int_equal(config.diff_id_count, 2);
	assert_int_equal(config.diff_ids[1].hex[0], '2');
	assert_int_equal(config.history_count, 2);
	assert_null(config.history[0].author);
	assert_true(config.history[1].empty_layer);
}

static void much_may_be_missing_or_null(void **state)
{
	static const char *const cases[] = {
		"{" ROOTFS "}",
		"{" ROOTFS ",\"config\":null,\"history\":null,\"created\":null}",
		"{" ROOTFS ",\"config\":{}}",
		"{" ROOTFS ",\"config\":{\"Env\":null,\"Cmd\":null,\"Entrypoint\":null,"
		"\"Volumes\":null,\"ExposedPorts\":null,\"Labels\":null,\"OnBuild\":null,"
		"\"Healthcheck\":null,\"User\":null,\"Shell\":null}}",
		"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
		"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}",
		"{\"rootfs\":{\"type\":\"layers\"}}",
		"{" ROOTFS ",\"config\":{\"Cmd\":\"single\"}}",
		"{" ROOTFS ",\"config\":{\"Healthcheck\":{}}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(image_config) struct image_config config = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i]);
		assert_int_equal(decode(cases[i], &config, &err), 0);
		assert_int_equal(config.env.count, 0);
		assert_null(config.user);
	}
}

#define RUN(members) "{" ROOTFS ",\"config\":{" members "}}"

static void wrong_configs_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{ "", "" },
		{ "[]", "not a JSON object" },
		{ "{}", "rootfs" },
		{ "{\"rootfs\":7}", "rootfs" },
		{ "{\"rootfs\":{\"type\":\"squashfs\",\"diff_ids\":[]}}", "type" },
		{ "{\"rootfs\":{\"diff_ids\":{}}}", "diff_ids" },
		{ "{\"rootfs\":{\"diff_ids\":[7]}}", "diff_ids[0]" },
		{ "{\"rootfs\":{\"diff_ids\":[" ID(1) ",\"sha256:../x\"]}}", "diff_ids[1]" },
		{ "{" ROOTFS ",\"config\":7}", "not an object" },
		{ RUN("\"Env\":[\"NOEQUALS\"]"), "'NOEQUALS' is not NAME=VALUE" },
		{ RUN("\"Env\":[\"=x\"]"), "NAME=VALUE" },
		{ RUN("\"Env\":[\"A=\\u0000\"]"), "" },
		{ RUN("\"Env\":[7]"), "Env" },
		{ RUN("\"Env\":{}"), "Env" },
		{ RUN("\"Cmd\":[null]"), "Cmd" },
		{ RUN("\"User\":7"), "User" },
		{ RUN("\"User\":\"a\\nroot::0:0\""), "User: a control character" },
		{ RUN("\"WorkingDir\":\"/a\\n\""), "WorkingDir: a control character" },
		{ RUN("\"StopSignal\":\"\\u001b\""), "StopSignal" },
		{ RUN("\"Volumes\":[]"), "Volumes" },
		{ RUN("\"Volumes\":{\"/a\\n\":{}}"), "Volumes" },
		{ RUN("\"Volumes\":{\"/a\":{},\"/a\":{}}"), "duplicate" },
		{ RUN("\"ExposedPorts\":\"80\""), "ExposedPorts" },
		{ RUN("\"Labels\":{\"a\":1}"), "Labels" },
		{ RUN("\"Healthcheck\":[]"), "Healthcheck" },
		{ RUN("\"Healthcheck\":{\"Interval\":-1}"), "Interval" },
		{ RUN("\"Healthcheck\":{\"Timeout\":\"1s\"}"), "Timeout" },
		{ RUN("\"Healthcheck\":{\"Retries\":-1}"), "Retries" },
		{ RUN("\"Healthcheck\":{\"Retries\":99999999999}"), "Retries" },
		{ RUN("\"Healthcheck\":{\"Test\":{}}"), "Test" },
		{ "{" ROOTFS ",\"history\":{}}", "history" },
		{ "{" ROOTFS ",\"history\":[1]}", "history[0]" },
		{ "{" ROOTFS ",\"architecture\":7}", "architecture" },
		{ "{" ROOTFS ",\"os\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
		  "os: too long" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(image_config) struct image_config config = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i].text);
		assert_int_equal(decode(cases[i].text, &config, &err), -1);
		print_message("#   %s\n", err.message);
		assert_non_null(strstr(err.message, cases[i].part));
		assert_null(config.diff_ids);
		assert_null(strpbrk(err.message, "\n\x1b"));
	}
}

static void sizes_are_bounded(void **state)
{
	auto_release(image_config) struct image_config config = { 0 };
	auto_error err = { 0 };
	size_t size = IMAGE_CONFIG_SIZE_MAX + 1;
	auto_free char *text = xmalloc(size);

	(void)state;
	memset(text, ' ', size);
	assert_int_equal(image_config_decode(text, size, &config, &err), -1);
	assert_non_null(strstr(err.message, "larger than"));
}

static void layers_are_bounded(void **state)
{
	auto_release(strings) struct strings ids = { 0 };
	auto_release(image_config) struct image_config config = { 0 };
	auto_error err = { 0 };
	auto_free char *list = NULL;
	auto_free char *text = NULL;

	(void)state;
	for (size_t i = 0; i <= MANIFEST_LAYERS_MAX; i++)
		strings_add(&ids, ID(1));
	list = strings_join(&ids, ",");
	text = xasprintf("{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}", list);
	assert_int_equal(decode(text, &config, &err), -1);
	assert_non_null(strstr(err.message, "more than 500 layers"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(much_may_be_missing_or_null),
		cmocka_unit_test(wrong_configs_are_refused),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(layers_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

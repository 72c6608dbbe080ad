/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that change an image's config, and configs written and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/config-change.h"
#include "image/config.h"

static void instructions_change_the_config(void **state)
{
	static const struct {
		const char *instructions[4];
		const char *json;	/* the part named "config" */
	} cases[] = {
		{ { "CMD [\"a\", \"b c\"]" }, "{\"Cmd\":[\"a\",\"b c\"]}" },
		{ { "cmd a $B" }, "{\"Cmd\":[\"/bin/sh\",\"-c\",\"a $B\"]}" },
		{ { "CMD=/bin/sh" }, "{\"Cmd\":[\"/bin/sh\",\"-c\",\"/bin/sh\"]}" },
		{ { "CMD []" }, "{}" },
		{ { "SHELL [\"bash\"]", "CMD x" },
		  "{\"Cmd\":[\"bash\",\"x\"],\"Shell\":[\"bash\"]}" },
		{ { "CMD [\"a\"]", "ENTRYPOINT [\"e\"]" },
		  "{\"Entrypoint\":[\"e\"],\"Cmd\":[\"a\"]}" },
		{ { "ENV A=b C=\"d e\" F='g' H=i\\ j" },
		  "{\"Env\":[\"A=b\",\"C=d e\",\"F=g\",\"H=i j\"]}" },
		{ { "ENV A  b c " }, "{\"Env\":[\"A=b c\"]}" },
		{ { "ENV A=1", "ENV A=2" }, "{\"Env\":[\"A=2\"]}" },
		{ { "LABEL a=b", "LABEL c.d=e" }, "{\"Labels\":{\"a\":\"b\",\"c.d\":\"e\"}}" },
		{ { "EXPOSE 80 53/udp" }, "{\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}}}" },
		{ { "VOLUME /a /b" }, "{\"Volumes\":{\"/a\":{},\"/b\":{}}}" },
		{ { "VOLUME [\"/a b\"]" }, "{\"Volumes\":{\"/a b\":{}}}" },
		{ { "USER 1:2", "STOPSIGNAL INT" }, "{\"User\":\"1:2\",\"StopSignal\":\"INT\"}" },
		{ { "WORKDIR /a", "WORKDIR b" }, "{\"WorkingDir\":\"/a/b\"}" },
		{ { "ONBUILD RUN x" }, "{\"OnBuild\":[\"RUN x\"]}" },
		{ { "HEALTHCHECK --interval=5s --retries=2 CMD curl x" },
		  "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"curl x\"],\"Interval\":5000000000,"
		  "\"Retries\":2}}" },
		{ { "HEALTHCHECK NONE" }, "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}" },
		{ { "HEALTHCHECK CMD [\"a\",\"b\"]" },
		  "{\"Healthcheck\":{\"Test\":[\"CMD\",\"a\",\"b\"]}}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(image_config) struct image_config config = { 0 };
		auto_release(strings) struct strings list = { 0 };
		auto_error err = { 0 };
		auto_free char *text = NULL;
		const char *part;

		for (size_t j = 0; j < 4 && cases[i].instructions[j]; j++)
			strings_add(&list, cases[i].instructions[j]);
		if (image_config_change(&config, &list, &err) < 0)
			fail_msg("case %zu: %s", i, err.message);
		text = image_config_encode(&config);
		part = strstr(text, "\"config\":");
		assert_non_null(part);
		part += strlen("\"config\":");
		assert_memory_equal(part, cases[i].json, strlen(cases[i].json));
	}
}

static void an_entrypoint_takes_an_older_command_away(void **state)
{
	auto_release(image_config) struct image_config config = { 0 };
	auto_release(strings) struct strings list = { 0 };
	auto_error err = { 0 };

	(void)state;
	strings_add(&config.cmd, "old");
	strings_add(&list, "ENTRYPOINT [\"new\"]");
	assert_int_equal(image_config_change(&config, &list, &err), 0);
	assert_int_equal(config.cmd.count, 0);
	assert_string_equal(config.entrypoint.items[0], "new");
}

static void nonsense_is_refused(void **state)
{
	static const char *const cases[] = {
		"", "RUN x", "FROM a", "ENV", "ENV A", "ENV =b", "LABEL a", "EXPOSE 0", "EXPOSE 65536",
		"EXPOSE x", "EXPOSE 80/quic", "SHELL bash", "HEALTHCHECK", "HEALTHCHECK CMD",
		"HEALTHCHECK --interval=x CMD a", "HEALTHCHECK --color CMD a", "USER a\nb",
		"LABEL a=\xff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(image_config) struct image_config config = { 0 };
		auto_release(strings) struct strings list = { 0 };
		auto_error err = { 0 };

		strings_add(&list, cases[i]);
		if (image_config_change(&config, &list, &err) == 0)
			fail_msg("'%s' is taken", cases[i]);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
}

static void configs_are_read_as_they_were_written(void **state)
{
	static const char text[] =
		"{\"created\":\"2020-01-02T03:04:05Z\",\"author\":\"me\",\"architecture\":\"arm64\","
		"\"variant\":\"v8\",\"os\":\"linux\",\"config\":{\"User\":\"u\",\"ExposedPorts\":"
		"{\"1/tcp\":{}},\"Env\":[\"A=b\"],\"Entrypoint\":[\"e\"],\"Cmd\":[\"c\"],\"Healthcheck\":"
		"{\"Test\":[\"NONE\"],\"Timeout\":1},\"ArgsEscaped\":true,\"Volumes\":{\"/v\":{}},"
		"\"WorkingDir\":\"/w\",\"OnBuild\":[\"RUN\"],\"Labels\":{\"l\":\"m\"},\"StopSignal\":"
		"\"TERM\",\"Shell\":[\"sh\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]},\"history\":"
		"[{\"created\":\"2020-01-02T03:04:05Z\",\"created_by\":\"x\",\"author\":\"a\","
		"\"comment\":\"c\"},{\"created_by\":\"y\",\"empty_layer\":true}]}";
	auto_release(image_config) struct image_config config = { 0 };
	auto_free char *written = NULL;
	auto_error err = { 0 };

	(void)state;
	if (image_config_decode(text, strlen(text), &config, &err) < 0)
		fail_msg("%s", err.message);
	written = image_config_encode(&config);
	assert_string_equal(written, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_change_the_config),
		cmocka_unit_test(an_entrypoint_takes_an_older_command_away),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(configs_are_read_as_they_were_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

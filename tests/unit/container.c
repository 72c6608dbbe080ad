/* SPDX-License-Identifier: Apache-2.0 */
/* Containers on disk: made whole or not at all, found by what users type, removed without a
 * trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "tests/unit/scratch.h"

static struct engine *open_engine(void)
{
	struct engine_options options = { .root = scratch_path };
	auto_error err = { 0 };
	struct engine *engine = engine_open(&options, &err);

	if (!engine)
		fail_msg("%s", err.message);
	return engine;
}

static struct container *try_create(struct engine *engine, const char *name, struct error *err)
{
	struct container_config config = { .name = xstrdup(name), .image = xstrdup("img") };
	struct container *container;

	strings_add(&config.cmd, "true");
	container = container_create(engine, &config, err);
	container_config_release(&config);
	return container;
}

static struct container *create(struct engine *engine, const char *name)
{
	auto_error err = { 0 };
	struct container *container = try_create(engine, name, &err);

	if (!container)
		fail_msg("%s", err.message);
	return container;
}

/* The folders below containers/, but for those of the names and the locks. */
static size_t count_folders(struct engine *engine)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error err = { 0 };
	size_t count = 0;

	assert_int_equal(dir_list(engine->containers, &names, &err), 0);
	for (size_t i = 0; i < names.count; i++)
		count += strcmp(names.items[i], "names") != 0 &&
			 strcmp(names.items[i], ".lock") != 0;
	return count;
}

static size_t count_names(struct engine *engine)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error err = { 0 };
	auto_fd int dir = dir_open(engine->containers, "names", &err);

	assert_int_equal(dir_list(dir, &names, &err), 0);
	return names.count;
}

static void names_are_checked(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} cases[] = {
		{ "a", true },	    { "web.1_x-2", true }, { "0", true },      { "", false },
		{ "-a", false },    { ".a", false },	   { "_a", false },    { "a/b", false },
		{ "a b", false },   { "a\n", false },	   { "../x", false },  { "\xc3\xa9", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };

		print_message("'%s'\n", cases[i].name);
		assert_int_equal(container_check_name(cases[i].name, &err),
				 cases[i].valid ? 0 : -1);
		assert_int_equal(err.kind, cases[i].valid ? ERROR_NONE : ERROR_USAGE);
	}
}

static void generated_names_are_valid(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		auto_free char *name = container_generate_name();
		auto_error err = { 0 };

		assert_int_equal(container_check_name(name, &err), 0);
		assert_non_null(strchr(name, '_'));
	}
}

static void containers_are_found_as_users_name_them(void **state)
{
	struct engine *engine = open_engine();
	struct container *made = create(engine, "web");
	auto_free char *prefix = xstrndup(made->config.id, 12);
	auto_free char *with_slash = xstrdup("/web");
	const char *const words[] = { "web", with_slash, prefix, made->config.id };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		auto_error err = { 0 };
		struct container *found = container_find(engine, words[i], &err);

		print_message("%s\n", words[i]);
		assert_non_null(found);
		assert_string_equal(found->config.id, made->config.id);
		assert_int_equal(found->state.phase, CONTAINER_CREATED);
		container_free(found);
	}
	container_free(made);
	engine_close(engine);
}

static void others_are_not_found(void **state)
{
	static const char *const words[] = { "we", "webb", "", "..", "../names", "zz", "names" };
	struct engine *engine = open_engine();
	struct container *made = create(engine, "web");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		auto_error err = { 0 };

		print_message("'%s'\n", words[i]);
		assert_null(container_find(engine, words[i], &err));
		assert_int_equal(err.kind, ERROR_NOT_FOUND);
	}
	container_free(made);
	engine_close(engine);
}

static void ambiguous_prefixes_are_told(void **state)
{
	struct engine *engine = open_engine();
	auto_error err = { 0 };
	char first[2] = "";

	(void)state;
	/* Seventeen ids: two begin with the same digit. */
	for (int i = 0; i < 17; i++) {
		struct container *made = create(engine, NULL);

		container_free(made);
	}
	for (int digit = 0; digit < 16; digit++) {
		struct container *found;

		snprintf(first, sizeof(first), "%x", (unsigned int)digit);
		error_release(&err);
		found = container_find(engine, first, &err);
		container_free(found);
		if (err.kind == ERROR_INVALID)
			break;
	}
	assert_int_equal(err.kind, ERROR_INVALID);
	engine_close(engine);
}

static void a_name_is_taken_once(void **state)
{
	struct engine *engine = open_engine();
	struct container *made = create(engine, "web");
	auto_error err = { 0 };

	(void)state;
	assert_null(try_create(engine, "web", &err));
	assert_int_equal(err.kind, ERROR_EXISTS);
	assert_non_null(strstr(err.message, made->config.id));
	assert_int_equal(count_folders(engine), 1);
	assert_int_equal(count_names(engine), 1);
	container_free(made);
	engine_close(engine);
}

/* A creator was killed after it had taken the name, another before its folder was complete. */
static void what_killed_creators_left_is_swept(void **state)
{
	static const char dead[] = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";
	struct engine *engine = open_engine();
	struct container *made;
	auto_error err = { 0 };
	auto_fd int names = dir_open(engine->containers, "names", &err);

	(void)state;
	assert_int_equal(file_create(names, "web", dead, strlen(dead), 0600, &err), 0);
	assert_int_equal(mkdirat(engine->containers, ".new-x", 0700), 0);
	assert_int_equal(mkdirat(engine->containers, ".gone-y", 0700), 0);
	assert_null(container_find(engine, "web", &err));
	made = create(engine, "web");
	assert_int_equal(count_folders(engine), 1);
	container_free(made);
	engine_close(engine);
}

/* A power cut after the creation of a container whose files were not synced. */
static void torn_containers_are_swept(void **state)
{
	struct engine *engine = open_engine();
	struct container *torn = create(engine, "web");
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(file_write(torn->folder, "config.json", "", 0, 0600, FILE_VOLATILE, &err),
			 0);
	container_free(torn);
	container_free(create(engine, "web"));
	assert_int_equal(count_folders(engine), 1);
	engine_close(engine);
}

static void failed_creation_leaves_nothing(void **state)
{
	struct container_config config = { .name = xstrdup("web"), .image = xstrdup("img") };
	struct engine *engine = open_engine();
	auto_error err = { 0 };

	(void)state;
	config.layer_count = 1; /* which the store does not have */
	config.layers = xcalloc(1, sizeof(*config.layers));
	memset(config.layers[0].hex, 'a', sizeof(config.layers[0].hex) - 1);
	assert_null(container_create(engine, &config, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(count_folders(engine), 0);
	assert_int_equal(count_names(engine), 0);
	container_config_release(&config);
	engine_close(engine);
}

static void removal_leaves_nothing(void **state)
{
	struct engine *engine = open_engine();
	struct container *made = create(engine, "web");
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(container_remove(engine, made, &err), 0);
	assert_int_equal(count_folders(engine), 0);
	assert_int_equal(count_names(engine), 0);
	assert_int_equal(container_remove(engine, made, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	container_free(made);
	container_free(create(engine, "web"));
	engine_close(engine);
}

static void running_containers_are_not_removed(void **state)
{
	struct engine *engine = open_engine();
	struct container *made = create(engine, "web");
	auto_error err = { 0 };

	(void)state;
	made->state.phase = CONTAINER_RUNNING;
	assert_int_equal(container_remove(engine, made, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	assert_int_equal(count_folders(engine), 1);
	container_free(made);
	engine_close(engine);
}

static unsigned int warning_count;

static void count_warning(const char *message)
{
	print_message("%s\n", message);
	warning_count++;
}

static void lists_are_newest_first_and_pass_over_damage(void **state)
{
	struct engine *engine = open_engine();
	struct container *one = create(engine, "one");
	struct container *two = create(engine, "two");
	struct container *three = create(engine, "three");
	struct container **list;
	auto_error err = { 0 };
	size_t count;

	(void)state;
	assert_int_equal(file_write(two->folder, "config.json", "{", 1, 0600, FILE_VOLATILE, &err),
			 0);
	warnings_to(count_warning);
	assert_int_equal(container_list(engine, &list, &count, &err), 0);
	warnings_to(NULL);
	assert_int_equal(warning_count, 1);
	assert_int_equal(count, 2);
	assert_string_equal(list[0]->config.name, "three");
	assert_string_equal(list[1]->config.name, "one");
	container_free_list(list, count);
	container_free(one);
	container_free(two);
	container_free(three);
	engine_close(engine);
}

static void directories_of_others_are_refused(void **state)
{
	struct engine_options options = { .root = scratch_path };
	auto_error err = { 0 };

	assert_int_equal(fchmod(scratch_dir(state), 0777), 0);
	assert_null(engine_open(&options, &err));
	assert_non_null(strstr(err.message, "others may write"));
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(generated_names_are_valid),
		WITH_SCRATCH(containers_are_found_as_users_name_them),
		WITH_SCRATCH(others_are_not_found),
		WITH_SCRATCH(ambiguous_prefixes_are_told),
		WITH_SCRATCH(a_name_is_taken_once),
		WITH_SCRATCH(what_killed_creators_left_is_swept),
		WITH_SCRATCH(torn_containers_are_swept),
		WITH_SCRATCH(failed_creation_leaves_nothing),
		WITH_SCRATCH(removal_leaves_nothing),
		WITH_SCRATCH(running_containers_are_not_removed),
		WITH_SCRATCH(lists_are_newest_first_and_pass_over_damage),
		WITH_SCRATCH(directories_of_others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

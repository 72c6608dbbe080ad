/* SPDX-License-Identifier: Apache-2.0 */
/* The log of events: what is written is read back, bounded, and torn lines do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "engine/events.h"
#include "tests/unit/scratch.h"

struct gathered {
	struct strings actions;
	int64_t last_ns;
	size_t stop_after;
};

static int gather(void *argument, const struct event *event, const char *line)
{
	struct gathered *gathered = argument;

	assert_non_null(strstr(line, event->action));
	assert_true(event->time_ns >= gathered->last_ns);
	gathered->last_ns = event->time_ns;
	strings_add(&gathered->actions, event->action);
	return gathered->stop_after && gathered->actions.count >= gathered->stop_after ? -1 : 0;
}

static void read_events(int root, const struct events_request *wanted, struct gathered *gathered)
{
	struct events_request request = *wanted;
	auto_error err = { 0 };

	request.take = gather;
	request.argument = gathered;
	strings_release(&gathered->actions);
	gathered->last_ns = 0;
	assert_int_equal(events_read(root, &request, &err), 0);
}

static const struct events_request history = { .history = true };

static void events_come_back_in_order(void **state)
{
	int root = scratch_dir(state);
	struct gathered gathered = { 0 };
	auto_release(strings) struct strings attributes = { 0 };
	struct events_request request = history;
	int64_t between;

	read_events(root, &history, &gathered);
	assert_int_equal(gathered.actions.count, 0);
	strings_add(&attributes, "name=web \"and\" more\n");
	events_add(root, "container", "create", "abc", &attributes);
	between = clock_now();
	events_add(root, "container", "start", "abc", NULL);
	read_events(root, &history, &gathered);
	assert_int_equal(gathered.actions.count, 2);
	assert_string_equal(gathered.actions.items[0], "create");
	assert_string_equal(gathered.actions.items[1], "start");

	request.since_ns = between;
	read_events(root, &request, &gathered);
	assert_int_equal(gathered.actions.count, 1);
	assert_string_equal(gathered.actions.items[0], "start");
	request = (struct events_request){ .history = true, .until_ns = between };
	read_events(root, &request, &gathered);
	assert_int_equal(gathered.actions.count, 1);
	assert_string_equal(gathered.actions.items[0], "create");
	strings_release(&gathered.actions);
}

static void the_log_is_bounded(void **state)
{
	int root = scratch_dir(state);
	struct gathered gathered = { 0 };
	auto_release(strings) struct strings attributes = { 0 };
	auto_free char *filler = xmalloc(20000);
	struct stat log, before;

	memset(filler, 'x', 20000);
	filler[19999] = '\0';
	strings_set_value(&attributes, "label", filler);
	for (int i = 0; i < 200; i++)
		events_add(root, "container", "start", "abc", &attributes);
	assert_int_equal(fstatat(root, "events/log", &log, 0), 0);
	assert_int_equal(fstatat(root, "events/log.1", &before, 0), 0);
	assert_true((size_t)log.st_size < EVENTS_SIZE_MAX + EVENT_LINE_MAX);
	assert_true((size_t)before.st_size < EVENTS_SIZE_MAX + EVENT_LINE_MAX);
	read_events(root, &history, &gathered);
	assert_in_range(gathered.actions.count, 50, 110);
	strings_release(&gathered.actions);
}

static void a_line_that_is_too_long_goes_without_attributes(void **state)
{
	int root = scratch_dir(state);
	struct gathered gathered = { 0 };
	auto_release(strings) struct strings attributes = { 0 };
	auto_free char *filler = xmalloc(EVENT_LINE_MAX);

	memset(filler, 'x', EVENT_LINE_MAX - 1);
	filler[EVENT_LINE_MAX - 1] = '\0';
	strings_set_value(&attributes, "label", filler);
	events_add(root, "container", "start", "abc", &attributes);
	read_events(root, &history, &gathered);
	assert_int_equal(gathered.actions.count, 1);
	strings_release(&gathered.actions);
}

static void torn_lines_are_passed_over(void **state)
{
	static const char torn[] = "{\"Type\":\"conta\n{}\n[1]\nnonsense\n";
	int root = scratch_dir(state);
	struct gathered gathered = { 0 };
	int log;

	events_add(root, "container", "create", "abc", NULL);
	log = openat(root, "events/log", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(log >= 0);
	assert_int_equal(fd_write_full(log, torn, strlen(torn)), 0);
	close(log);
	events_add(root, "container", "start", "abc", NULL);
	read_events(root, &history, &gathered);
	assert_int_equal(gathered.actions.count, 2);
	strings_release(&gathered.actions);
}

static void following_ends_when_its_reader_has_enough(void **state)
{
	int root = scratch_dir(state);
	struct gathered gathered = { .stop_after = 2 };
	struct events_request request = { .history = true, .follow = true };

	events_add(root, "container", "create", "abc", NULL);
	events_add(root, "container", "start", "abc", NULL);
	events_add(root, "container", "die", "abc", NULL);
	read_events(root, &request, &gathered);
	assert_int_equal(gathered.actions.count, 2);
	gathered.stop_after = 0;
	request.until_ns = clock_now();
	read_events(root, &request, &gathered);
	assert_int_equal(gathered.actions.count, 3);
	strings_release(&gathered.actions);
}

#define scratch_test(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(events_come_back_in_order),
		scratch_test(the_log_is_bounded),
		scratch_test(a_line_that_is_too_long_goes_without_attributes),
		scratch_test(torn_lines_are_passed_over),
		scratch_test(following_ends_when_its_reader_has_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

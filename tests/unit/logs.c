/* SPDX-License-Identifier: Apache-2.0 */
/* json-file logs: what is written, and that it is read back whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/log-file.h"
#include "engine/log-record.h"
#include "engine/logs.h"
#include "tests/unit/scratch.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct gathered {
	struct buffer text[2];	/* by stream */
	size_t count;
};

static int gather(void *argument, enum log_stream stream, int64_t time, const char *text,
		  size_t size)
{
	struct gathered *gathered = argument;

	assert_true(time > 0);
	buffer_add(&gathered->text[stream], text, size);
	gathered->count++;
	return 0;
}

static void release_gathered(struct gathered *gathered)
{
	buffer_release(&gathered->text[0]);
	buffer_release(&gathered->text[1]);
	*gathered = (struct gathered){ 0 };
}

static void read_logs(int folder, const struct log_request *wanted, struct gathered *gathered)
{
	struct container container = { .folder = folder };
	struct log_request request = *wanted;
	auto_error err = { 0 };

	memcpy(container.config.id, ID, sizeof(container.config.id));
	request.record = gather;
	request.argument = gathered;
	release_gathered(gathered);
	assert_int_equal(logs_read(&container, &request, &err), 0);
}

static const struct log_request everything = { .tail = -1, .stdout_wanted = true,
					       .stderr_wanted = true };

static void add(struct log_writer *writer, enum log_stream stream, const char *text)
{
	auto_error err = { 0 };

	assert_int_equal(log_writer_add(writer, stream, text, strlen(text), &err), 0);
}

static struct log_writer *open_writer(int folder, uint64_t max_size, unsigned int max_file)
{
	struct container container = { .folder = folder };
	auto_error err = { 0 };
	struct log_writer *writer;

	memcpy(container.config.id, ID, sizeof(container.config.id));
	container.config.log_max_size = max_size;
	container.config.log_max_file = max_file;
	writer = log_writer_open(&container, NULL, &err);
	assert_non_null(writer);
	return writer;
}

/* The log's first line up to its time. */
static void assert_written(int folder, const char *expected)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error err = { 0 };
	char name[LOG_NAME_SIZE];

	log_file_name(name, ID, 0);
	assert_int_equal(file_read(folder, name, 1 << 20, &text, &err), 0);
	assert_true(text.size > strlen(expected));
	text.data[strlen(expected)] = '\0';
	assert_string_equal(text.data, expected);
}

static void bytes_are_escaped_as_docker_does(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *expected;
	} cases[] = {
		{ "plain\n", 6, "plain\\n" },
		{ "a\"b\\c\r\n", 7, "a\\\"b\\\\c\\r\\n" },
		{ "tab\t\x1b[0m\n", 9, "tab\\u0009\\u001b[0m\\n" },
		{ "<&>\n", 4, "\\u003c\\u0026\\u003e\\n" },
		{ "\xc3\xa9\xf0\x9f\x90\xb3\n", 7, "\xc3\xa9\xf0\x9f\x90\xb3\\n" },
		{ "\xff\xc3(\n", 4, "\\ufffd\\ufffd(\\n" },
		{ "\xe2\x80\xa8\xe2\x80\xa9\n", 7, "\\u2028\\u2029\\n" },
		{ "nul\0byte\n", 9, "nul\\u0000byte\\n" },
		{ "\xed\xa0\x80\n", 4, "\\ufffd\\ufffd\\ufffd\\n" },
	};
	int folder = scratch_dir(state);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct log_writer *writer = open_writer(folder, 0, 0);
		auto_free char *expected = xasprintf("{\"log\":\"%s\",\"stream\":\"stdout\",\"time\":\"",
						     cases[i].expected);
		auto_error err = { 0 };
		char name[LOG_NAME_SIZE];

		print_message("case %zu\n", i);
		assert_int_equal(log_writer_add(writer, LOG_STDOUT, cases[i].text, cases[i].size,
						&err), 0);
		log_writer_close(writer);
		assert_written(folder, expected);
		log_file_name(name, ID, 0);
		assert_int_equal(unlinkat(folder, name, 0), 0);
	}
}

static void streams_are_read_back(void **state)
{
	struct log_writer *writer = open_writer(scratch_dir(state), 0, 0);
	struct log_request request = everything;
	struct gathered gathered = { 0 };

	add(writer, LOG_STDOUT, "one\ntw");
	add(writer, LOG_STDERR, "err\n");
	add(writer, LOG_STDOUT, "o\nunfinished");
	log_writer_close(writer);
	read_logs(scratch_dir(state), &request, &gathered);
	assert_string_equal(gathered.text[LOG_STDOUT].data, "one\ntwo\nunfinished");
	assert_string_equal(gathered.text[LOG_STDERR].data, "err\n");
	request.stdout_wanted = false;
	read_logs(scratch_dir(state), &request, &gathered);
	assert_int_equal(gathered.count, 1);
	release_gathered(&gathered);
}

static void long_lines_are_split_and_joined_again(void **state)
{
	auto_free char *line = xmalloc(100001);
	struct log_writer *writer = open_writer(scratch_dir(state), 0, 0);
	struct gathered gathered = { 0 };

	memset(line, 'x', 100000);
	line[100000] = '\0';
	add(writer, LOG_STDOUT, line);
	add(writer, LOG_STDOUT, "end\n");
	log_writer_close(writer);
	read_logs(scratch_dir(state), &everything, &gathered);
	assert_int_equal(gathered.count, 7); /* six of 16 KiB, and the rest */
	assert_int_equal(gathered.text[LOG_STDOUT].size, 100004);
	release_gathered(&gathered);
}

static void rotation_keeps_the_youngest_files(void **state)
{
	struct log_writer *writer = open_writer(scratch_dir(state), 1000, 3);
	struct log_request request = everything;
	struct gathered gathered = { 0 };
	char name[LOG_NAME_SIZE];
	char line[16];

	for (int i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "line %d\n", i);
		add(writer, LOG_STDOUT, line);
	}
	log_writer_close(writer);
	log_file_name(name, ID, 2);
	assert_true(file_exists(scratch_dir(state), name));
	log_file_name(name, ID, 3);
	assert_false(file_exists(scratch_dir(state), name));
	read_logs(scratch_dir(state), &request, &gathered);
	assert_true(gathered.count > 20 && gathered.count < 60);
	assert_non_null(strstr(gathered.text[LOG_STDOUT].data, "line 198\nline 199\n"));
	request.tail = 30; /* over the border of two files */
	read_logs(scratch_dir(state), &request, &gathered);
	assert_int_equal(gathered.count, 30);
	assert_memory_equal(gathered.text[LOG_STDOUT].data, "line 170\n", 9);
	release_gathered(&gathered);
}

static void tails_are_counted_in_lines(void **state)
{
	static const struct {
		int64_t tail;
		size_t expected;
	} cases[] = { { -1, 3 }, { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 3 }, { 100, 3 } };
	struct log_writer *writer = open_writer(scratch_dir(state), 0, 0);

	add(writer, LOG_STDOUT, "a\nb\nc\n");
	log_writer_close(writer);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct log_request request = everything;
		struct gathered gathered = { 0 };

		print_message("tail %lld\n", (long long)cases[i].tail);
		request.tail = cases[i].tail;
		read_logs(scratch_dir(state), &request, &gathered);
		assert_int_equal(gathered.count, cases[i].expected);
		release_gathered(&gathered);
	}
}

/* A writer that was killed in the middle of a line. */
static void half_a_line_spoils_nothing(void **state)
{
	struct log_writer *writer = open_writer(scratch_dir(state), 0, 0);
	struct gathered gathered = { 0 };
	char name[LOG_NAME_SIZE];
	int fd;

	add(writer, LOG_STDOUT, "whole\n");
	log_writer_close(writer);
	log_file_name(name, ID, 0);
	fd = openat(scratch_dir(state), name, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "{\"log\":\"ha", 10), 10);
	close(fd);
	writer = open_writer(scratch_dir(state), 0, 0);
	add(writer, LOG_STDOUT, "after\n");
	log_writer_close(writer);
	read_logs(scratch_dir(state), &everything, &gathered);
	assert_string_equal(gathered.text[LOG_STDOUT].data, "whole\nafter\n");
	release_gathered(&gathered);
}

static void bounds_in_time_are_kept(void **state)
{
	struct log_writer *writer = open_writer(scratch_dir(state), 0, 0);
	struct log_request request = everything;
	struct gathered gathered = { 0 };

	add(writer, LOG_STDOUT, "now\n");
	log_writer_close(writer);
	request.since_ns = clock_now() + NS_PER_SECOND;
	read_logs(scratch_dir(state), &request, &gathered);
	assert_int_equal(gathered.count, 0);
	request.since_ns = clock_now() - 3600 * NS_PER_SECOND;
	read_logs(scratch_dir(state), &request, &gathered);
	assert_int_equal(gathered.count, 1);
	request.until_ns = request.since_ns + 1;
	read_logs(scratch_dir(state), &request, &gathered);
	assert_int_equal(gathered.count, 0);
	release_gathered(&gathered);
}

static void records_of_other_shapes(void **state)
{
	static const struct {
		const char *line;
		const char *expected;	/* NULL: none */
	} cases[] = {
		{ "{\"log\":\"a\\tb\\/\",\"stream\":\"stderr\",\"time\":\"2026-01-02T03:04:05.6Z\"}",
		  "a\tb/" },
		{ "{\"log\":\"\\ud83d\\udc33\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"b\"},"
		  "\"time\":\"2026-01-02T03:04:05Z\"}",
		  "\xf0\x9f\x90\xb3" },
		{ "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"yesterday\"}", NULL },
		{ "{\"log\":\"x\",\"stream\":\"stdxxx\",\"time\":\"2026-01-02T03:04:05Z\"}", NULL },
		{ "{\"log\":\"\\ud83d\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}",
		  NULL },
		{ "{\"log\":\"\\q\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}", NULL },
		{ "{\"log\":\"x", NULL },
		{ "{\"log\":\"x\\", NULL },
		{ "{\"log\":\"x\\u00", NULL },
		{ "{\"log\":\"x\",\"stream\":\"stdout\",", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(buffer) struct buffer text = { 0 };
		enum log_stream stream;
		int64_t time;
		bool found = log_record_parse(cases[i].line, strlen(cases[i].line), &text, &stream,
					      &time);

		print_message("%s\n", cases[i].line);
		assert_int_equal(found, cases[i].expected != NULL);
		if (cases[i].expected)
			assert_string_equal(text.data, cases[i].expected);
	}
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCRATCH(bytes_are_escaped_as_docker_does),
		WITH_SCRATCH(streams_are_read_back),
		WITH_SCRATCH(long_lines_are_split_and_joined_again),
		WITH_SCRATCH(rotation_keeps_the_youngest_files),
		WITH_SCRATCH(tails_are_counted_in_lines),
		WITH_SCRATCH(half_a_line_spoils_nothing),
		WITH_SCRATCH(bounds_in_time_are_kept),
		cmocka_unit_test(records_of_other_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

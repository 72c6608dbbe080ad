/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching: frames, detach keys, and the server's side with clients on socket pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/event.h"
#include "base/fd.h"
#include "base/strings.h"
#include "engine/supervisor/attach-protocol.h"
#include "engine/supervisor/attach-server.h"
#include "engine/supervisor/detach-keys.h"
#include "tests/unit/scratch.h"

static void headers_survive_both_ways(void **state)
{
	uint8_t bytes[ATTACH_HEADER_SIZE];
	struct attach_header header;
	auto_error err = { 0 };

	(void)state;
	attach_header_format(ATTACH_STDERR, 65536, bytes);
	assert_int_equal(attach_header_parse(bytes, &header, &err), 0);
	assert_int_equal(header.type, ATTACH_STDERR);
	assert_int_equal(header.size, 65536);
}

static void malformed_headers_are_refused(void **state)
{
	static const uint8_t cases[][ATTACH_HEADER_SIZE] = {
		{ 6, 0, 0, 0, 0, 0, 0, 1 },	{ 1, 1, 0, 0, 0, 0, 0, 1 },
		{ 1, 0, 0, 1, 0, 0, 0, 1 },	{ 1, 0, 0, 0, 0, 1, 0, 1 },
		{ 1, 0, 0, 0, 255, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct attach_header header;
		auto_error err = { 0 };

		print_message("case %zu\n", i);
		assert_int_equal(attach_header_parse(cases[i], &header, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void detach_keys_are_parsed(void **state)
{
	static const struct {
		const char *text;
		const char *expected;	/* NULL: refused */
		unsigned int count;
	} cases[] = {
		{ "ctrl-p,ctrl-q", "\x10\x11", 2 }, { "a", "a", 1 },
		{ "ctrl-@", "\0", 1 },		    { "ctrl-[,ctrl-_", "\x1b\x1f", 2 },
		{ "DEL", "\x7f", 1 },		    { "x,y,ctrl-a", "xy\x01", 3 },
		{ "ctrl-", NULL, 0 },		    { "ctrl-A", NULL, 0 },
		{ "ctrl-pp", NULL, 0 },		    { "a,,b", NULL, 0 },
		{ "ab", NULL, 0 },		    { "", NULL, 0 },
		{ "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		unsigned int count = 0;
		uint8_t keys[16];
		int result = detach_keys_parse(cases[i].text, keys, &count, &err);

		print_message("'%s'\n", cases[i].text);
		assert_int_equal(result, cases[i].expected ? 0 : -1);
		assert_int_equal(count, cases[i].count);
		if (cases[i].expected)
			assert_memory_equal(keys, cases[i].expected, count);
	}
}

/* `typed` comes in pieces divided by '|'. */
static void check_filter(const char *keys, const char *typed, const char *expected, bool detaches)
{
	struct detach_matcher matcher = { .count = (unsigned int)strlen(keys) };
	auto_release(buffer) struct buffer passed = { 0 };
	auto_release(strings) struct strings pieces = { 0 };
	bool detached = false;

	print_message("keys '%s', typed '%s'\n", keys, typed);
	memcpy(matcher.keys, keys, strlen(keys));
	strings_split(&pieces, typed, '|');
	for (size_t i = 0; i < pieces.count && !detached; i++) {
		uint8_t out[128];
		size_t size = 0;

		detached = detach_matcher_filter(&matcher, (const uint8_t *)pieces.items[i],
						 strlen(pieces.items[i]), out, &size);
		buffer_add(&passed, out, size);
	}
	buffer_puts(&passed, "");
	assert_string_equal(passed.data ? passed.data : "", expected);
	assert_int_equal(detached, detaches);
}

static void only_whole_sequences_detach(void **state)
{
	(void)state;
	check_filter("PQ", "hello", "hello", false);
	check_filter("PQ", "abPQ", "ab", true);
	check_filter("PQ", "abP|Q", "ab", true);
	check_filter("PQ", "abP|x", "abPx", false);
	check_filter("PQ", "PPPQ", "PP", true);
	check_filter("PQ", "P", "", false);
	check_filter("aab", "aaab", "a", true);
	check_filter("aab", "aa|ca|ab", "aac", true);
	check_filter("abab", "ababx", "", true);
	check_filter("abac", "ababac", "ab", true);
	check_filter("", "anything", "anything", false);
}

struct served {
	struct event_loop *loop;
	struct attach_server *server;
	struct buffer input;
	size_t input_room;	/* what the container's input takes */
	unsigned int ends, rooms, empties;
	unsigned short rows, columns;
	int client;
};

static size_t take_input(void *argument, const void *data, size_t size)
{
	struct served *served = argument;
	size_t part = size < served->input_room ? size : served->input_room;

	buffer_add(&served->input, data, part);
	served->input_room -= part;
	return part;
}

static void count_end(void *argument)
{
	((struct served *)argument)->ends++;
}

static void count_room(void *argument)
{
	((struct served *)argument)->rooms++;
}

static void count_empty(void *argument)
{
	((struct served *)argument)->empties++;
}

static void take_size(void *argument, unsigned short rows, unsigned short columns)
{
	struct served *served = argument;

	served->rows = rows;
	served->columns = columns;
}

static int stop(void *argument, struct error *err)
{
	(void)err;
	event_loop_stop(argument);
	return 0;
}

/* Lets the server work off what has arrived. */
static void turn(struct served *served)
{
	auto_error err = { 0 };
	struct event_source *timer = event_add_timer(served->loop, 1000000, 0, stop, served->loop,
						     &err);

	assert_non_null(timer);
	assert_int_equal(event_loop_run(served->loop, &err), 0);
	event_remove(timer);
}

static void serve(struct served *served, int directory, bool input_once)
{
	const struct attach_hooks hooks = {
		.argument = served, .input = take_input, .end_of_input = count_end,
		.resize = take_size, .room = count_room, .owner = served, .empty = count_empty,
	};
	auto_error err = { 0 };
	int pair[2];

	*served = (struct served){ .input_room = 1 << 20 };
	served->loop = event_loop_new(&err);
	served->server = attach_server_open(directory, served->loop, input_once, &hooks, &err);
	assert_non_null(served->server);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(attach_server_add(served->server, pair[1], &err), 0);
	served->client = pair[0];
}

static void serve_no_more(struct served *served)
{
	attach_server_close(served->server);
	event_loop_free(served->loop);
	buffer_release(&served->input);
	auto_close_fd(&served->client);
}

static void send_frame(int client, enum attach_frame type, const void *data, size_t size)
{
	uint8_t header[ATTACH_HEADER_SIZE];

	attach_header_format(type, (uint32_t)size, header);
	assert_int_equal(fd_write_full(client, header, sizeof(header)), 0);
	assert_int_equal(fd_write_full(client, data, size), 0);
}

static void expect_frame(int client, enum attach_frame type, const void *data, size_t size)
{
	uint8_t bytes[ATTACH_HEADER_SIZE];
	struct attach_header header;
	auto_error err = { 0 };
	char content[256];

	assert_int_equal(fd_read_full(client, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(attach_header_parse(bytes, &header, &err), 0);
	assert_int_equal(header.type, type);
	assert_int_equal(header.size, size);
	assert_int_equal(fd_read_full(client, content, size), size);
	assert_memory_equal(content, data, size);
}

static void output_then_exit_reach_the_client(void **state)
{
	struct served served;
	char end;

	serve(&served, scratch_dir(state), false);
	attach_server_output(served.server, ATTACH_STDOUT, "out", 3);
	attach_server_output(served.server, ATTACH_STDERR, "err", 3);
	attach_server_exit(served.server, 7, true);
	expect_frame(served.client, ATTACH_STDOUT, "out", 3);
	expect_frame(served.client, ATTACH_STDERR, "err", 3);
	expect_frame(served.client, ATTACH_EXIT, "\7\1", 2);
	assert_int_equal(fd_read_full(served.client, &end, 1), 0);
	assert_int_equal(served.empties, 1);
	serve_no_more(&served);
}

static void input_and_sizes_reach_the_container(void **state)
{
	struct served served;

	serve(&served, scratch_dir(state), true);
	send_frame(served.client, ATTACH_STDIN, "hello ", 6);
	send_frame(served.client, ATTACH_RESIZE, "\0\x18\x01\x02", 4);
	send_frame(served.client, ATTACH_STDIN, "world", 5);
	turn(&served);
	assert_int_equal(served.input.size, 11);
	assert_memory_equal(served.input.data, "hello world", 11);
	assert_int_equal(served.rows, 24);
	assert_int_equal(served.columns, 258);
	assert_int_equal(served.ends, 0);
	send_frame(served.client, ATTACH_STDIN, "", 0);
	turn(&served);
	assert_int_equal(served.ends, 1);
	serve_no_more(&served);
}

static void input_waits_for_a_full_container(void **state)
{
	struct served served;

	serve(&served, scratch_dir(state), true);
	served.input_room = 4;
	send_frame(served.client, ATTACH_STDIN, "abcdefgh", 8);
	turn(&served);
	assert_int_equal(served.input.size, 4);
	served.input_room = 100;
	attach_server_resume_input(served.server);
	assert_int_equal(served.input.size, 8);
	assert_memory_equal(served.input.data, "abcdefgh", 8);
	serve_no_more(&served);
}

static void a_client_that_does_not_read_holds_output_back(void **state)
{
	static char chunk[16384];
	struct served served;
	int chunks = 0;

	serve(&served, scratch_dir(state), false);
	while (attach_server_has_room(served.server) && chunks++ < 1000)
		attach_server_output(served.server, ATTACH_STDOUT, chunk, sizeof(chunk));
	assert_true(chunks < 1000);
	assert_int_equal(served.rooms, 0);
	auto_close_fd(&served.client);
	served.client = -1;
	turn(&served);
	assert_true(attach_server_is_empty(served.server));
	assert_int_equal(served.rooms, 1);
	serve_no_more(&served);
}

static void the_end_of_the_owner_ends_input(void **state)
{
	struct served served;

	serve(&served, scratch_dir(state), true);
	auto_close_fd(&served.client);
	served.client = -1;
	turn(&served);
	assert_int_equal(served.ends, 1);
	assert_int_equal(served.empties, 1);
	serve_no_more(&served);
}

static int connect_client(int directory)
{
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;

	attach_address(directory, &address);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	return client;
}

static void watchers_hear_of_the_end_they_wait_for(void **state)
{
	struct served served;
	int next, last;

	serve(&served, scratch_dir(state), false);
	next = connect_client(scratch_dir(state));
	last = connect_client(scratch_dir(state));
	send_frame(next, ATTACH_WATCH, "\0", 1);
	send_frame(last, ATTACH_WATCH, "\1", 1);
	turn(&served);
	attach_server_output(served.server, ATTACH_STDOUT, "x", 1); /* not for them */
	attach_server_exit(served.server, 3, false);
	expect_frame(next, ATTACH_EXIT, "\3\0", 2);
	attach_server_exit(served.server, 4, true);
	expect_frame(last, ATTACH_EXIT, "\4\1", 2);
	assert_int_equal(served.empties, 1);
	serve_no_more(&served);
	close(next);
	close(last);
}

static void rubbish_ends_the_connection(void **state)
{
	struct served served;

	serve(&served, scratch_dir(state), false);
	assert_int_equal(fd_write_full(served.client, "GET / HTTP/1.1\r\n", 16), 0);
	turn(&served);
	assert_true(attach_server_is_empty(served.server));
	serve_no_more(&served);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_survive_both_ways),
		cmocka_unit_test(malformed_headers_are_refused),
		cmocka_unit_test(detach_keys_are_parsed),
		cmocka_unit_test(only_whole_sequences_detach),
		WITH_SCRATCH(output_then_exit_reach_the_client),
		WITH_SCRATCH(input_and_sizes_reach_the_container),
		WITH_SCRATCH(input_waits_for_a_full_container),
		WITH_SCRATCH(a_client_that_does_not_read_holds_output_back),
		WITH_SCRATCH(the_end_of_the_owner_ends_input),
		WITH_SCRATCH(watchers_hear_of_the_end_they_wait_for),
		WITH_SCRATCH(rubbish_ends_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How published ports are written, and that bytes get through them whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/event.h"
#include "base/fd.h"
#include "base/process.h"
#include "engine/network/ports.h"

/* "ADDRESS:HOST[-LAST]:CONTAINER/PROTOCOL" of each, with blanks between. */
static char *describe(const struct port_mappings *mappings)
{
	auto_release(buffer) struct buffer text = { 0 };

	for (size_t i = 0; i < mappings->count; i++) {
		const struct port_mapping *mapping = &mappings->items[i];

		buffer_printf(&text, "%s%s:%u", i ? " " : "", mapping->host_address,
			      mapping->host_port);
		if (mapping->host_port_last != mapping->host_port)
			buffer_printf(&text, "-%u", mapping->host_port_last);
		buffer_printf(&text, ":%u/%s", mapping->container_port,
			      port_protocol_name(mapping->protocol));
	}
	return buffer_take(&text);
}

static const struct {
	const char *text, *mappings;
} good[] = {
	{ "80", ":0:80/tcp" },
	{ "8080:80", ":8080:80/tcp" },
	{ "8080:80/udp", ":8080:80/udp" },
	{ "8080:80/TCP", ":8080:80/tcp" },
	{ "80/sctp", ":0:80/sctp" },
	{ "127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp" },
	{ "[::1]:8080:80", "::1:8080:80/tcp" },
	{ "::1:8080:80", "::1:8080:80/tcp" },
	{ "127.0.0.1::80", "127.0.0.1:0:80/tcp" },
	{ "127.0.0.1:0:80", "127.0.0.1:0:80/tcp" },
	{ ":80", ":0:80/tcp" },
	{ "::80", ":0:80/tcp" },
	{ "0:80", ":0:80/tcp" },
	{ "8000-8005:80", ":8000-8005:80/tcp" },
	{ "8000-8002:9000-9002", ":8000:9000/tcp :8001:9001/tcp :8002:9002/tcp" },
	{ "7000-7001", ":0:7000/tcp :0:7001/tcp" },
	{ "7000-7001/udp", ":0:7000/udp :0:7001/udp" },
	{ "65535:65535", ":65535:65535/tcp" },
	{ "published=8080,target=80,protocol=udp", ":8080:80/udp" },
	{ "target=80", ":0:80/tcp" },
	{ "target=80,mode=host,published=81", ":81:80/tcp" },
};

static void publications_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		auto_release(port_mappings) struct port_mappings mappings = { 0 };
		auto_free char *text = NULL;
		auto_error err = { 0 };

		if (port_mappings_parse(&mappings, good[i].text, &err) < 0)
			fail_msg("'%s': %s", good[i].text, err.message);
		text = describe(&mappings);
		if (strcmp(text, good[i].mappings) != 0)
			print_error("for '%s'\n", good[i].text);
		assert_string_equal(text, good[i].mappings);
	}
}

static const struct {
	const char *text, *message;
} bad[] = {
	{ "", "no port specified: <empty>" },
	{ "8080:", "no port specified: 8080:<empty>" },
	{ "0", "invalid containerPort: 0" },
	{ "65536", "invalid containerPort: 65536" },
	{ "x", "invalid containerPort: x" },
	{ "-1", "invalid containerPort: -1" },
	{ "+80", "invalid containerPort: +80" },
	{ " 80", "invalid containerPort:  80" },
	{ "80-79", "invalid containerPort: 80-79" },
	{ "80-", "invalid containerPort: 80-" },
	{ "x:80", "invalid hostPort: x" },
	{ "70000:80", "invalid hostPort: 70000" },
	{ "80/icmp", "invalid proto: icmp" },
	{ "80/", "invalid proto: " },
	{ "localhost:80:80", "invalid IP address: localhost" },
	{ "1.2.3:80:80", "invalid IP address: 1.2.3" },
	{ "fe80::1%eth0:80:80", "invalid IP address: fe80::1%eth0" },
	{ "8000-8001:80-85",
	  "invalid ranges specified for container and host Ports: 80-85 and 8000-8001" },
	{ "published=80", "missing mandatory field \"target\"" },
	{ "target=80,x", "invalid field: x" },
	{ "target=80,x=1", "invalid field key: x" },
	{ "target=80,protocol=x", "invalid proto: x" },
};

static void other_text_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_release(port_mappings) struct port_mappings mappings = { 0 };
		auto_error err = { 0 };

		if (port_mappings_parse(&mappings, bad[i].text, &err) == 0)
			fail_msg("'%s' was taken", bad[i].text);
		assert_string_equal(err.message, bad[i].message);
		assert_int_equal(err.kind, ERROR_USAGE);
		assert_int_equal(mappings.count, 0);
	}
}

static void there_is_an_end_to_ports(void **state)
{
	auto_release(port_mappings) struct port_mappings mappings = { 0 };
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(port_mappings_parse(&mappings, "1-65535", &err), 0);
	assert_int_equal(port_mappings_parse(&mappings, "1-65535", &err), -1);
	assert_int_equal(mappings.count, 65535);
}

static void exposed_ports_are_understood(void **state)
{
	uint16_t first;
	uint16_t last;
	enum port_protocol protocol;
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(port_range_parse("80", &first, &last, &protocol, &err), 0);
	assert_true(first == 80 && last == 80 && protocol == PORT_TCP);
	assert_int_equal(port_range_parse("8000-8010/udp", &first, &last, &protocol, &err), 0);
	assert_true(first == 8000 && last == 8010 && protocol == PORT_UDP);
	assert_int_equal(port_range_parse("80:80", &first, &last, &protocol, &err), -1);
	assert_int_equal(port_range_parse("0", &first, &last, &protocol, &err), -1);
}

/*
 * The forwarder runs in a child; server and client are in the test. All is on
 * loopback, so "the container" is 127.0.0.1.
 */
struct forwarding {
	int server;			/* listens; stands for the container's program */
	struct port_mappings mappings;
	struct port_forwarder *forwarder;
	struct process process;
};

static int run_forwarder(void *argument)
{
	struct forwarding *forwarding = argument;
	auto_error err = { 0 };
	struct event_loop *loop = event_loop_new(&err);

	close(forwarding->server);
	if (!loop || port_forwarder_run(forwarding->forwarder, loop, "127.0.0.1", &err) < 0)
		return 1;
	return event_loop_run(loop, &err) < 0;
}

static int begin_forwarding(void **state)
{
	struct forwarding *forwarding = xcalloc(1, sizeof(*forwarding));
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct port_mapping mapping = { .host_address = "127.0.0.1" };
	socklen_t size = sizeof(address);
	auto_error err = { 0 };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	forwarding->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(forwarding->server, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(forwarding->server, 64), 0);
	assert_int_equal(getsockname(forwarding->server, (struct sockaddr *)&address, &size), 0);
	mapping.container_port = ntohs(address.sin_port);
	port_mappings_add(&forwarding->mappings, &mapping);
	forwarding->forwarder = port_forwarder_new(&forwarding->mappings, &err);
	assert_non_null(forwarding->forwarder);
	assert_int_equal(process_fork(run_forwarder, forwarding, true, &forwarding->process, &err),
			 0);
	*state = forwarding;
	return 0;
}

static int end_forwarding(void **state)
{
	struct forwarding *forwarding = *state;

	process_kill(&forwarding->process);
	port_forwarder_free(forwarding->forwarder);
	port_mappings_release(&forwarding->mappings);
	close(forwarding->server);
	free(forwarding);
	return 0;
}

static int dial(const struct forwarding *forwarding)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(forwarding->mappings.items[0].host_port),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void each_direction_ends_by_itself(void **state)
{
	struct forwarding *forwarding = *state;
	auto_fd int client = dial(forwarding);
	auto_fd int server = accept(forwarding->server, NULL, NULL);
	char text[16] = "";

	assert_true(server >= 0);
	assert_int_equal(fd_write_full(client, "question", 8), 0);
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	assert_int_equal(fd_read_full(server, text, sizeof(text)), 8);	/* up to the end */
	assert_memory_equal(text, "question", 8);
	assert_int_equal(fd_write_full(server, "answer", 6), 0);
	close(take_fd(&server));
	assert_int_equal(fd_read_full(client, text, sizeof(text)), 6);
	assert_memory_equal(text, "answer", 6);
}

#define FLOOD_CHUNK 65536
#define FLOOD_MAX ((size_t)256 << 20)

/* Writes until nothing is taken any more; the count. */
static size_t flood(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	unsigned char chunk[FLOOD_CHUNK];
	size_t total = 0;

	fd_set_nonblocking(fd, true);
	while (total < FLOOD_MAX && poll(&wait, 1, 1000) > 0) {
		ssize_t sent;

		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = (unsigned char)((total + i) * 31 >> 8);
		sent = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL);
		if (sent < 0)
			break;
		total += (size_t)sent;
	}
	return total;
}

/* A reader that does not read holds the writer up; then nothing is missing. */
static void a_slow_reader_stops_the_writer(void **state)
{
	struct forwarding *forwarding = *state;
	auto_fd int client = dial(forwarding);
	auto_fd int server = accept(forwarding->server, NULL, NULL);
	unsigned char chunk[FLOOD_CHUNK];
	size_t sent = flood(client);
	size_t received = 0;
	ssize_t got;

	assert_true(sent < FLOOD_MAX);
	shutdown(client, SHUT_WR);
	while ((got = read(server, chunk, sizeof(chunk))) > 0)
		for (ssize_t i = 0; i < got; i++, received++)
			if (chunk[i] != (unsigned char)(received * 31 >> 8))
				fail_msg("byte %zu is wrong", received);
	assert_int_equal(got, 0);
	assert_int_equal(received, sent);
}

/* While one connection is stuck, others go on. */
static void connections_do_not_stop_one_another(void **state)
{
	struct forwarding *forwarding = *state;
	auto_fd int stuck = dial(forwarding);
	auto_fd int stuck_server = accept(forwarding->server, NULL, NULL);

	assert_true(stuck_server >= 0);
	assert_true(flood(stuck) < FLOOD_MAX);
	for (int i = 0; i < 50; i++) {
		auto_fd int client = dial(forwarding);
		auto_fd int server = accept(forwarding->server, NULL, NULL);
		char text[8] = "";

		assert_int_equal(fd_write_full(client, "ping", 4), 0);
		assert_int_equal(fd_read_full(server, text, 4), 4);
		assert_string_equal(text, "ping");
	}
}

static void nobody_inside_means_closed_outside(void **state)
{
	struct forwarding *forwarding = *state;
	auto_fd int client = -1;
	char byte;

	/* The child has its own copy of the listening socket closed, so this is the last. */
	close(forwarding->server);
	forwarding->server = -1;
	client = dial(forwarding);
	assert_true(read(client, &byte, 1) <= 0);
}

static void a_port_in_use_is_named(void **state)
{
	struct forwarding *forwarding = *state;
	auto_release(port_mappings) struct port_mappings again = { 0 };
	auto_free char *expected = NULL;
	auto_error err = { 0 };
	struct port_forwarder *forwarder;

	port_mappings_add(&again, &forwarding->mappings.items[0]);
	assert_null(port_forwarder_new(&again, &err));
	expected = xasprintf("cannot publish 127.0.0.1:%u: port is already allocated; "
			     "publish it on another port", again.items[0].host_port);
	assert_string_equal(err.message, expected);
	/* In a range, the next one is taken. */
	error_release(&err);
	again.items[0].host_port_last = (uint16_t)(again.items[0].host_port + 20);
	forwarder = port_forwarder_new(&again, &err);
	assert_non_null(forwarder);
	assert_true(again.items[0].host_port > forwarding->mappings.items[0].host_port);
	port_forwarder_free(forwarder);
}

static void a_free_port_is_the_same_for_both_families(void **state)
{
	auto_release(port_mappings) struct port_mappings mappings = { 0 };
	struct port_mapping mapping = { .container_port = 80 };
	auto_error err = { 0 };
	struct port_forwarder *forwarder;

	(void)state;
	port_mappings_add(&mappings, &mapping);
	forwarder = port_forwarder_new(&mappings, &err);
	assert_non_null(forwarder);
	assert_true(mappings.items[0].host_port > 0);
	assert_int_equal(mappings.items[0].host_port, mappings.items[0].host_port_last);
	port_forwarder_free(forwarder);
}

static void udp_is_not_forwarded_yet(void **state)
{
	auto_release(port_mappings) struct port_mappings mappings = { 0 };
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(port_mappings_parse(&mappings, "0:53/udp", &err), 0);
	assert_null(port_forwarder_new(&mappings, &err));
	assert_int_equal(err.kind, ERROR_UNSUPPORTED);
}

#define FORWARD_TEST(test) cmocka_unit_test_setup_teardown(test, begin_forwarding, end_forwarding)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(publications_are_understood),
		cmocka_unit_test(other_text_is_refused),
		cmocka_unit_test(there_is_an_end_to_ports),
		cmocka_unit_test(exposed_ports_are_understood),
		FORWARD_TEST(each_direction_ends_by_itself),
		FORWARD_TEST(a_slow_reader_stops_the_writer),
		FORWARD_TEST(connections_do_not_stop_one_another),
		FORWARD_TEST(nobody_inside_means_closed_outside),
		FORWARD_TEST(a_port_in_use_is_named),
		cmocka_unit_test(a_free_port_is_the_same_for_both_families),
		cmocka_unit_test(udp_is_not_forwarded_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Network modes, the container's resolv.conf and hosts, leases, and what a network is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/network/definition.h"
#include "engine/network/leases.h"
#include "engine/network/network.h"
#include "engine/network/resolv-conf.h"
#include "scratch.h"

static void modes_have_names(void **state)
{
	static const struct {
		const char *text;
		enum network_mode mode;
		const char *argument;
	} cases[] = {
		{ "", NETWORK_BRIDGE, NULL },
		{ "default", NETWORK_BRIDGE, NULL },
		{ "bridge", NETWORK_BRIDGE, NULL },
		{ "none", NETWORK_NONE, NULL },
		{ "host", NETWORK_HOST, NULL },
		{ "pasta", NETWORK_PASTA, NULL },
		{ "slirp4netns", NETWORK_SLIRP4NETNS, NULL },
		{ "container:web", NETWORK_CONTAINER, "web" },
		{ "ns:/run/netns/x", NETWORK_PATH, "/run/netns/x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		auto_free char *argument = NULL;
		enum network_mode mode;

		assert_int_equal(network_mode_parse(cases[i].text, &mode, &argument, &err), 0);
		assert_int_equal(mode, cases[i].mode);
		if (cases[i].argument)
			assert_string_equal(argument, cases[i].argument);
		else
			assert_null(argument);
	}
}

static void other_modes_are_not_found(void **state)
{
	static const char *const words[] = { "frontend", "container:", "ns:", "Host", "none " };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		auto_error err = { 0 };
		auto_free char *argument = NULL;
		auto_free char *expected = xasprintf("network %s not found", words[i]);
		enum network_mode mode;

		assert_int_equal(network_mode_parse(words[i], &mode, &argument, &err), -1);
		assert_string_equal(err.message, expected);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
}

static void resolv_conf_is_read_and_written(void **state)
{
	static const char text[] = "# comment\nnameserver 10.0.0.1 junk\n  nameserver\tfd00::1\n"
				   "domain one.example\nsearch two.example  three.example\n"
				   "options ndots:2 ; comment\noptions rotate\nnameservers 1.1.1.1\n"
				   "nameserver\nsortlist x\nnameserver 10.0.0.2";
	auto_release(resolv_conf) struct resolv_conf conf = { 0 };
	auto_free char *written = NULL;

	(void)state;
	resolv_conf_parse(text, &conf);
	written = resolv_conf_format(&conf);
	assert_string_equal(written, "search two.example three.example\nnameserver 10.0.0.1\n"
				     "nameserver fd00::1\nnameserver 10.0.0.2\n"
				     "options ndots:2 rotate\n");
}

static void unreachable_nameservers_go(void **state)
{
	static const char text[] = "nameserver 127.0.0.53\nnameserver 10.0.0.1\nnameserver ::1\n"
				   "nameserver fe80::1%eth0\nnameserver fd00::1\nnameserver 0.0.0.0\n"
				   "nameserver 127.1.2.3\nnameserver nonsense\n";
	auto_release(resolv_conf) struct resolv_conf conf = { 0 };
	auto_free char *both = NULL;
	auto_free char *ipv4 = NULL;

	(void)state;
	resolv_conf_parse(text, &conf);
	resolv_conf_keep_reachable(&conf, true);
	both = resolv_conf_format(&conf);
	assert_string_equal(both, "nameserver 10.0.0.1\nnameserver fd00::1\n");
	resolv_conf_keep_reachable(&conf, false);
	ipv4 = resolv_conf_format(&conf);
	assert_string_equal(ipv4, "nameserver 10.0.0.1\n");
}

static void what_was_asked_for_goes_into_resolv_conf(void **state)
{
	auto_release(strings) struct strings dns = { 0 };
	auto_release(strings) struct strings search = { 0 };
	auto_release(strings) struct strings options = { 0 };
	struct network_endpoint endpoint = { 0 };
	auto_free char *text = NULL;

	(void)state;
	strings_add(&dns, "192.0.2.53");
	strings_add(&dns, "127.0.0.1");	/* asked for: taken as it is */
	strings_add(&search, "example.org");
	strings_add(&options, "ndots:0");
	strings_add(&options, "x\nnameserver 6.6.6.6");
	text = network_resolv_conf(NETWORK_BRIDGE, &endpoint, &dns, &search, &options);
	assert_string_equal(text, "search example.org\nnameserver 192.0.2.53\n"
				  "nameserver 127.0.0.1\noptions ndots:0\n");
	strings_add(&search, ".");
	replace_string(&text, NULL);
	text = network_resolv_conf(NETWORK_BRIDGE, &endpoint, &dns, &search, &options);
	assert_null(strstr(text, "search"));
}

static void there_is_always_a_nameserver_on_the_bridge(void **state)
{
	struct network_endpoint endpoint = { 0 };
	struct strings none = { 0 };
	auto_free char *text = NULL;

	(void)state;
	text = network_resolv_conf(NETWORK_BRIDGE, &endpoint, &none, &none, &none);
	assert_non_null(strstr(text, "nameserver "));
	assert_null(strstr(text, "nameserver 127."));
}

#define STANDARD_LINES                                                                             \
	"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\n" \
	"ff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"

static void hosts_names_the_container_and_more(void **state)
{
	struct network_endpoint endpoint = { .address = "10.87.0.2", .gateway = "10.87.0.1" };
	auto_release(strings) struct strings extra = { 0 };
	auto_free char *text = NULL;

	(void)state;
	strings_add(&extra, "db:192.0.2.7");
	strings_add(&extra, "six=[fd00::7]");
	strings_add(&extra, "colon:fd00::8");
	strings_add(&extra, "a;b:192.0.2.8");
	strings_add(&extra, "host.docker.internal:host-gateway");
	strings_add(&extra, "evil:1.2.3.4\n6.6.6.6 bank");
	strings_add(&extra, "noaddress");
	text = network_hosts(NETWORK_BRIDGE, &endpoint, "box", "example.org", &extra);
	assert_string_equal(text, STANDARD_LINES "10.87.0.2\tbox.example.org box\n"
						 "192.0.2.7\tdb\nfd00::7\tsix\nfd00::8\tcolon\n"
						 "192.0.2.8\ta b\n"
						 "10.87.0.1\thost.docker.internal\n");
}

static void without_an_address_hosts_is_plain(void **state)
{
	struct network_endpoint endpoint = { 0 };
	struct strings none = { 0 };
	auto_free char *text = network_hosts(NETWORK_NONE, &endpoint, "box", NULL, &none);

	(void)state;
	assert_string_equal(text, STANDARD_LINES);
}

static const struct subnet tiny = { 0x0a570000, 29 };	/* 10.87.0.0/29 */

static void addresses_are_leased_once(void **state)
{
	int dir = scratch_dir(state);
	auto_error err = { 0 };
	auto_release(lease) struct lease owner = { 0 };
	struct lease one = { .container_id = (char *)"one" };
	struct lease two = { .container_id = (char *)"two" };
	unsigned int count;
	uint32_t address;

	assert_int_equal(process_identify(getpid(), &one.holder, &err), 0);
	two.holder = one.holder;

	for (uint32_t i = 2; i < 7; i++) {
		assert_int_equal(lease_take(dir, tiny, &one, &address, &err), 0);
		assert_int_equal(address, tiny.address + i);
	}
	assert_int_equal(lease_take(dir, tiny, &one, &address, &err), -1);
	assert_int_equal(leases_count(dir, &count, &err), 0);
	assert_int_equal(count, 5);

	assert_int_equal(lease_drop(dir, "10.87.0.4", &err), 0);
	assert_int_equal(lease_drop(dir, "10.87.0.4", &err), 0);
	error_release(&err);
	assert_int_equal(lease_take(dir, tiny, &two, &address, &err), 0);
	assert_int_equal(address, tiny.address + 4);
	assert_int_equal(lease_read(dir, "10.87.0.4", &owner, &err), 0);
	assert_string_equal(owner.container_id, "two");
	assert_int_equal(owner.holder.pid, getpid());
	assert_int_equal(owner.holder.start_time, one.holder.start_time);
	assert_string_equal(owner.holder.boot_id, one.holder.boot_id);
	assert_int_equal(lease_read(dir, "10.87.0.99", &owner, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);

	leases_drop_all(dir);
	assert_int_equal(leases_count(dir, &count, &err), 0);
	assert_int_equal(count, 0);
}

static void a_definition_is_remembered(void **state)
{
	int dir = scratch_dir(state);
	auto_error err = { 0 };
	struct network_definition made = { .interface = "" };
	struct network_definition loaded;

	assert_int_equal(definition_load(dir, &loaded, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	error_release(&err);
	definition_make(&made);
	memcpy(made.interface, "proa7", 6);
	assert_int_equal(definition_save(dir, &made, &err), 0);
	assert_int_equal(definition_load(dir, &loaded, &err), 0);
	assert_string_equal(loaded.id, made.id);
	assert_string_equal(loaded.interface, "proa7");
	assert_int_equal(loaded.subnet.address, made.subnet.address);
	assert_int_equal(loaded.subnet.prefix, made.subnet.prefix);
}

static void a_damaged_definition_is_refused(void **state)
{
	static const char *const damaged[] = {
		"", "{}", "[]",
		"{\"id\":\"1\",\"interface\":\"proa0\",\"subnet\":\"10.87.0.0\"}",
		"{\"id\":\"1\",\"interface\":\"proa0\",\"subnet\":\"10.87.0.0/33\"}",
		"{\"id\":\"1\",\"interface\":\"proa0\",\"subnet\":\"10.87.0.1/16\"}",
		"{\"id\":\"1\",\"interface\":\"../proa0\",\"subnet\":\"10.87.0.0/16\"}",
		"{\"id\":\"1\",\"interface\":\"\",\"subnet\":\"10.87.0.0/16\"}",
		"{\"id\":\"1\",\"interface\":\"much-too-long-a-name\",\"subnet\":\"10.87.0.0/16\"}",
	};
	int dir = scratch_dir(state);

	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		auto_error err = { 0 };
		struct network_definition loaded;

		assert_int_equal(file_write(dir, "network.json", damaged[i], strlen(damaged[i]),
					    0600, FILE_VOLATILE, &err), 0);
		if (definition_load(dir, &loaded, &err) == 0)
			fail_msg("'%s' was taken", damaged[i]);
		assert_int_not_equal(err.kind, ERROR_NOT_FOUND);
	}
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_have_names),
		cmocka_unit_test(other_modes_are_not_found),
		cmocka_unit_test(resolv_conf_is_read_and_written),
		cmocka_unit_test(unreachable_nameservers_go),
		cmocka_unit_test(what_was_asked_for_goes_into_resolv_conf),
		cmocka_unit_test(there_is_always_a_nameserver_on_the_bridge),
		cmocka_unit_test(hosts_names_the_container_and_more),
		cmocka_unit_test(without_an_address_hosts_is_plain),
		SCRATCH_TEST(addresses_are_leased_once),
		SCRATCH_TEST(a_definition_is_remembered),
		SCRATCH_TEST(a_damaged_definition_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

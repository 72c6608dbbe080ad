/* SPDX-License-Identifier: Apache-2.0 */
/* config.json and state.json: what is written is read back, and damage is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/container.h"
#include "tests/unit/scratch.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void fill_plain(struct container_config *config)
{
	memcpy(config->id, ID, sizeof(config->id));
	config->name = xstrdup("web");
	config->created_ns = 1234567890123456789;
	config->user = xstrdup("app:app");
	config->hostname = xstrdup("caf\xc3\xa9");
	strings_add(&config->cmd, "sh");
	strings_add(&config->cmd, "");
	strings_add(&config->env, "A=1");
	strings_add(&config->env, "BAD=\xff");
	strings_add(&config->labels, "k=v=w");
	config->stop_timeout = -1;
	config->tty = config->auto_remove = config->privileged = true;
	config->resources.memory_swap = -1;
	config->resources.cpuset_cpus = xstrdup("0-3");
	config->shm_size = 1ULL << 40;
	config->oom_score_adj = -500;
	config->log_max_file = 4294967295U;
}

static void fill_parts(struct container_config *config)
{
	struct port_mapping port = { .host_address = "127.0.0.1", .host_port = 8080,
				     .host_port_last = 8090, .container_port = 80,
				     .protocol = PORT_UDP };

	config->mount_count = 2;
	config->mounts = xcalloc(2, sizeof(*config->mounts));
	config->mounts[0] = (struct mount_request){
		.type = MOUNT_REQUEST_TMPFS, .source = xstrdup(""), .target = xstrdup("/run"),
		.read_only = true, .no_copy = true, .propagation = xstrdup("rslave"),
	};
	strings_add(&config->mounts[0].options, "size=64m");
	config->mounts[1] = (struct mount_request){
		.type = MOUNT_REQUEST_BIND, .source = xstrdup("/src"), .target = xstrdup("/dst"),
		.create_source = true,
	};
	config->ulimit_count = 1;
	config->ulimits = xcalloc(1, sizeof(*config->ulimits));
	config->ulimits[0] = (struct ulimit_request){ .name = "nofile", .soft = 10, .hard = -1 };
	config->layer_count = 1;
	config->layers = xcalloc(1, sizeof(*config->layers));
	memcpy(config->layers[0].hex, ID, sizeof(config->layers[0].hex));
	port_mappings_add(&config->ports, &port);
	config->restart.kind = RESTART_ON_FAILURE;
	config->restart.max_retries = 3;
	strings_add(&config->healthcheck.test, "CMD");
	config->healthcheck.interval_ns = 5;
}

static void a_config_is_read_back(void **state)
{
	auto_release(container_config) struct container_config config = { 0 };
	auto_release(container_config) struct container_config got = { 0 };
	auto_error err = { 0 };

	fill_plain(&config);
	fill_parts(&config);
	assert_int_equal(container_config_write(scratch_dir(state), &config, &err), 0);
	assert_int_equal(container_config_read(scratch_dir(state), &got, &err), 0);
	assert_string_equal(got.id, ID);
	assert_string_equal(got.name, "web");
	assert_int_equal(got.created_ns, config.created_ns);
	assert_string_equal(got.user, "app:app");
	assert_string_equal(got.hostname, "caf\xc3\xa9");
	assert_null(got.domainname);
	assert_int_equal(got.cmd.count, 2);
	assert_string_equal(got.env.items[1], "BAD=\xef\xbf\xbd");
	assert_string_equal(got.labels.items[0], "k=v=w");
	assert_int_equal(got.stop_timeout, -1);
	assert_true(got.tty && got.auto_remove && got.privileged && !got.read_only);
	assert_int_equal(got.resources.memory_swap, -1);
	assert_string_equal(got.resources.cpuset_cpus, "0-3");
	assert_int_equal(got.shm_size, 1ULL << 40);
	assert_int_equal(got.oom_score_adj, -500);
	assert_int_equal(got.log_max_file, 4294967295U);
}

static void its_parts_are_read_back(void **state)
{
	auto_release(container_config) struct container_config config = { 0 };
	auto_release(container_config) struct container_config got = { 0 };
	auto_error err = { 0 };

	fill_plain(&config);
	fill_parts(&config);
	assert_int_equal(container_config_write(scratch_dir(state), &config, &err), 0);
	assert_int_equal(container_config_read(scratch_dir(state), &got, &err), 0);
	assert_int_equal(got.mount_count, 2);
	assert_int_equal(got.mounts[0].type, MOUNT_REQUEST_TMPFS);
	assert_true(got.mounts[0].read_only && got.mounts[0].no_copy);
	assert_string_equal(got.mounts[0].propagation, "rslave");
	assert_string_equal(got.mounts[0].options.items[0], "size=64m");
	assert_string_equal(got.mounts[1].source, "/src");
	assert_null(got.mounts[1].propagation);
	assert_true(got.mounts[1].create_source);
	assert_string_equal(got.ulimits[0].name, "nofile");
	assert_int_equal(got.ulimits[0].hard, -1);
	assert_string_equal(got.layers[0].hex, ID);
	assert_int_equal(got.ports.count, 1);
	assert_memory_equal(&got.ports.items[0], &config.ports.items[0],
			    sizeof(struct port_mapping));
	assert_int_equal(got.restart.kind, RESTART_ON_FAILURE);
	assert_int_equal(got.restart.max_retries, 3);
	assert_int_equal(got.healthcheck.interval_ns, 5);
}

static void damaged_configs_are_refused(void **state)
{
	static const char *const cases[] = {
		"", "{", "[]", "{}", "{\"id\":\"x\"}", "{\"id\":\"../../etc\"}",
		"{\"id\":\"" ID "\",\"restart\":\"no\",\"tty\":1,\"env\":5}",
		"{\"id\":\"" ID "\",\"restart\":\"no\",\"name\":5}",
		"{\"id\":\"" ID "\",\"restart\":\"no\",\"stopTimeout\":99999999999}",
		"{\"id\":\"" ID "\",\"restart\":\"no\",\"layers\":[\"../x\"]}",
		"{\"id\":\"" ID "\",\"restart\":\"no\",\"mounts\":[{}]}",
		"{\"id\":\"" ID "\",\"restart\":\"no\",\"ports\":[{\"address\":\"\",\"host\":70000,"
		"\"hostLast\":0,\"container\":1,\"protocol\":0}]}",
		"{\"id\":\"" ID "\",\"restart\":\"sometimes\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(container_config) struct container_config got = { 0 };
		auto_error err = { 0 };

		print_message("%s\n", cases[i]);
		assert_int_equal(file_write(scratch_dir(state), "config.json", cases[i],
					    strlen(cases[i]), 0600, FILE_VOLATILE, &err), 0);
		assert_int_equal(container_config_read(scratch_dir(state), &got, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void a_state_is_read_back(void **state)
{
	struct container_state was = {
		.phase = CONTAINER_EXITED,
		.init = { .pid = 42, .start_time = 1ULL << 40, .boot_id = "boot" },
		.started_ns = 5, .finished_ns = 6, .exit_code = 255, .oom_killed = true,
		.stop_requested = true, .restart_count = 9,
		.network = { .interface = "eth0", .address = "10.88.0.2", .prefix = 16 },
	};
	auto_release(container_state) struct container_state got = { 0 };
	auto_error err = { 0 };

	was.error = xstrdup("why \"it\" failed");
	assert_int_equal(container_state_write(scratch_dir(state), &was, &err), 0);
	assert_int_equal(container_state_read(scratch_dir(state), &got, &err), 0);
	assert_int_equal(got.phase, CONTAINER_EXITED);
	assert_int_equal(got.init.pid, 42);
	assert_int_equal(got.init.start_time, 1ULL << 40);
	assert_string_equal(got.init.boot_id, "boot");
	assert_int_equal(got.exit_code, 255);
	assert_true(got.oom_killed && got.stop_requested);
	assert_int_equal(got.restart_count, 9);
	assert_string_equal(got.error, was.error);
	assert_string_equal(got.network.address, "10.88.0.2");
	container_state_release(&was);
}

/* "Running" is what the recorded process says, not the file. */
static void running_is_derived(void **state)
{
	struct container container = { .folder = scratch_dir(state) };
	struct container_state was = { .phase = CONTAINER_RUNNING, .started_ns = 1 };
	auto_error err = { 0 };

	assert_int_equal(process_identify(getpid(), &was.init, &err), 0);
	assert_int_equal(container_state_write(scratch_dir(state), &was, &err), 0);
	assert_int_equal(container_refresh(&container, &err), 0);
	assert_int_equal(container.state.phase, CONTAINER_RUNNING);

	was.init.start_time++; /* somebody else's pid by now */
	assert_int_equal(container_state_write(scratch_dir(state), &was, &err), 0);
	assert_int_equal(container_refresh(&container, &err), 0);
	assert_int_equal(container.state.phase, CONTAINER_EXITED);
	assert_int_equal(container.state.exit_code, 137);
	assert_true(container.state.finished_ns > 1);
	container_state_release(&container.state);
}

/* Between two runs only the supervisor lives. */
static void restarting_is_derived(void **state)
{
	struct container container = { .folder = scratch_dir(state) };
	struct container_state was = { .phase = CONTAINER_RESTARTING, .exit_code = 3 };
	auto_error err = { 0 };

	assert_int_equal(process_identify(getpid(), &was.supervisor, &err), 0);
	assert_int_equal(container_state_write(scratch_dir(state), &was, &err), 0);
	assert_int_equal(container_refresh(&container, &err), 0);
	assert_int_equal(container.state.phase, CONTAINER_RESTARTING);
	was.supervisor.pid = 0;
	assert_int_equal(container_state_write(scratch_dir(state), &was, &err), 0);
	assert_int_equal(container_refresh(&container, &err), 0);
	assert_int_equal(container.state.phase, CONTAINER_EXITED);
	assert_int_equal(container.state.exit_code, 3);
	container_state_release(&container.state);
}

/* What a power cut may leave of a file that was not synced. */
static void an_empty_state_has_ended(void **state)
{
	struct container container = { .folder = scratch_dir(state) };
	auto_error err = { 0 };

	assert_int_equal(file_write(scratch_dir(state), "state.json", "", 0, 0600, FILE_VOLATILE,
				    &err), 0);
	assert_int_equal(container_refresh(&container, &err), 0);
	assert_int_equal(container.state.phase, CONTAINER_EXITED);
	assert_int_equal(file_write(scratch_dir(state), "state.json", "{", 1, 0600, FILE_VOLATILE,
				    &err), 0);
	assert_int_equal(container_refresh(&container, &err), -1);
	container_state_release(&container.state);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCRATCH(a_config_is_read_back),	   WITH_SCRATCH(its_parts_are_read_back),
		WITH_SCRATCH(damaged_configs_are_refused), WITH_SCRATCH(a_state_is_read_back),
		WITH_SCRATCH(running_is_derived),	   WITH_SCRATCH(restarting_is_derived),
		WITH_SCRATCH(an_empty_state_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What run's options mean: from the command line to a container's config. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/container-options.h"
#include "cli/options.h"
#include "engine/container.h"

/* Reads `line` (words between '|') as run would; NULL, or the error's message (static). */
static const char *apply(const char *line, struct container_config *ret_config)
{
	static struct strings words;
	static char message[512];
	struct container_args args = { 0 };
	struct error err = { 0 };
	char **operands = NULL;
	bool help;
	int count;
	int result;

	strings_release(&words);
	strings_split(&words, line, '|');
	container_options_defaults(&args);
	*ret_config = (struct container_config){ 0 };
	result = options_parse(container_options, words.items, (int)words.count, true, &args,
			       &operands, &count, &help, &err);
	if (result == 0)
		result = container_options_apply(&args, operands, NULL, ret_config, &err);
	free(operands);
	options_release(container_options, &args);
	if (result == 0)
		return NULL;
	container_config_release(ret_config);
	snprintf(message, sizeof(message), "%s", err.message);
	error_release(&err);
	return message;
}

static void describe_mount(const struct mount_request *mount, char *text, size_t size)
{
	static const char *const types[] = { "bind", "volume", "tmpfs" };
	char *options = strings_join(&mount->options, ",");

	snprintf(text, size, "%s %s %s%s%s%s%s %s%s", types[mount->type], mount->source,
		 mount->target, mount->read_only ? " ro" : "", mount->create_source ? " make" : "",
		 mount->non_recursive ? " flat" : "", mount->no_copy ? " nocopy" : "",
		 mount->propagation ? mount->propagation : "", options);
	free(options);
}

static void mounts_are_read(void **state)
{
	static const struct {
		const char *line, *mount;
	} cases[] = {
		{ "-v|/data", "volume  /data " },
		{ "-v|/src:/data", "bind /src /data make " },
		{ "-v|/src/../a//b/:/data/./x/", "bind /a/b /data/x make " },
		{ "-v|name:/data", "volume name /data make " },
		{ "-v|/src:/data:ro,rshared,z", "bind /src /data ro make rshared" },
		{ "-v|name:/data:nocopy,noexec", "volume name /data make nocopy noexec" },
		{ "--mount|type=bind,source=/src,target=/data,readonly", "bind /src /data ro " },
		{ "--mount|type=bind,src=/src,dst=/"
		  "data,bind-propagation=slave,bind-recursive=disabled",
		  "bind /src /data flat slave" },
		{ "--mount|target=/data", "volume  /data " },
		{ "--mount|source=name,TARGET=/data,ro=false,volume-nocopy",
		  "volume name /data nocopy " },
		{ "--mount|target=/data,tmpfs-size=1m,tmpfs-mode=0700,type=tmpfs",
		  "tmpfs  /data size=1048576,mode=0700" },
		{ "--tmpfs|/run", "tmpfs  /run " },
		{ "--tmpfs|/run:size=64m,exec", "tmpfs  /run size=64m,exec" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct container_config config;
		const char *failure = apply(cases[i].line, &config);
		char found[256];

		if (failure)
			fail_msg("'%s': %s", cases[i].line, failure);
		assert_int_equal(config.mount_count, 1);
		describe_mount(&config.mounts[0], found, sizeof(found));
		if (strcmp(found, cases[i].mount) != 0)
			fail_msg("'%s' gives '%s'", cases[i].line, found);
		container_config_release(&config);
	}
}

static void wrong_options_are_refused(void **state)
{
	static const struct {
		const char *line, *part;
	} cases[] = {
		{ "-v|data", "mount path must be absolute" },
		{ "-v|/a:/", "destination can't be '/'" },
		{ "-v|/data:ro", "'ro' mount path must be absolute" },
		{ "-v|/a::ro", "empty section between colons" },
		{ "-v|/a:/b:ro:rw", "invalid volume specification" },
		{ "-v|/a:/b:wrong", "unknown option 'wrong'" },
		{ "-v|n@me:/b", "invalid volume name" },
		{ "-v|/a:/data|-v|/b:/data/", "duplicate mount point: /data" },
		{ "--mount|type=bind,source=src,target=/data", "absolute path" },
		{ "--mount|type=npipe,target=/data", "'npipe' is not supported" },
		{ "--mount|type=volume,source=a", "target is required" },
		{ "--mount|type=tmpfs,source=a,target=/data", "no source" },
		{ "--mount|type=volume,target=/data,tmpfs-size=1m", "unexpected key" },
		{ "--mount|target=/data,readonly=maybe", "invalid value for readonly" },
		{ "--tmpfs|run", "must be absolute" },
		{ "--device|null", "must be absolute" },
		{ "--device|/dev/null:/x:rwx", "invalid device specification" },
		{ "-e|=x", "invalid environment variable" },
		{ "-l|a b=c", "invalid label" },
		{ "--ulimit|files=1", "invalid ulimit type: files" },
		{ "--ulimit|nofile=2:1", "soft limit" },
		{ "--ulimit|nofile=-1:5", "soft limit" },
		{ "--ulimit|nofile", "invalid ulimit argument" },
		{ "--cpus|1.0000000001", "\"--cpus\"" },
		{ "--cpus|-1", "\"--cpus\"" },
		{ "--cpus|1|--cpu-quota|5000", "conflicting options" },
		{ "-m|1m", "minimum memory limit" },
		{ "--memory-swap|64m", "--memory-swap needs --memory" },
		{ "-m|64m|--memory-swap|32m", "cannot be below" },
		{ "--restart|sometimes", "invalid restart policy" },
		{ "--restart|on-failure:x", "retry count" },
		{ "--restart|always|--rm", "conflicting options" },
		{ "--stop-signal|NOPE", "invalid signal: NOPE" },
		{ "--log-driver|syslog", "log driver 'syslog'" },
		{ "--log-opt|tags=x", "unknown log opt 'tags'" },
		{ "--log-opt|compress=true|--log-opt|max-file=1", "max-file of at least 2" },
		{ "--log-driver|passthrough|-t", "not with a terminal" },
		{ "--sdnotify|always", "--sdnotify 'always'" },
		{ "--timeout|-1", "--timeout" },
		{ "--health-on-failure|pray", "--health-on-failure 'pray'" },
		{ "--health-retries|-1", "cannot be negative" },
		{ "--health-log-destination|here", "absolute path" },
		{ "--name|-x", "" },
		{ "-w|relative", "absolute path" },
		{ "-h|a/b", "invalid host name" },
		{ "--cap-add|FLY", "" },
		{ "--security-opt|apparmor=strict", "not supported" },
		{ "--userns|keep-id", "--userns keep-id" },
		{ "--pid|nowhere", "--pid nowhere" },
		{ "--sysctl|x", "not KEY=VALUE" },
		{ "--add-host|name", "bad format" },
		{ "--add-host|name:1.2.3", "invalid IP address" },
		{ "--dns|example", "not an ip address" },
		{ "--health-interval|5", "not a duration" },
		{ "--no-healthcheck|--health-cmd|x", "conflicts" },
		{ "--network|host|--network|none", "more than one --network" },
		{ "--network|none|--network-alias|x", "--network-alias" },
		{ "--oom-score-adj|1001", "oom score adj" },
		{ "-a|stdlog", "invalid stream" },
		{ "-p|70000:80", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct container_config config;
		const char *failure = apply(cases[i].line, &config);

		if (!failure)
			fail_msg("'%s' passes", cases[i].line);
		if (!strstr(failure, cases[i].part))
			fail_msg("'%s': %s", cases[i].line, failure);
	}
}

static void limits_are_read(void **state)
{
	struct container_config config;

	(void)state;
	assert_null(apply("-m|64m|--memory-swap|-1|--cpus|1.5|--pids-limit|-1|--shm-size|1g|"
			  "--ulimit|nofile=1|--ulimit|nofile=5:7|--ulimit|core=-1|"
			  "--cpuset-cpus|0-3,5|--oom-score-adj|0", &config));
	assert_int_equal(config.resources.memory, 64 << 20);
	assert_int_equal(config.resources.memory_swap, -1);
	assert_int_equal(config.resources.nano_cpus, 1500000000);
	assert_int_equal(config.resources.pids_limit, 0);
	assert_string_equal(config.resources.cpuset_cpus, "0-3,5");
	assert_int_equal(config.shm_size, 1 << 30);
	assert_int_equal(config.ulimit_count, 2);
	assert_string_equal(config.ulimits[0].name, "nofile");
	assert_int_equal(config.ulimits[0].soft, 5);
	assert_int_equal(config.ulimits[0].hard, 7);
	assert_int_equal(config.ulimits[1].hard, -1);
	assert_true(config.oom_score_adj_set);
	container_config_release(&config);
}

static void environment_comes_from_files_and_options(void **state)
{
	char file[] = "/tmp/proa-unit-env-XXXXXX";
	static const char text[] =
		"\xef\xbb\xbf# comment\nA=from file\n  B= kept  \nPROA_TEST_SET\n"
		"PROA_TEST_UNSET\n\nC='quoted' # data\n";
	int fd = mkstemp(file);
	struct container_config config;
	char line[128];
	char *env;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	setenv("PROA_TEST_SET", "here", 1);
	unsetenv("PROA_TEST_UNSET");
	snprintf(line, sizeof(line), "-e|A=option|-e|PROA_TEST_UNSET|-e|D=|--env-file|%s", file);
	assert_null(apply(line, &config));
	unlink(file);
	env = strings_join(&config.env, ";");
	assert_string_equal(env, "B= kept  ;PROA_TEST_SET=here;C='quoted' # data;A=option;"
				 "PROA_TEST_UNSET;D=");
	free(env);
	container_config_release(&config);
}

static void texts_are_made_regular(void **state)
{
	struct container_config config;

	(void)state;
	assert_null(apply("--add-host|a=[::1]|--add-host|b:host-gateway|--device|/dev/null|"
			  "--device|/dev/zero:r|--device|/dev/full:/dev/x|-l|k|--expose|80-81|"
			  "--security-opt|no-new-privileges|--security-opt|seccomp=unconfined|"
			  "--restart|on-failure:3|--stop-timeout|0|--entrypoint|/bin/sh|--|-c|x",
			  &config));
	assert_string_equal(config.extra_hosts.items[0], "a:::1");
	assert_string_equal(config.extra_hosts.items[1], "b:host-gateway");
	assert_string_equal(config.devices.items[0], "/dev/null:/dev/null:rwm");
	assert_string_equal(config.devices.items[1], "/dev/zero:/dev/zero:r");
	assert_string_equal(config.devices.items[2], "/dev/full:/dev/x:rwm");
	assert_string_equal(config.labels.items[0], "k=");
	assert_string_equal(config.exposed_ports.items[1], "81/tcp");
	assert_true(config.no_new_privileges);
	assert_string_equal(config.seccomp, "unconfined");
	assert_int_equal(config.restart.kind, RESTART_ON_FAILURE);
	assert_int_equal(config.restart.max_retries, 3);
	assert_int_equal(config.stop_timeout, 0);
	assert_string_equal(config.entrypoint.items[0], "/bin/sh");
	assert_string_equal(config.cmd.items[1], "x");
	container_config_release(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_are_read),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(limits_are_read),
		cmocka_unit_test(environment_comes_from_files_and_options),
		cmocka_unit_test(texts_are_made_regular),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

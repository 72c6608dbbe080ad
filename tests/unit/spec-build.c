/* SPDX-License-Identifier: Apache-2.0 */
/* From config to runtime spec: defaults, and the options that change them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/syscalls.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/spec-build.h"
#include "tests/unit/scratch.h"

struct built {
	struct engine *engine;
	struct container *container;
	struct runtime_spec spec;
	struct spec_files files;
	struct error err;
	int result;
};

/* Builds the spec for `config`, which is used up. */
static void build(struct built *built, struct container_config *config)
{
	struct engine_options options = { .root = scratch_path };

	*built = (struct built){ .result = -1 };
	runtime_spec_init(&built->spec);
	built->engine = engine_open(&options, &built->err);
	assert_non_null(built->engine);
	strings_add(&config->cmd, "sh");
	built->container = container_create(built->engine, config, &built->err);
	container_config_release(config);
	if (built->container)
		built->result = spec_build(built->engine, built->container, &built->spec,
					   &built->files, &built->err);
}

static void release(struct built *built)
{
	runtime_spec_release(&built->spec);
	spec_files_release(&built->files);
	container_free(built->container);
	engine_close(built->engine);
	error_release(&built->err);
}

static const struct mount_spec *find_mount(const struct runtime_spec *spec, const char *target)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (strcmp(spec->mounts[i].target, target) == 0)
			return &spec->mounts[i];
	return NULL;
}

static void defaults_are_dockers(void **state)
{
	struct container_config config = { 0 };
	struct built built;
	const struct runtime_spec *spec = &built.spec;

	(void)state;
	build(&built, &config);
	assert_int_equal(built.result, 0);
	assert_int_equal(spec->process.capabilities, CAPABILITIES_DEFAULT);
	assert_int_equal(spec->seccomp, SECCOMP_DEFAULT);
	assert_int_equal(spec->net_ns.mode, NAMESPACE_NEW);
	assert_int_equal(spec->pid_ns.mode, NAMESPACE_NEW);
	assert_true(strings_contain(&spec->masked_paths, "/proc/kcore"));
	assert_true(strings_contain(&spec->read_only_paths, "/proc/sys"));
	assert_true(find_mount(spec, "/sys")->attributes & MOUNT_ATTR_RDONLY);
	assert_non_null(find_mount(spec, "/etc/resolv.conf"));
	assert_int_equal(strlen(spec->hostname), 12);
	assert_int_equal(spec->shm_size, 64 << 20);
	assert_false(spec->all_devices);
	assert_false(spec->process.rlimits[0].required);
	release(&built);
}

static void privileged_lifts_what_docker_lifts(void **state)
{
	struct container_config config = { .privileged = true };
	struct built built;

	(void)state;
	build(&built, &config);
	assert_int_equal(built.result, 0);
	assert_int_equal(built.spec.process.capabilities, CAPABILITIES_ALL);
	assert_int_equal(built.spec.seccomp, SECCOMP_UNCONFINED);
	assert_int_equal(built.spec.masked_paths.count, 0);
	assert_int_equal(built.spec.read_only_paths.count, 0);
	assert_true(built.spec.all_devices);
	assert_false(find_mount(&built.spec, "/sys")->attributes & MOUNT_ATTR_RDONLY);
	release(&built);
}

static void add_mount(struct container_config *config, enum mount_request_type type,
		      const char *source, const char *target, const char *options)
{
	struct mount_request *mount;

	config->mounts = xrealloc_array(config->mounts, config->mount_count + 1,
					sizeof(*config->mounts));
	mount = &config->mounts[config->mount_count++];
	*mount = (struct mount_request){ .type = type };
	mount->source = xstrdup(source);
	mount->target = xstrdup(target);
	if (options)
		strings_split(&mount->options, options, ',');
}

static void parents_are_mounted_first(void **state)
{
	struct container_config config = { 0 };
	struct built built;
	const struct mount_spec *first, *second;

	(void)state;
	add_mount(&config, MOUNT_REQUEST_TMPFS, "", "/a/b/c", NULL);
	add_mount(&config, MOUNT_REQUEST_TMPFS, "", "/a", "size=1m,exec,mode=0700");
	build(&built, &config);
	assert_int_equal(built.result, 0);
	first = &built.spec.mounts[built.spec.mount_count - 2];
	second = &built.spec.mounts[built.spec.mount_count - 1];
	assert_string_equal(first->target, "/a");
	assert_string_equal(second->target, "/a/b/c");
	assert_int_equal(first->attributes, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	assert_int_equal(first->options.count, 2);
	assert_string_equal(second->options.items[0], "mode=1777");
	release(&built);
}

static void binds_are_opened_or_made(void **state)
{
	auto_free char *missing = xasprintf("%s/made/for/us", scratch_path);
	struct container_config config = { 0 };
	struct built built;
	const struct mount_spec *mount;

	(void)state;
	add_mount(&config, MOUNT_REQUEST_BIND, missing, "/dst", NULL);
	config.mounts[0].create_source = true;
	config.mounts[0].read_only = true;
	config.mounts[0].propagation = xstrdup("rslave");
	build(&built, &config);
	assert_int_equal(built.result, 0);
	mount = find_mount(&built.spec, "/dst");
	assert_true(mount->source_fd >= 0 && mount->recursive);
	assert_int_equal(mount->attributes, MOUNT_ATTR_RDONLY);
	assert_int_equal(mount->propagation, MS_SLAVE);
	assert_int_equal(access(missing, F_OK), 0);
	release(&built);
}

static void bad_requests_are_told(void **state)
{
	static const struct {
		const char *mount_options, *network, *pid, *sysctl, *userns, *device, *ulimit;
		const char *message;
	} cases[] = {
		{ .mount_options = "bogus", .message = "invalid tmpfs option 'bogus'" },
		{ .pid = "container:nobody", .message = "No such container: nobody" },
		{ .pid = "sideways", .message = "invalid value 'sideways' for --pid" },
		{ .sysctl = "kernel.hostname=x", .message = "not in a namespace" },
		{ .sysctl = "net.core.somaxconn=1", .network = "host", .message = "shared namespace" },
		{ .userns = "auto", .message = "--userns=auto is not supported" },
		{ .device = "/dev/null:/x:rwx", .message = "invalid device specification" },
		{ .device = "/etc/passwd", .message = "is not a device node" },
		{ .ulimit = "nosuch", .message = "invalid ulimit type: nosuch" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct container_config config = { 0 };
		struct built built;

		print_message("%s\n", cases[i].message);
		if (cases[i].mount_options)
			add_mount(&config, MOUNT_REQUEST_TMPFS, "", "/t", cases[i].mount_options);
		config.network = xstrdup(cases[i].network);
		config.pid_mode = xstrdup(cases[i].pid);
		config.userns_mode = xstrdup(cases[i].userns);
		if (cases[i].sysctl)
			strings_add(&config.sysctls, cases[i].sysctl);
		if (cases[i].device)
			strings_add(&config.devices, cases[i].device);
		if (cases[i].ulimit) {
			config.ulimits = xcalloc(1, sizeof(*config.ulimits));
			config.ulimit_count = 1;
			snprintf(config.ulimits[0].name, sizeof(config.ulimits[0].name), "%s",
				 cases[i].ulimit);
		}
		build(&built, &config);
		assert_int_equal(built.result, -1);
		assert_non_null(strstr(built.err.message, cases[i].message));
		release(&built);
	}
}

static void namespaces_can_be_the_hosts(void **state)
{
	struct container_config config = { 0 };
	struct built built;

	(void)state;
	config.network = xstrdup("host");
	config.pid_mode = xstrdup("host");
	config.uts_mode = xstrdup("host");
	build(&built, &config);
	assert_int_equal(built.result, 0);
	assert_int_equal(built.spec.net_ns.mode, NAMESPACE_HOST);
	assert_int_equal(built.spec.pid_ns.mode, NAMESPACE_HOST);
	assert_int_equal(built.spec.uts_ns.mode, NAMESPACE_HOST);
	assert_int_equal(built.spec.ipc_ns.mode, NAMESPACE_NEW);
	assert_null(built.spec.hostname);
	assert_int_equal(built.spec.sysctls.count, 0);
	release(&built);
}

static void devices_are_described(void **state)
{
	struct container_config config = { 0 };
	struct built built;

	(void)state;
	strings_add(&config.devices, "/dev/null:/dev/hole:rw");
	strings_add(&config.devices, "/dev/zero:r");
	build(&built, &config);
	assert_int_equal(built.result, 0);
	assert_int_equal(built.spec.device_count, 2);
	assert_string_equal(built.spec.devices[0].path, "/dev/hole");
	assert_int_equal(built.spec.devices[0].type, 'c');
	assert_int_equal(built.spec.devices[0].minor, 3);
	assert_string_equal(built.spec.devices[1].path, "/dev/zero");
	release(&built);
}

static void exec_has_the_containers_process_but_for_what_is_asked(void **state)
{
	struct container_config config = { .user = xstrdup("app"), .no_new_privileges = true };
	struct exec_options options = { .user = "", .working_dir = "/srv", .tty = true };
	auto_release(process_spec) struct process_spec process = { 0 };
	struct built built;

	(void)state;
	strings_add(&config.env, "A=1");
	strings_add(&config.env, "B=2");
	strings_add(&options.command, "id");
	strings_add(&options.env, "B=3");
	build(&built, &config);
	assert_int_equal(spec_build_exec(built.container, &options, &process, &built.err), 0);
	assert_string_equal(process.user, "app");
	assert_string_equal(process.cwd, "/srv");
	assert_string_equal(process.args.items[0], "id");
	assert_int_equal(process.args.count, 1);
	assert_string_equal(strings_get_value(&process.env, "A"), "1");
	assert_string_equal(strings_get_value(&process.env, "B"), "3");
	assert_int_equal(process.capabilities, CAPABILITIES_DEFAULT);
	assert_true(process.no_new_privileges && process.terminal);
	strings_release(&options.command);
	strings_release(&options.env);
	release(&built);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCRATCH(defaults_are_dockers),
		WITH_SCRATCH(privileged_lifts_what_docker_lifts),
		WITH_SCRATCH(parents_are_mounted_first),
		WITH_SCRATCH(binds_are_opened_or_made),
		WITH_SCRATCH(bad_requests_are_told),
		WITH_SCRATCH(namespaces_can_be_the_hosts),
		WITH_SCRATCH(devices_are_described),
		WITH_SCRATCH(exec_has_the_containers_process_but_for_what_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

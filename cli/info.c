/* SPDX-License-Identifier: Apache-2.0 */
/* proa info: this machine and what is on it, in the shape of docker's. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/report.h"
#include "cli/session.h"

#define EXIT_TEMPLATE 64
#define OS_RELEASE_MAX 65536

struct info_args {
	const char *format;
};

static const struct option info_options[] = {
	OPTION_STRING('f', "format", "FORMAT", struct info_args, format,
		      "json, or a Go template such as '{{.DockerRootDir}}'"),
	OPTION_END,
};

struct counts {
	json_int_t running, paused, stopped, images;
};

static int count_all(struct engine *engine, struct counts *counts, struct error *err)
{
	struct container **containers;
	struct image **images;
	size_t count;

	if (container_list(engine, &containers, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		switch (containers[i]->state.phase) {
		case CONTAINER_RUNNING:
		case CONTAINER_RESTARTING:
			counts->running++;
			break;
		case CONTAINER_PAUSED:
			counts->paused++;
			break;
		default:
			counts->stopped++;
			break;
		}
	}
	container_free_list(containers, count);
	if (store_list(engine->store, &images, &count, err) < 0)
		return -1;
	counts->images = (json_int_t)count;
	store_free_images(images, count);
	return 0;
}

/* PRETTY_NAME of os-release; new string. */
static char *operating_system(void)
{
	auto_error ignored = { 0 };
	auto_release(buffer) struct buffer content = { 0 };
	auto_release(strings) struct strings lines = { 0 };

	if (file_read(AT_FDCWD, "/etc/os-release", OS_RELEASE_MAX, &content, &ignored) < 0 ||
	    !content.data)
		return xstrdup("Linux");
	strings_split(&lines, content.data, '\n');
	for (size_t i = 0; i < lines.count; i++) {
		const char *value = skip_prefix(lines.items[i], "PRETTY_NAME=");
		size_t length = value ? strlen(value) : 0;

		if (length > 1 && value[0] == '"' && value[length - 1] == '"')
			return xstrndup(value + 1, length - 2);
		if (length > 0)
			return xstrdup(value);
	}
	return xstrdup("Linux");
}

static json_t *security_options(const struct engine *engine)
{
	json_t *list = json_pack("[s, s]", "name=seccomp,profile=builtin", "name=cgroupns");

	if (!engine->user.is_root)
		json_array_append_new(list, json_string("name=rootless"));
	return list;
}

static bool has_cgroup2(void)
{
	return file_exists(AT_FDCWD, "/sys/fs/cgroup/cgroup.controllers");
}

static json_t *describe(struct engine *engine, const struct counts *counts)
{
	struct utsname kernel;
	char now[CLOCK_TEXT_SIZE];
	auto_free char *release = operating_system();
	long pages = sysconf(_SC_PHYS_PAGES);

	uname(&kernel);
	clock_format(clock_now(), now);
	return json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I,"
		"s:s, s:s, s:s, s:s, s:o, s:{s:{s:s}}, s:s, s:{s:s, s:s, s:b}, s:o, s:b, s:s}",
		"ID", "",
		"Containers", counts->running + counts->paused + counts->stopped,
		"ContainersRunning", counts->running,
		"ContainersPaused", counts->paused,
		"ContainersStopped", counts->stopped,
		"Images", counts->images,
		"Driver", "overlay",
		"LoggingDriver", "json-file",
		"CgroupDriver", "cgroupfs",
		"CgroupVersion", has_cgroup2() ? "2" : "1",
		"KernelVersion", kernel.release,
		"OperatingSystem", release,
		"OSType", "linux",
		"Architecture", kernel.machine,
		"NCPU", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN),
		"MemTotal", (json_int_t)(pages > 0 ? pages : 0) * sysconf(_SC_PAGESIZE),
		"DockerRootDir", engine->root_path,
		"Name", kernel.nodename,
		"ServerVersion", PACKAGE_VERSION,
		"IndexServerAddress", "https://index.docker.io/v1/",
		"SecurityOptions", security_options(engine),
		"Runtimes", "proa", "path", "proa",
		"DefaultRuntime", "proa",
		"ClientInfo", "Version", PACKAGE_VERSION, "Context", "default", "Debug", 0,
		"Warnings", json_array(),
		"LiveRestoreEnabled", 1,
		"SystemTime", now);
}

static const char *text(const json_t *info, const char *key)
{
	const char *value = json_string_value(json_object_get(info, key));

	return value ? value : "";
}

static long long number(const json_t *info, const char *key)
{
	return json_integer_value(json_object_get(info, key));
}

static void print_text(const struct engine *engine, const json_t *info)
{
	const json_t *option;
	size_t i;

	printf("Client:\n Version:    %s\n Context:    default\n Debug Mode: false\n\n",
	       PACKAGE_VERSION);
	printf("Server:\n Containers: %lld\n  Running: %lld\n  Paused: %lld\n  Stopped: %lld\n"
	       " Images: %lld\n Server Version: %s\n",
	       number(info, "Containers"), number(info, "ContainersRunning"),
	       number(info, "ContainersPaused"), number(info, "ContainersStopped"),
	       number(info, "Images"), PACKAGE_VERSION);
	printf(" Storage Driver: %s\n Logging Driver: %s\n Cgroup Driver: %s\n Cgroup Version: "
	       "%s\n",
	       text(info, "Driver"), text(info, "LoggingDriver"), text(info, "CgroupDriver"),
	       text(info, "CgroupVersion"));
	printf(" Security Options:\n");
	json_array_foreach(json_object_get(info, "SecurityOptions"), i, option)
		printf("  %s\n", json_string_value(option) + strlen("name="));
	printf(" Kernel Version: %s\n Operating System: %s\n OSType: %s\n Architecture: %s\n"
	       " CPUs: %lld\n Total Memory: %.4gGiB\n Name: %s\n Docker Root Dir: %s\n"
	       " Run Directory: %s\n",
	       text(info, "KernelVersion"), text(info, "OperatingSystem"), text(info, "OSType"),
	       text(info, "Architecture"), number(info, "NCPU"),
	       (double)number(info, "MemTotal") / (1 << 30), text(info, "Name"),
	       text(info, "DockerRootDir"), engine->runroot_path);
	if (!has_cgroup2())
		report_warning("no unified cgroup hierarchy (v2): resource limits cannot be set");
}

static int info_run(const struct invocation *invocation, struct error *err)
{
	static const struct list_field no_fields[] = { { NULL, NULL } };
	const struct info_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_json json_t *rows = json_array();
	struct counts counts = { 0 };

	if (!engine || count_all(engine, &counts, err) < 0)
		return -1;
	json_array_append_new(rows, describe(engine, &counts));
	if (is_empty(args->format)) {
		print_text(engine, json_array_get(rows, 0));
		return 0;
	}
	if (format_list(args->format, "", no_fields, rows, err) < 0) {
		report_error(err);
		return EXIT_TEMPLATE;
	}
	return 0;
}

const struct command command_info = {
	.name = "info",
	.group = "system",
	.alias = "info",
	.operands_max = 0,
	.summary = "Show facts about this machine and its containers",
	.options = info_options,
	.args_size = sizeof(struct info_args),
	.run = info_run,
};

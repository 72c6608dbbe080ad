/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup v2. Root's containers live in /proa below the mount; a user's in proa.slice below
 * his systemd instance (user@UID.service), which is his to divide. Elsewhere
 * an ordinary user has no cgroup of his own.
 */
#include "engine/runtime/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "rootless/userns.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"
#define CGROUP_TEXT_MAX 4096
#define CGROUP_EMPTY_WAIT_MS 2000
#define CPU_PERIOD 100000

static int open_mount(void)
{
	auto_fd int mount = open(CGROUP_MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs info;

	if (mount < 0 || fstatfs(mount, &info) < 0 || info.f_type != CGROUP2_SUPER_MAGIC)
		return -1;
	return take_fd(&mount);
}

/* The part of our own cgroup's path up to the user's systemd instance, or NULL. */
static char *user_instance(void)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };
	const char *path;
	char *instance, *end;

	if (file_read(AT_FDCWD, "/proc/self/cgroup", CGROUP_TEXT_MAX, &text, &ignored) < 0 ||
	    !text.data)
		return NULL;
	path = skip_prefix(text.data, "0::/");
	instance = path ? strstr(path, "/user@") : NULL;
	if (!instance)
		return NULL;
	end = instance + 1 + strcspn(instance + 1, "/\n");
	return xstrndup(path, (size_t)(end - path));
}

/* Our directory's path below the mount, or NULL if there is none to be had. */
static char *find_base(void)
{
	auto_free char *instance = NULL;

	if (geteuid() == 0 && userns_current() == USERNS_NONE)
		return xstrdup("proa");
	instance = user_instance();
	return instance ? xasprintf("%s/proa.slice", instance) : NULL;
}

/* Opens our directory, made if missing; -1 where we may not. */
static int open_base(int mount, const char *base)
{
	const char *name;
	auto_fd int parent = rooted_open_parent(mount, base, ROOTED_BENEATH, 0, &name);
	auto_fd int dir = -1;

	if (parent < 0 || (mkdirat(parent, name, 0755) < 0 && errno != EEXIST))
		return -1;
	dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) < 0)
		return -1;
	return take_fd(&dir);
}

bool cgroup_available(void)
{
	auto_fd int mount = open_mount();
	auto_free char *base = mount < 0 ? NULL : find_base();
	auto_fd int dir = base ? open_base(mount, base) : -1;

	return dir >= 0;
}

static int write_file(int dir, const char *name, const char *text)
{
	auto_fd int fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	size_t length = strlen(text);

	return fd >= 0 && write(fd, text, length) == (ssize_t)length ? 0 : -1;
}

static bool has_word(int dir, const char *name, const char *word)
{
	auto_error ignored = { 0 };
	auto_free char *line = file_read_line(dir, name, CGROUP_TEXT_MAX, &ignored);
	auto_release(strings) struct strings words = { 0 };

	if (line)
		strings_split(&words, line, ' ');
	return strings_contain(&words, word);
}

/* Gives the children of `dir`'s parent and of `dir` the controller. */
static int enable(int dir, const char *controller, struct error *err)
{
	auto_fd int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_free char *word = xasprintf("+%s", controller);

	if (has_word(dir, "cgroup.subtree_control", controller))
		return 0;
	if (parent >= 0 && !has_word(dir, "cgroup.controllers", controller))
		(void)write_file(parent, "cgroup.subtree_control", word);
	if (!has_word(dir, "cgroup.controllers", controller) ||
	    write_file(dir, "cgroup.subtree_control", word) < 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the cgroup controller '%s' is not to be had here", controller);
	return 0;
}

struct setting {
	const char *controller, *file;
	char text[64];
};

#define SETTINGS_MAX 10

struct settings {
	struct setting items[SETTINGS_MAX];
	size_t count;
};

static void add_setting(struct settings *settings, const char *controller, const char *file,
			const char *format, ...) __attribute__((format(printf, 4, 5)));
static void add_setting(struct settings *settings, const char *controller, const char *file,
			const char *format, ...)
{
	struct setting *setting = &settings->items[settings->count++];
	va_list args;

	setting->controller = controller;
	setting->file = file;
	va_start(args, format);
	vsnprintf(setting->text, sizeof(setting->text), format, args);
	va_end(args);
}

/* docker counts memory and swap together, the kernel swap alone. */
static void plan_memory(const struct cgroup_limits *limits, struct settings *settings)
{
	int64_t swap = limits->memory_swap ? limits->memory_swap - limits->memory : limits->memory;

	if (limits->memory)
		add_setting(settings, "memory", "memory.max", "%" PRId64, limits->memory);
	if (limits->memory && limits->memory_swap == -1)
		add_setting(settings, "memory", "memory.swap.max", "max");
	else if (limits->memory)
		add_setting(settings, "memory", "memory.swap.max", "%" PRId64, swap < 0 ? 0 : swap);
	if (limits->memory_reservation)
		add_setting(settings, "memory", "memory.low", "%" PRId64,
			    limits->memory_reservation);
}

/* Shares of 2..262144 are weights of 1..10000, as systemd and the runtimes convert them. */
static int64_t weight_of_shares(int64_t shares)
{
	int64_t held = shares < 2 ? 2 : shares > 262144 ? 262144 : shares;

	return 1 + (held - 2) * 9999 / 262142;
}

static void plan_cpu(const struct cgroup_limits *limits, struct settings *settings)
{
	int64_t period = limits->cpu_period ? limits->cpu_period : CPU_PERIOD;

	if (limits->nano_cpus)
		add_setting(settings, "cpu", "cpu.max", "%" PRId64 " %d",
			    limits->nano_cpus / (1000000000 / CPU_PERIOD), CPU_PERIOD);
	else if (limits->cpu_quota > 0)
		add_setting(settings, "cpu", "cpu.max", "%" PRId64 " %" PRId64, limits->cpu_quota,
			    period);
	else if (limits->cpu_period)
		add_setting(settings, "cpu", "cpu.max", "max %" PRId64, period);
	if (limits->cpu_shares)
		add_setting(settings, "cpu", "cpu.weight", "%" PRId64,
			    weight_of_shares(limits->cpu_shares));
}

static int plan_cpuset(const struct cgroup_limits *limits, struct settings *settings,
		       struct error *err)
{
	const char *const texts[] = { limits->cpuset_cpus, limits->cpuset_mems };
	const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (is_empty(texts[i]))
			continue;
		if (strlen(texts[i]) >= sizeof(settings->items[0].text) ||
		    texts[i][strspn(texts[i], "0123456789,-")])
			return error_set(err, ERROR_USAGE, "'%s' is no list of numbers like 0-3,5",
					 texts[i]);
		add_setting(settings, "cpuset", files[i], "%s", texts[i]);
	}
	return 0;
}

static int plan(const struct cgroup_limits *limits, struct settings *ret_settings,
		struct error *err)
{
	struct settings settings = { .count = 0 };

	plan_memory(limits, &settings);
	plan_cpu(limits, &settings);
	if (limits->pids_limit > 0)
		add_setting(&settings, "pids", "pids.max", "%" PRId64, limits->pids_limit);
	else if (limits->pids_limit < 0)
		add_setting(&settings, "pids", "pids.max", "max");
	if (plan_cpuset(limits, &settings, err) < 0)
		return -1;
	*ret_settings = settings;
	return 0;
}

static int apply(int dir, const struct settings *settings, struct error *err)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->items[i];

		/* Without swap there is nothing to limit. */
		if (strcmp(setting->file, "memory.swap.max") == 0 &&
		    faccessat(dir, setting->file, F_OK, 0) < 0)
			continue;
		if (write_file(dir, setting->file, setting->text) < 0)
			return error_errno(err, "cannot set %s to '%s'", setting->file,
					   setting->text);
	}
	return 0;
}

/* "no limit" needs no controller. */
static bool is_asked_for(const struct cgroup_limits *limits)
{
	return limits->memory || limits->memory_reservation || limits->nano_cpus ||
	       limits->cpu_period || limits->cpu_quota > 0 || limits->cpu_shares ||
	       limits->pids_limit > 0 || !is_empty(limits->cpuset_cpus) ||
	       !is_empty(limits->cpuset_mems);
}

static int make_group(int base, const char *id, const struct settings *settings,
		      struct error *err)
{
	auto_fd int dir = -1;

	for (size_t i = 0; i < settings->count; i++) {
		if (enable(base, settings->items[i].controller, err) < 0)
			return -1;
	}
	if (mkdirat(base, id, 0755) < 0 && errno != EEXIST)
		return error_errno(err, "cannot make the cgroup of '%s'", id);
	dir = openat(base, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return error_errno(err, "cannot open the cgroup of '%s'", id);
	if (apply(dir, settings, err) < 0) {
		unlinkat(base, id, AT_REMOVEDIR);
		return -1;
	}
	return 0;
}

int cgroup_create(const char *id, const struct cgroup_limits *limits, char **ret_path,
		  struct error *err)
{
	auto_fd int mount = open_mount();
	auto_free char *base = mount < 0 ? NULL : find_base();
	auto_fd int dir = base ? open_base(mount, base) : -1;
	struct settings settings;

	if (dir < 0) {
		if (is_asked_for(limits))
			return error_set(err, ERROR_UNSUPPORTED,
					 "limits need cgroup v2, which is not to be had here");
		*ret_path = NULL;
		return 0;
	}
	if (plan(limits, &settings, err) < 0 || make_group(dir, id, &settings, err) < 0)
		return -1;
	*ret_path = xasprintf("%s/%s", base, id);
	return 0;
}

/* The program may have made groups below its own, and moved there. */
char *cgroup_find(pid_t pid, const char *id)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_free char *file = xasprintf("/proc/%d/cgroup", (int)pid);
	auto_free char *component = xasprintf("/%s", id);
	auto_error ignored = { 0 };
	const char *line, *end;

	if (file_read(AT_FDCWD, file, CGROUP_TEXT_MAX, &text, &ignored) < 0 || !text.data)
		return NULL;
	line = strstr(text.data, "0::/");
	end = line ? strstr(line, component) : NULL;
	if (!end || end > line + strcspn(line, "\n"))
		return NULL;
	end += strlen(component);
	if (*end != '/' && *end != '\n')
		return NULL;
	line += strlen("0::/");
	return xstrndup(line, (size_t)(end - line));
}

int cgroup_open(const char *path, struct error *err)
{
	auto_fd int mount = open_mount();
	int dir;

	if (mount < 0)
		return error_set(err, ERROR_UNSUPPORTED, "there is no cgroup v2 here");
	dir = rooted_open(mount, path, ROOTED_BENEATH, O_RDONLY | O_DIRECTORY, 0);
	return dir < 0 ? error_errno(err, "cannot open the cgroup '%s'", path) : dir;
}

int cgroup_update(const char *path, const struct cgroup_limits *limits, struct error *err)
{
	struct settings settings;
	auto_fd int dir = -1, base = -1;

	if (plan(limits, &settings, err) < 0)
		return -1;
	dir = cgroup_open(path, err);
	base = dir < 0 ? -1 : openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return dir < 0 ? -1 : error_errno(err, "cannot open the cgroup above '%s'", path);
	for (size_t i = 0; i < settings.count; i++) {
		if (enable(base, settings.items[i].controller, err) < 0)
			return -1;
	}
	return apply(dir, &settings, err);
}

/* The killed ones leave a moment later; the kernel tells by POLLPRI. */
static void wait_empty(int dir)
{
	auto_fd int events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);

	while (events >= 0) {
		struct pollfd poll_fd = { .fd = events, .events = POLLPRI };
		char text[256] = "";

		if (pread(events, text, sizeof(text) - 1, 0) <= 0 || strstr(text, "populated 0") ||
		    poll(&poll_fd, 1, CGROUP_EMPTY_WAIT_MS) <= 0)
			return;
	}
}

static int remove_group(int parent, const char *name)
{
	auto_fd int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_release(strings) struct strings below = { 0 };
	auto_error ignored = { 0 };

	if (dir < 0)
		return errno == ENOENT ? 0 : -1;
	(void)write_file(dir, "cgroup.kill", "1");
	wait_empty(dir);
	/* Groups that the container made in its own. */
	if (dir_list(dir, &below, &ignored) == 0) {
		for (size_t i = 0; i < below.count; i++) {
			struct stat info;

			if (fstatat(dir, below.items[i], &info, AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISDIR(info.st_mode) && remove_group(dir, below.items[i]) < 0)
				return -1;
		}
	}
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

int cgroup_remove(const char *path, struct error *err)
{
	auto_fd int mount = open_mount();
	auto_fd int parent = -1;
	const char *name;

	if (mount < 0)
		return 0;
	parent = rooted_open_parent(mount, path, ROOTED_BENEATH, 0, &name);
	if (parent < 0 && errno == ENOENT)
		return 0;
	if (parent < 0 || remove_group(parent, name) < 0)
		return error_errno(err, "cannot remove the cgroup '%s'", path);
	return 0;
}

void cgroup_sweep(bool (*lives)(const char *id, void *argument), void *argument)
{
	auto_fd int mount = open_mount();
	auto_free char *base = mount < 0 ? NULL : find_base();
	auto_fd int dir = base ? rooted_open(mount, base, ROOTED_BENEATH, O_RDONLY | O_DIRECTORY, 0)
			       : -1;
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };

	if (dir < 0 || dir_list(dir, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		struct stat info;

		if (fstatat(dir, names.items[i], &info, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISDIR(info.st_mode) && !lives(names.items[i], argument))
			(void)remove_group(dir, names.items[i]);
	}
}

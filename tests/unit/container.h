/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container for tests of the launcher: a layer with busybox and readback, an
 * upper directory, docker's default mounts; started, and its output gathered.
 */
#ifndef TESTS_UNIT_CONTAINER_H
#define TESTS_UNIT_CONTAINER_H

#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "engine/runtime/launch.h"
#include "engine/runtime/spec.h"

#define BUSYBOX "/bin/busybox"

struct container_fixture {
	int dir;			/* scratch */
	struct runtime_spec spec;
	int extra_lower;		/* further layers, beside the first */
	struct buffer output;		/* of the last run */
	struct error err;		/* of the last failure */
	int status;			/* exit code of the last run, or -1 */
};

static inline int fixture_dir(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) < 0 && access(name, F_OK) == 0)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline bool fixture_copy(const char *from_path, int dir, const char *name)
{
	struct error ignored = { 0 };
	int from = open(from_path, O_RDONLY | O_CLOEXEC);
	int to = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	bool copied = from >= 0 && to >= 0 && fd_copy(from, to, &ignored) == 0;

	error_release(&ignored);
	close(from);
	close(to);
	return copied;
}

/* readback is built beside the unit tests. */
static inline bool fixture_copy_readback(int bin)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);
	char *slash;

	if (length < 0)
		return false;
	path[length] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash, (size_t)32, "/../programs/readback");
	return fixture_copy(path, bin, "readback");
}

static inline bool fixture_fill_layer(int layer)
{
	static const char *const applets[] = { "sh", "cat", "ls", "id", "true", "stat", "sleep" };
	static const char *const dirs[] = { "etc", "tmp", "proc", "sys", "dev" };
	int bin = fixture_dir(layer, "bin");
	bool done = fixture_copy(BUSYBOX, bin, "busybox") && fixture_copy_readback(bin);

	for (size_t i = 0; done && i < sizeof(applets) / sizeof(applets[0]); i++)
		done = symlinkat("busybox", bin, applets[i]) == 0;
	for (size_t i = 0; done && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		done = mkdirat(layer, dirs[i], 0755) == 0;
	close(bin);
	return done;
}

static inline void fixture_mount(struct runtime_spec *spec, enum mount_kind kind,
				 const char *target, uint64_t attributes)
{
	runtime_spec_add_mount(spec, kind, target)->attributes = attributes;
}

/* As engine/ has them for docker's defaults. */
static inline void fixture_defaults(struct runtime_spec *spec)
{
	static const char *const masked[] = {
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
		"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
		"/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap",
	};
	static const char *const read_only[] = {
		"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
	};
	uint64_t plain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	fixture_mount(spec, MOUNT_PROC, "/proc", plain);
	fixture_mount(spec, MOUNT_SYSFS, "/sys", plain | MOUNT_ATTR_RDONLY);
	fixture_mount(spec, MOUNT_DEVPTS, "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	fixture_mount(spec, MOUNT_MQUEUE, "/dev/mqueue", plain);
	fixture_mount(spec, MOUNT_CGROUP, "/sys/fs/cgroup", plain | MOUNT_ATTR_RDONLY);
	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++)
		strings_add(&spec->masked_paths, masked[i]);
	for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++)
		strings_add(&spec->read_only_paths, read_only[i]);
	spec->process.capabilities = CAPABILITIES_DEFAULT;
	spec->shm_size = 64 << 20;
	spec->hostname = xstrdup("box");
}

/* Everything below the directory `dir`, as the calling user. */
static inline bool fixture_init(struct container_fixture *fixture, int dir)
{
	struct runtime_spec *spec = &fixture->spec;
	int layer = fixture_dir(dir, "layer");

	*fixture = (struct container_fixture){ .dir = dir, .status = -1 };
	runtime_spec_init(spec);
	if (layer < 0 || !fixture_fill_layer(layer))
		return false;
	spec->lower = xcalloc(2, sizeof(*spec->lower));
	spec->lower[spec->lower_count++] = layer;
	spec->upper = fixture_dir(dir, "upper");
	spec->work = fixture_dir(dir, "work");
	spec->rootfs_mount_point = fixture_dir(dir, "rootfs");
	spec->user_xattr = false;
	fixture_defaults(spec);
	return spec->upper >= 0 && spec->work >= 0 && spec->rootfs_mount_point >= 0;
}

static inline void fixture_release(struct container_fixture *fixture)
{
	for (size_t i = 0; i < fixture->spec.lower_count; i++)
		close(fixture->spec.lower[i]);
	close(fixture->spec.upper);
	close(fixture->spec.work);
	close(fixture->spec.rootfs_mount_point);
	runtime_spec_release(&fixture->spec);
	buffer_release(&fixture->output);
	error_release(&fixture->err);
}

static inline void fixture_command(struct container_fixture *fixture, const char *const *args)
{
	strings_release(&fixture->spec.process.args);
	for (; *args; args++)
		strings_add(&fixture->spec.process.args, *args);
}

/* Runs the spec's command to its end. 0: it ran, and `status` and `output` tell of it. */
static inline int fixture_run(struct container_fixture *fixture)
{
	struct process process = PROCESS_NONE;
	int pipes[2] = { -1, -1 }, terminal = -1, result = -1, status;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct launch *launch = NULL;

	buffer_clear(&fixture->output);
	error_release(&fixture->err);
	fixture->status = -1;
	if (null >= 0 && pipe2(pipes, O_CLOEXEC) == 0) {
		struct launch_stdio stdio = { null, pipes[1], pipes[1] };

		launch = launch_begin(&fixture->spec, &stdio, &fixture->err);
		close(pipes[1]);
	}
	if (launch && launch_start(launch, &process, &terminal, &fixture->err) == 0) {
		struct error ignored = { 0 };

		/* A terminal's end is EIO. */
		fd_read_all(terminal >= 0 ? terminal : pipes[0], "output", &fixture->output,
			    &ignored);
		error_release(&ignored);
		result = process_wait(&process, &status, &fixture->err);
		fixture->status = process_exit_code(status);
	}
	launch_free(launch);
	close(pipes[0]);
	close(null);
	close(terminal);
	return result;
}

static inline int fixture_run_shell(struct container_fixture *fixture, const char *script)
{
	const char *const args[] = { "sh", "-c", script, NULL };

	fixture_command(fixture, args);
	return fixture_run(fixture);
}

#endif

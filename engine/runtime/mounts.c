/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts of the spec, in its order. Bind mounts come as detached copies
 * (launch.c made them); file systems are made here, in the namespaces that they
 * show. Every target is opened inside the root and used by that descriptor.
 *
 * Kernel file systems only go where the image has real directories (R3): an
 * image whose /proc is a link would otherwise choose what gets hidden and what
 * gets written to. And nothing of the user's goes into /proc, but for the
 * few files that lxcfs is known to stand in for.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/filesystem.h"
#include "engine/runtime/mounts.h"
#include "engine/runtime/setup.h"

#define CGROUP_TARGET "/sys/fs/cgroup"

static const char *const proc_stand_ins[] = {
	"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/net/dev",
	"/proc/slabinfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
};

static bool is_kernel_kind(enum mount_kind kind)
{
	return kind != MOUNT_BIND && kind != MOUNT_TMPFS;
}

/* The target as a path relative to the root. */
static const char *relative(const char *path)
{
	path += strspn(path, "/");
	return *path ? path : ".";
}

static int open_strict_dir(int root, const char *path)
{
	const char *name;
	auto_fd int parent = -1;
	int fd = rooted_open(root, path, ROOTED_BENEATH, O_PATH | O_DIRECTORY, 0);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	parent = rooted_open_parent(root, path, ROOTED_BENEATH, 0755, &name);
	if (parent < 0 || (mkdirat(parent, name, 0755) < 0 && errno != EEXIST))
		return -1;
	return rooted_open(root, path, ROOTED_BENEATH, O_PATH | O_DIRECTORY, 0);
}

int mount_open_kernel_target(int root, const char *target, struct error *err)
{
	int fd = open_strict_dir(root, relative(target));

	if (fd >= 0)
		return fd;
	if (errno == ELOOP)
		return error_set(err, ERROR_INVALID,
				 "'%s' in the image is a symbolic link; refusing to mount there",
				 target);
	if (errno == ENOTDIR)
		return error_set(err, ERROR_INVALID, "'%s' in the image is no directory", target);
	return error_errno(err, "cannot make the directory '%s'", target);
}

static bool is_on(int fd, long magic)
{
	struct statfs info;

	return fstatfs(fd, &info) == 0 && info.f_type == magic;
}

/* `target` is open as `fd`. */
static int check_user_target(const char *target, int fd, struct error *err)
{
	if (!is_on(fd, PROC_SUPER_MAGIC))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(proc_stand_ins); i++) {
		if (strcmp(target, proc_stand_ins[i]) == 0)
			return 0;
	}
	return error_set(err, ERROR_USAGE, "'%s' lies inside /proc; refusing to mount there",
			 target);
}

static int open_bind_target(const struct setup *setup, const struct mount_spec *mount, int source,
			    struct error *err)
{
	struct stat info;
	int fd;

	if (fstat(source, &info) < 0)
		return error_errno(err, "cannot look at the source");
	if (S_ISDIR(info.st_mode))
		return rooted_make_dir(setup->root, mount->target, 0755, 0, 0, err);
	/* Whatever is there, if it is no directory: a socket, a device. */
	fd = rooted_open(setup->root, mount->target, ROOTED_IN_ROOT, O_PATH, 0);
	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? fd : error_errno(err, "cannot open the target");
	return rooted_make_file(setup->root, mount->target, 0644, 0, 0, err);
}

static int mount_bind(struct setup *setup, const struct mount_spec *mount, int source,
		      struct error *err)
{
	uint64_t attributes = mount->attributes;
	uint64_t propagation = mount->propagation ? mount->propagation : MS_PRIVATE;
	auto_fd int target = open_bind_target(setup, mount, source, err);

	if (target < 0 || check_user_target(mount->target, target, err) < 0)
		return -1;
	if (setup->makes_nodes && !setup->spec->all_devices)
		attributes |= MOUNT_ATTR_NODEV;
	if (filesystem_change(source, mount->recursive, attributes, propagation) < 0)
		return error_errno(err, "cannot set attributes");
	if (filesystem_attach(source, target) < 0)
		return error_errno(err, "cannot attach");
	return 0;
}

static bool has_option(const struct strings *options, const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < options->count; i++) {
		const char *option = options->items[i];

		if (strncmp(option, key, length) == 0 && option[length] == '=')
			return true;
	}
	return false;
}

/* A tmpfs over an existing directory has that directory's mode, unless asked otherwise. */
static int mount_tmpfs(struct setup *setup, const struct mount_spec *mount, struct error *err)
{
	auto_release(strings) struct strings options = { 0 };
	auto_fd int target = rooted_open(setup->root, mount->target, ROOTED_IN_ROOT,
					 O_PATH | O_DIRECTORY, 0);
	uint64_t attributes = mount->attributes;
	auto_fd int tmpfs = -1;
	struct stat info;

	strings_copy(&options, &mount->options);
	if (target >= 0 && fstat(target, &info) == 0 && !has_option(&options, "mode"))
		strings_addf(&options, "mode=%04o", info.st_mode & 07777);
	if (target < 0)
		target = rooted_make_dir(setup->root, mount->target, 0755, 0, 0, err);
	if (target < 0 || check_user_target(mount->target, target, err) < 0)
		return -1;
	if (setup->makes_nodes && !setup->spec->all_devices)
		attributes |= MOUNT_ATTR_NODEV;
	tmpfs = filesystem_open("tmpfs", &options, attributes, err);
	if (tmpfs < 0)
		return -1;
	if (filesystem_attach(tmpfs, target) < 0)
		return error_errno(err, "cannot attach");
	return 0;
}

/* Without the group "tty" (5) being mapped, terminals keep their maker's. */
static int open_devpts(const struct mount_spec *mount, struct error *err)
{
	static const char *const defaults[] = { "ptmxmode=0666", "mode=0620", "gid=5" };
	auto_release(strings) struct strings options = { 0 };
	int fd;

	if (mount->options.count)
		return filesystem_open("devpts", &mount->options, mount->attributes, err);
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		strings_add(&options, defaults[i]);
	fd = filesystem_open("devpts", &options, mount->attributes, err);
	if (fd >= 0 || !error_is_errno(err, EINVAL))
		return fd;
	error_release(err);
	strings_remove(&options, options.count - 1);
	return filesystem_open("devpts", &options, mount->attributes, err);
}

/* The host's own mounts at `path`, for a namespace that is the host's too. */
static int copy_of_host(const char *path, const struct mount_spec *mount, struct error *err)
{
	auto_fd int copy = filesystem_copy(AT_FDCWD, path, true);

	if (copy < 0)
		return error_errno(err, "cannot take the host's %s", path);
	if (filesystem_change(copy, true, mount->attributes, MS_PRIVATE) < 0)
		return error_errno(err, "cannot set attributes");
	return take_fd(&copy);
}

/* A file system of a namespace that a user namespace of ours does not own may not be made. */
static int open_or_copy(const char *type, const char *host_path, enum namespace_mode mode,
			const struct mount_spec *mount, struct error *err)
{
	int fd = filesystem_open(type, &mount->options, mount->attributes, err);

	if (fd >= 0 || mode != NAMESPACE_HOST || !error_is_errno(err, EPERM))
		return fd;
	error_release(err);
	return copy_of_host(host_path, mount, err);
}

static int open_kernel_mount(const struct setup *setup, const struct mount_spec *mount,
			     struct error *err)
{
	const struct runtime_spec *spec = setup->spec;

	switch (mount->kind) {
	case MOUNT_PROC:
		if (spec->pid_ns.mode == NAMESPACE_HOST)
			return copy_of_host("/proc", mount, err);
		return filesystem_open("proc", &mount->options, mount->attributes, err);
	case MOUNT_SYSFS:
		return open_or_copy("sysfs", "/sys", spec->net_ns.mode, mount, err);
	case MOUNT_DEVPTS:
		return open_devpts(mount, err);
	case MOUNT_MQUEUE:
		return open_or_copy("mqueue", "/dev/mqueue", spec->ipc_ns.mode, mount, err);
	case MOUNT_CGROUP:
		return filesystem_open("cgroup2", &mount->options, mount->attributes, err);
	case MOUNT_BIND:
	case MOUNT_TMPFS:
	default:
		return error_set(err, ERROR_INVALID, "no file system of the kernel's");
	}
}

static int mount_kernel(struct setup *setup, const struct mount_spec *mount, struct error *err)
{
	auto_fd int target = mount_open_kernel_target(setup->root, mount->target, err);
	auto_fd int fd = target < 0 ? -1 : open_kernel_mount(setup, mount, err);

	if (fd < 0)
		return -1;
	if (filesystem_attach(fd, target) < 0)
		return error_errno(err, "cannot attach");
	if (mount->kind == MOUNT_DEVPTS) {
		auto_close_fd(&setup->devpts);
		setup->devpts = take_fd(&fd);
	}
	return 0;
}

/* Containers have to run where no cgroup2 can be mounted: then there is nothing to see. So it is
 * with message queues, where the host's IPC namespace is shared and the host shows none. */
static bool may_be_missing(const struct runtime_spec *spec, const struct mount_spec *mount)
{
	if (mount->kind == MOUNT_MQUEUE)
		return spec->ipc_ns.mode == NAMESPACE_HOST;
	return mount->kind == MOUNT_CGROUP && strcmp(mount->target, CGROUP_TARGET) == 0;
}

static int mount_one(struct setup *setup, size_t index, struct error *err)
{
	const struct mount_spec *mount = &setup->spec->mounts[index];

	if (mount->target[0] != '/')
		return error_set(err, ERROR_USAGE, "not an absolute path");
	if (is_kernel_kind(mount->kind))
		return mount_kernel(setup, mount, err);
	if (mount->kind == MOUNT_TMPFS)
		return mount_tmpfs(setup, mount, err);
	return mount_bind(setup, mount, setup->sources[index], err);
}

int setup_mounts(struct setup *setup, struct error *err)
{
	for (size_t i = 0; i < setup->spec->mount_count; i++) {
		const struct mount_spec *mount = &setup->spec->mounts[i];

		if (mount_one(setup, i, err) == 0)
			continue;
		if (!may_be_missing(setup->spec, mount))
			return error_context(err, "mount '%s'", mount->target);
		error_release(err);
	}
	return 0;
}

int setup_working_directory(struct setup *setup, struct error *err)
{
	const char *path = setup->spec->process.cwd;
	auto_fd int dir = -1;

	if (is_empty(path) || path[0] != '/')
		return 0;	/* program_run() has the words for it */
	dir = rooted_make_dir(setup->root, path, 0755, 0, 0, err);
	return dir < 0 ? -1 : 0;
}

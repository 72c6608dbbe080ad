/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev: a tmpfs of our own with the few nodes that programs expect.
 *
 * Root makes the nodes, so that their inodes are the container's: it may chmod its
 * /dev/null without changing the host's. In a user namespace nobody can, and
 * the host's nodes are bind-mounted onto empty files, checked by number.
 *
 * There may be no device cgroup behind us, and root in the container can make
 * nodes. So devices work nowhere but on the nodes made here: each is bind-mounted
 * on itself, and everything else, this tmpfs too, gets nodev.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/filesystem.h"
#include "engine/runtime/mounts.h"
#include "engine/runtime/setup.h"
#include "engine/runtime/single-id.h"

#define HOST_DEPTH_MAX 8
#define HOST_DEVICES_MAX 16384

struct node {
	const char *path;	/* relative to /dev */
	const char *host_path;
	mode_t type;		/* S_IFCHR, S_IFBLK */
	dev_t number;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

static const struct {
	const char *name;
	unsigned int major, minor;
} standard_nodes[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 },
	{ "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" }, { "core", "/proc/kcore" }, { "ptmx", "pts/ptmx" },
};

/* Of the host's /dev: what is a directory of something else's, or ours to make. */
static const char *const skipped[] = {
	"pts", "shm", "mqueue", "hugepages", "fd", "stdin", "stdout", "stderr", "core", "ptmx",
	"console", "null", "zero", "full", "random", "urandom", "tty",
};

static void add_strings(struct strings *list, const char *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strings_add(list, items[i]);
}

static int mount_dev(struct setup *setup, struct error *err)
{
	static const char *const items[] = { "mode=0755", "size=65536k" };
	auto_release(strings) struct strings options = { 0 };
	auto_fd int target = mount_open_kernel_target(setup->root, "/dev", err);

	if (target < 0)
		return -1;
	add_strings(&options, items, ARRAY_SIZE(items));
	setup->dev = filesystem_open("tmpfs", &options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME,
				     err);
	if (setup->dev < 0)
		return -1;
	if (filesystem_attach(setup->dev, target) < 0)
		return error_errno(err, "cannot attach /dev");
	return 0;
}

static int bind_self(int parent, const char *name, struct error *err)
{
	auto_fd int node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int copy = node < 0 ? -1 : filesystem_copy(node, "", false);

	if (copy < 0 || filesystem_attach(copy, node) < 0)
		return error_errno(err, "cannot mount /dev/%s on itself", name);
	return 0;
}

/* 1: made; 0: may not make nodes here. */
static int make_node(struct setup *setup, int parent, const char *name, const struct node *node,
		     struct error *err)
{
	if (mknodat(parent, name, node->type | node->mode, node->number) < 0) {
		if (errno == EPERM)
			return 0;
		return error_errno(err, "cannot make /dev/%s", node->path);
	}
	setup->makes_nodes = true;
	if ((node->uid || node->gid) &&
	    fchownat(parent, name, node->uid, node->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot give /dev/%s its owner", node->path);
	if (setup->spec->all_devices)
		return 1;
	return bind_self(parent, name, err) < 0 ? -1 : 1;
}

/* The host's node, on which nothing else has been put meanwhile. */
static int copy_host_node(const struct node *node, struct error *err)
{
	auto_fd int copy = filesystem_copy(AT_FDCWD, node->host_path, false);
	struct stat info;

	if (copy < 0 || fstat(copy, &info) < 0)
		return error_errno(err, "cannot take the host's %s", node->host_path);
	if ((info.st_mode & S_IFMT) != node->type || info.st_rdev != node->number)
		return error_set(err, ERROR_OTHER, "the host's %s is not device %u:%u",
				 node->host_path, major(node->number), minor(node->number));
	return take_fd(&copy);
}

static int bind_node(int parent, const char *name, const struct node *node, struct error *err)
{
	auto_fd int copy = copy_host_node(node, err);
	auto_fd int file = -1;

	if (copy < 0)
		return -1;
	file = openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (file < 0 || filesystem_attach(copy, file) < 0)
		return error_errno(err, "cannot mount /dev/%s", node->path);
	return 0;
}

static int add_node(struct setup *setup, const struct node *node, struct error *err)
{
	const char *name;
	auto_fd int parent = rooted_open_parent(setup->dev, node->path, ROOTED_BENEATH, 0755,
						&name);
	int made;

	if (parent < 0)
		return error_errno(err, "cannot make /dev/%s", node->path);
	made = make_node(setup, parent, name, node, err);
	if (made != 0)
		return made < 0 ? -1 : 0;
	return bind_node(parent, name, node, err);
}

static int add_standard_nodes(struct setup *setup, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(standard_nodes); i++) {
		char host_path[32];
		struct node node = {
			.path = standard_nodes[i].name, .host_path = host_path, .type = S_IFCHR,
			.number = makedev(standard_nodes[i].major, standard_nodes[i].minor),
			.mode = 0666,
		};

		snprintf(host_path, sizeof(host_path), "/dev/%s", node.path);
		if (add_node(setup, &node, err) < 0)
			return -1;
	}
	return 0;
}

/* A node outside of /dev: always the host's, since the file system there need not take nodes. */
static int add_distant_node(struct setup *setup, const struct device_spec *device,
			    const struct node *node, struct error *err)
{
	auto_fd int copy = copy_host_node(node, err);
	auto_fd int file = copy < 0 ? -1 : rooted_make_file(setup->root, device->path, 0644, 0, 0,
							     err);

	if (file < 0)
		return -1;
	if (filesystem_attach(copy, file) < 0)
		return error_errno(err, "cannot mount '%s'", device->path);
	return 0;
}

static int add_device(struct setup *setup, const struct device_spec *device, struct error *err)
{
	const char *path = skip_prefix(device->path, "/dev/");
	struct node node = {
		.path = path,
		.host_path = device->host_path ? device->host_path : device->path,
		.type = device->type == 'b' ? S_IFBLK : S_IFCHR,
		.number = makedev(device->major, device->minor),
		.mode = device->mode & 0777, .uid = device->uid, .gid = device->gid,
	};

	if (!path)
		return add_distant_node(setup, device, &node, err);
	for (size_t i = 0; i < ARRAY_SIZE(standard_nodes); i++) {
		if (strcmp(path, standard_nodes[i].name) == 0)
			return 0;
	}
	return add_node(setup, &node, err);
}

static int add_host_directory(struct setup *setup, int dir, const char *path, int depth,
			      size_t *count, struct error *err);

static int add_host_entry(struct setup *setup, int dir, const char *path, int depth,
			  size_t *count, struct error *err)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	auto_free char *host_path = xasprintf("/dev/%s", path);
	struct node node = { .path = path, .host_path = host_path };
	struct stat info;

	if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;	/* gone */
	if (S_ISDIR(info.st_mode)) {
		auto_fd int below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
					   O_CLOEXEC);

		if (below < 0)
			return 0;	/* gone */
		return add_host_directory(setup, below, path, depth + 1, count, err);
	}
	if (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode))
		return 0;
	if (++*count > HOST_DEVICES_MAX)
		return error_set(err, ERROR_UNSUPPORTED, "the host has more than %d devices",
				 HOST_DEVICES_MAX);
	node.type = info.st_mode & S_IFMT;
	node.number = info.st_rdev;
	node.mode = info.st_mode & 07777;
	node.uid = setup->makes_nodes ? info.st_uid : 0;
	node.gid = setup->makes_nodes ? info.st_gid : 0;
	return add_node(setup, &node, err);
}

static bool is_skipped(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(skipped); i++) {
		if (strcmp(path, skipped[i]) == 0)
			return true;
	}
	return false;
}

static int add_host_directory(struct setup *setup, int dir, const char *path, int depth,
			      size_t *count, struct error *err)
{
	auto_dir DIR *stream = NULL;
	struct dirent *entry;
	int copy = fcntl(dir, F_DUPFD_CLOEXEC, 3);

	stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream)
		return error_errno(err, "cannot list the host's devices");
	while (depth <= HOST_DEPTH_MAX && (entry = readdir(stream))) {
		auto_free char *below = xasprintf("%s%s%s", path, *path ? "/" : "", entry->d_name);

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    is_skipped(below))
			continue;
		if (add_host_entry(setup, dir, below, depth, count, err) < 0)
			return -1;
	}
	return 0;
}

static int add_devices(struct setup *setup, struct error *err)
{
	const struct runtime_spec *spec = setup->spec;

	if (spec->all_devices) {
		auto_fd int host = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		size_t count = 0;

		if (host < 0)
			return error_errno(err, "cannot open the host's /dev");
		return add_host_directory(setup, host, "", 0, &count, err);
	}
	for (size_t i = 0; i < spec->device_count; i++) {
		if (add_device(setup, &spec->devices[i], err) < 0)
			return -1;
	}
	return 0;
}

static bool has_target(const struct runtime_spec *spec, const char *target)
{
	for (size_t i = 0; i < spec->mount_count; i++) {
		if (strcmp(spec->mounts[i].target, target) == 0)
			return true;
	}
	return false;
}

/* Unless the spec brings another one: that of the host or of another container. */
static int mount_shm(struct setup *setup, struct error *err)
{
	auto_release(strings) struct strings options = { 0 };
	auto_fd int shm = -1, target = -1;

	if (has_target(setup->spec, "/dev/shm"))
		return 0;
	strings_add(&options, "mode=1777");
	if (setup->spec->shm_size)
		strings_addf(&options, "size=%llu", (unsigned long long)setup->spec->shm_size);
	shm = filesystem_open("tmpfs", &options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			      MOUNT_ATTR_NOEXEC, err);
	target = shm < 0 ? -1 : mount_open_kernel_target(setup->root, "/dev/shm", err);
	if (target < 0)
		return -1;
	if (filesystem_attach(shm, target) < 0)
		return error_errno(err, "cannot attach /dev/shm");
	return 0;
}

int setup_devices(struct setup *setup, struct error *err)
{
	if (mount_dev(setup, err) < 0 || add_standard_nodes(setup, err) < 0 ||
	    add_devices(setup, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (symlinkat(links[i].target, setup->dev, links[i].name) < 0)
			return error_errno(err, "cannot make /dev/%s", links[i].name);
	}
	if (setup->spec->emulate_ownership && single_id_add_files(setup->dev, err) < 0)
		return -1;
	if (setup->makes_nodes && !setup->spec->all_devices &&
	    filesystem_change(setup->dev, false, MOUNT_ATTR_NODEV, 0) < 0)
		return error_errno(err, "cannot set attributes of /dev");
	return mount_shm(setup, err);
}

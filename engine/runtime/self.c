/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running from a mount of our binary that is read-only, attached nowhere, and
 * gone from reach as soon as its descriptor is closed: opening /proc/PID/exe for
 * writing fails then (EROFS). CVE-2019-5736.
 */
#include "engine/runtime/self.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/filesystem.h"
#include "rootless/idmap.h"

#define SELF "/proc/self/exe"
#define SELF_VARIABLE "PROA_SELF"
#define USER_VARIABLE "PROA_UID"
#define ARGUMENTS_SIZE_MAX ((size_t)8 << 20)
#define ID_MAP_SIZE_MAX ((size_t)64 << 10)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U	/* Linux 6.3 */
#endif

bool self_is_protected(void)
{
	auto_fd int self = -1;
	struct statvfs info;
	int seals;

	if (!getenv(SELF_VARIABLE))
		return false;
	self = open(SELF, O_RDONLY | O_CLOEXEC);
	if (self < 0)
		return false;
	seals = fcntl(self, F_GET_SEALS);
	if (seals >= 0 && (seals & SEALS) == SEALS)
		return true;
	return fstatvfs(self, &info) == 0 && (info.f_flag & ST_RDONLY);
}

/* A detached mount of the binary alone. `path` is looked up anew, since the running binary's own
 * mount may be of another mount namespace; it has to be the same file. */
static int open_mount(const char *path, int self)
{
	auto_fd int mount = filesystem_copy(AT_FDCWD, path, false);
	struct stat wanted, found;

	if (mount < 0 || fstat(self, &wanted) < 0 || fstat(mount, &found) < 0)
		return -1;
	if (wanted.st_dev != found.st_dev || wanted.st_ino != found.st_ino)
		return -1;
	if (filesystem_change(mount, false, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
			      MOUNT_ATTR_NODEV, MS_PRIVATE) < 0)
		return -1;
	return take_fd(&mount);
}

static int open_copy(int self, struct error *err)
{
	auto_fd int copy = sys_memfd_create("proa", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (copy < 0 && errno == EINVAL)
		copy = sys_memfd_create("proa", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		return error_errno(err, "cannot make a memory file");
	if (fd_copy(self, copy, err) < 0)
		return -1;
	if (fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return error_errno(err, "cannot seal the copy");
	return take_fd(&copy);
}

static int read_arguments(struct strings *ret_arguments, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (file_read(AT_FDCWD, "/proc/self/cmdline", ARGUMENTS_SIZE_MAX, &text, err) < 0)
		return -1;
	for (size_t at = 0; at < text.size; at += strlen(text.data + at) + 1)
		strings_add(ret_arguments, text.data + at);
	if (ret_arguments->count == 0)
		return error_set(err, ERROR_OTHER, "the program was started without a name");
	return 0;
}

/* Who we are outside, for an ordinary user who became id 0 of a namespace after the program had
 * begun: the auxiliary vector still knows how it was. */
static int tell_user(struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	struct id_map map;
	char number[16];

	if (getauxval(AT_UID) == 0 || geteuid() != 0)
		return 0;
	if (file_read(AT_FDCWD, "/proc/self/uid_map", ID_MAP_SIZE_MAX, &text, err) < 0 ||
	    idmap_parse(text.data ? text.data : "", &map, err) < 0)
		return -1;
	for (unsigned int i = 0; i < map.count; i++) {
		if (map.ranges[i].inside != 0)
			continue;
		snprintf(number, sizeof(number), "%u", map.ranges[i].outside);
		return setenv(USER_VARIABLE, number, 1) < 0 ? error_errno(err, "no memory") : 0;
	}
	return 0;
}

static int open_protected(int self, struct error *err)
{
	auto_error ignored = { 0 };
	auto_free char *path = link_read(AT_FDCWD, SELF, &ignored);
	int fd = -1;

	if (path) {
		if (setenv(SELF_VARIABLE, path, 1) < 0)
			return error_errno(err, "no memory");
		fd = open_mount(path, self);
	}
	return fd >= 0 ? fd : open_copy(self, err);
}

static int run_again(struct error *err)
{
	auto_release(strings) struct strings arguments = { 0 };
	auto_fd int self = open(SELF, O_RDONLY | O_CLOEXEC);
	auto_fd int fd = -1;

	if (self < 0)
		return error_errno(err, "cannot open " SELF);
	if (read_arguments(&arguments, err) < 0 || tell_user(err) < 0)
		return -1;
	fd = open_protected(self, err);
	if (fd < 0)
		return -1;
	sys_execveat(fd, "", arguments.items, environ, AT_EMPTY_PATH);
	return error_errno(err, "execveat");
}

int self_protect(struct error *err)
{
	if (self_is_protected()) {
		/* Executing by descriptor has named the process after that. */
		prctl(PR_SET_NAME, "proa");
		return 0;
	}
	run_again(err);
	return error_context(err, "cannot put this program out of containers' reach");
}

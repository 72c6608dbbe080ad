/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks by flock(2). A lock file may be removed by its holder together with
 * what it protects: who waited for it then holds a file that has no name, and
 * has to begin anew.
 */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/path.h"

#define TRIES_MAX 64

static int open_lock_file(int dir, const char *name, enum lock_mode mode)
{
	int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(dir, name, O_RDWR | O_CREAT | flags, 0600);

	/* A store that is only read from may be read-only. */
	if (fd < 0 && mode == LOCK_SHARED && (errno == EROFS || errno == EACCES))
		fd = openat(dir, name, O_RDONLY | flags);
	return fd;
}

static int lock_file(int fd, int operation)
{
	int result;

	do {
		result = flock(fd, operation);
	} while (result < 0 && errno == EINTR);
	return result;
}

/* Whether `name` still is the file that `fd` has open. */
static bool still_named(int dir, const char *name, int fd)
{
	struct stat named;
	struct stat held;

	return fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &held) == 0 &&
	       named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

/* Waits for a second without a word, then says for whom. */
static int wait_for_lock(int fd, int operation, const char *name)
{
	const struct timespec pause_max = { .tv_nsec = 10 * 1000 * 1000 };
	struct timespec pause = { .tv_nsec = 100 * 1000 };
	int64_t patience_ends = clock_monotonic() + NS_PER_SECOND;
	auto_free char *holder = NULL;

	while (lock_file(fd, operation | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return -1;
		if (clock_monotonic() > patience_ends) {
			holder = lock_holder(fd);
			warning("waiting for %s, which holds the lock '%s'",
				holder ? holder : "another process", name);
			return lock_file(fd, operation);
		}
		nanosleep(&pause, NULL);
		pause.tv_nsec *= 2;
		if (pause.tv_nsec > pause_max.tv_nsec)
			pause = pause_max;
	}
	return 0;
}

static int lock(int dir, const char *name, enum lock_mode mode, bool wait, struct error *err)
{
	int operation = mode == LOCK_SHARED ? LOCK_SH : LOCK_EX;

	for (int tries = 0; tries < TRIES_MAX; tries++) {
		auto_fd int fd = open_lock_file(dir, name, mode);

		if (fd < 0)
			return path_error(err, "cannot open the lock '%s'", name);
		if ((wait ? wait_for_lock(fd, operation, name)
			  : lock_file(fd, operation | LOCK_NB)) < 0) {
			path_error(err, "cannot lock '%s'", name);
			if (error_is_errno(err, EWOULDBLOCK))
				err->kind = ERROR_BUSY;
			return -1;
		}
		if (still_named(dir, name, fd))
			return take_fd(&fd);
	}
	return error_set(err, ERROR_BUSY, "cannot lock '%s': it is removed again and again", name);
}

int lock_wait(int dir, const char *name, enum lock_mode mode, struct error *err)
{
	return lock(dir, name, mode, true, err);
}

int lock_try(int dir, const char *name, enum lock_mode mode, struct error *err)
{
	return lock(dir, name, mode, false, err);
}

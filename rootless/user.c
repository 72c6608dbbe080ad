/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calling user. Names come from /etc/passwd, read by ourselves: getpwuid(3)
 * would load NSS modules into a process that is about to enter namespaces (R8).
 * A user of a directory service is known by his number.
 */
#include "rootless/user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"
#include "rootless/idmap.h"

#define PASSWD_SIZE_MAX ((size_t)16 << 20)
#define ID_MAP_SIZE_MAX ((size_t)64 << 10)

/* NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL */
enum passwd_field { PASSWD_NAME = 0, PASSWD_UID = 2, PASSWD_HOME = 5, PASSWD_FIELDS = 7 };

/* What the id 0 of this namespace is in the namespace it was made from. */
static int outside_root(const char *path, uint32_t *ret_id)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };
	struct id_map map;

	if (file_read(AT_FDCWD, path, ID_MAP_SIZE_MAX, &text, &ignored) < 0 || text.size == 0 ||
	    idmap_parse(text.data, &map, &ignored) < 0)
		return -1;
	for (unsigned int i = 0; i < map.count; i++) {
		if (map.ranges[i].inside == 0) {
			*ret_id = map.ranges[i].outside;
			return 0;
		}
	}
	return -1;
}

/* PROA_UID is a claim that anybody can make; it is believed only as far as the kernel's map of
 * this namespace says the same. */
static bool is_reentered(const char *claim, struct user *user)
{
	auto_error ignored = { 0 };
	uint32_t claimed;
	uint32_t uid;
	uint32_t gid;

	if (!claim || geteuid() != 0 || parse_u32(claim, &claimed, &ignored) < 0 || claimed == 0 ||
	    outside_root("/proc/self/uid_map", &uid) < 0 || uid != claimed ||
	    outside_root("/proc/self/gid_map", &gid) < 0)
		return false;
	user->uid = uid;
	user->gid = gid;
	return true;
}

/* Takes the line apart in place when it is that of `uid`. */
static bool parse_passwd_line(char *line, uid_t uid, const char *fields[PASSWD_FIELDS])
{
	auto_error ignored = { 0 };
	uint32_t number;

	for (int i = 0; i < PASSWD_FIELDS; i++) {
		char *colon = line ? strchr(line, ':') : NULL;

		if (!line)
			return false;
		fields[i] = line;
		if (colon)
			*colon++ = '\0';
		line = colon;
	}
	return parse_u32(fields[PASSWD_UID], &number, &ignored) == 0 && number == uid;
}

static void look_up_passwd(struct user *user, char **ret_home)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };
	char *line;

	if (file_read(AT_FDCWD, "/etc/passwd", PASSWD_SIZE_MAX, &text, &ignored) < 0)
		return;
	for (line = text.data; line && *line;) {
		char *end = strchr(line, '\n');
		const char *fields[PASSWD_FIELDS];

		if (end)
			*end = '\0';
		if (parse_passwd_line(line, user->uid, fields) && *fields[PASSWD_NAME]) {
			user->name = xstrdup(fields[PASSWD_NAME]);
			*ret_home = xstrdup(fields[PASSWD_HOME]);
			return;
		}
		line = end ? end + 1 : NULL;
	}
}

static bool is_absolute(const char *path)
{
	return path && path[0] == '/';
}

int user_current(struct user *ret_user, struct error *err)
{
	struct user user = { .uid = geteuid(), .gid = getegid() };
	auto_free char *passwd_home = NULL;
	const char *home = getenv("HOME");
	bool reentered = is_reentered(getenv("PROA_UID"), &user);

	if (unsetenv("PROA_UID") < 0)
		return error_errno(err, "cannot clear PROA_UID");
	user.is_root = !reentered && user.uid == 0;
	look_up_passwd(&user, &passwd_home);
	if (!user.name)
		user.name = xasprintf("%u", (unsigned int)user.uid);
	if (is_absolute(home))
		user.home = xstrdup(home);
	else
		user.home = xstrdup(is_absolute(passwd_home) ? passwd_home : "/");
	*ret_user = user;
	return 0;
}

void user_release(struct user *user)
{
	free(user->name);
	free(user->home);
	*user = (struct user){ 0 };
}

char *user_store_path(const struct user *user)
{
	const char *data = getenv("XDG_DATA_HOME");

	if (user->is_root)
		return xstrdup("/var/lib/proa");
	if (is_absolute(data))
		return xasprintf("%s/proa", data);
	return xasprintf("%s/.local/share/proa", user->home);
}

/* After `su`, XDG_RUNTIME_DIR may still be that of somebody else. */
static bool is_own_directory(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid();
}

char *user_run_path(const struct user *user)
{
	auto_free char *login = xasprintf("/run/user/%u", (unsigned int)user->uid);
	const char *given = getenv("XDG_RUNTIME_DIR");

	if (user->is_root)
		return xstrdup("/run/proa");
	if (is_absolute(given) && is_own_directory(given))
		return xasprintf("%s/proa", given);
	if (is_own_directory(login))
		return xasprintf("%s/proa", login);
	return xasprintf("/tmp/proa-%u", (unsigned int)user->uid);
}

/* Opens `path` without following a link that another user has put there. */
static int open_own(const char *path, struct error *err)
{
	struct stat link;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* With O_DIRECTORY a link is ENOTDIR. */
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR) && lstat(path, &link) == 0 &&
	    S_ISLNK(link.st_mode)) {
		if (link.st_uid != geteuid() && link.st_uid != 0)
			return error_set(err, ERROR_OTHER,
					 "cannot use '%s': it is a link of another user", path);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	return fd;
}

int user_open_private(const char *path, struct error *err)
{
	auto_fd int made = dir_make(AT_FDCWD, path, 0700, err);
	auto_fd int fd = -1;
	struct stat info;

	if (made < 0)
		return -1;
	fd = open_own(path, err);
	if (fd < 0)
		return -1;
	if (fstat(fd, &info) < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (info.st_uid != geteuid())
		return error_set(err, ERROR_OTHER, "cannot use '%s': it belongs to another user",
				 path);
	if (info.st_mode & 022) {
		error_set(err, ERROR_OTHER, "cannot use '%s': others may write to it", path);
		return error_remedy(err, "make it private: chmod 700 '%s'", path);
	}
	return take_fd(&fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* passwd(5) and group(5) as the container has them, read by our own bounded parser. */
#include "engine/runtime/container-user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/rooted.h"
#include "base/strings.h"

#define GROUPS_MAX 65536	/* as the kernel has it */

struct passwd_entry {
	const char *name, *uid, *gid, *home;
};

struct group_entry {
	const char *name, *gid, *members;
};

/* Opens a regular file and nothing else: looking first, since opening a device or a FIFO acts. */
static int open_regular(int root, const char *path, off_t *ret_size, struct error *err)
{
	auto_fd int fd = rooted_open(root, path, ROOTED_IN_ROOT, O_PATH, 0);
	struct stat info;

	if (fd < 0 || fstat(fd, &info) < 0)
		return error_errno(err, "cannot open the container's %s", path);
	if (S_ISREG(info.st_mode)) {
		auto_close_fd(&fd);
		fd = rooted_open(root, path, ROOTED_IN_ROOT, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
		if (fd < 0 || fstat(fd, &info) < 0)
			return error_errno(err, "cannot open the container's %s", path);
	}
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_INVALID, "the container's %s is no regular file", path);
	*ret_size = info.st_size;
	return take_fd(&fd);
}

/* A missing file reads as an empty one; so does a link into /proc, where files have no size, and
 * some have no end (/proc/kmsg). */
static int read_file(int root, const char *path, struct buffer *text, struct error *err)
{
	off_t size = 0;
	auto_fd int fd = open_regular(root, path, &size, err);

	text->max = CONTAINER_USER_FILE_MAX;
	if (fd < 0 && error_is_errno(err, ENOENT)) {
		error_release(err);
		return 0;
	}
	if (fd < 0)
		return -1;
	return size == 0 ? 0 : fd_read_all(fd, path, text, err);
}

/* The next line of `text` from *at on, cut off in place; NULL at the end. */
static char *next_line(struct buffer *text, size_t *at)
{
	char *line = text->data ? text->data + *at : NULL;
	char *end;

	if (*at >= text->size)
		return NULL;
	end = memchr(line, '\n', text->size - *at);
	if (!end) {
		*at = text->size;
		return line;
	}
	*end = '\0';
	*at = (size_t)(end - text->data) + 1;
	return line;
}

/* Cuts `line` at its colons into `count` fields; missing ones are "". */
static void split_fields(char *line, const char **fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fields[i] = line;
		line += strcspn(line, i + 1 < count ? ":" : "");
		if (*line)
			*line++ = '\0';
	}
}

static bool parse_passwd_line(char *line, struct passwd_entry *entry)
{
	const char *fields[7];

	split_fields(line, fields, ARRAY_SIZE(fields));
	*entry = (struct passwd_entry){ fields[0], fields[2], fields[3], fields[5] };
	return *entry->name && *entry->uid && *entry->gid;
}

static bool parse_group_line(char *line, struct group_entry *entry)
{
	const char *fields[4];

	split_fields(line, fields, ARRAY_SIZE(fields));
	*entry = (struct group_entry){ fields[0], fields[2], fields[3] };
	return *entry->name && *entry->gid;
}

/* An id of a file's entry: entries with strange ones are not there. */
static bool parse_entry_id(const char *text, uint32_t *ret_id)
{
	auto_error ignored = { 0 };

	return parse_u32(text, ret_id, &ignored) == 0 && *ret_id <= CONTAINER_ID_MAX;
}

static bool is_numeric(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static int parse_id(const char *what, const char *text, uint32_t *ret_id, struct error *err)
{
	if (!parse_entry_id(text, ret_id))
		return error_set(err, ERROR_USAGE, "%s id '%s' is out of range: 0 to %u", what,
				 text, CONTAINER_ID_MAX);
	return 0;
}

/* A home may be told to the program, but not forge lines of files that hold it (R13). */
static const char *safe_home(const char *home)
{
	for (const char *c = home; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return "/";
	}
	return *home == '/' ? home : "/";
}

/* Finds the user by name or number. *ret_name: the entry's name, new, or NULL without an entry. */
static int find_user(int root, const char *wanted, struct container_user *user, char **ret_name,
		     struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	bool numeric = is_numeric(wanted);
	uint32_t id = 0, uid, gid;
	size_t at = 0;
	char *line;

	if (numeric && parse_id("user", wanted, &id, err) < 0)
		return -1;
	if (read_file(root, "etc/passwd", &text, err) < 0)
		return -1;
	while ((line = next_line(&text, &at))) {
		struct passwd_entry entry;

		if (!parse_passwd_line(line, &entry) || !parse_entry_id(entry.uid, &uid) ||
		    !parse_entry_id(entry.gid, &gid))
			continue;
		if (numeric ? uid != id : strcmp(entry.name, wanted) != 0)
			continue;
		user->uid = uid;
		user->gid = gid;
		replace_string(&user->home, safe_home(entry.home));
		*ret_name = xstrdup(entry.name);
		return 0;
	}
	if (!numeric)
		return error_set(err, ERROR_NOT_FOUND,
				 "unable to find user %s: no matching entries in passwd file",
				 wanted);
	user->uid = id;
	return 0;
}

static void add_group(struct container_user *user, gid_t gid)
{
	if ((user->group_count & (user->group_count - 1)) == 0)
		user->groups = xrealloc_array(user->groups, user->group_count ?
					      2 * user->group_count : 1, sizeof(*user->groups));
	user->groups[user->group_count++] = gid;
}

/* Whether the comma-separated `members` hold `name`. */
static bool lists_member(const char *members, const char *name)
{
	size_t length = strlen(name);

	while (*members) {
		size_t part = strcspn(members, ",");

		if (part == length && memcmp(members, name, length) == 0)
			return true;
		members += part;
		if (*members)
			members++;
	}
	return false;
}

static void add_memberships(struct container_user *user, const struct buffer *group_file,
			    const char *name)
{
	auto_release(buffer) struct buffer text = { .max = CONTAINER_USER_FILE_MAX };
	size_t at = 0;
	char *line;

	buffer_add(&text, group_file->data, group_file->size);
	while ((line = next_line(&text, &at))) {
		struct group_entry entry;
		uint32_t gid;

		if (parse_group_line(line, &entry) && parse_entry_id(entry.gid, &gid) &&
		    lists_member(entry.members, name))
			add_group(user, gid);
	}
}

static int find_group(const struct buffer *group_file, const char *wanted, gid_t *ret_gid,
		      struct error *err)
{
	auto_release(buffer) struct buffer text = { .max = CONTAINER_USER_FILE_MAX };
	size_t at = 0;
	char *line;

	if (is_numeric(wanted))
		return parse_id("group", wanted, ret_gid, err);
	buffer_add(&text, group_file->data, group_file->size);
	while ((line = next_line(&text, &at))) {
		struct group_entry entry;

		if (parse_group_line(line, &entry) && strcmp(entry.name, wanted) == 0 &&
		    parse_entry_id(entry.gid, ret_gid))
			return 0;
	}
	return error_set(err, ERROR_NOT_FOUND,
			 "unable to find group %s: no matching entries in group file", wanted);
}

static int add_extra_groups(struct container_user *user, const struct buffer *group_file,
			    const struct strings *extra, struct error *err)
{
	for (size_t i = 0; extra && i < extra->count; i++) {
		gid_t gid;

		if (find_group(group_file, extra->items[i], &gid, err) < 0)
			return -1;
		add_group(user, gid);
	}
	return 0;
}

static int compare_groups(const void *left, const void *right)
{
	gid_t a = *(const gid_t *)left, b = *(const gid_t *)right;

	return (a > b) - (a < b);
}

static int sort_groups(struct container_user *user, struct error *err)
{
	size_t kept = 1;

	qsort(user->groups, user->group_count, sizeof(*user->groups), compare_groups);
	for (size_t i = 1; i < user->group_count; i++) {
		if (user->groups[i] != user->groups[kept - 1])
			user->groups[kept++] = user->groups[i];
	}
	user->group_count = kept;
	if (kept > GROUPS_MAX)
		return error_set(err, ERROR_INVALID, "the user is in more than %d groups",
				 GROUPS_MAX);
	return 0;
}

/* The group file is read only if something is looked up in it. */
static int find_groups(int root, const char *name, const char *group, const struct strings *extra,
		       struct container_user *user, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	bool explicit = !is_empty(group);

	if (((!explicit && name) || (explicit && !is_numeric(group)) || (extra && extra->count)) &&
	    read_file(root, "etc/group", &text, err) < 0)
		return -1;
	if (explicit && find_group(&text, group, &user->gid, err) < 0)
		return -1;
	add_group(user, user->gid);
	if (!explicit && name)
		add_memberships(user, &text, name);
	if (add_extra_groups(user, &text, extra, err) < 0)
		return -1;
	return sort_groups(user, err);
}

int container_user_resolve(int root, const char *user, const struct strings *extra_groups,
			   struct container_user *ret_user, struct error *err)
{
	struct container_user found = { .home = xstrdup("/") };
	auto_free char *wanted = xstrdup(user ? user : "");
	auto_free char *name = NULL;
	char *group = strchr(wanted, ':');

	if (group)
		*group++ = '\0';
	if (find_user(root, *wanted ? wanted : "0", &found, &name, err) < 0 ||
	    find_groups(root, name, group, extra_groups, &found, err) < 0) {
		container_user_release(&found);
		return -1;
	}
	*ret_user = found;
	return 0;
}

void container_user_release(struct container_user *user)
{
	free(user->groups);
	free(user->home);
	*user = (struct container_user){ 0 };
}

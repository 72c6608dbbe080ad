/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the user's namespace. A process cannot map ranges into its own: that
 * is done from outside by newuidmap and newgidmap, which are set-uid. Two
 * children that were forked before wait until the namespace is there, then run
 * one of them each, at the same time.
 */
#include "rootless/userns-create.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "rootless/idmap.h"
#include "rootless/subids.h"
#include "rootless/user.h"
#include "rootless/userns-refusal.h"

#define ID_MAP_SIZE_MAX ((size_t)64 << 10)
#define SUBIDS_COUNT 65536	/* what useradd gives */
#define MAKE_STEP "make a user namespace"

struct maps {
	struct id_map uids, gids;
};

void userns_lack_release(struct userns_lack *lack)
{
	free(lack->reason);
	free(lack->remedy);
	*lack = (struct userns_lack){ 0 };
}

/* One of the two helpers. */
struct mapper {
	const char *program;
	const struct id_map *map;
	pid_t target;
	int go[2];	/* a byte when the namespace is there; closed when there will be none */
	int report[2];	/* the message of a failure */
	struct process process;
};

static int run_mapper(void *argument)
{
	const struct mapper *mapper = argument;
	auto_release(strings) struct strings argv = { 0 };
	auto_error err = { 0 };
	struct spawn spawn = { .die_with_parent = true };
	char go;

	close(mapper->go[1]);
	if (fd_read_full(mapper->go[0], &go, 1) != 1)
		return 0;
	strings_add(&argv, mapper->program);
	strings_addf(&argv, "%d", (int)mapper->target);
	for (unsigned int i = 0; i < mapper->map->count; i++) {
		strings_addf(&argv, "%u", mapper->map->ranges[i].inside);
		strings_addf(&argv, "%u", mapper->map->ranges[i].outside);
		strings_addf(&argv, "%u", mapper->map->ranges[i].count);
	}
	spawn.argv = (const char *const *)argv.items;
	if (process_run(&spawn, NULL, &err) == 0)
		return 0;
	fd_write_full(mapper->report[1], err.message, strlen(err.message));
	return 1;
}

static int mapper_start(struct mapper *mapper, const char *program, const struct id_map *map,
			struct error *err)
{
	*mapper = (struct mapper){
		.program = program, .map = map, .target = getpid(),
		.go = { -1, -1 }, .report = { -1, -1 }, .process = PROCESS_NONE,
	};
	if (fd_pipe(&mapper->go[0], &mapper->go[1], err) < 0 ||
	    fd_pipe(&mapper->report[0], &mapper->report[1], err) < 0)
		return -1;
	return process_fork(run_mapper, mapper, true, &mapper->process, err);
}

/* Lets the helper go. */
static int mapper_go(struct mapper *mapper, struct error *err)
{
	if (fd_write_full(mapper->go[1], "", 1) < 0)
		return error_errno(err, "cannot talk to '%s'", mapper->program);
	return 0;
}

static int mapper_wait(struct mapper *mapper, struct error *err)
{
	auto_release(buffer) struct buffer message = { 0 };
	int status;

	auto_close_fd(&mapper->report[1]);
	mapper->report[1] = -1;
	if (fd_read_all(mapper->report[0], mapper->program, &message, err) < 0 ||
	    process_wait(&mapper->process, &status, err) < 0)
		return -1;
	if (status == 0)
		return 0;
	return error_set(err, ERROR_OTHER, "cannot map ids: %s",
			 message.size > 0 ? message.data : mapper->program);
}

static void mapper_release(struct mapper *mapper)
{
	process_kill(&mapper->process);
	for (int i = 0; i < 2; i++) {
		auto_close_fd(&mapper->go[i]);
		auto_close_fd(&mapper->report[i]);
	}
}

static int unshare_user(struct error *err)
{
	/* newuidmap wants /proc/PID to belong to its caller. */
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return error_errno(err, "cannot become dumpable");
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return userns_refused(MAKE_STEP, err);
	return 0;
}

static int map_ranges(const struct maps *maps, struct error *err)
{
	auto_release(mapper) struct mapper uids = { .go = { -1, -1 }, .report = { -1, -1 } };
	auto_release(mapper) struct mapper gids = { .go = { -1, -1 }, .report = { -1, -1 } };

	uids.process = gids.process = PROCESS_NONE;
	if (mapper_start(&uids, "newuidmap", &maps->uids, err) < 0 ||
	    mapper_start(&gids, "newgidmap", &maps->gids, err) < 0 ||
	    unshare_user(err) < 0 ||
	    mapper_go(&uids, err) < 0 || mapper_go(&gids, err) < 0)
		return -1;
	if (mapper_wait(&uids, err) < 0 || mapper_wait(&gids, err) < 0)
		return -1;
	return 0;
}

static int write_own(const char *path, const char *text, struct error *err)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	/* One write(2): the kernel takes a map only whole. */
	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		userns_refused("map this user's id", err);
		return error_context(err, "%s", path);
	}
	return 0;
}

static int map_single(const struct maps *maps, struct error *err)
{
	auto_free char *uid_text = idmap_format(&maps->uids);
	auto_free char *gid_text = idmap_format(&maps->gids);

	if (unshare_user(err) < 0)
		return -1;
	/* Without setgroups denied, an ordinary user may not map his gid. */
	if (write_own("/proc/self/setgroups", "deny", err) < 0 ||
	    write_own("/proc/self/uid_map", uid_text, err) < 0 ||
	    write_own("/proc/self/gid_map", gid_text, err) < 0)
		return -1;
	return 0;
}

/* What was asked for is what we have (R12). */
static int verify_map(const char *path, const struct id_map *wanted, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	struct id_map map;

	if (file_read(AT_FDCWD, path, ID_MAP_SIZE_MAX, &text, err) < 0 ||
	    idmap_parse(text.data ? text.data : "", &map, err) < 0)
		return -1;
	if (map.count != wanted->count ||
	    memcmp(map.ranges, wanted->ranges, map.count * sizeof(map.ranges[0])) != 0)
		return error_set(err, ERROR_OTHER, "cannot map ids: '%s' is not as wanted", path);
	return 0;
}

static char *compose_remedy(const struct user *user, const char *uid_text, const char *gid_text)
{
	unsigned int start = subids_free_start(uid_text, gid_text, SUBIDS_COUNT);
	unsigned int end = start + SUBIDS_COUNT - 1;

	if (start == 0)
		return xstrdup("an administrator can add them to /etc/subuid and /etc/subgid");
	return xasprintf("an administrator can add them: usermod --add-subuids %u-%u "
			 "--add-subgids %u-%u %s", start, end, start, end, user->name);
}

/* Lays out the maps; *lack tells why they have a single id, if so. */
static int compose_maps(const struct user *user, struct maps *maps, struct userns_lack *lack,
			struct error *err)
{
	auto_free char *uid_text = subids_read(SUBIDS_UID, user, err);
	auto_free char *gid_text = uid_text ? subids_read(SUBIDS_GID, user, err) : NULL;

	if (!gid_text)
		return -1;
	idmap_compose(uid_text, user->name, user->uid, user->uid, &maps->uids);
	idmap_compose(gid_text, user->name, user->uid, user->gid, &maps->gids);
	if (maps->uids.count > 1 && maps->gids.count > 1)
		return 0;
	lack->reason = xasprintf("no subordinate ids for '%s' in %s", user->name,
				 maps->uids.count > 1 ? "/etc/subgid" : "/etc/subuid");
	lack->remedy = compose_remedy(user, uid_text, gid_text);
	return 0;
}

static void look_for_helpers(struct userns_lack *lack)
{
	static const char *const helpers[] = { "newuidmap", "newgidmap" };

	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
		auto_free char *path = process_find_program(helpers[i]);

		if (path || lack->reason)
			continue;
		lack->reason = xasprintf("%s not found", helpers[i]);
		lack->remedy = xstrdup("install the package uidmap (shadow-utils, shadow)");
	}
}

int userns_create(const struct user *user, struct userns_lack *ret_lack, struct error *err)
{
	auto_release(userns_lack) struct userns_lack lack = { 0 };
	auto_free struct maps *maps = xcalloc(1, sizeof(*maps));

	if (compose_maps(user, maps, &lack, err) < 0)
		return -1;
	look_for_helpers(&lack);
	if (lack.reason) {
		idmap_compose("", user->name, user->uid, user->uid, &maps->uids);
		idmap_compose("", user->name, user->uid, user->gid, &maps->gids);
	}
	if ((lack.reason ? map_single(maps, err) : map_ranges(maps, err)) < 0)
		return -1;
	if (verify_map("/proc/self/uid_map", &maps->uids, err) < 0 ||
	    verify_map("/proc/self/gid_map", &maps->gids, err) < 0)
		return -1;
	*ret_lack = lack;
	lack = (struct userns_lack){ 0 };
	return 0;
}

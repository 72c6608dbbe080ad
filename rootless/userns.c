/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Getting into the user's namespace. Joining needs no set-uid helper: the owner
 * of a user namespace has all capabilities over it. The ids stay what they are
 * for the kernel, so supplementary groups are kept: they still open the files
 * that they opened outside.
 */
#include "rootless/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/syscalls.h"
#include "rootless/idmap.h"
#include "rootless/user.h"
#include "rootless/userns-create.h"
#include "rootless/userns-notes.h"
#include "rootless/userns-refusal.h"

#define ID_MAP_SIZE_MAX ((size_t)64 << 10)
#define ALL_IDS 0xffffffffU

enum userns_mode userns_current(void)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };
	struct id_map map;

	/* A kernel without user namespaces has no such file. */
	if (file_read(AT_FDCWD, "/proc/self/uid_map", ID_MAP_SIZE_MAX, &text, &ignored) < 0 ||
	    !text.data || idmap_parse(text.data, &map, &ignored) < 0)
		return USERNS_NONE;
	if (map.count == 1 && map.ranges[0].inside == 0 && map.ranges[0].outside == 0 &&
	    map.ranges[0].count == ALL_IDS)
		return USERNS_NONE;
	return idmap_size(&map) == 1 ? USERNS_SINGLE : USERNS_FULL;
}

/* Joins the namespace of a live process with a note; 0 when there is none that lets us in. */
static int join(int notes, bool *ret_joined, struct error *err)
{
	*ret_joined = false;
	for (unsigned int skip = 0; !*ret_joined; skip++) {
		auto_fd int pidfd = notes_find_live(notes, skip, err);

		if (pidfd < 0)
			return err->kind == ERROR_NONE ? 0 : -1;
		*ret_joined = setns(pidfd, CLONE_NEWUSER) == 0;
	}
	if (unshare(CLONE_NEWNS) < 0)
		return userns_refused("make a mount namespace", err);
	return 0;
}

static void tell_lack(int notes, const struct userns_lack *lack)
{
	if (lack->reason && notes_first_time(notes, "single-id"))
		warning("%s; running with a single id: files of other owners look like yours; %s",
			lack->reason, lack->remedy);
}

static int create(int notes, struct error *err)
{
	auto_release(userns_lack) struct userns_lack lack = { 0 };
	auto_release(user) struct user user = { 0 };

	if (user_current(&user, err) < 0 || userns_create(&user, &lack, err) < 0)
		return -1;
	tell_lack(notes, &lack);
	return 0;
}

/* Becomes id 0 in every respect. For the kernel nothing changes: 0 is the user. */
static int become_root(struct error *err)
{
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return error_errno(err, "cannot become root of the user namespace");
	/* Who joins us later must be allowed to look at our /proc. */
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return error_errno(err, "cannot become dumpable");
	return 0;
}

/* Nothing that we mount gets out; what the host unmounts goes here as well, or a disk that was
 * taken out would stay in use as long as a container runs. */
static int isolate_mounts(struct error *err)
{
	if (sys_mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return userns_refused("set the propagation of mounts", err);
	return 0;
}

static int enter(int notes, struct error *err)
{
	auto_fd int lock = notes_lock(notes, err);
	bool joined;

	if (lock < 0 || join(notes, &joined, err) < 0)
		return -1;
	if (!joined && create(notes, err) < 0)
		return -1;
	if (become_root(err) < 0 || isolate_mounts(err) < 0)
		return -1;
	return notes_leave(notes, err);
}

int userns_enter(int runroot, enum userns_mode *ret_mode, struct error *err)
{
	auto_fd int notes = notes_open(runroot, err);

	if (notes < 0)
		return -1;
	/* After our re-exec inside we are id 0 already, under the same pid and note. */
	if (geteuid() != 0 && enter(notes, err) < 0)
		return -1;
	*ret_mode = userns_current();
	return 0;
}

int userns_hold(int runroot, struct error *err)
{
	auto_fd int notes = notes_open(runroot, err);

	if (notes < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return error_errno(err, "cannot become dumpable");
	return notes_leave(notes, err);
}

void userns_release(int runroot)
{
	auto_error ignored = { 0 };
	auto_fd int notes = notes_open(runroot, &ignored);

	if (notes >= 0)
		notes_take_back(notes);
}

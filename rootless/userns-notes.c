/* SPDX-License-Identifier: Apache-2.0 */
/* Notes as files. Names that begin with a dot are not notes. */
#include "rootless/userns-notes.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/process.h"
#include "base/strings.h"

#define NOTES_DIR "userns"
#define LOCK_NAME ".lock"
#define NOTE_SIZE_MAX 128
#define NOTE_NAME_SIZE 48

int notes_open(int runroot, struct error *err)
{
	return dir_make(runroot, NOTES_DIR, 0700, err);
}

int notes_lock(int notes, struct error *err)
{
	return lock_wait(notes, LOCK_NAME, LOCK_EXCLUSIVE, err);
}

static int parse_note(const char *name, struct process_identity *ret_identity)
{
	auto_error ignored = { 0 };
	auto_free char *pid_text = NULL;
	const char *dash = strchr(name, '-');
	uint32_t pid;

	if (!dash)
		return -1;
	pid_text = xstrndup(name, (size_t)(dash - name));
	if (parse_u32(pid_text, &pid, &ignored) < 0 || pid == 0 || pid > INT32_MAX ||
	    parse_u64(dash + 1, &ret_identity->start_time, &ignored) < 0)
		return -1;
	ret_identity->pid = (pid_t)pid;
	return 0;
}

static int read_boot(int notes, const char *name, struct process_identity *identity)
{
	auto_error ignored = { 0 };
	auto_free char *boot = file_read_line(notes, name, NOTE_SIZE_MAX, &ignored);

	if (!boot || strlen(boot) >= sizeof(identity->boot_id))
		return -1;
	memcpy(identity->boot_id, boot, strlen(boot) + 1);
	return 0;
}

static int find_process(int notes, const char *name)
{
	struct process_identity identity = { 0 };

	if (parse_note(name, &identity) < 0 || read_boot(notes, name, &identity) < 0)
		return -1;
	return process_find(&identity);
}

int notes_find_live(int notes, unsigned int skip, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	unsigned int live = 0;

	if (dir_list(notes, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		auto_fd int pidfd = -1;

		if (names.items[i][0] == '.')
			continue;
		pidfd = find_process(notes, names.items[i]);
		if (pidfd < 0)
			unlinkat(notes, names.items[i], 0);
		else if (live++ == skip)
			return take_fd(&pidfd);
	}
	return -1;
}

static int own_name(char name[NOTE_NAME_SIZE], struct error *err)
{
	struct process_identity self;

	if (process_identify(getpid(), &self, err) < 0)
		return -1;
	snprintf(name, NOTE_NAME_SIZE, "%d-%" PRIu64, (int)self.pid, self.start_time);
	return 0;
}

int notes_leave(int notes, struct error *err)
{
	const char *boot = process_boot_id();
	char name[NOTE_NAME_SIZE];

	if (own_name(name, err) < 0)
		return -1;
	return file_write(notes, name, boot, strlen(boot), 0600, FILE_VOLATILE, err);
}

void notes_take_back(int notes)
{
	auto_error ignored = { 0 };
	char name[NOTE_NAME_SIZE];

	if (own_name(name, &ignored) == 0)
		unlinkat(notes, name, 0);
}

bool notes_first_time(int notes, const char *what)
{
	auto_error ignored = { 0 };
	auto_free char *name = xasprintf(".told-%s", what);
	auto_free char *told = file_read_line(notes, name, NOTE_SIZE_MAX, &ignored);
	const char *boot = process_boot_id();

	if (told && strcmp(told, boot) == 0)
		return false;
	error_release(&ignored);
	file_write(notes, name, boot, strlen(boot), 0600, FILE_VOLATILE, &ignored);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading subordinate ids. shadow's libsubid is not linked: it would pull NSS
 * into a process that has none; its program getsubids(1) is run instead, and
 * only on the few machines whose nsswitch.conf has a "subid:" line.
 */
#include "rootless/subids.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "rootless/user.h"

#define SUBIDS_SIZE_MAX ((size_t)16 << 20)
#define NSSWITCH_SIZE_MAX ((size_t)64 << 10)
#define FREE_START 100000U	/* where useradd begins (SUB_UID_MIN) */
#define FREE_END 600100000U	/* where it ends (SUB_UID_MAX) */

static int read_text(const char *path, size_t max, struct buffer *text, struct error *err)
{
	if (file_read(AT_FDCWD, path, max, text, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	buffer_puts(text, "");
	return 0;
}

/* Whether nsswitch.conf asks somebody else than the files. */
static bool has_other_source(void)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };
	const char *line;

	if (read_text("/etc/nsswitch.conf", NSSWITCH_SIZE_MAX, &text, &ignored) < 0)
		return false;
	for (line = text.data; *line;) {
		const char *source = skip_prefix(line, "subid:");

		if (source) {
			source += strspn(source, " \t");
			return !has_prefix(source, "files");
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return false;
}

/* "0: NAME 100000 65536" of getsubids becomes "NAME:100000:65536". */
static char *rewrite_listing(char *listing)
{
	auto_release(buffer) struct buffer text = { 0 };
	char *line = listing;

	buffer_puts(&text, "");
	while (line) {
		char *end = strchr(line, '\n');
		char name[256];
		uint32_t start;
		uint32_t count;

		if (end)
			*end = '\0';
		if (sscanf(line, "%*u: %255s %u %u", name, &start, &count) == 3)
			buffer_printf(&text, "%s:%u:%u\n", name, start, count);
		line = end ? end + 1 : NULL;
	}
	return buffer_take(&text);
}

static char *run_getsubids(enum subids_kind kind, const struct user *user, struct error *err)
{
	auto_release(buffer) struct buffer output = { 0 };
	const char *argv[] = { "getsubids", user->name, NULL, NULL };
	struct spawn spawn = { .argv = argv, .die_with_parent = true };

	if (kind == SUBIDS_GID) {
		argv[1] = "-g";
		argv[2] = user->name;
	}
	buffer_puts(&output, "");
	if (process_run(&spawn, &output, err) < 0)
		return NULL;
	return rewrite_listing(output.data);
}

char *subids_read(enum subids_kind kind, const struct user *user, struct error *err)
{
	auto_release(buffer) struct buffer text = { .max = SUBIDS_SIZE_MAX };
	const char *path = kind == SUBIDS_UID ? "/etc/subuid" : "/etc/subgid";

	if (has_other_source()) {
		auto_error ignored = { 0 };	/* it fails for a user without ranges, too */
		char *listing = run_getsubids(kind, user, &ignored);

		if (listing)
			return listing;
	}
	if (read_text(path, SUBIDS_SIZE_MAX, &text, err) < 0)
		return NULL;
	return buffer_take(&text);
}

/* The end of a range in `text` that overlaps [start, start + count), or 0. */
static uint64_t end_of_overlap(const char *text, uint64_t start, uint64_t count)
{
	while (*text) {
		const char *colon = strchr(text, ':');
		uint32_t first;
		uint32_t length;

		if (colon && sscanf(colon, ":%u:%u", &first, &length) == 2 && first < start + count &&
		    (uint64_t)first + length > start)
			return (uint64_t)first + length;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}

unsigned int subids_free_start(const char *uid_text, const char *gid_text, unsigned int count)
{
	uint64_t start = FREE_START;

	while (start + count <= FREE_END) {
		uint64_t next = end_of_overlap(uid_text, start, count);

		if (next == 0)
			next = end_of_overlap(gid_text, start, count);
		if (next == 0)
			return (unsigned int)start;
		start = next;
	}
	return 0;
}

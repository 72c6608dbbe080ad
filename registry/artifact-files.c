/* SPDX-License-Identifier: Apache-2.0 */
/* Copying with a digest, in bounded memory. */
#include "registry/artifact-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/sha256.h"

#define CHUNK_SIZE ((size_t)256 << 10)
#define SNIFF_SIZE 512
#define UNFINISHED ".new"	/* no digest looks like that */

DEFINE_AUTO(sha256, sha256_free);

/* Copies to the end of `from`; *ret_size and *ret_digest are of what was copied, at most `max` bytes
 * (one more is an error). */
static int copy_hashing(int from, int to, uint64_t max, uint64_t *ret_size,
			struct digest *ret_digest, struct error *err)
{
	auto_of(sha256) struct sha256 *hash = sha256_new();
	auto_free char *chunk = xmalloc(CHUNK_SIZE);
	uint64_t size = 0;

	for (;;) {
		ssize_t got = fd_read_full(from, chunk, CHUNK_SIZE);

		if (got < 0)
			return error_errno(err, "cannot read");
		if (got == 0)
			break;
		size += (uint64_t)got;
		if (size > max)
			return error_set(err, ERROR_INVALID, "it has more than %llu bytes",
					 (unsigned long long)max);
		sha256_update(hash, chunk, (size_t)got);
		if (fd_write_full(to, chunk, (size_t)got) < 0)
			return error_errno(err, "cannot write");
	}
	sha256_finish(hash, ret_digest->hex);
	*ret_size = size;
	return 0;
}

static int open_regular(const char *path, struct error *err)
{
	auto_fd int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat info;

	if (file < 0 || fstat(file, &info) < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_INVALID, "'%s' is not a regular file", path);
	return take_fd(&file);
}

/* Text if its beginning is UTF-8 without control characters; the cut may go through a character. */
static const char *judge_type(int file)
{
	char head[SNIFF_SIZE];
	ssize_t size = pread(file, head, sizeof(head), 0);

	if (size <= 0)
		return "application/octet-stream";
	for (ssize_t i = 0; i < size; i++)
		if ((unsigned char)head[i] < 0x20 && !strchr("\t\n\r\f\033", head[i]))
			return "application/octet-stream";
	for (int cut = 0; cut < 4 && cut < size; cut++)
		if (is_utf8(head, (size_t)(size - cut)))
			return "text/plain";
	return "application/octet-stream";
}

int artifact_take_file(int folder, const char *path, const char *type, const char *title,
		       struct descriptor *ret_file, struct error *err)
{
	auto_fd int file = open_regular(path, err);
	auto_release(descriptor) struct descriptor taken = { 0 };
	auto_fd int copy = -1;

	if (file < 0)
		return -1;
	copy = openat(folder, UNFINISHED, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	if (copy < 0)
		return error_errno(err, "cannot write into the store");
	taken.media_type = xstrdup(type ? type : judge_type(file));
	if (copy_hashing(file, copy, INT64_MAX, &taken.size, &taken.digest, err) < 0)
		return error_context(err, "'%s'", path);
	if (renameat(folder, UNFINISHED, folder, taken.digest.hex) < 0)
		return error_errno(err, "cannot write into the store");
	if (title)
		strings_set_value(&taken.annotations, ARTIFACT_TITLE, title);
	*ret_file = taken;
	taken = (struct descriptor){ 0 };
	return 0;
}

int artifact_take_text(int folder, const char *text, struct digest *ret_digest,
		       struct error *err)
{
	sha256_hex(text, strlen(text), ret_digest->hex);
	return file_write(folder, ret_digest->hex, text, strlen(text), 0600, FILE_VOLATILE, err);
}

int artifact_copy_checked(int from, int to, const struct descriptor *file, struct error *err)
{
	struct digest digest = { 0 };
	uint64_t size = 0;

	if (copy_hashing(from, to, file->size, &size, &digest, err) < 0)
		return -1;
	if (size != file->size)
		return error_set(err, ERROR_INVALID, "it has %llu bytes instead of %llu",
				 (unsigned long long)size, (unsigned long long)file->size);
	if (!digest_equal(&digest, &file->digest))
		return error_set(err, ERROR_INVALID, "it has the wrong digest: sha256:%s",
				 digest.hex);
	return 0;
}

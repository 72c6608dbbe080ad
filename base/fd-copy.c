/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of whole files. A file system that can share blocks does (FICLONE);
 * else the kernel copies the parts that hold data, so that holes stay holes;
 * what cannot seek, or has no size (pipes, /proc), is read to its end.
 */
#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define CHUNK_SIZE 65536

static int copy_stream(int from, int to, struct error *err)
{
	char chunk[CHUNK_SIZE];

	for (;;) {
		ssize_t got = fd_read_full(from, chunk, sizeof(chunk));

		if (got < 0)
			return error_errno(err, "cannot read the file to copy");
		if (got > 0 && fd_write_full(to, chunk, (size_t)got) < 0)
			return error_errno(err, "cannot write the copy");
		if ((size_t)got < sizeof(chunk))
			return 0;
	}
}

/* Copies one piece at `offset` through memory; returns its size, 0 at the end. */
static ssize_t copy_piece(int from, int to, off_t offset, size_t size)
{
	char chunk[CHUNK_SIZE];
	ssize_t got = pread(from, chunk, size < sizeof(chunk) ? size : sizeof(chunk), offset);

	for (ssize_t done = 0; done < got;) {
		ssize_t written = pwrite(to, chunk + done, (size_t)(got - done), offset + done);

		if (written < 0)
			return -1;
		done += written;
	}
	return got;
}

/* Copies the bytes from `start` to `end`, or to the end of the file if that came nearer. */
static int copy_range(int from, int to, off_t start, off_t end, struct error *err)
{
	bool in_kernel = true;

	while (start < end) {
		size_t size = (size_t)(end - start);
		off_t in = start;
		off_t out = start;
		ssize_t copied = in_kernel ? copy_file_range(from, &in, to, &out, size, 0)
					   : copy_piece(from, to, start, size);

		if (copied < 0 && errno == EINTR)
			continue;
		if (copied <= 0 && in_kernel) {
			in_kernel = false; /* not between these two: other kinds, old kernels */
			continue;
		}
		if (copied < 0)
			return error_errno(err, "cannot copy the file's content");
		if (copied == 0)
			return 0;
		start += copied;
	}
	return 0;
}

static int copy_data_parts(int from, int to, off_t size, struct error *err)
{
	off_t start = 0;

	while (start < size) {
		off_t data = lseek(from, start, SEEK_DATA);
		off_t hole;

		if (data < 0 && errno == ENXIO)
			break; /* nothing but a hole up to the end */
		if (data < 0)
			return copy_range(from, to, start, size, err);
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		if (copy_range(from, to, data, hole, err) < 0)
			return -1;
		start = hole > data ? hole : size;
	}
	if (ftruncate(to, size) < 0)
		return error_errno(err, "cannot set the size of the copy");
	return 0;
}

int fd_copy(int from, int to, struct error *err)
{
	struct stat source;
	struct stat target;

	if (fstat(from, &source) < 0 || fstat(to, &target) < 0)
		return error_errno(err, "cannot look at the file to copy");
	if (!S_ISREG(source.st_mode) || !S_ISREG(target.st_mode) || source.st_size == 0)
		return copy_stream(from, to, err);
	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	return copy_data_parts(from, to, source.st_size, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See log-gzip.h. */
#include "engine/log-gzip.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "image/compress.h"
#include "image/decompress.h"

#define CHUNK_SIZE 65536

DEFINE_AUTO(compressor, compressor_free);
DEFINE_AUTO(decompressor, decompressor_free);

static int write_to(void *argument, const void *data, size_t size, struct error *err)
{
	if (fd_write_full(*(int *)argument, data, size) < 0)
		return error_errno(err, "cannot write the compressed log");
	return 0;
}

static ssize_t read_from(void *argument, void *data, size_t size, struct error *err)
{
	ssize_t got = fd_read_full(*(int *)argument, data, size);

	return got < 0 ? error_errno(err, "cannot read the log") : got;
}

static int compress_log(int from, int to, struct error *err)
{
	auto_of(compressor) struct compressor *compressor =
		compressor_new(LAYER_GZIP, COMPRESS_LEVEL_DEFAULT, write_to, &to);
	auto_free char *chunk = xmalloc(CHUNK_SIZE);
	ssize_t got;

	while ((got = read_from(&from, chunk, CHUNK_SIZE, err)) > 0)
		if (compressor_write(compressor, chunk, (size_t)got, err) < 0)
			return -1;
	return got < 0 ? -1 : compressor_finish(compressor, err);
}

static int expand_log(int from, int to, struct error *err)
{
	auto_of(decompressor) struct decompressor *decompressor =
		decompressor_new(read_from, &from);
	auto_free char *chunk = xmalloc(CHUNK_SIZE);
	ssize_t got;

	while ((got = decompressor_read(decompressor, chunk, CHUNK_SIZE, err)) > 0)
		if (write_to(&to, chunk, (size_t)got, err) < 0)
			return -1;
	return got < 0 ? -1 : 0;
}

__attribute__((visibility("default"))) const struct log_gzip log_gzip = {
	.compress = compress_log,
	.expand = expand_log,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps of sparse files: lists of data segments, in rising order and without
 * overlap. GNU tar manual, appendix D.2 "Storing Sparse Files".
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "image/tar-format.h"

#define NUMBER_SIZE 12
#define PAIR_SIZE (2 * NUMBER_SIZE)
#define HEADER_PAIRS 386	/* offset of the pairs in the header block */
#define HEADER_PAIR_COUNT 4
#define HEADER_MORE 482
#define HEADER_SIZE 483
#define EXTENSION_PAIR_COUNT 21
#define EXTENSION_MORE 504

int tar_sparse_add(struct tar_sparse *sparse, uint64_t offset, uint64_t size, struct error *err)
{
	if (offset < sparse->end || size > INT64_MAX || offset > INT64_MAX - size)
		return error_set(err, ERROR_INVALID, "a sparse map has segments out of order");
	sparse->end = offset + size;
	if (size == 0)	/* GNU tar closes a map with one of these */
		return 0;
	if (sparse->count == TAR_SPARSE_MAX)
		return error_set(err, ERROR_INVALID, "a sparse map has more than %d segments",
				 TAR_SPARSE_MAX);
	if (sparse->count == sparse->room) {
		sparse->room = sparse->room ? sparse->room * 2 : 16;
		sparse->segments = xrealloc_array(sparse->segments, sparse->room,
						  sizeof(*sparse->segments));
	}
	sparse->segments[sparse->count++] = (struct tar_segment){ offset, size };
	sparse->data += size;
	return 0;
}

static int add_pairs(struct tar_sparse *sparse, const unsigned char *pairs, unsigned int count,
		     struct error *err)
{
	for (unsigned int i = 0; i < count; i++) {
		const unsigned char *pair = pairs + (size_t)i * PAIR_SIZE;
		int64_t offset, size;

		if (pair[0] == '\0')
			return 0;
		if (tar_number_decode(pair, NUMBER_SIZE, &offset, err) < 0 ||
		    tar_number_decode(pair + NUMBER_SIZE, NUMBER_SIZE, &size, err) < 0)
			return -1;
		if (offset < 0 || size < 0)
			return error_set(err, ERROR_INVALID,
					 "a sparse map has negative numbers");
		if (tar_sparse_add(sparse, (uint64_t)offset, (uint64_t)size, err) < 0)
			return -1;
	}
	return 0;
}

int tar_sparse_old_header(struct tar_sparse *sparse, const unsigned char *block,
			  uint64_t *ret_size, bool *ret_more, struct error *err)
{
	int64_t size;

	if (tar_number_decode(block + HEADER_SIZE, NUMBER_SIZE, &size, err) < 0)
		return -1;
	if (size < 0)
		return error_set(err, ERROR_INVALID, "a size is negative");
	if (add_pairs(sparse, block + HEADER_PAIRS, HEADER_PAIR_COUNT, err) < 0)
		return -1;
	*ret_size = (uint64_t)size;
	*ret_more = block[HEADER_MORE] != 0;
	return 0;
}

int tar_sparse_old_extension(struct tar_sparse *sparse, const unsigned char *block,
			     bool *ret_more, struct error *err)
{
	if (add_pairs(sparse, block, EXTENSION_PAIR_COUNT, err) < 0)
		return -1;
	*ret_more = block[EXTENSION_MORE] != 0;
	return 0;
}

int tar_sparse_text_map(struct tar_sparse *sparse, const char *text, struct error *err)
{
	uint64_t pair[2];
	unsigned int have = 0;

	while (*text) {
		size_t length = strcspn(text, ",");

		if (tar_decimal(text, length, &pair[have], err) < 0)
			return error_context(err, "sparse map");
		if (++have == 2) {
			have = 0;
			if (tar_sparse_add(sparse, pair[0], pair[1], err) < 0)
				return -1;
		}
		text += length;
		text += *text == ',';
	}
	if (have != 0)
		return error_set(err, ERROR_INVALID, "a sparse map has an offset without size");
	return 0;
}

void tar_sparse_clear(struct tar_sparse *sparse)
{
	sparse->count = 0;
	sparse->end = 0;
	sparse->data = 0;
}

void tar_sparse_release(struct tar_sparse *sparse)
{
	free(sparse->segments);
	*sparse = (struct tar_sparse){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed streams: the steps they are read in make no difference. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/decompress.h"
#include "tests/fuzz/fuzz.h"

#define OUTPUT_MAX ((size_t)4 << 20)	/* read no more of a bomb: the next input waits */

struct input {
	const uint8_t *data;
	size_t size, at, step;
};

static ssize_t read_input(void *argument, void *data, size_t size, struct error *err)
{
	struct input *input = argument;

	(void)err;
	if (size > input->size - input->at)
		size = input->size - input->at;
	if (size > input->step)
		size = input->step;
	memcpy(data, input->data + input->at, size);
	input->at += size;
	return (ssize_t)size;
}

/* A sum over what came out; -1 in *ret_end for an error, else 0 at the end, 1 when cut. */
static uint64_t run(const uint8_t *data, size_t size, size_t in_step, size_t out_step,
		    int *ret_end)
{
	struct input input = { data, size, 0, in_step };
	struct decompressor *decompressor = decompressor_new(read_input, &input);
	auto_error err = { 0 };
	uint8_t *piece = malloc(out_step);
	uint64_t sum = 0;
	size_t total = 0;
	ssize_t got = 1;

	if (!piece)
		abort();
	while (total < OUTPUT_MAX &&
	       (got = decompressor_read(decompressor, piece, out_step, &err)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			sum = sum * 31 + piece[i];
		total += (size_t)got;
	}
	if (got < 0 && !err.message)
		abort();
	*ret_end = got < 0 ? -1 : got > 0;
	decompressor_free(decompressor);
	free(piece);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int whole_end, small_end;
	uint64_t whole = run(data, size, SIZE_MAX, OUTPUT_MAX, &whole_end);
	uint64_t small = run(data, size, 5, 333, &small_end);

	if (whole_end == 0 && (small_end != 0 || small != whole))
		abort();
	if (whole_end < 0 && small_end == 0)
		abort();
	return 0;
}

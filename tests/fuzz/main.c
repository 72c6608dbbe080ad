/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target once on each file named, without libFuzzer: so `make check` runs corpora. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_SIZE_MAX ((size_t)64 << 20)

static int run(const char *path)
{
	static uint8_t input[INPUT_SIZE_MAX];
	FILE *file = fopen(path, "rbe");
	uint8_t *copy;
	size_t size;

	if (!file) {
		perror(path);
		return -1;
	}
	size = fread(input, 1, sizeof(input), file);
	fclose(file);
	/* A copy of just this size, so that ASan sees a read past its end. */
	copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	for (size_t i = 0; i < size; i++)
		copy[i] = input[i];
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		if (run(argv[i]) < 0)
			failed = 1;
	printf("%d inputs\n", argc - 1);
	return failed;
}

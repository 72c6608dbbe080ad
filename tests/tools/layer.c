/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacks and packs layers for tests/checks/layers.sh:
 *
 *	layer unpack FOLDER applied|mapped|recorded <TAR	prints the diff ID
 *	layer pack FOLDER >TAR
 *
 * A failure is one line on stderr; its status is 2 where the input was at fault.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "image/layer.h"

static ssize_t read_stdin(void *argument, void *data, size_t size, struct error *err)
{
	ssize_t got = read(STDIN_FILENO, data, size);

	(void)argument;
	return got < 0 ? error_errno(err, "cannot read the input") : got;
}

static int write_stdout(void *argument, const void *data, size_t size, struct error *err)
{
	(void)argument;
	if (fd_write_full(STDOUT_FILENO, data, size) < 0)
		return error_errno(err, "cannot write the output");
	return 0;
}

static int run(char **argv, struct error *err)
{
	auto_fd int folder = dir_open(AT_FDCWD, argv[2], err);
	enum layer_ownership ownership = LAYER_OWNERS_APPLIED;
	struct layer_info info = { 0 };

	if (folder < 0)
		return -1;
	if (strcmp(argv[1], "pack") == 0)
		return layer_pack(folder, write_stdout, NULL, err);
	if (argv[3] && strcmp(argv[3], "mapped") == 0)
		ownership = LAYER_OWNERS_MAPPED;
	if (argv[3] && strcmp(argv[3], "recorded") == 0)
		ownership = LAYER_OWNERS_RECORDED;
	if (layer_unpack(folder, read_stdin, NULL, ownership, NULL, &info, err) < 0)
		return -1;
	printf("%s\n", info.diff_id.hex);
	return 0;
}

int main(int argc, char **argv)
{
	auto_error err = { 0 };

	if (argc < 3) {
		fputs("usage: layer unpack|pack FOLDER [OWNERSHIP]\n", stderr);
		return 125;
	}
	if (run(argv, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.message);
	return err.kind == ERROR_INVALID ? 2 : 1;
}

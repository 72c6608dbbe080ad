/* SPDX-License-Identifier: Apache-2.0 */
/* The child that packs a layer: it gives back the tar, and says so only when that is the right one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "base/syscalls.h"
#include "image/layer-packer.h"
#include "image/layer.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tar-builder.h"

struct source {
	const struct buffer *tar;
	size_t at;
};

static ssize_t give(void *argument, void *data, size_t size, struct error *err)
{
	struct source *source = argument;
	size_t left = source->tar->size - source->at;

	(void)err;
	if (size > left)
		size = left;
	memcpy(data, source->tar->data + source->at, size);
	source->at += size;
	return (ssize_t)size;
}

/* A layer in the scratch directory; its tar. */
static void make_layer(void **state, struct buffer *tar, struct digest *ret_diff_id)
{
	struct source source = { .tar = tar };
	struct layer_info info = { 0 };
	auto_error err = { 0 };

	tar_add(tar, "file", '0', NULL, "hello", 5);
	tar_add(tar, "link", '2', "file", NULL, 0);
	tar_end(tar);
	if (layer_unpack(scratch_dir(state), give, &source, LAYER_OWNERS_RECORDED, NULL, &info,
			 &err) < 0)
		fail_msg("%s", err.message);
	*ret_diff_id = info.diff_id;
}

static int pack(void **state, const struct digest *diff_id, enum layer_compression compression,
		struct buffer *output, struct packed *ret_packed, struct error *err)
{
	struct packer packer = PACKER_NONE;
	auto_fd int fd = -1;

	assert_int_equal(packer_start(scratch_dir(state), diff_id, compression, 0, &packer, &fd,
				      err), 0);
	assert_int_equal(fd_read_all(fd, "the packed layer", output, err), 0);
	return packer_finish(&packer, ret_packed, err);
}

static void the_child_gives_back_the_tar(void **state)
{
	auto_release(buffer) struct buffer tar = { 0 }, output = { 0 };
	struct digest diff_id = { 0 }, found = { 0 };
	struct packed packed = { 0 };
	auto_error err = { 0 };

	make_layer(state, &tar, &diff_id);
	if (pack(state, &diff_id, LAYER_PLAIN, &output, &packed, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(output.size, tar.size);
	assert_memory_equal(output.data, tar.data, tar.size);
	assert_true(digest_equal(&packed.digest, &diff_id));
	buffer_clear(&output);
	if (pack(state, &diff_id, LAYER_GZIP, &output, &packed, &err) < 0)
		fail_msg("%s", err.message);
	sha256_hex(output.data, output.size, found.hex);
	assert_true(digest_equal(&packed.digest, &found));
	assert_int_equal(packed.size, output.size);
}

static void a_changed_layer_is_an_error(void **state)
{
	auto_release(buffer) struct buffer tar = { 0 }, output = { 0 };
	struct digest diff_id = { 0 };
	struct packed packed = { 0 };
	auto_error err = { 0 };
	auto_fd int file = -1;

	make_layer(state, &tar, &diff_id);
	file = openat(scratch_dir(state), "tree/file", O_WRONLY);
	assert_int_equal(fd_write_full(file, "j", 1), 0);
	assert_int_equal(pack(state, &diff_id, LAYER_GZIP, &output, &packed, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.message, "changed in the store"));
	error_release(&err);
	assert_int_equal(ftruncate(file, 3), 0);
	assert_int_equal(pack(state, &diff_id, LAYER_GZIP, &output, &packed, &err), -1);
	assert_non_null(strstr(err.message, "file 'file' of the layer"));
}

static void a_killed_child_is_an_error(void **state)
{
	auto_release(buffer) struct buffer tar = { 0 };
	struct packer packer = PACKER_NONE;
	struct digest diff_id = { 0 };
	struct packed packed = { 0 };
	auto_error err = { 0 };
	int output = -1;

	make_layer(state, &tar, &diff_id);
	assert_int_equal(packer_start(scratch_dir(state), &diff_id, LAYER_GZIP, 0, &packer, &output,
				      &err), 0);
	assert_int_equal(sys_pidfd_send_signal(packer.process.pidfd, SIGKILL, NULL, 0), 0);
	/* It may have been through before. */
	if (packer_finish(&packer, &packed, &err) < 0)
		assert_non_null(strstr(err.message, "was killed"));
	close(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_child_gives_back_the_tar, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_changed_layer_is_an_error, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_killed_child_is_an_error, scratch_make,
						scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

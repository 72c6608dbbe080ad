/* SPDX-License-Identifier: Apache-2.0 */
/* What saved archives tell of their images, and those that lie. Nothing is unpacked here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "image/archive.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tar-builder.h"

DEFINE_AUTO(archive_files, archive_files_free);

#define LIST "[{\"Config\":\"c.json\",\"RepoTags\":[\"a/b:1\",\"x\"],\"Layers\":[\"l/layer.tar\"]}]"

static int put_file(void **state, const struct buffer *tar)
{
	int fd = openat(scratch_dir(state), "archive.tar", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_full(fd, tar->data, tar->size), 0);
	return fd;
}

static void assert_part(const struct archive_files *files, const char *name, const char *text)
{
	auto_release(buffer) struct buffer content = { 0 };
	auto_error err = { 0 };

	if (archive_files_read(files, name, 1000, &content, &err) < 0)
		fail_msg("%s: %s", name, err.message);
	assert_int_equal(content.size, strlen(text));
	assert_memory_equal(content.data ? content.data : "", text, strlen(text));
}

static void assert_no_part(const struct archive_files *files, const char *name,
			   const char *message)
{
	auto_release(buffer) struct buffer content = { 0 };
	auto_error err = { 0 };

	if (archive_files_read(files, name, 1000, &content, &err) == 0)
		fail_msg("%s is there", name);
	if (!strstr(err.message, message))
		fail_msg("%s: %s", name, err.message);
}

static void parts_of_a_tar_are_found(void **state)
{
	auto_release(buffer) struct buffer tar = { 0 };
	auto_of(archive_files) struct archive_files *files = NULL;
	auto_free char *large = calloc(1, 600000);
	auto_fd int fd = -1;
	auto_error err = { 0 };

	memset(large, 'z', 599999);
	tar_add_file(&tar, "./a/one", "1");
	tar_add_file(&tar, "large", large);
	tar_add_file(&tar, "//b//two", "22");
	tar_add(&tar, "c/", '5', NULL, "", 0);
	tar_add(&tar, "b/link", '2', "../a/one", "", 0);
	tar_add(&tar, "b/hard", '1', "a/one", "", 0);
	tar_add(&tar, "b/chain", '2', "link", "", 0);
	tar_add(&tar, "b/loop", '2', "loop", "", 0);
	tar_add(&tar, "b/out", '2', "../../../../etc/passwd", "", 0);
	tar_add(&tar, "b/absolute", '2', "/a/one", "", 0);
	tar_add(&tar, "b/fifo", '6', NULL, "", 0);
	tar_add_file(&tar, "twice", "first");
	tar_add_file(&tar, "./twice", "second");
	tar_end(&tar);
	fd = put_file(state, &tar);
	files = archive_files_open(fd, &err);
	if (!files)
		fail_msg("%s", err.message);
	assert_part(files, "a/one", "1");
	assert_part(files, "./b/two", "22");
	assert_part(files, "b/link", "1");
	assert_part(files, "b/hard", "1");
	assert_part(files, "b/chain", "1");
	assert_part(files, "b/absolute", "1");
	assert_part(files, "c/../a/one", "1");
	assert_no_part(files, "large", "larger than 1000 bytes");
	assert_no_part(files, "b/loop", "has no file");
	assert_no_part(files, "b/out", "has no file");
	assert_no_part(files, "b/fifo", "has no file");
	assert_no_part(files, "c", "has no file");
	assert_no_part(files, "../a/one", "has no file");
	assert_no_part(files, "none", "has no file");
	assert_no_part(files, "twice", "twice");
}

static void parts_of_a_directory_stay_inside(void **state)
{
	auto_of(archive_files) struct archive_files *files = NULL;
	auto_error err = { 0 };
	int dir = scratch_dir(state);

	assert_int_equal(file_create(dir, "one", "1", 1, 0600, &err), 0);
	assert_int_equal(symlinkat("one", dir, "link"), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir, "out"), 0);
	assert_int_equal(symlinkat("../../../../../etc/passwd", dir, "up"), 0);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	files = archive_files_open(dir, &err);
	assert_non_null(files);
	assert_part(files, "one", "1");
	assert_part(files, "link", "1");
	assert_no_part(files, "out", "has no file");
	assert_no_part(files, "up", "has no file");
	assert_no_part(files, "fifo", "has no file");
	assert_no_part(files, "../one", "has no file");
	assert_no_part(files, "", "has no file");
}

static void damaged_tars_are_refused(void **state)
{
	static const char *const names[] = { "a/../../b", "..", "/../x" };
	auto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_release(buffer) struct buffer tar = { 0 };
		auto_fd int fd = -1;

		tar_add_file(&tar, names[i], "1");
		tar_end(&tar);
		fd = put_file(state, &tar);
		assert_null(archive_files_open(fd, &err));
		assert_non_null(strstr(err.message, "'..'"));
		error_release(&err);
	}
	for (int what = 0; what < 2; what++) {
		auto_release(buffer) struct buffer tar = { 0 };
		auto_fd int fd = -1;
		struct tar_block block = tar_block_of("long", '0', 4000000);

		tar_add_block(&tar, &block);
		if (what == 1)
			tar.data[10] = 'x';	/* the checksum is wrong then */
		fd = put_file(state, &tar);
		assert_null(archive_files_open(fd, &err));
		assert_non_null(strstr(err.message, what ? "checksum" : "truncated"));
		error_release(&err);
	}
}

static int read_tar(void **state, const struct buffer *tar, const char *reference,
		    struct archive *archive, struct error *err)
{
	const struct archive_choice choice = { .reference = reference };
	auto_fd int fd = put_file(state, tar);
	auto_of(archive_files) struct archive_files *files = archive_files_open(fd, err);

	return files ? archive_read(files, &choice, archive, err) : -1;
}

static void dockers_list_is_read(void **state)
{
	static const struct {
		const char *reference;
		size_t count, names;
	} cases[] = {
		{ NULL, 1, 2 }, { "@0", 1, 2 }, { "@1", 0, 0 }, { "a/b:1", 1, 1 },
		{ "docker.io/a/b:1", 1, 1 }, { "x", 1, 1 }, { "a/b:2", 0, 0 },
	};
	auto_release(buffer) struct buffer tar = { 0 };

	tar_add_file(&tar, "manifest.json", LIST);
	tar_end(&tar);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(archive) struct archive archive = { 0 };
		auto_error err = { 0 };
		int result = read_tar(state, &tar, cases[i].reference, &archive, &err);

		assert_int_equal(result, cases[i].count ? 0 : -1);
		assert_int_equal(archive.count, cases[i].count);
		if (cases[i].count == 0)
			continue;
		assert_int_equal(archive.images[0].names.count, cases[i].names);
		assert_string_equal(archive.images[0].config, "c.json");
		assert_string_equal(archive.images[0].layers.items[0], "l/layer.tar");
	}
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		const char *name, *text, *message;
	} cases[] = {
		{ "other", "", "neither manifest.json nor index.json" },
		{ "repositories", "{}", "older than 1.10" },
		{ "manifest.json", "[", "manifest.json" },
		{ "manifest.json", "[]", "no image" },
		{ "manifest.json", "[1]", "manifest.json" },
		{ "manifest.json", "[{}]", "Config" },
		{ "manifest.json", "[{\"Config\":1}]", "manifest.json" },
		{ "manifest.json", "[{\"Config\":\"a\",\"RepoTags\":[\"A B\"]}]", "RepoTags" },
		{ "manifest.json", "[{\"Config\":\"a\",\"Layers\":[1]}]", "Layers" },
		{ "manifest.json", "{\"schemaVersion\":1}", "schema" },
		{ "index.json", "{}", "index.json" },
		{ "index.json", "{\"schemaVersion\":2,\"manifests\":[]}", "no image" },
		{ "index.json", "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", "index.json" },
		{ "index.json", "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd."
		  "oci.image.manifest.v1+json\",\"size\":1,\"digest\":\"sha256:../../../x\"}]}",
		  "digest" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(buffer) struct buffer tar = { 0 };
		auto_release(archive) struct archive archive = { 0 };
		auto_error err = { 0 };

		tar_add_file(&tar, cases[i].name, cases[i].text);
		tar_end(&tar);
		if (read_tar(state, &tar, NULL, &archive, &err) == 0)
			fail_msg("case %zu is taken", i);
		if (!strstr(err.message, cases[i].message))
			fail_msg("case %zu: %s", i, err.message);
	}
}

/* A layout of one image, of which the manifest may be another than its digest says. */
static void make_layout(struct buffer *tar, const char *manifest, const char *names)
{
	char hex[SHA256_HEX_SIZE];
	auto_free char *path = NULL;
	auto_free char *index = NULL;

	sha256_hex("{}", 2, hex);
	path = xasprintf("blobs/sha256/%s", hex);
	index = xasprintf("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci."
			  "image.manifest.v1+json\",\"size\":2,\"digest\":\"sha256:%s\"%s}]}", hex,
			  names);
	tar_add_file(tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	tar_add_file(tar, "index.json", index);
	tar_add_file(tar, path, manifest);
	tar_end(tar);
}

static void documents_are_held_against_their_digests(void **state)
{
	static const char *const texts[] = { "{ }", "{1", "{}" };
	static const char *const messages[] = { "digest or size", "digest or size",
						"schemaVersion" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_release(buffer) struct buffer tar = { 0 };
		auto_release(archive) struct archive archive = { 0 };
		auto_error err = { 0 };

		make_layout(&tar, texts[i], "");
		assert_int_equal(read_tar(state, &tar, NULL, &archive, &err), -1);
		if (!strstr(err.message, messages[i]))
			fail_msg("case %zu: %s", i, err.message);
	}
}

#define scratch_test(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(parts_of_a_tar_are_found),
		scratch_test(parts_of_a_directory_stay_inside),
		scratch_test(damaged_tars_are_refused),
		scratch_test(dockers_list_is_read),
		scratch_test(nonsense_is_refused),
		scratch_test(documents_are_held_against_their_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the store share: a store in a scratch directory, and images
 * whose layers hold nothing but a layer.json.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "image/store.h"
#include "tests/unit/scratch.h"

DEFINE_AUTO(store, store_close);
DEFINE_AUTO(image, image_free);

#define ok(call) must((call), &err, #call)
#define LAYER_SIZE 1000	/* what each layer.json tells */

static struct strings warnings;

static inline void remember_warning(const char *message)
{
	strings_add(&warnings, message);
}

static inline void must(int result, const struct error *err, const char *call)
{
	if (result < 0)
		fail_msg("%s: %s", call, err->message);
}

static inline struct digest digest_of(const char *text)
{
	struct digest digest;

	sha256_hex(text, strlen(text), digest.hex);
	return digest;
}

static inline struct store *open_store(void **state)
{
	auto_error err = { 0 };
	struct store *store = store_open(scratch_dir(state), NULL, &err);

	if (!store)
		fail_msg("store_open: %s", err.message);
	return store;
}

/* A layer that is known by the digest of `what`. */
static inline struct digest make_layer(struct store *store, const char *what)
{
	struct layer_info info = { .diff_id = digest_of(what), .size = LAYER_SIZE };
	struct store_staging staging = { 0 };
	auto_error err = { 0 };

	ok(store_stage(store, "layer", &staging, &err));
	ok(layer_info_write(staging.folder, &info, &err));
	ok(mkdirat(staging.folder, "tree", 0755));
	ok(store_commit_layer(store, &staging, &info.diff_id, &err));
	return info.diff_id;
}

static inline struct digest write_blob(struct store *store, const char *text)
{
	struct digest digest = digest_of(text);
	auto_error err = { 0 };

	ok(store_write_blob(store, &digest, text, strlen(text), &err));
	return digest;
}

/* Writes a config and a manifest for the layers named in `layers` ("a b"). */
static inline struct descriptor make_manifest(struct store *store, const char *created,
				       const char *layers)
{
	auto_release(buffer) struct buffer manifest = { 0 };
	auto_release(buffer) struct buffer config = { 0 };
	auto_release(strings) struct strings names = { 0 };
	struct digest digest;

	strings_split(&names, layers, ' ');
	buffer_printf(&config, "{\"created\":\"%s\",\"architecture\":\"amd64\",\"os\":\"linux\","
		      "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[", created);
	for (size_t i = 0; i < names.count; i++)
		buffer_printf(&config, "%s\"sha256:%s\"", i ? "," : "",
			      make_layer(store, names.items[i]).hex);
	buffer_puts(&config, "]}}");
	digest = write_blob(store, config.data);
	buffer_printf(&manifest, "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":{"
		      "\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%zu},\"layers\":[",
		      MEDIA_TYPE_OCI_MANIFEST, MEDIA_TYPE_OCI_CONFIG, digest.hex, config.size);
	for (size_t i = 0; i < names.count; i++)
		buffer_printf(&manifest, "%s{\"mediaType\":"
			      "\"application/vnd.oci.image.layer.v1.tar+gzip\","
			      "\"digest\":\"sha256:%s\",\"size\":1}", i ? "," : "",
			      digest_of(names.items[i]).hex);
	buffer_puts(&manifest, "]}");
	return (struct descriptor){
		.media_type = xstrdup(MEDIA_TYPE_OCI_MANIFEST),
		.digest = write_blob(store, manifest.data),
		.size = manifest.size,
	};
}

/* Adds an image as a pull of `name` would; `index` is what the tag named, or NULL. */
static inline void add(struct store *store, const char *name, const char *created,
		       const char *layers, const struct digest *index)
{
	auto_release(descriptor) struct descriptor manifest = make_manifest(store, created,
									   layers);
	auto_release(reference) struct reference reference = { 0 };
	auto_error err = { 0 };

	if (name)
		ok(reference_parse(name, &reference, &err));
	ok(store_add_image(store, name ? &reference : NULL, &manifest, index, &err));
}

static inline struct image *find(struct store *store, const char *name)
{
	auto_error err = { 0 };
	struct image *image = store_find(store, name, &err);

	if (!image)
		fail_msg("store_find: %s", err.message);
	return image;
}

static inline void assert_absent(struct store *store, const char *name)
{
	auto_error err = { 0 };
	auto_of(image) struct image *image = store_find(store, name, &err);
	auto_free char *message = xasprintf("No such image: %s", name);

	assert_null(image);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_string_equal(err.message, message);
}

static inline void tag(struct store *store, const char *image_name, const char *name)
{
	auto_of(image) struct image *image = find(store, image_name);
	auto_release(reference) struct reference reference = { 0 };
	auto_error err = { 0 };

	ok(reference_parse(name, &reference, &err));
	ok(store_tag(store, image, &reference, &err));
}

static inline void assert_strings(const struct strings *list, const char *expected)
{
	auto_free char *text = strings_join(list, " ");

	assert_string_equal(text, expected);
}

static inline void add_line(void *argument, const char *line)
{
	strings_add(argument, line);
}

/* Removes and returns the lines, joined by '|'. */
static inline char *remove_image(struct store *store, const char *image_name, const char *name,
				 const struct strings *keep)
{
	auto_of(image) struct image *image = find(store, image_name);
	auto_release(strings) struct strings lines = { 0 };
	auto_error err = { 0 };

	ok(store_remove(store, image, name, keep, add_line, &lines, &err));
	return strings_join(&lines, "|");
}

static inline size_t count_files(int root, const char *path)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error err = { 0 };
	auto_fd int dir = dir_open(root, path, &err);

	ok(dir);
	ok(dir_list(dir, &names, &err));
	for (size_t i = 0; i < names.count; i++)
		print_message("# %s/%s\n", path, names.items[i]);
	return names.count;
}


static inline int store_set_up(void **state)
{
	warnings_to(remember_warning);
	return scratch_make(state);
}

static inline int store_tear_down(void **state)
{
	strings_release(&warnings);
	return scratch_remove(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

#endif

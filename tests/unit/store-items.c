/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and artifacts beside images: names, what they hold, what goes with them. */
#include <fcntl.h>
#include <unistd.h>

#include "image/artifact.h"
#include "image/store-items.h"
#include "tests/unit/store-fixture.h"

static void write_into(int folder, const char *text)
{
	struct digest digest = digest_of(text);
	auto_error err = { 0 };

	ok(file_write(folder, digest.hex, text, strlen(text), 0600, FILE_VOLATILE, &err));
}

/* Puts a list with the manifest `member` under `name`; its index is in a folder of its own. */
static int put_list(struct store *store, const char *name, const struct descriptor *member,
		    const struct digest *before, struct error *err)
{
	auto_free char *full = xasprintf("docker.io/library/%s:latest", name);
	auto_free char *text = xasprintf(
		"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_OCI_INDEX "\",\"manifests\":["
		"{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%llu}]}",
		member->media_type, member->digest.hex, (unsigned long long)member->size);
	struct store_staging staging = { 0 };
	struct store_item item = {
		.kind = STORE_LIST,
		.document = { .media_type = (char *)MEDIA_TYPE_OCI_INDEX,
			      .digest = digest_of(text), .size = strlen(text) },
		.name = full,
	};
	struct store_item_change change = { .item = &item, .before = before };
	auto_error problem = { 0 };
	int result;

	must(store_stage(store, "list", &staging, &problem), &problem, "store_stage");
	write_into(staging.folder, text);
	change.blobs = staging.folder;
	result = store_item_put(store, &change, err);
	store_staging_release(&staging);
	return result;
}

static struct store_item find_item(struct store *store, enum store_item_kind kind,
				   const char *name)
{
	struct store_item item = { 0 };
	auto_error err = { 0 };

	ok(store_item_find(store, kind, name, &item, &err));
	return item;
}

static void remove_item(struct store *store, enum store_item_kind kind, const char *name,
			const struct strings *keep)
{
	auto_release(store_item) struct store_item item = find_item(store, kind, name);
	auto_error err = { 0 };

	ok(store_item_remove(store, &item, keep, &err));
}

static void a_list_holds_what_its_images_need(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	int root = scratch_dir(state);
	auto_release(descriptor) struct descriptor member =
		make_manifest(store, "2025-01-01T00:00:00Z", "base app");
	auto_free char *removed = NULL;
	auto_error err = { 0 };

	add(store, "app", "2025-01-01T00:00:00Z", "base app", NULL);
	ok(put_list(store, "list", &member, NULL, &err));
	removed = remove_image(store, "app", NULL, NULL);
	assert_absent(store, "app");
	assert_int_equal(count_files(root, "images/blobs/sha256"), 3);
	assert_int_equal(count_files(root, "layers"), 2);
	remove_item(store, STORE_LIST, "list", NULL);
	assert_int_equal(count_files(root, "images/blobs/sha256"), 0);
	assert_int_equal(count_files(root, "layers"), 0);
	assert_int_equal(count_files(root, "tmp"), 0);
}

static void layers_that_others_need_stay(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	int root = scratch_dir(state);
	auto_release(descriptor) struct descriptor member =
		make_manifest(store, "2025-01-01T00:00:00Z", "base one two");
	struct strings keep = { 0 };
	auto_error err = { 0 };

	add(store, "app", "2025-01-02T00:00:00Z", "base", NULL);
	strings_add(&keep, digest_of("one").hex);
	ok(put_list(store, "list", &member, NULL, &err));
	remove_item(store, STORE_LIST, "list", &keep);
	assert_int_equal(count_files(root, "layers"), 2);
	assert_int_equal(count_files(root, "images/blobs/sha256"), 2);
	strings_release(&keep);
}

static void a_name_stands_for_an_image_and_a_list(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_release(descriptor) struct descriptor member =
		make_manifest(store, "2025-01-01T00:00:00Z", "base");
	auto_of(image) struct image *image = NULL;
	auto_release(store_item) struct store_item item = { 0 };
	struct image **images;
	size_t count;
	auto_error err = { 0 };

	add(store, "app", "2025-01-01T00:00:00Z", "base", NULL);
	ok(put_list(store, "app", &member, NULL, &err));
	tag(store, "app", "other");
	image = find(store, "app");
	item = find_item(store, STORE_LIST, "docker.io/library/app");
	assert_int_equal(image->names.count, 2);
	assert_string_equal(item.name, "docker.io/library/app:latest");
	assert_true(item.tagged_at > 0);
	ok(store_list(store, &images, &count, &err));
	assert_int_equal(count, 1);
	store_free_images(images, count);
	assert_int_equal(warnings.count, 0);
}

static void a_list_is_changed_only_from_what_it_was(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	int root = scratch_dir(state);
	auto_release(descriptor) struct descriptor one =
		make_manifest(store, "2025-01-01T00:00:00Z", "base");
	auto_release(descriptor) struct descriptor two =
		make_manifest(store, "2025-01-02T00:00:00Z", "base");
	auto_release(store_item) struct store_item item = { 0 };
	struct digest nothing = { 0 };
	auto_error err = { 0 };

	add(store, "one", "2025-01-01T00:00:00Z", "base", NULL);
	add(store, "two", "2025-01-02T00:00:00Z", "base", NULL);
	ok(put_list(store, "list", &one, &nothing, &err));
	assert_int_equal(put_list(store, "list", &two, &nothing, &err), -1);
	assert_int_equal(err.kind, ERROR_EXISTS);
	item = find_item(store, STORE_LIST, "list");
	ok(put_list(store, "list", &two, &item.document.digest, &err));
	assert_int_equal(put_list(store, "list", &one, &item.document.digest, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	/* Two images of two blobs each, and one index. */
	assert_int_equal(count_files(root, "images/blobs/sha256"), 5);
	assert_int_equal(count_files(root, "tmp"), 0);
}

static void what_lacks_a_part_is_not_put(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	int root = scratch_dir(state);
	struct descriptor member = { .media_type = (char *)MEDIA_TYPE_OCI_MANIFEST,
				     .digest = digest_of("nowhere"), .size = 1 };
	struct store_item item = { 0 };
	auto_error err = { 0 };

	assert_int_equal(put_list(store, "list", &member, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(store_item_find(store, STORE_LIST, "list", &item, &err), -1);
	assert_string_equal(err.message, "No such manifest: list");
	assert_int_equal(count_files(root, "images/blobs/sha256"), 0);
}

/* An artifact with one file, `content`. */
static void put_artifact(struct store *store, const char *name, const char *content)
{
	auto_release(artifact) struct artifact artifact = { 0 };
	struct descriptor file = { .media_type = (char *)"text/plain",
				   .digest = digest_of(content), .size = strlen(content) };
	struct store_staging staging = { 0 };
	struct store_item item = { .kind = STORE_ARTIFACT, .artifact_type = (char *)"a/b" };
	struct store_item_change change = { .item = &item };
	auto_free char *text = NULL;
	auto_free char *full = xasprintf("docker.io/library/%s:latest", name);
	auto_error err = { 0 };

	artifact.type = xstrdup("a/b");
	artifact_set_empty_config(&artifact);
	artifact_add_file(&artifact, &file);
	text = artifact_encode(&artifact);
	ok(store_stage(store, "artifact", &staging, &err));
	write_into(staging.folder, content);
	write_into(staging.folder, EMPTY_CONFIG_TEXT);
	write_into(staging.folder, text);
	item.name = full;
	item.document = (struct descriptor){ .media_type = (char *)MEDIA_TYPE_OCI_MANIFEST,
					     .digest = digest_of(text), .size = strlen(text) };
	change.blobs = staging.folder;
	ok(store_item_put(store, &change, &err));
	store_staging_release(&staging);
}

static void artifacts_share_files_and_leave_none(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	int root = scratch_dir(state);
	auto_release(store_item) struct store_item item = { 0 };
	struct store_item none = { 0 };
	auto_error err = { 0 };

	put_artifact(store, "one", "content");
	put_artifact(store, "two", "content");
	put_artifact(store, "three", "other");
	item = find_item(store, STORE_ARTIFACT, "one");
	assert_string_equal(item.artifact_type, "a/b");
	assert_int_equal(store_item_find(store, STORE_LIST, "one", &none, &err), -1);
	/* {} and two files, of which two artifacts have the same manifest. */
	assert_int_equal(count_files(root, "images/blobs/sha256"), 5);
	remove_item(store, STORE_ARTIFACT, "one", NULL);
	assert_int_equal(count_files(root, "images/blobs/sha256"), 5);
	remove_item(store, STORE_ARTIFACT, "two", NULL);
	assert_int_equal(count_files(root, "images/blobs/sha256"), 3);
	remove_item(store, STORE_ARTIFACT, "three", NULL);
	assert_int_equal(count_files(root, "images/blobs/sha256"), 0);
}

static void a_damaged_list_stops_nothing(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_release(descriptor) struct descriptor member =
		make_manifest(store, "2025-01-01T00:00:00Z", "base");
	auto_release(store_item) struct store_item item = { 0 };
	auto_free char *removed = NULL;
	auto_error err = { 0 };

	add(store, "app", "2025-01-01T00:00:00Z", "base", NULL);
	ok(put_list(store, "list", &member, NULL, &err));
	item = find_item(store, STORE_LIST, "list");
	{
		auto_free char *path = xasprintf("images/blobs/sha256/%s", item.document.digest.hex);
		auto_fd int blob = openat(store_root(store), path, O_WRONLY | O_TRUNC | O_CLOEXEC);

		assert_true(blob >= 0);
	}
	removed = remove_image(store, "app", NULL, NULL);
	assert_absent(store, "app");
	remove_item(store, STORE_LIST, "list", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_list_holds_what_its_images_need),
		TEST(layers_that_others_need_stay),
		TEST(a_name_stands_for_an_image_and_a_list),
		TEST(a_list_is_changed_only_from_what_it_was),
		TEST(what_lacks_a_part_is_not_put),
		TEST(artifacts_share_files_and_leave_none),
		TEST(a_damaged_list_stops_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

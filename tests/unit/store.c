/* SPDX-License-Identifier: Apache-2.0 */
/* The store: images by name and ID, names that move, read-only stores behind it, its OCI layout. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/process.h"
#include "tests/unit/store-fixture.h"

static void assert_mode(int root, const char *path, mode_t mode)
{
	struct stat info;

	assert_int_equal(fstatat(root, path, &info, AT_SYMLINK_NOFOLLOW), 0);
	print_message("# %s: %o\n", path, info.st_mode);
	assert_int_equal(info.st_mode & 07777, mode);
}

static void files_are_private_whatever_the_umask(void **state)
{
	static const mode_t umasks[] = { 0000, 0077 };
	int root = scratch_dir(state);

	for (size_t i = 0; i < ARRAY_SIZE(umasks); i++) {
		auto_error err = { 0 };
		auto_fd int dir = dir_make(root, i ? "b" : "a", 0700, &err);
		mode_t before = umask(umasks[i]);
		auto_of(store) struct store *store = store_open(dir, NULL, &err);
		struct digest blob = digest_of("blob");
		struct digest layer = digest_of("layer");
		auto_free char *blob_path = xasprintf("images/blobs/sha256/%s", blob.hex);
		auto_free char *layer_path = xasprintf("layers/%s", layer.hex);

		assert_non_null(store);
		add(store, "a", "2025-01-01T00:00:00Z", "layer", NULL);
		write_blob(store, "blob");
		umask(before);
		assert_mode(dir, "images", 0700);
		assert_mode(dir, "images/blobs", 0700);
		assert_mode(dir, "images/blobs/sha256", 0700);
		assert_mode(dir, "images/oci-layout", 0600);
		assert_mode(dir, "images/index.json", 0600);
		assert_mode(dir, "layers", 0700);
		assert_mode(dir, "tmp", 0700);
		assert_mode(dir, blob_path, 0600);
		assert_mode(dir, layer_path, 0700);
	}
}

static void somebody_elses_root_is_refused(void **state)
{
	auto_error err = { 0 };
	auto_fd int dir = dir_make(scratch_dir(state), "theirs", 0700, &err);
	struct store *store;

	if (fchown(dir, 12345, 12345) < 0) {
		print_message("# skipped: needs root to give a directory away\n");
		skip();
	}
	store = store_open(dir, NULL, &err);
	assert_null(store);
	assert_non_null(strstr(err.message, "belongs to user 12345"));
	assert_int_equal(fchown(dir, 0, 0), 0);
}

static void images_are_found_as_the_user_names_them(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest index = digest_of("an index");
	auto_of(image) struct image *debian = NULL;
	auto_error err = { 0 };
	const char *names[16] = {
		"debian", "debian:latest", "docker.io/debian", "library/debian",
		"docker.io/library/debian:latest", "index.docker.io/debian",
	};
	auto_free char *full_id = NULL;
	auto_free char *short_id = NULL;
	auto_free char *by_index = NULL;
	auto_free char *by_manifest = NULL;
	auto_free char *with_tag = NULL;
	auto_free char *elsewhere = NULL;

	add(store, "debian", "2025-01-01T00:00:00Z", "base", &index);
	add(store, "localhost/app", "2025-01-02T00:00:00Z", "base app", NULL);
	add(store, "quay.io/x/y:1", "2025-01-03T00:00:00Z", "other", NULL);
	debian = find(store, "debian");
	names[6] = debian->id.hex;
	names[7] = full_id = xasprintf("sha256:%s", debian->id.hex);
	names[8] = short_id = xasprintf("%.12s", debian->id.hex);
	names[9] = by_index = xasprintf("debian@sha256:%s", index.hex);
	names[10] = by_manifest = xasprintf("debian@sha256:%s", debian->manifest.hex);
	names[11] = with_tag = xasprintf("debian:other@sha256:%s", index.hex);

	for (size_t i = 0; names[i]; i++) {
		auto_of(image) struct image *image = find(store, names[i]);

		print_message("# %s\n", names[i]);
		assert_string_equal(image->id.hex, debian->id.hex);
		assert_strings(&image->names, "docker.io/library/debian:latest");
		assert_int_equal(image->size, LAYER_SIZE);
		assert_false(image->read_only);
		assert_true(image->tagged_at > 0);
	}
	{
		auto_of(image) struct image *app = find(store, "app");
		auto_of(image) struct image *other = find(store, "quay.io/x/y:1");

		assert_strings(&app->names, "localhost/app:latest");
		assert_int_equal(app->size, 2 * LAYER_SIZE);
		assert_int_equal(other->config.diff_id_count, 1);
	}
	elsewhere = xasprintf("quay.io/debian@sha256:%s", index.hex);
	assert_absent(store, elsewhere);
	assert_absent(store, "docker.io/app");
	assert_absent(store, "debian:12");
	assert_absent(store, "quay.io/debian");
	assert_null(store_find(store, "Debian", &err));
	assert_string_equal(err.message, "invalid reference format: repository name "
			    "(library/Debian) must be lowercase");
}

static void ambiguous_prefixes_are_refused(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_release(strings) struct strings digits = { 0 };
	struct image **images;
	size_t count;
	auto_error err = { 0 };
	char prefix[2] = "";

	for (int i = 0; i < 17; i++) {
		auto_free char *created = xasprintf("2025-01-01T00:00:%02dZ", i);

		add(store, NULL, created, "base", NULL);
	}
	ok(store_list(store, &images, &count, &err));
	assert_int_equal(count, 17);
	for (size_t i = 0; i < count; i++) {
		prefix[0] = images[i]->id.hex[0];
		if (strings_contain(&digits, prefix))
			break;
		strings_add(&digits, prefix);
	}
	store_free_images(images, count);
	assert_null(store_find(store, prefix, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.message, "multiple IDs found with provided prefix"));
}

static void lists_are_newest_first(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct image **images;
	size_t count;
	auto_error err = { 0 };

	ok(store_list(store, &images, &count, &err));
	assert_int_equal(count, 0);
	store_free_images(images, count);

	add(store, "old", "2020-01-01T00:00:00Z", "base", NULL);
	add(store, "new", "2025-01-01T00:00:00+02:00", "base new", NULL);
	add(store, "newest", "2024-12-31T23:00:00Z", "base newest", NULL);
	add(store, "odd", "yesterday", "base odd", NULL);
	tag(store, "old", "older:1");
	ok(store_list(store, &images, &count, &err));
	assert_int_equal(count, 4);
	assert_strings(&images[0]->names, "docker.io/library/newest:latest");
	assert_strings(&images[1]->names, "docker.io/library/new:latest");
	assert_strings(&images[2]->names,
		       "docker.io/library/old:latest docker.io/library/older:1");
	assert_strings(&images[3]->names, "docker.io/library/odd:latest");
	assert_int_equal(images[1]->size, 2 * LAYER_SIZE);
	store_free_images(images, count);
}

static void a_damaged_blob_is_healed(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_of(image) struct image *image = NULL;
	auto_free char *path = NULL;
	auto_error err = { 0 };

	add(store, "a", "2025-01-01T00:00:00Z", "base", NULL);
	image = find(store, "a");
	path = xasprintf("images/blobs/sha256/%s", image->id.hex);
	ok(file_write(store_root(store), path, "garbage", 7, 0600, FILE_VOLATILE, &err));
	assert_null(store_find(store, "a", &err));
	print_message("# %s\n", err.message);
	assert_non_null(strstr(err.message, "is damaged"));

	add(store, "a", "2025-01-01T00:00:00Z", "base", NULL);
	image_free(find(store, "a"));
}

static void names_move(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest index = digest_of("index");
	struct digest next = digest_of("next index");
	auto_of(image) struct image *before = NULL;
	auto_of(image) struct image *old = NULL;
	auto_of(image) struct image *new = NULL;
	auto_of(image) struct image *built = NULL;
	auto_of(image) struct image *dangling = NULL;
	auto_free char *by_digest = xasprintf("docker.io/library/debian@sha256:%s", index.hex);

	add(store, "debian:12", "2025-01-01T00:00:00Z", "one", &index);
	before = find(store, "debian:12");
	add(store, "debian:12", "2025-02-01T00:00:00Z", "two", &next);
	new = find(store, "debian:12");
	assert_string_not_equal(new->id.hex, before->id.hex);
	assert_strings(&new->names, "docker.io/library/debian:12");

	/* A registry knows the old one by its digest. */
	old = find(store, before->id.hex);
	assert_strings(&old->names, "");
	assert_strings(&old->digests, by_digest);
	dangling = find(store, by_digest);
	assert_string_equal(dangling->id.hex, old->id.hex);

	/* What was built here is just nameless. */
	add(store, "app", "2025-01-01T00:00:00Z", "three", NULL);
	image_free(before);
	before = find(store, "app");
	add(store, "app", "2025-02-01T00:00:00Z", "four", NULL);
	built = find(store, before->id.hex);
	assert_strings(&built->names, "");
	assert_strings(&built->digests, "");
}

static void names_are_added_once(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest index = digest_of("index");
	auto_release(reference) struct reference by_digest = { 0 };
	auto_of(image) struct image *image = NULL;
	auto_free char *digests = xasprintf("docker.io/library/debian@sha256:%s", index.hex);
	auto_free char *text = xasprintf("debian:12@sha256:%s", index.hex);
	auto_error err = { 0 };

	add(store, NULL, "2025-01-01T00:00:00Z", "one", NULL);
	add(store, "debian:12", "2025-01-01T00:00:00Z", "one", &index);
	add(store, "debian:12", "2025-01-01T00:00:00Z", "one", &index);
	add(store, NULL, "2025-01-01T00:00:00Z", "one", NULL);
	/* Pulled by digest: no tag, and nothing that is not known. */
	add(store, text, "2025-01-01T00:00:00Z", "one", &index);
	tag(store, "debian:12", "debian:12");
	tag(store, "debian:12", "debian:bookworm");
	image = find(store, "debian:12");
	assert_strings(&image->names,
		       "docker.io/library/debian:12 docker.io/library/debian:bookworm");
	assert_strings(&image->digests, digests);

	ok(reference_parse(text, &by_digest, &err));
	assert_int_equal(store_tag(store, image, &by_digest, &err), -1);
	assert_string_equal(err.message, "refusing to create a tag with a digest reference");
}

static void pulled_by_digest_has_no_tag(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest index = digest_of("index");
	auto_free char *text = xasprintf("debian:12@sha256:%s", index.hex);
	auto_free char *full = xasprintf("docker.io/library/debian@sha256:%s", index.hex);
	auto_of(image) struct image *image = NULL;

	add(store, text, "2025-01-01T00:00:00Z", "one", &index);
	image = find(store, text);
	assert_strings(&image->names, "");
	assert_strings(&image->digests, full);
	assert_absent(store, "debian:12");
}

static void an_image_without_its_layers_is_not_added(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_release(descriptor) struct descriptor manifest =
		make_manifest(store, "2025-01-01T00:00:00Z", "gone");
	struct digest gone = digest_of("gone");
	auto_free char *path = xasprintf("layers/%s", gone.hex);
	auto_error err = { 0 };

	ok(dir_remove_tree(store_root(store), path, &err));
	assert_int_equal(store_add_image(store, NULL, &manifest, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_non_null(strstr(err.message, gone.hex));
}

static void read_only_stores_stand_behind(void **state)
{
	auto_error err = { 0 };
	auto_fd int behind_dir = dir_make(scratch_dir(state), "behind", 0755, &err);
	auto_fd int front_dir = dir_make(scratch_dir(state), "front", 0700, &err);
	auto_release(strings) struct strings roots = { 0 };
	auto_of(store) struct store *behind = store_open(behind_dir, NULL, &err);
	auto_of(store) struct store *front = NULL;
	auto_of(image) struct image *hello = NULL;
	auto_of(image) struct image *tagged = NULL;
	struct digest base = digest_of("base");
	struct image **images;
	size_t count;

	add(behind, "hello", "2025-01-01T00:00:00Z", "base", NULL);
	add(behind, "both", "2025-01-02T00:00:00Z", "base there", NULL);
	strings_add(&roots, "/nonexistent/proa");
	strings_addf(&roots, "%s/behind", scratch_path);
	front = store_open(front_dir, &roots, &err);
	assert_non_null(front);
	add(front, "both", "2025-01-03T00:00:00Z", "here", NULL);

	hello = find(front, "hello");
	assert_true(hello->read_only);
	assert_int_equal(hello->size, LAYER_SIZE);
	assert_true(store_has_layer(front, &base));
	assert_int_equal(store_remove(front, hello, NULL, NULL, NULL, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_UNSUPPORTED);
	{
		auto_of(image) struct image *both = find(front, "both");

		assert_false(both->read_only);
	}
	ok(store_list(front, &images, &count, &err));
	assert_int_equal(count, 2);	/* the other "both" is hidden */
	store_free_images(images, count);

	/* A name given to it makes an image of ours, whose layers stay behind. */
	tag(front, "hello", "greeting");
	tagged = find(front, "greeting");
	assert_false(tagged->read_only);
	assert_string_equal(tagged->id.hex, hello->id.hex);
	{
		auto_free char *lines = remove_image(front, "greeting", NULL, NULL);

		assert_null(strstr(lines, base.hex));
	}
	assert_true(store_has_layer(front, &base));
	image_free(find(front, "hello"));
	assert_int_equal(count_files(front_dir, "images/blobs/sha256"), 2);	/* of "both" */
}

static void read_only_stores_of_others_are_passed_over(void **state)
{
	auto_error err = { 0 };
	auto_fd int behind_dir = dir_make(scratch_dir(state), "behind", 0755, &err);
	auto_fd int front_dir = dir_make(scratch_dir(state), "front", 0700, &err);
	auto_release(strings) struct strings roots = { 0 };
	auto_of(store) struct store *behind = store_open(behind_dir, NULL, &err);
	auto_of(store) struct store *front = NULL;

	add(behind, "hello", "2025-01-01T00:00:00Z", "base", NULL);
	strings_addf(&roots, "%s/behind", scratch_path);
	ok(fchmodat(behind_dir, "layers", 0777, 0));
	front = store_open(front_dir, &roots, &err);
	assert_absent(front, "hello");
	assert_int_equal(warnings.count, 1);
	print_message("# %s\n", warnings.items[0]);
	assert_non_null(strstr(warnings.items[0], "others may write there"));
}

struct adder {
	struct store *store;
	int number;
};

static int add_some(void *argument)
{
	const struct adder *adder = argument;

	for (int i = 0; i < 8; i++) {
		auto_free char *name = xasprintf("image-%d-%d", adder->number, i);

		add(adder->store, name, "2025-01-01T00:00:00Z", "base", NULL);
	}
	return 0;
}

static void writers_do_not_lose_each_others_images(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct process processes[3];
	struct adder adders[3];
	auto_of(image) struct image *image = NULL;
	auto_error err = { 0 };

	for (int i = 0; i < 3; i++) {
		adders[i] = (struct adder){ .store = store, .number = i };
		ok(process_fork(add_some, &adders[i], true, &processes[i], &err));
	}
	for (int i = 0; i < 3; i++) {
		int status = -1;

		ok(process_wait(&processes[i], &status, &err));
		assert_int_equal(status, 0);
	}
	image = find(store, "image-0-0");
	assert_int_equal(image->names.count, 24);
	assert_int_equal(count_files(store_root(store), "tmp"), 0);
}

static void run_tool(const char *const *argv, struct buffer *output)
{
	struct spawn spawn = { .argv = argv };
	auto_error err = { 0 };

	ok(process_run(&spawn, output, &err));
}

static void read_with_skopeo(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_free char *name = xasprintf("oci:%s/images:docker.io/library/debian:12",
					 scratch_path);
	const char *const raw[] = { "skopeo", "inspect", "--raw", name, NULL };
	const char *const config[] = { "skopeo", "inspect", "--raw", "--config", name, NULL };
	auto_release(buffer) struct buffer output = { 0 };
	auto_release(buffer) struct buffer blob = { 0 };
	auto_of(image) struct image *image = NULL;
	auto_error err = { 0 };

	add(store, "debian:12", "2025-01-01T00:00:00Z", "base top", NULL);
	add(store, NULL, "2025-01-02T00:00:00Z", "base", NULL);
	image = find(store, "debian:12");
	run_tool(raw, &output);
	ok(store_read_blob(store, &image->manifest, MANIFEST_SIZE_MAX, &blob, &err));
	assert_string_equal(output.data, blob.data);
	buffer_clear(&output);
	buffer_clear(&blob);
	run_tool(config, &output);
	ok(store_read_blob(store, &image->id, IMAGE_CONFIG_SIZE_MAX, &blob, &err));
	assert_string_equal(output.data, blob.data);
}

static void skopeo_reads_the_layout(void **state)
{
	auto_free char *skopeo = process_find_program("skopeo");

	if (!skopeo) {
		print_message("# skipped: skopeo is not installed\n");
		skip();
	}
	read_with_skopeo(state);
}

static void indexes_of_other_tools_are_read(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	auto_release(descriptor) struct descriptor manifest =
		make_manifest(store, "2025-01-01T00:00:00Z", "base");
	auto_free char *text = xasprintf(
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":"
		"\"sha256:%s\",\"size\":%d,\"annotations\":{\"org.opencontainers.image.ref.name\":"
		"\"debian:12\",\"x\":\"y\"}},{\"mediaType\":\"%s\",\"digest\":\"sha256:../x\","
		"\"size\":1},7]}", manifest.media_type, manifest.digest.hex, (int)manifest.size,
		manifest.media_type);
	auto_of(image) struct image *image = NULL;
	auto_release(buffer) struct buffer index = { 0 };
	auto_error err = { 0 };

	ok(file_write(store_root(store), "images/index.json", text, strlen(text), 0600,
		      FILE_VOLATILE, &err));
	image = find(store, "docker.io/library/debian:12");
	assert_strings(&image->names, "docker.io/library/debian:12");
	assert_int_equal(warnings.count, 2);
	tag(store, "debian:12", "debian:13");
	ok(file_read(store_root(store), "images/index.json", 65536, &index, &err));
	assert_non_null(strstr(index.data, "\"x\":\"y\""));

	ok(file_write(store_root(store), "images/index.json", "garbage", 7, 0600, FILE_VOLATILE,
		      &err));
	assert_null(store_find(store, "debian:12", &err));
	print_message("# %s\n", err.message);
	assert_non_null(strstr(err.message, "cannot read the store's list of images"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_private_whatever_the_umask),
		TEST(somebody_elses_root_is_refused),
		TEST(images_are_found_as_the_user_names_them),
		TEST(ambiguous_prefixes_are_refused),
		TEST(lists_are_newest_first),
		TEST(a_damaged_blob_is_healed),
		TEST(names_move),
		TEST(names_are_added_once),
		TEST(pulled_by_digest_has_no_tag),
		TEST(an_image_without_its_layers_is_not_added),
		TEST(read_only_stores_stand_behind),
		TEST(read_only_stores_of_others_are_passed_over),
		TEST(writers_do_not_lose_each_others_images),
		TEST(skopeo_reads_the_layout),
		TEST(indexes_of_other_tools_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

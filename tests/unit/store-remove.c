/* SPDX-License-Identifier: Apache-2.0 */
/* Removing names and images: docker's words, what stays because it is needed, a full disk. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/unit/store-fixture.h"

static void removal_speaks_as_docker_does(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest index = digest_of("index");
	struct digest base = digest_of("base");
	struct digest top = digest_of("top");
	auto_of(image) struct image *image = NULL;
	auto_free char *expected = NULL;
	auto_free char *first = NULL;
	auto_free char *last = NULL;

	add(store, "debian:12", "2025-01-01T00:00:00Z", "base top", &index);
	tag(store, "debian:12", "debian:bookworm");
	image = find(store, "debian:12");
	first = remove_image(store, "debian:12", "docker.io/library/debian:12", NULL);
	assert_string_equal(first, "Untagged: debian:12");
	assert_absent(store, "debian:12");

	last = remove_image(store, "debian:bookworm", "docker.io/library/debian:bookworm", NULL);
	expected = xasprintf("Untagged: debian:bookworm|Untagged: debian@sha256:%s|"
			     "Deleted: sha256:%s|Deleted: sha256:%s|Deleted: sha256:%s",
			     index.hex, image->id.hex, top.hex, base.hex);
	assert_string_equal(last, expected);
	assert_absent(store, image->id.hex);
	assert_int_equal(count_files(store_root(store), "layers"), 0);
	assert_int_equal(count_files(store_root(store), "tmp"), 0);
	assert_int_equal(count_files(store_root(store), "images/blobs/sha256"), 0);
}

static void other_repositories_keep_the_image(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest index = digest_of("index");
	auto_free char *by_digest = xasprintf("quay.io/debian@sha256:%s", index.hex);
	auto_free char *first = NULL;
	auto_free char *second = NULL;
	auto_of(image) struct image *image = NULL;
	auto_error err = { 0 };

	add(store, "app", "2025-01-01T00:00:00Z", "base", NULL);
	add(store, by_digest, "2025-01-01T00:00:00Z", "base", &index);
	image = find(store, "app");
	assert_int_equal(store_remove(store, image, "docker.io/library/nope:1", NULL, NULL, NULL,
				      &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	first = remove_image(store, "app", "docker.io/library/app:latest", NULL);
	print_message("# %s\n", first);
	assert_null(strstr(first, "Deleted"));
	second = remove_image(store, by_digest, by_digest, NULL);
	print_message("# %s\n", second);
	assert_non_null(strstr(second, "Untagged: quay.io/debian@sha256:"));
	assert_non_null(strstr(second, "Deleted"));
}

static void needed_layers_stay(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest shared = digest_of("shared");
	struct digest kept = digest_of("kept");
	struct digest own = digest_of("own");
	auto_release(strings) struct strings keep = { 0 };
	auto_free char *lines = NULL;
	auto_free char *rest = NULL;

	add(store, "a", "2025-01-01T00:00:00Z", "shared kept own own", NULL);
	add(store, "b", "2025-01-02T00:00:00Z", "shared", NULL);
	strings_add(&keep, kept.hex);
	lines = remove_image(store, "a", NULL, &keep);
	print_message("# %s\n", lines);
	assert_true(store_has_layer(store, &shared));
	assert_true(store_has_layer(store, &kept));
	assert_false(store_has_layer(store, &own));
	assert_null(strstr(lines, shared.hex));
	image_free(find(store, "b"));
	rest = remove_image(store, "b", NULL, NULL);
	assert_false(store_has_layer(store, &shared));
}

static void damage_is_passed_over_and_can_be_removed(void **state)
{
	auto_of(store) struct store *store = open_store(state);
	struct digest lost = digest_of("lost");
	auto_free char *path = xasprintf("layers/%s", lost.hex);
	auto_free char *lines = NULL;
	struct image **images;
	size_t count;
	auto_error err = { 0 };

	add(store, "good", "2025-01-01T00:00:00Z", "base", NULL);
	add(store, "bad", "2025-01-01T00:00:00Z", "base lost", NULL);
	ok(dir_remove_tree(store_root(store), path, &err));
	ok(store_list(store, &images, &count, &err));
	assert_int_equal(count, 1);
	assert_strings(&images[0]->names, "docker.io/library/good:latest");
	store_free_images(images, count);
	assert_int_equal(warnings.count, 1);
	print_message("# %s\n", warnings.items[0]);
	assert_non_null(strstr(warnings.items[0], "docker.io/library/bad:latest is damaged"));

	lines = remove_image(store, "bad", NULL, NULL);
	assert_absent(store, "bad");
	ok(store_list(store, &images, &count, &err));
	assert_int_equal(count, 1);
	store_free_images(images, count);
	assert_int_equal(warnings.count, 1);
}

static bool disk_is_mounted;

/* In a mount namespace of the test's own. */
static int mount_small_disk(const char *path)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	disk_is_mounted = mount("tmpfs", path, "tmpfs", 0, "size=512k,mode=0700") == 0;
	return disk_is_mounted ? 0 : -1;
}

static void a_full_disk_does_not_stop_removal(void **state)
{
	char path[sizeof(scratch_path) + 8];
	auto_error err = { 0 };
	auto_fd int disk = -1;
	auto_fd int filler = -1;
	struct store *store;
	char block[4096] = "";

	snprintf(path, sizeof(path), "%s/disk", scratch_path);
	ok(mkdirat(scratch_dir(state), "disk", 0700));
	if (mount_small_disk(path) < 0) {
		print_message("# skipped: cannot mount a tmpfs here\n");
		skip();
	}
	disk = dir_open(AT_FDCWD, path, &err);
	store = store_open(disk, NULL, &err);
	assert_non_null(store);
	add(store, "a", "2025-01-01T00:00:00Z", "one", NULL);
	add(store, "b", "2025-01-02T00:00:00Z", "two", NULL);
	filler = openat(disk, "filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(filler, block, sizeof(block)) == (ssize_t)sizeof(block))
		;
	assert_int_equal(errno, ENOSPC);
	{
		auto_of(image) struct image *image = find(store, "a");
		auto_release(reference) struct reference name = { 0 };
		auto_free char *lines = NULL;

		ok(reference_parse("c", &name, &err));
		assert_int_equal(store_tag(store, image, &name, &err), -1);
		assert_true(error_is_errno(&err, ENOSPC));
		print_message("# %s\n", err.message);
		lines = remove_image(store, "a", NULL, NULL);
		assert_non_null(strstr(lines, "Untagged: a:latest"));
	}
	assert_absent(store, "a");
	image_free(find(store, "b"));
	assert_int_equal(count_files(disk, "tmp"), 0);
	store_close(store);
}

static int disk_tear_down(void **state)
{
	auto_free char *disk = xasprintf("%s/disk", scratch_path);

	if (disk_is_mounted && umount2(disk, MNT_DETACH) < 0)
		return -1;
	disk_is_mounted = false;
	return store_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(removal_speaks_as_docker_does),
		TEST(other_repositories_keep_the_image),
		TEST(needed_layers_stay),
		TEST(damage_is_passed_over_and_can_be_removed),
		cmocka_unit_test_setup_teardown(a_full_disk_does_not_stop_removal, store_set_up,
						disk_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

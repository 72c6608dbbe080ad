/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists a tree so that two can be compared: a line for each entry with its type, mode, owner,
 * size, time, links, attributes and a digest of its content. `tree-list DIRECTORY [SKIP...]`;
 * SKIP are paths relative to it. Static, so that it runs inside any container.
 *
 * Not compared: sizes and link counts of directories, which depend on the file system.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static char **skips;
static int failures;

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "tree-list: %s '%s': %s\n", what, path, strerror(errno));
	failures++;
}

static bool is_skipped(const char *path)
{
	for (char **skip = skips; *skip; skip++)
		if (strcmp(*skip, path) == 0)
			return true;
	return false;
}

/* FNV-1a: equality is all that is asked. */
static uint64_t digest(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 1099511628211ULL;
	return hash;
}

static uint64_t digest_file(const char *path)
{
	uint64_t hash = 14695981039346656037ULL;
	static char chunk[1 << 16];
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t got;

	if (fd < 0) {
		fail("cannot read", path);
		return 0;
	}
	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		hash = digest(hash, chunk, (size_t)got);
	close(fd);
	return hash;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Attributes by name; those of overlayfs itself and of labels are the file system's business. */
static void print_attributes(const char *path)
{
	static char names[65536], value[65536];
	char *sorted[256];
	size_t count = 0;
	ssize_t size = llistxattr(path, names, sizeof(names));

	for (char *name = names; size > 0 && name < names + size; name += strlen(name) + 1)
		if (!strstr(name, "overlay.") && strcmp(name, "security.selinux") != 0 && count < 256)
			sorted[count++] = name;
	qsort(sorted, count, sizeof(*sorted), compare_names);
	for (size_t i = 0; i < count; i++) {
		ssize_t length = lgetxattr(path, sorted[i], value, sizeof(value));

		printf(" %s=%016" PRIx64, sorted[i],
		       digest(14695981039346656037ULL, value, length > 0 ? (size_t)length : 0));
	}
}

static void print_entry(const char *path, const struct stat *info)
{
	static const char types[] = "?pc?d?b?-?l?s???";
	char target[PATH_MAX];

	printf("%s %c %04o %u:%u", path, types[(info->st_mode >> 12) & 15], info->st_mode & 07777,
	       info->st_uid, info->st_gid);
	printf(" %lld.%09ld", (long long)info->st_mtim.tv_sec, info->st_mtim.tv_nsec);
	if (!S_ISDIR(info->st_mode))
		printf(" size=%lld links=%lu", (long long)info->st_size,
		       (unsigned long)info->st_nlink);
	if (S_ISCHR(info->st_mode) || S_ISBLK(info->st_mode))
		printf(" device=%u:%u", major(info->st_rdev), minor(info->st_rdev));
	if (S_ISLNK(info->st_mode)) {
		ssize_t length = readlink(path, target, sizeof(target) - 1);

		target[length > 0 ? length : 0] = '\0';
		printf(" -> %s", target);
	}
	if (S_ISREG(info->st_mode))
		printf(" content=%016" PRIx64, digest_file(path));
	print_attributes(path);
	putchar('\n');
}

static void list(const char *path);

static void list_directory(const char *path)
{
	char **names = NULL;
	size_t count = 0;
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory) {
		fail("cannot list", path);
		return;
	}
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		names = realloc(names, (count + 1) * sizeof(*names));
		if (!names || asprintf(&names[count++], "%s/%s", path, entry->d_name) < 0)
			abort();
	}
	closedir(directory);
	if (count > 0)
		qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++) {
		if (!is_skipped(names[i] + 2))
			list(names[i]);
		free(names[i]);
	}
	free(names);
}

static void list(const char *path)
{
	struct stat info;

	if (lstat(path, &info) < 0) {
		fail("cannot look at", path);
		return;
	}
	print_entry(path, &info);
	if (S_ISDIR(info.st_mode))
		list_directory(path);
}

int main(int argc, char **argv)
{
	if (argc < 2 || chdir(argv[1]) < 0) {
		fprintf(stderr, "usage: tree-list DIRECTORY [SKIP...]\n");
		return 2;
	}
	skips = argv + 2;
	list(".");
	return failures ? 1 : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See image/archive-files.h. Old `docker save` writes a layer that two images share once,
 * and a symbolic link ("../ID/layer.tar") for the other; tars may have hard links.
 */
#include "image/archive-files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "image/tar.h"

#define LINKS_MAX 16	/* one leading to another */

struct entry {
	char *name;	/* clean */
	char *link;	/* clean name of what it stands for, or NULL */
	uint64_t offset, size;
	bool usable;	/* a file, or a link that stays inside */
	bool repeated;
};

struct archive_files {
	int fd;
	bool is_directory;
	struct entry *entries;	/* of a tar: sorted by name */
	size_t count, room;
	size_t names_size;
};

/* A plain tar as tar_reader reads it. */
struct input {
	int fd;
	uint64_t offset, size;
};

void archive_part_release(struct archive_part *part)
{
	auto_close_fd(&part->fd);
	part->fd = -1;
}

void archive_files_free(struct archive_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++) {
		free(files->entries[i].name);
		free(files->entries[i].link);
	}
	free(files->entries);
	free(files);
}

/* `name` seen from the directory `base` ("" the top) without ".", ".." and empty components; NULL
 * when it leads out. */
static char *clean_name(const char *base, const char *name)
{
	auto_release(strings) struct strings parts = { 0 };
	auto_release(strings) struct strings kept = { 0 };

	strings_split(&parts, base, '/');
	strings_split(&parts, name, '/');
	for (size_t i = 0; i < parts.count; i++) {
		const char *part = parts.items[i];

		if (*part == '\0' || strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") != 0)
			strings_add(&kept, part);
		else if (kept.count > 0)
			strings_remove(&kept, kept.count - 1);
		else
			return NULL;
	}
	return strings_join(&kept, "/");
}

/* What a link in `name` means. Targets of hard links are told from the top, and so are absolute ones. */
static char *link_target(const struct tar_entry *entry, const char *name)
{
	auto_free char *parent = NULL;
	const char *slash = strrchr(name, '/');

	if (entry->type == TAR_SYMLINK && entry->link[0] != '/' && slash)
		parent = xstrndup(name, (size_t)(slash - name));
	return clean_name(parent ? parent : "", entry->link);
}

static int add_entry(struct archive_files *files, const struct tar_entry *entry, uint64_t offset,
		     struct error *err)
{
	struct entry added = { .offset = offset, .size = entry->size };

	if (files->count == ARCHIVE_ENTRIES_MAX)
		return error_set(err, ERROR_INVALID, "the archive has more than %d entries",
				 ARCHIVE_ENTRIES_MAX);
	added.name = clean_name("", entry->name);
	if (!added.name)
		return error_set(err, ERROR_INVALID, "the archive has a name with '..' in it");
	added.usable = entry->type == TAR_FILE && !entry->segments;
	if (entry->link) {
		added.link = link_target(entry, added.name);
		added.usable = added.link != NULL;
	}
	if (files->count == files->room) {
		files->room = files->room ? files->room * 2 : 64;
		files->entries = xrealloc_array(files->entries, files->room,
						sizeof(*files->entries));
	}
	files->entries[files->count++] = added;
	files->names_size += strlen(added.name) + (added.link ? strlen(added.link) : 0);
	if (files->names_size > ARCHIVE_NAMES_SIZE_MAX)
		return error_set(err, ERROR_INVALID, "the archive's names are too long");
	return 0;
}

static ssize_t read_input(void *argument, void *data, size_t size, struct error *err)
{
	struct input *input = argument;
	ssize_t got;

	do
		got = pread(input->fd, data, size, (off_t)input->offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(err, "cannot read the archive");
	input->offset += (uint64_t)got;
	return got;
}

static int skip_input(void *argument, uint64_t size, struct error *err)
{
	struct input *input = argument;

	if (input->offset > input->size || size > input->size - input->offset)
		return error_set(err, ERROR_INVALID, "the archive is truncated");
	input->offset += size;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static void sort(struct archive_files *files)
{
	if (files->count > 1)
		qsort(files->entries, files->count, sizeof(*files->entries), compare);
	for (size_t i = 1; i < files->count; i++)
		if (compare(&files->entries[i - 1], &files->entries[i]) == 0)
			files->entries[i - 1].repeated = files->entries[i].repeated = true;
}

static int walk(struct archive_files *files, uint64_t size, struct error *err)
{
	struct input input = { .fd = files->fd, .size = size };
	struct tar_reader *reader = tar_reader_new(read_input, &input, NULL);
	const struct tar_entry *entry = NULL;
	int got;

	tar_reader_skip_by(reader, skip_input);
	while ((got = tar_reader_next(reader, &entry, err)) > 0) {
		/* Directories are many and ask for nothing. */
		if (entry->type == TAR_DIRECTORY)
			continue;
		got = add_entry(files, entry, tar_reader_content_offset(reader), err);
		if (got < 0)
			break;
	}
	tar_reader_free(reader);
	sort(files);
	return got;
}

struct archive_files *archive_files_open(int fd, struct error *err)
{
	struct archive_files *files = xcalloc(1, sizeof(*files));
	struct stat info;
	int result = 0;

	files->fd = fd;
	if (fstat(fd, &info) < 0) {
		result = error_errno(err, "cannot look at the archive");
	} else if (S_ISDIR(info.st_mode)) {
		files->is_directory = true;
	} else if (!S_ISREG(info.st_mode)) {
		result = error_set(err, ERROR_INVALID, "it is neither a file nor a directory");
	} else {
		result = walk(files, (uint64_t)info.st_size, err);
	}
	if (result == 0)
		return files;
	archive_files_free(files);
	return NULL;
}

static int not_found(const char *name, struct error *err)
{
	auto_free char *shown = printable(name);

	return error_set(err, ERROR_NOT_FOUND, "the archive has no file '%.*s'", TAR_LABEL_SIZE,
			 shown);
}

/* The file that `name` stands for, links followed. */
static const struct entry *find_entry(const struct archive_files *files, const char *name,
				      struct error *err)
{
	auto_free char *clean = clean_name("", name);

	for (unsigned int links = 0; clean && links < LINKS_MAX; links++) {
		const struct entry key = { .name = clean };
		const struct entry *entry = files->count ?
			bsearch(&key, files->entries, files->count, sizeof(key), compare) : NULL;

		if (!entry || !entry->usable)
			break;
		if (entry->repeated) {
			auto_free char *shown = printable(name);

			error_set(err, ERROR_INVALID, "the archive has '%.*s' twice",
				  TAR_LABEL_SIZE, shown);
			return NULL;
		}
		if (!entry->link)
			return entry;
		replace_string(&clean, entry->link);
	}
	not_found(name, err);
	return NULL;
}

static int find_in_directory(const struct archive_files *files, const char *name,
			     struct archive_part *ret_part, struct error *err)
{
	auto_free char *clean = clean_name("", name);
	auto_fd int fd = -1;
	struct stat info;

	if (!clean || !*clean)
		return not_found(name, err);
	fd = rooted_open(files->fd, clean, ROOTED_IN_ROOT, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
		       errno == ENAMETOOLONG))
		return not_found(name, err);
	if (fd < 0 || fstat(fd, &info) < 0) {
		auto_free char *shown = printable(name);

		return error_errno(err, "cannot open '%s'", shown);
	}
	if (!S_ISREG(info.st_mode))
		return not_found(name, err);
	*ret_part = (struct archive_part){ .fd = take_fd(&fd), .size = (uint64_t)info.st_size };
	return 0;
}

int archive_files_find(const struct archive_files *files, const char *name,
		       struct archive_part *ret_part, struct error *err)
{
	const struct entry *entry;
	int fd;

	if (files->is_directory)
		return find_in_directory(files, name, ret_part, err);
	entry = find_entry(files, name, err);
	if (!entry)
		return -1;
	fd = fcntl(files->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return error_errno(err, "cannot open the archive again");
	*ret_part = (struct archive_part){ .fd = fd, .offset = entry->offset, .size = entry->size };
	return 0;
}

bool archive_files_have(const struct archive_files *files, const char *name)
{
	auto_release(archive_part) struct archive_part part = { .fd = -1 };
	auto_error ignored = { 0 };

	return archive_files_find(files, name, &part, &ignored) == 0;
}

int archive_files_read(const struct archive_files *files, const char *name, size_t max,
		       struct buffer *buffer, struct error *err)
{
	auto_release(archive_part) struct archive_part part = { .fd = -1 };
	auto_free char *shown = printable(name);
	auto_free char *data = NULL;
	size_t done = 0;

	if (archive_files_find(files, name, &part, err) < 0)
		return -1;
	if (part.size > max)
		return error_set(err, ERROR_INVALID, "'%.*s' is larger than %zu bytes",
				 TAR_LABEL_SIZE, shown, max);
	data = xmalloc((size_t)part.size + 1);
	while (done < part.size) {
		ssize_t got = pread(part.fd, data + done, (size_t)part.size - done,
				    (off_t)(part.offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, "cannot read '%s'", shown);
		if (got == 0)
			return error_set(err, ERROR_INVALID, "the archive is truncated");
		done += (size_t)got;
	}
	buffer_clear(buffer);
	buffer_add(buffer, data, done);
	return 0;
}

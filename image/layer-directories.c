/* SPDX-License-Identifier: Apache-2.0 */
/* The list of directories whose attributes are set when everything is unpacked. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/rooted.h"
#include "image/layer-unpack.h"

#define BYTES_MAX ((size_t)256 << 20)	/* some two million directories */

struct directory {
	size_t number;		/* place in the order of the tar */
	struct attributes attributes;	/* its xattrs are owned */
	char path[];
};

static struct tar_xattr *copy_xattrs(const struct attributes *attributes, size_t *bytes)
{
	size_t count = attributes->xattr_count;
	struct tar_xattr *copy;

	if (count == 0)
		return NULL;
	copy = xcalloc(count, sizeof(*copy));
	for (size_t i = 0; i < count; i++) {
		const struct tar_xattr *from = &attributes->xattrs[i];

		copy[i].name = xstrdup(from->name);
		copy[i].value = xmalloc(from->size ? from->size : 1);
		memcpy(copy[i].value, from->value, from->size);
		copy[i].size = from->size;
		*bytes += sizeof(*copy) + strlen(from->name) + from->size;
	}
	return copy;
}

int directories_add(struct directories *directories, const char *path, size_t length,
		    const struct attributes *attributes, struct error *err)
{
	struct directory *directory;

	if (directories->bytes > BYTES_MAX)
		return error_set(err, ERROR_INVALID, "the layer has too many directories");
	if (directories->count == directories->room) {
		directories->room = directories->room ? directories->room * 2 : 256;
		directories->items = xrealloc_array(directories->items, directories->room,
						    sizeof(*directories->items));
	}
	directory = xmalloc(sizeof(*directory) + length + 1);
	memcpy(directory->path, path, length);
	directory->path[length] = '\0';
	directory->number = directories->count;
	directory->attributes = *attributes;
	directory->attributes.xattrs = copy_xattrs(attributes, &directories->bytes);
	directories->items[directories->count++] = directory;
	directories->bytes += sizeof(directory) + sizeof(*directory) + length + 1;
	return 0;
}

/* What is below stands before what is above, and the newest word on a path before older ones. */
static int compare(const void *left, const void *right)
{
	const struct directory *a = *(struct directory *const *)left;
	const struct directory *b = *(struct directory *const *)right;
	int order = strcmp(b->path, a->path);

	if (order != 0)
		return order;
	return a->number < b->number ? 1 : -1;
}

static int apply(struct unpack *unpack, const struct directory *directory, struct error *err)
{
	const char *path = *directory->path ? directory->path : ".";
	auto_fd int fd = rooted_open(unpack->tree, path, ROOTED_BENEATH,
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	/* A later entry may have put something else here, or above. */
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (fd < 0)
		return error_errno(err, "cannot open the directory");
	if (directory->attributes.implied)
		strings_add(&unpack->implied, directory->path);
	return attributes_apply(unpack, fd, &directory->attributes, err);
}

int directories_apply(struct unpack *unpack, struct error *err)
{
	struct directories *directories = &unpack->directories;
	const char *done = NULL;

	qsort(directories->items, directories->count, sizeof(*directories->items), compare);
	for (size_t i = 0; i < directories->count; i++) {
		const struct directory *directory = directories->items[i];

		if (done && strcmp(done, directory->path) == 0)
			continue;
		if (apply(unpack, directory, err) < 0) {
			auto_free char *path = printable(directory->path);

			return error_context(err, "entry '%.*s'", TAR_LABEL_SIZE, path);
		}
		done = directory->path;
	}
	return 0;
}

void directories_release(struct directories *directories)
{
	for (size_t i = 0; i < directories->count; i++) {
		struct attributes *attributes = &directories->items[i]->attributes;

		for (size_t j = 0; j < attributes->xattr_count; j++) {
			free(attributes->xattrs[j].name);
			free(attributes->xattrs[j].value);
		}
		free(attributes->xattrs);
		free(directories->items[i]);
	}
	free(directories->items);
	*directories = (struct directories){ 0 };
}

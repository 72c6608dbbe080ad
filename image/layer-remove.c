/* SPDX-License-Identifier: Apache-2.0 */
/* Takes away what a later entry of the same tar replaces. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/layer-unpack.h"

/* A path that grows and shrinks along the walk. */
struct trail {
	char text[TAR_NAME_MAX];
	size_t length;
};

static int remove_below(struct unpack *unpack, int parent, const char *name,
			struct trail *trail, struct error *err);

static int remove_one(struct unpack *unpack, int parent, const char *name,
		      struct trail *trail, struct error *err)
{
	struct stat info;

	if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot look at what it replaces");
	if (S_ISDIR(info.st_mode))
		return remove_below(unpack, parent, name, trail, err);
	if (S_ISREG(info.st_mode) && info.st_size > 0)
		return spill_take(unpack, parent, name, trail->text, &info, err);
	if (unlinkat(parent, name, 0) < 0)
		return error_errno(err, "cannot remove what it replaces");
	return 0;
}

static int remove_entry(struct unpack *unpack, int dir, const char *name, struct trail *trail,
			struct error *err)
{
	size_t before = trail->length, length = strlen(name);
	int result;

	/* Every path in the tree came out of layer_path_clean(): longer ones cannot be. */
	if (before + 1 + length >= sizeof(trail->text))
		return error_set(err, ERROR_INVALID, "cannot remove what it replaces");
	trail->text[before] = '/';
	memcpy(trail->text + before + 1, name, length + 1);
	trail->length = before + 1 + length;
	result = remove_one(unpack, dir, name, trail, err);
	trail->length = before;
	trail->text[before] = '\0';
	return result;
}

static int remove_below(struct unpack *unpack, int parent, const char *name,
			struct trail *trail, struct error *err)
{
	auto_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_dir DIR *dir = NULL;
	struct dirent *entry;

	if (fd >= 0)
		dir = fdopendir(fd);
	if (!dir)
		return error_errno(err, "cannot open the directory it replaces");
	take_fd(&fd);
	while (errno = 0, (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (remove_entry(unpack, dirfd(dir), entry->d_name, trail, err) < 0)
			return -1;
	}
	if (errno != 0)
		return error_errno(err, "cannot read the directory it replaces");
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0)
		return error_errno(err, "cannot remove the directory it replaces");
	return 0;
}

int layer_remove(struct unpack *unpack, int parent, const struct layer_path *path,
		 struct error *err)
{
	struct trail trail;

	memcpy(trail.text, path->text, path->length + 1);
	trail.length = path->length;
	parents_forget(&unpack->parents, path->text);
	return remove_one(unpack, parent, path->name, &trail, err);
}

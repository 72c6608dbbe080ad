/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whiteouts: from the tar's file names (OCI image-spec, layer.md, "Whiteouts")
 * to what overlayfs has for them (the kernel's Documentation/filesystems/overlayfs.rst).
 *
 * They speak of lower layers only. So what the same layer has under that name
 * stays, and a directory among them is opaque: nothing shines through that the
 * whiteout was to hide.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "image/layer-unpack.h"

#define OPAQUE_NAME ".wh..wh..opq"
#define AUFS_PREFIX ".wh..wh."

/* Parents: AUFS kept folders of its own (.wh..wh.plnk); other names would be hidden whiteouts. */
static int check_parents(const struct layer_path *path, enum whiteout *ret_kind,
			 struct error *err)
{
	const char *at = path->text;

	while (at < path->name) {
		if (has_prefix(at, AUFS_PREFIX))
			*ret_kind = WHITEOUT_IGNORED;
		else if (has_prefix(at, WHITEOUT_PREFIX))
			return error_set(err, ERROR_INVALID, "it lies below a whiteout");
		at += strcspn(at, "/") + 1;
	}
	return 0;
}

int whiteout_kind(const struct layer_path *path, enum whiteout *ret_kind, struct error *err)
{
	const char *name;

	*ret_kind = WHITEOUT_NONE;
	if (check_parents(path, ret_kind, err) < 0)
		return -1;
	name = skip_prefix(path->name, WHITEOUT_PREFIX);
	if (*ret_kind == WHITEOUT_IGNORED || !name)
		return 0;
	if (strcmp(path->name, OPAQUE_NAME) == 0) {
		*ret_kind = WHITEOUT_OPAQUE;
		return 0;
	}
	if (has_prefix(path->name, AUFS_PREFIX)) {
		*ret_kind = WHITEOUT_IGNORED;
		return 0;
	}
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, ERROR_INVALID, "a whiteout of no proper name");
	*ret_kind = WHITEOUT_NAME;
	return 0;
}

bool whiteout_is(const struct stat *info)
{
	return S_ISCHR(info->st_mode) && info->st_rdev == makedev(0, 0);
}

int whiteout_make_opaque(const struct unpack *unpack, int parent, const char *name,
			 struct error *err)
{
	const char *attribute = unpack->ownership == LAYER_OWNERS_APPLIED ?
				"trusted.overlay.opaque" : "user.overlay.opaque";
	auto_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open the directory to make it opaque");
	if (fsetxattr(fd, attribute, "y", 1, 0) < 0)
		return error_errno(err, "cannot make the directory opaque: attribute '%s'",
				   attribute);
	return 0;
}

int whiteout_to_directory(const struct unpack *unpack, int parent, const char *name,
			  struct error *err)
{
	if (unlinkat(parent, name, 0) < 0 || mkdirat(parent, name, 0700) < 0)
		return error_errno(err, "cannot make a directory in place of a whiteout");
	return whiteout_make_opaque(unpack, parent, name, err);
}

static int make_whiteout(const struct unpack *unpack, int parent, const char *name,
			 struct error *err)
{
	struct stat info;

	/* In a user namespace this one device may be made, since Linux 5.8. */
	if (mknodat(parent, name, S_IFCHR, makedev(0, 0)) == 0)
		return 0;
	if (errno != EEXIST)
		return error_errno(err, "cannot make a whiteout");
	if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot look at what has the whiteout's name");
	if (S_ISDIR(info.st_mode))
		return whiteout_make_opaque(unpack, parent, name, err);
	return 0;
}

int whiteout_apply(struct unpack *unpack, const struct layer_path *path, enum whiteout kind,
		   int64_t mtime_ns, struct error *err)
{
	int parent;

	if (kind == WHITEOUT_IGNORED)
		return 0;
	parent = parents_get(unpack, path, mtime_ns, err);
	if (parent < 0)
		return -1;
	if (kind == WHITEOUT_OPAQUE)
		return whiteout_make_opaque(unpack, parent, ".", err);
	return make_whiteout(unpack, parent, path->name + strlen(WHITEOUT_PREFIX), err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owner, mode, extended attributes, and times of what was unpacked, in this
 * order: chown clears setuid and file capabilities, chmod may change an ACL,
 * and all of them but utimensat change nothing that was set before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "image/layer-unpack.h"

struct attributes attributes_of(const struct tar_entry *entry)
{
	return (struct attributes){
		.mode = entry->mode,
		.uid = entry->uid,
		.gid = entry->gid,
		.mtime_ns = entry->mtime_ns,
		.xattrs = entry->xattrs,
		.xattr_count = entry->xattr_count,
	};
}

/* A layer that could set these would decide what overlayfs shows of other layers. */
int attributes_check(const struct tar_entry *entry, struct error *err)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		const char *name = entry->xattrs[i].name;

		if (has_prefix(name, "trusted.overlay.") || has_prefix(name, "user.overlay."))
			return error_set(err, ERROR_INVALID,
					 "it has an attribute of the overlay file system");
	}
	return 0;
}

static bool needs_owner(const struct unpack *unpack, const struct attributes *attributes)
{
	if (unpack->ownership == LAYER_OWNERS_RECORDED)
		return false;
	return !unpack->root_made || attributes->uid != 0 || attributes->gid != 0;
}

static int owner_error(const struct unpack *unpack, const struct attributes *attributes,
		       struct error *err)
{
	if (errno != EINVAL || unpack->ownership != LAYER_OWNERS_MAPPED)
		return error_errno(err, "cannot give it to %u:%u", attributes->uid,
				   attributes->gid);
	error_set(err, ERROR_UNSUPPORTED,
		  "its owner %u:%u is not in your subordinate ids", attributes->uid,
		  attributes->gid);
	return error_remedy(err, "add more with 'usermod --add-subuids FIRST-LAST "
			    "--add-subgids FIRST-LAST USER'");
}

/*
 * What docker and podman pass over: attributes that the file system does not
 * have, user attributes of what is neither file nor directory, and in a user
 * namespace those that belong to the machine's root.
 */
static bool may_be_missing(const struct unpack *unpack, const char *name, enum tar_type type)
{
	bool plain = type == TAR_FILE || type == TAR_DIRECTORY;

	if (errno == ENOTSUP)
		return true;
	if (errno == EPERM && !plain && has_prefix(name, "user."))
		return true;
	if (unpack->ownership == LAYER_OWNERS_APPLIED)
		return false;
	/* EINVAL: an ACL with ids that a single-id namespace does not have. */
	return errno == EPERM ||
	       (errno == EINVAL && unpack->ownership == LAYER_OWNERS_RECORDED);
}

static int xattr_error(const char *name, struct error *err)
{
	int errnum = errno;
	auto_free char *text = printable(name);

	return error_errnum(err, errnum, "cannot set the attribute '%s'", text);
}

static int apply_xattrs(const struct unpack *unpack, int fd, enum tar_type type,
			const struct attributes *attributes, struct error *err)
{
	for (size_t i = 0; i < attributes->xattr_count; i++) {
		const struct tar_xattr *xattr = &attributes->xattrs[i];

		if (fsetxattr(fd, xattr->name, xattr->value, xattr->size, 0) < 0 &&
		    !may_be_missing(unpack, xattr->name, type))
			return xattr_error(xattr->name, err);
	}
	return 0;
}

/* There is no call for the attributes of a link by descriptor before Linux 6.13 (setxattrat):
 * the parent's descriptor is named through /proc, and the last component not followed. */
static int apply_xattrs_at(const struct unpack *unpack, int parent, const char *name,
			   enum tar_type type, const struct attributes *attributes,
			   struct error *err)
{
	char path[64 + 256];

	if (attributes->xattr_count == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", parent, name);
	for (size_t i = 0; i < attributes->xattr_count; i++) {
		const struct tar_xattr *xattr = &attributes->xattrs[i];

		if (lsetxattr(path, xattr->name, xattr->value, xattr->size, 0) < 0 &&
		    !may_be_missing(unpack, xattr->name, type))
			return xattr_error(xattr->name, err);
	}
	return 0;
}

static void times_of(const struct attributes *attributes, struct timespec ret_times[2])
{
	int64_t seconds = attributes->mtime_ns / NS_PER_SECOND;
	int64_t nanoseconds = attributes->mtime_ns % NS_PER_SECOND;

	if (nanoseconds < 0) {
		nanoseconds += NS_PER_SECOND;
		seconds--;
	}
	ret_times[0].tv_sec = seconds;
	ret_times[0].tv_nsec = nanoseconds;
	ret_times[1] = ret_times[0];
}

int attributes_apply(const struct unpack *unpack, int fd, const struct attributes *attributes,
		     struct error *err)
{
	struct timespec times[2];

	times_of(attributes, times);
	if (needs_owner(unpack, attributes) && fchown(fd, attributes->uid, attributes->gid) < 0)
		return owner_error(unpack, attributes, err);
	if (fchmod(fd, attributes->mode) < 0)
		return error_errno(err, "cannot set its mode");
	if (apply_xattrs(unpack, fd, TAR_FILE, attributes, err) < 0)
		return -1;
	if (futimens(fd, times) < 0)
		return error_errno(err, "cannot set its times");
	return 0;
}

int attributes_apply_at(const struct unpack *unpack, int parent, const char *name,
			enum tar_type type, const struct attributes *attributes,
			struct error *err)
{
	struct timespec times[2];

	times_of(attributes, times);
	if (needs_owner(unpack, attributes) &&
	    fchownat(parent, name, attributes->uid, attributes->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return owner_error(unpack, attributes, err);
	/* Links have no mode of their own. */
	if (type != TAR_SYMLINK &&
	    fchmodat(parent, name, attributes->mode, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set its mode");
	if (apply_xattrs_at(unpack, parent, name, type, attributes, err) < 0)
		return -1;
	if (utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set its times");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock is on the directory, so that no lock file is left in a place that is not
 * ours. Where the file system has no such locks (NFS), the last one wins, as with
 * docker.
 */
#include "registry/auth-edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "registry/auth-file.h"

#define INDENT 8

void auth_edit_release(struct auth_edit *edit)
{
	json_decref(edit->document);
	if (edit->dir >= 0)
		close(edit->dir);
	free(edit->path);
	*edit = AUTH_EDIT_NONE;
}

static int lock_dir(int dir)
{
	int result;

	do
		result = flock(dir, LOCK_EX);
	while (result < 0 && errno == EINTR);
	return result;
}

static int open_dir(struct auth_edit *edit, bool make, struct error *err)
{
	char *slash = strrchr(edit->path, '/');
	auto_free char *folder = NULL;

	edit->name = slash ? slash + 1 : edit->path;
	if (!*edit->name)
		return error_set(err, ERROR_USAGE, "'%s' is no file", edit->path);
	folder = !slash ? xstrdup(".") : slash == edit->path ? xstrdup("/") :
					 xstrndup(edit->path, (size_t)(slash - edit->path));
	edit->dir = make ? dir_make(AT_FDCWD, folder, 0700, err) : dir_open(AT_FDCWD, folder, err);
	if (edit->dir < 0 && !make && (err->errnum == ENOENT || err->errnum == ENOTDIR)) {
		error_release(err);
		return 0;
	}
	if (edit->dir < 0)
		return -1;
	if (lock_dir(edit->dir) < 0 && errno != EBADF && errno != ENOLCK && errno != EOPNOTSUPP)
		return error_errno(err, "cannot lock '%s'", folder);
	return 0;
}

static int read_document(struct auth_edit *edit, struct error *err)
{
	struct stat info;

	if (edit->dir >= 0 && fstatat(edit->dir, edit->name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
		edit->existed = true;
		edit->uid = info.st_uid;
		edit->gid = info.st_gid;
		edit->document = json_read_file(edit->dir, edit->name, AUTH_FILE_SIZE_MAX, err);
		if (!edit->document && err->kind == ERROR_INVALID)	/* it quotes */
			error_set(err, ERROR_INVALID, "'%s' is no valid JSON", edit->path);
	} else {
		edit->document = json_object();
	}
	if (!edit->document)
		return -1;
	if (!json_is_object(edit->document))
		return error_set(err, ERROR_INVALID, "'%s' is no JSON object", edit->path);
	return 0;
}

int auth_edit_begin(const char *path, bool make, struct auth_edit *ret_edit, struct error *err)
{
	char *real = realpath(path, NULL);

	*ret_edit = AUTH_EDIT_NONE;
	ret_edit->path = real ? real : xstrdup(path);
	if (open_dir(ret_edit, make, err) == 0 && read_document(ret_edit, err) == 0)
		return 0;
	auth_edit_release(ret_edit);
	return -1;
}

int auth_edit_write(struct auth_edit *edit, struct error *err)
{
	char *text = json_dumps(edit->document, JSON_INDENT(INDENT));
	size_t length = text ? strlen(text) : 0;
	int result;

	if (!text)
		return error_set(err, ERROR_INVALID, "cannot write '%s': it would be no valid JSON",
				 edit->path);
	text[length] = '\n';	/* in place of the NUL: no copy of what is secret */
	result = file_write(edit->dir, edit->name, text, length + 1, 0600, FILE_DURABLE, err);
	explicit_bzero(text, length + 1);
	free(text);
	if (result < 0)
		return error_context(err, "'%s'", edit->path);
	/* Root, in a home that is somebody's: leave him his file. */
	if (edit->existed && edit->uid != geteuid() &&
	    fchownat(edit->dir, edit->name, edit->uid, edit->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot give '%s' back to its owner", edit->path);
	return 0;
}

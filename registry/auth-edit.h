/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing a file with credentials: read, changed, and put back whole, while no other
 * login of ours can do the same. What we do not know in it stays. Links are followed
 * (people keep such files elsewhere); the owner stays; nobody else may read it.
 */
#ifndef REGISTRY_AUTH_EDIT_H
#define REGISTRY_AUTH_EDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct error;

struct auth_edit {
	json_t *document;	/* owned; an empty object when there was no file */
	bool existed;

	/* Kept by auth-edit.c. */
	char *path;
	const char *name;	/* the last part of `path` */
	int dir;		/* the lock, too */
	uid_t uid;
	gid_t gid;
};
#define AUTH_EDIT_NONE ((struct auth_edit){ .dir = -1 })

/* Waits for others, and reads. Missing directories are made (0700) only if `make`; else what is
 * missing is an empty document that cannot be written. */
int auth_edit_begin(const char *path, bool make, struct auth_edit *ret_edit, struct error *err);
int auth_edit_write(struct auth_edit *edit, struct error *err);
void auth_edit_release(struct auth_edit *edit);

#endif

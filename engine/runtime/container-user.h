/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "USER[:GROUP]" inside a container: its own /etc/passwd and /etc/group are
 * read, as hostile input (R9), never the host's, and never through NSS (R8).
 *
 * docker's rules: a number needs no entry, and is an id even where a name looks
 * the same; an entry of that id gives the primary group and the home; without
 * GROUP all groups that list the user are supplementary ones, with it only that group counts.
 */
#ifndef ENGINE_RUNTIME_CONTAINER_USER_H
#define ENGINE_RUNTIME_CONTAINER_USER_H

#include <stddef.h>
#include <sys/types.h>

struct error;
struct strings;

#define CONTAINER_ID_MAX 2147483647U	/* of uids and gids */
#define CONTAINER_USER_FILE_MAX ((size_t)1 << 20)

struct container_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups;		/* owned; sorted, each once, `gid` among them */
	size_t group_count;
	char *home;		/* never NULL; "/" without an entry */
};

/* `root` is the container's root. `user` may be NULL or "". `extra_groups`: names or numbers. */
int container_user_resolve(int root, const char *user, const struct strings *extra_groups,
			   struct container_user *ret_user, struct error *err);
void container_user_release(struct container_user *user);

#endif

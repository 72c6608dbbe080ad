/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who runs us, and where his files are. Survives our own re-exec inside the
 * user's namespace, where everybody looks like root (environment PROA_UID).
 */
#ifndef ROOTLESS_USER_H
#define ROOTLESS_USER_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

struct user {
	uid_t uid;	/* as the initial namespace of this login has it */
	gid_t gid;
	char *name;	/* from /etc/passwd, or the number */
	char *home;	/* $HOME if absolute, else from passwd, else "/" */
	bool is_root;	/* root of this machine (or of the container we run in) */
};

/* Reads PROA_UID once and takes it out of the environment. */
int user_current(struct user *ret_user, struct error *err);
void user_release(struct user *user);

/* Store and run directory, new strings. Root: /var/lib/proa, /run/proa. Others:
 * $XDG_DATA_HOME/proa or ~/.local/share/proa; $XDG_RUNTIME_DIR/proa, else /run/user/UID/proa,
 * else /tmp/proa-UID. A directory of another user is passed over. */
char *user_store_path(const struct user *user);
char *user_run_path(const struct user *user);

/* Opens such a directory, made 0700 with its parents if missing; refused unless it is ours and
 * nobody else may write to it (R14). */
int user_open_private(const char *path, struct error *err);

#endif

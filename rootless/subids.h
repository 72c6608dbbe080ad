/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a user's subordinate ids are written: /etc/subuid and /etc/subgid, or
 * another source that nsswitch.conf names and getsubids(1) asks.
 */
#ifndef ROOTLESS_SUBIDS_H
#define ROOTLESS_SUBIDS_H

struct error;
struct user;

enum subids_kind { SUBIDS_UID, SUBIDS_GID };

/* The lines `NAME_OR_UID:START:COUNT` that may concern `user`, a new string; "" when there is
 * no such file. */
char *subids_read(enum subids_kind kind, const struct user *user, struct error *err);
/* The first id, at least 100000, from which `count` ids are in no line of either text (0: none).
 * For the remedy that names a range to give to the user. */
unsigned int subids_free_start(const char *uid_text, const char *gid_text, unsigned int count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A new user namespace for the calling process, and the id maps that go with it. */
#ifndef ROOTLESS_USERNS_CREATE_H
#define ROOTLESS_USERNS_CREATE_H

struct error;
struct user;

/* What kept it from mapping more than one id. */
struct userns_lack {
	char *reason;	/* owned; NULL: a range was mapped */
	char *remedy;	/* owned */
};
void userns_lack_release(struct userns_lack *lack);

/* Moves this single-threaded process to a new user namespace in which `user`, who it runs as, is
 * id 0, and to a new mount namespace. */
int userns_create(const struct user *user, struct userns_lack *ret_lack, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notes of who is inside the user's namespace: files PID-STARTTIME in
 * <runroot>/userns, each holding the boot's id. Only touched under the lock, but
 * for taking one's own back.
 */
#ifndef ROOTLESS_USERNS_NOTES_H
#define ROOTLESS_USERNS_NOTES_H

#include <stdbool.h>

struct error;

int notes_open(int runroot, struct error *err);	/* the directory, made if missing */
int notes_lock(int notes, struct error *err);	/* held until the descriptor is closed */
/* A pidfd of a live process with a note, from the `skip`th on; -1 if there is none. Removes the
 * notes of the dead that it meets. */
int notes_find_live(int notes, unsigned int skip, struct error *err);
int notes_leave(int notes, struct error *err);	/* this process's; a second time is fine */
void notes_take_back(int notes);

/* Whether `what` is told for the first time since the machine was started. */
bool notes_first_time(int notes, const char *what);

#endif

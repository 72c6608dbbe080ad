/* SPDX-License-Identifier: Apache-2.0 */
/* Running a piece of a test as an ordinary user, in a child. */
#ifndef TESTS_UNIT_ORDINARY_H
#define TESTS_UNIT_ORDINARY_H

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* In a child: becomes `name` when we are root; otherwise stays whoever runs the tests. The name
 * and home of the environment follow. */
static inline bool become_ordinary(const char *name)
{
	const struct passwd *entry;

	if (geteuid() != 0)
		return true;
	entry = getpwnam(name);
	return entry && setgroups(0, NULL) == 0 && setgid(entry->pw_gid) == 0 &&
	       setuid(entry->pw_uid) == 0 && setenv("HOME", entry->pw_dir, 1) == 0 &&
	       unsetenv("XDG_RUNTIME_DIR") == 0 && unsetenv("XDG_DATA_HOME") == 0;
}

/* The user that the set-up of the tests makes: with subordinate ids, and without. */
#define USER_WITH_IDS "proatest"
#define USER_WITHOUT_IDS "proanosub"

static inline bool have_ordinary(const char *name)
{
	return geteuid() != 0 || getpwnam(name);
}

#endif

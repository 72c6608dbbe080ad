/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel file locks. A lock is a descriptor: closing it, or dying, gives it
 * back; a child made by fork shares it until exec.
 *
 * Who needs several takes them in this order: container (containers/<id>/.lock),
 * the names of containers (containers/.lock), layer, index, user namespace,
 * events. So nobody waits for a container while he holds the lock of all of them.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdbool.h>

struct error;

enum lock_mode { LOCK_SHARED, LOCK_EXCLUSIVE };

/* Opens (making it, 0600) and locks `name` in `dir` (flock), waiting for others; a wait of more than
 * a second is a warning() that names the holder. The descriptor. */
int lock_wait(int dir, const char *name, enum lock_mode mode, struct error *err);
/* The same without waiting: ERROR_BUSY when another holds it. */
int lock_try(int dir, const char *name, enum lock_mode mode, struct error *err);
/* "process 123 (proa rm web)" that holds a lock on the file of `fd`, as a new string; NULL if the
 * kernel does not tell. */
char *lock_holder(int fd);

#endif

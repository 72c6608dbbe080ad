/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel file locks. A lock is a descriptor: closing it, or dying, gives it
 * back; a child made by fork shares it until exec. Lock order, at most two at
 * a time: layer, then index; container; user namespace.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdbool.h>

struct error;

enum lock_mode { LOCK_SHARED, LOCK_EXCLUSIVE };

/* Opens (making it, 0600) and locks `name` in `dir` (flock), waiting for others. The descriptor. */
int lock_wait(int dir, const char *name, enum lock_mode mode, struct error *err);
/* The same without waiting: ERROR_BUSY when another holds it. */
int lock_try(int dir, const char *name, enum lock_mode mode, struct error *err);

#endif

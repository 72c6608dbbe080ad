/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the command that forked us: its session, its descriptors, its streams, its directory. */
#ifndef ENGINE_SUPERVISOR_DETACH_H
#define ENGINE_SUPERVISOR_DETACH_H

#include <stddef.h>

struct error;

/* A session of our own, no signals but SIGTERM, and of the descriptors only 0, 1, 2 and those in
 * `keep` (-1 is passed over): whoever waits for the end of a pipe that the caller has open shall
 * not wait for us. */
int detach_from_caller(const int *keep, size_t keep_count, struct error *err);
/* /dev/null as 0, 1 and 2. */
void detach_streams(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptors a child that reads what a stranger wrote is left with. */
#ifndef IMAGE_CHILD_STREAMS_H
#define IMAGE_CHILD_STREAMS_H

#include <stddef.h>

struct error;

/* Makes stdin and stdout /dev/null, and closes all but these, stderr, and the `count` ones in
 * `kept`. Locks, sockets and other layers' pipes are not for the child; a lock that it kept
 * would outlive its owner's. */
#define CHILD_STREAMS_MAX 8
int child_streams(const int *kept, size_t count, struct error *err);

#endif

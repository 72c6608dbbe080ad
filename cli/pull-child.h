/* SPDX-License-Identifier: Apache-2.0 */
/* Pulling in a process of its own, for commands that go on as something small. */
#ifndef CLI_PULL_CHILD_H
#define CLI_PULL_CHILD_H

struct digest;
struct engine;
struct error;
struct image_source;
struct reference;

/* image_source_pull() in a child that dies with us: the registry module, with libcurl and
 * libcrypto, and what pulling allocates, never come into this process. */
int pull_in_child(const struct image_source *source, struct engine *engine,
		  const struct reference *reference, struct digest *ret_id, struct error *err);

#endif

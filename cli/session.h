/* SPDX-License-Identifier: Apache-2.0 */
/* What nearly every command begins with: the engine opened, the containers that are named found. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "base/auto.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "image/store.h"

struct error;
struct invocation;

DEFINE_AUTO(engine, engine_close);
DEFINE_AUTO(container, container_free);
DEFINE_AUTO(image, image_free);

/* Opens the engine where the global options say. */
struct engine *session_open(const struct invocation *invocation, struct error *err);

/* What a command does to each of the containers it is given. */
typedef int (*container_verb)(struct engine *engine, struct container *container,
			      const void *args, struct error *err);
/* Does `verb` to each operand and prints the operand as it was typed, unless `verb` failed: then
 * the error is reported and the next one's turn. The exit status: 0, or 1 if any failed. */
int session_each_container(struct engine *engine, char *const *names, container_verb verb,
			   const void *args);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Giving a container another name. */
#ifndef ENGINE_RENAME_H
#define ENGINE_RENAME_H

struct container;
struct engine;
struct error;

/* In any state; its hostname stays. ERROR_EXISTS in docker's words when the name is taken,
 * ERROR_USAGE when it is none. */
int container_rename(struct engine *engine, struct container *container, const char *name,
		     struct error *err);

#endif

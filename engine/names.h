/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containers/names/<name>: a file that holds the container's id.
 *
 * A name is taken by link(2), which fails if it is there, and counts only while its
 * container exists and has it in its config.json: a rename takes the new name, writes
 * config.json, and gives the old one back. What a killed process left is given up under the
 * exclusive lock of containers/.lock; who makes, renames or removes a container holds it shared,
 * so that none of theirs is mistaken for such.
 */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include <stddef.h>

struct engine;
struct error;

/* ERROR_EXISTS in docker's words. The caller holds *lock, the shared lock of containers/.lock; it
 * is let go and taken again if a dead name has to be cleared away. */
int name_take(struct engine *engine, const char *name, const char *id, int *lock,
	      struct error *err);
/* Gives the name back if it is `id`'s; under the shared lock. */
void name_release(struct engine *engine, const char *name, const char *id);
/* The id of an existing container to which `name` was given, as a new string, or NULL. Whether it
 * still has that name is for the caller to compare. */
char *name_find(struct engine *engine, const char *name);
/* Removes names without a container, if there are more names than containers; under the
 * exclusive lock. */
void names_sweep(struct engine *engine, size_t container_count);

#endif

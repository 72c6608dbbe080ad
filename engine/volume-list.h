/* SPDX-License-Identifier: Apache-2.0 */
/* All volumes, and who uses them. */
#ifndef ENGINE_VOLUME_LIST_H
#define ENGINE_VOLUME_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/container.h"
#include "engine/volumes.h"

struct engine;
struct error;

struct volume_list {
	struct volume *items;	/* sorted by name */
	size_t count;
};

/* `containers` are those that links are counted of. A volume whose record cannot be read is passed over
 * with a warning. */
int volume_list_make(struct engine *engine, struct container *const *containers,
		     size_t container_count, struct volume_list *ret_list, struct error *err);
/* The same with all containers there are. */
int volume_list_all(struct engine *engine, struct volume_list *ret_list, struct error *err);
void volume_list_release(struct volume_list *list);

struct volumes_pruning {
	/* Which of those that no container uses go; NULL: the anonymous ones. */
	bool (*chosen)(void *argument, const struct volume *volume);
	/* Is told of each, with the bytes of disk that came free. */
	void (*removed)(void *argument, const char *name, uint64_t bytes);
	void *argument;
};
/* Nobody makes or removes containers meanwhile. After engine_enter(). */
int volumes_prune_chosen(struct engine *engine, const struct volumes_pruning *pruning,
			 struct error *err);
/* The anonymous ones. */
int volumes_prune(struct engine *engine,
		  void (*removed)(void *argument, const char *name, uint64_t bytes), void *argument,
		  struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes: volumes/<name>/_data is what a container sees, volume.json beside it tells when the
 * volume was made and what of. A volume exists from the moment that volume.json is there, until it
 * is gone: a folder without is what an interrupted command left, and is removed by whoever takes
 * its name next. Making and removing happen under containers/.volumes.lock.
 *
 * Options of the local driver make a volume something else than _data: a directory of the host
 * (type=none, o=bind, device=DIR), or a tmpfs of each container's own (type=tmpfs).
 */
#ifndef ENGINE_VOLUMES_H
#define ENGINE_VOLUMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

struct container;
struct container_config;
struct engine;
struct error;

#define VOLUME_ANONYMOUS_LABEL "com.docker.volume.anonymous"

struct volume {
	char *name;
	bool anonymous;		/* nobody chose its name */
	int64_t created_ns;
	struct strings labels, options;	/* KEY=VALUE */
	unsigned int links;	/* containers that use it; counted by volume_list_make() only */
};
void volume_release(struct volume *volume);
/* ERROR_NOT_FOUND "no such volume: x". */
int volume_read(struct engine *engine, const char *name, struct volume *ret_volume,
		struct error *err);

/* What the options make of a volume. */
enum volume_kind { VOLUME_DIRECTORY, VOLUME_BIND, VOLUME_TMPFS };
enum volume_kind volume_kind(const struct volume *volume);
/* The parts of its option "o", without "bind" and "rbind": ro, size=... */
void volume_mount_options(const struct volume *volume, struct strings *ret_options);

/* docker's rules for names and for options of the local driver; ERROR_USAGE. */
int volume_check_name(const char *name, struct error *err);
int volume_check_options(const struct strings *options, struct error *err);

/* Makes a volume, and tells if it did: one that exists stays as it is. `name` NULL: a name is made up, and
 * the volume is anonymous. *ret_name: new string. */
int volume_create(struct engine *engine, const char *name, const struct strings *labels,
		  const struct strings *options, bool *ret_made, char **ret_name,
		  struct error *err);
bool volume_is_used_by(const struct container *container, const char *name);
/* ERROR_BUSY: "volume is in use - [id, ...]". After engine_enter(). */
int volume_remove(struct engine *engine, const char *name, struct error *err);

/* Makes the volumes that `config` names and does not find; anonymous ones get names of their own,
 * written into config->mounts. */
int volumes_prepare(struct engine *engine, struct container_config *config, struct error *err);
/* Opens the volume's directory (O_PATH): _data, or that of the host. Not for a tmpfs. */
int volume_open(struct engine *engine, const char *name, struct error *err);
/* The path of its _data, for inspect. New string. */
char *volume_path(const struct engine *engine, const char *name);
/* Removes the anonymous volumes of a container. What cannot be removed is left. */
void volumes_remove_anonymous(struct engine *engine, const struct container_config *config);
/* Fills a volume that is empty with what the image has at `target`: contents, and the directory's
 * own owner and mode. `root` is a directory that holds the image's file tree. */
int volume_fill(struct engine *engine, const char *name, int root, const char *target,
		struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes: volumes/<name>/_data is what a container sees, volume.json beside it tells
 * when it was made and whether it has a name of the user's choice.
 */
#ifndef ENGINE_VOLUMES_H
#define ENGINE_VOLUMES_H

struct container;
struct container_config;
struct engine;
struct error;

/* Makes the volumes that `config` names and does not find; anonymous ones get names of their own,
 * written into config->mounts. */
int volumes_prepare(struct engine *engine, struct container_config *config, struct error *err);
/* Opens the volume's _data (O_PATH). */
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

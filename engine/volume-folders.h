/* SPDX-License-Identifier: Apache-2.0 */
/* Private to engine/volume*.c: the folders of volumes and their records. */
#ifndef ENGINE_VOLUME_FOLDERS_H
#define ENGINE_VOLUME_FOLDERS_H

struct engine;
struct error;
struct strings;
struct volume;

#define VOLUME_DATA "_data"

/* volumes/; ERROR_NOT_FOUND while there has been no volume. */
int volume_folders_open(struct engine *engine, struct error *err);
/* The same, made if need be, and *ret_lock: nobody else makes or removes volumes. */
int volume_folders_lock(struct engine *engine, int *ret_lock, struct error *err);
/* Names of the volumes that exist, sorted. */
int volume_folders_list(int volumes, struct strings *ret_names, struct error *err);
/* Opens a volume's folder; ERROR_NOT_FOUND. The name may come from outside. */
int volume_folder_open(int volumes, const char *name, struct error *err);
/* Whether the volume exists. */
int volume_record_read(int volumes, const char *name, struct volume *ret_volume,
		       struct error *err);
/* Makes the volume: its record comes last. Under the lock. */
int volume_folder_make(int volumes, const struct volume *volume, struct error *err);
/* Removes it: its record goes first. Under the lock; after engine_enter(). */
int volume_folder_remove(int volumes, const char *name, struct error *err);

#endif

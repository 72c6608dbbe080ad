/* SPDX-License-Identifier: Apache-2.0 */
/* Images that are named by where they lie in files: oci:PATH and the like (image/transport-name.h). */
#ifndef CLI_IMAGE_FILES_H
#define CLI_IMAGE_FILES_H

#include <stdbool.h>

struct digest;
struct engine;
struct error;
struct image;

/* Whether `text` names a file or directory, and not an image at a registry, nor one that the engine's store
 * has by that name (engine NULL: not asked). */
bool image_files_meant(struct engine *engine, const char *text);
/* Loads the image, or without a reference all of them, after engine_enter(). `platform` may be NULL, and so
 * may `loaded`, which hears of each name, as in image/load.h. *ret_id is the last one. */
int image_files_load(struct engine *engine, const char *text, const char *platform,
		     void (*loaded)(void *argument, const char *name, const struct digest *id),
		     struct digest *ret_id, struct error *err);
/* The same in a child, for commands that go on as something small. */
struct image *image_files_get(struct engine *engine, const char *text, const char *platform,
			      struct error *err);
/* Writes the image to where `text` says. */
int image_files_save(struct engine *engine, const struct image *image, const char *text,
		     struct error *err);
/* Opens the directory for an image, made if it is not there; it has to be empty, or hold the same
 * form. */
int image_files_make_directory(const char *path, bool is_oci, struct error *err);

#endif

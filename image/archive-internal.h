/* SPDX-License-Identifier: Apache-2.0 */
/* Private to image/archive*.c: the forms of archives, and what their readers share. */
#ifndef IMAGE_ARCHIVE_INTERNAL_H
#define IMAGE_ARCHIVE_INTERNAL_H

#include <stdbool.h>

#include "image/archive.h"

#define ARCHIVE_INDEX "index.json"
#define ARCHIVE_LAYOUT "oci-layout"
#define ARCHIVE_MANIFEST "manifest.json"
#define ARCHIVE_INDEX_SIZE_MAX ((size_t)4 << 20)

struct json_t;

/* The next of the archive's images, empty. ERROR_INVALID after ARCHIVE_IMAGES_MAX. */
struct archive_image *archive_add(struct archive *archive, struct error *err);
void archive_drop_last(struct archive *archive);
/* Gives `image`, which is of the archive, another name, unless it has that. ERROR_INVALID after
 * ARCHIVE_TAGS_MAX. */
int archive_add_name(const struct archive *archive, struct archive_image *image, const char *full,
		     struct error *err);

/* archive-docker.c: the list in manifest.json */
int archive_read_docker(const struct archive_files *files, const struct json_t *list,
			const struct archive_choice *choice, struct archive *archive,
			struct error *err);
/* archive-oci.c: index.json */
int archive_read_oci(const struct archive_files *files, const struct archive_choice *choice,
		     struct archive *archive, struct error *err);
/* archive-dir.c: manifest.json is the manifest */
int archive_read_dir(const struct archive_files *files, const struct archive_choice *choice,
		     struct archive *archive, struct error *err);

/* Whether `reference` (of the choice) means image number `at`, called `text` in the archive and `full`
 * in full; either may be NULL. */
bool archive_is_meant(const char *reference, size_t at, const char *text, const char *full);

#endif

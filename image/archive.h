/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What images a saved archive or directory holds. Forms, told apart by what is there:
 *
 *	index.json, oci-layout	OCI image layout (image-spec, image-layout.md); also in a tar
 *	manifest.json, a list	docker's: what `docker save` and `podman save` write. Since
 *				docker 25 it is an OCI layout too; then this list gives the names
 *	manifest.json, an object	containers' "dir": one manifest, blobs named by their hex
 *
 * Only documents are read here, each bounded; what they name is looked for in the
 * archive alone.
 */
#ifndef IMAGE_ARCHIVE_H
#define IMAGE_ARCHIVE_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/strings.h"
#include "image/archive-files.h"
#include "image/manifest.h"

struct error;
struct platform;

#define ARCHIVE_IMAGES_MAX 1000
#define ARCHIVE_TAGS_MAX 1000	/* names of images, of all together: each is an entry of the store */

struct archive_image {
	struct strings names;		/* full references with tag; empty: it has none */
	char *config;			/* names of parts of the archive */
	struct strings layers;		/* bottom first */
	struct buffer manifest_bytes;	/* empty in docker's old form, which has none */
	struct descriptor manifest_descriptor;
	struct manifest manifest;
};

struct archive {
	const char *transport;		/* "docker-archive", "oci" or "dir" */
	struct archive_image *images;
	size_t count;
};

/* Which of the images are meant. */
struct archive_choice {
	const struct platform *platform;	/* of an index; NULL: this machine's */
	const char *reference;			/* NULL: all; "@N": the one of that place, from 0; else as
						 * the archive names it, or as it is named in full */
};

/* Fills *ret_archive with the images chosen, at least one. */
int archive_read(const struct archive_files *files, const struct archive_choice *choice,
		 struct archive *ret_archive, struct error *err);
void archive_release(struct archive *archive);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Artifacts: manifests of anything but a container image. OCI image-spec 1.1, manifest.md,
 * "Guidelines for Artifact Usage": `artifactType` says what it is (or else the config's media
 * type), the files are layers with a title annotation, and the config is {} where it is not
 * needed. `subject` makes it refer to another manifest.
 */
#ifndef IMAGE_ARTIFACT_H
#define IMAGE_ARTIFACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"
#include "image/manifest.h"

struct error;

#define ARTIFACT_FILES_MAX 10000
#define ARTIFACT_TYPE_UNKNOWN "application/vnd.unknown.artifact.v1"
#define ARTIFACT_TITLE "org.opencontainers.image.title"

#define MEDIA_TYPE_EMPTY "application/vnd.oci.empty.v1+json"
#define EMPTY_CONFIG_TEXT "{}"
#define EMPTY_CONFIG_HEX "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

struct artifact {
	char *media_type;		/* of the manifest itself */
	char *type;			/* artifactType, else the config's media type */
	struct descriptor config;
	struct descriptor *files;
	size_t file_count;
	struct strings annotations;	/* KEY=VALUE */
	struct descriptor subject;	/* media_type NULL: none */
};
void artifact_release(struct artifact *artifact);

/* Decodes a manifest, of an artifact or of an image: at most MANIFEST_SIZE_MAX bytes. An index is
 * ERROR_UNSUPPORTED. `media_type` is what it was served as, or NULL. */
int artifact_decode(const char *data, size_t size, const char *media_type,
		    struct artifact *ret_artifact, struct error *err);
/* The manifest's text, the same for the same artifact. New string. */
char *artifact_encode(const struct artifact *artifact);

/* Sets the config to {}. */
void artifact_set_empty_config(struct artifact *artifact);
void artifact_add_file(struct artifact *artifact, const struct descriptor *file);	/* copied */
/* Whether its config is an image's. */
bool artifact_is_image(const struct artifact *artifact);
/* The file with this title, or with this digest ("sha256:..."); NULL if there is none. */
const struct descriptor *artifact_find_title(const struct artifact *artifact, const char *title);
const struct descriptor *artifact_find_digest(const struct artifact *artifact,
					      const struct digest *digest);

/* The name that a file is extracted under: its title, if that is a plain file name and no path
 * (titles come from outside), else its digest's digits. Borrowed from `file`. */
const char *artifact_file_name(const struct descriptor *file);

#endif

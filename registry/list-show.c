/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest or index as its registry has it. */
#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "image/artifact.h"
#include "registry/manifest-list-inside.h"

int list_show(const struct registry_access *access, const struct reference *reference,
	      struct buffer *text, struct descriptor *ret_descriptor, struct error *err)
{
	auto_release(access_session) struct access_session session = { 0 };
	auto_release(descriptor) struct descriptor found = { 0 };
	auto_release(artifact) struct artifact manifest = { 0 };
	auto_release(manifest) struct manifest index = { 0 };
	const char *data;

	if (access_open(access, reference, &session, err) < 0 ||
	    registry_fetch_manifest(session.client, reference, text, &found, err) < 0)
		return -1;
	data = text->data ? text->data : "";
	if (artifact_decode(data, text->size, found.media_type, &manifest, err) == 0) {
		replace_string(&found.media_type, manifest.media_type);
	} else {
		error_release(err);
		if (manifest_decode(data, text->size, found.media_type, &index, err) < 0)
			return -1;
		replace_string(&found.media_type, index.media_type);
	}
	descriptor_copy(ret_descriptor, &found);
	return 0;
}

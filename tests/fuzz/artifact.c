/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts' manifests, and indexes that are changed and written again. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/artifact.h"
#include "image/index-edit.h"
#include "tests/fuzz/fuzz.h"

DEFINE_AUTO(index_edit, index_edit_free);

static void try_artifact(const char *data, size_t size)
{
	auto_release(artifact) struct artifact artifact = { 0 };
	auto_release(artifact) struct artifact again = { 0 };
	auto_free char *text = NULL;
	auto_error err = { 0 };

	if (artifact_decode(data, size, NULL, &artifact, &err) < 0)
		return;
	for (size_t i = 0; i < artifact.file_count; i++)
		if (strchr(artifact_file_name(&artifact.files[i]), '/'))
			abort();
	text = artifact_encode(&artifact);
	if (strlen(text) <= MANIFEST_SIZE_MAX &&
	    artifact_decode(text, strlen(text), NULL, &again, &err) < 0)
		abort();
}

static void try_index(const char *data, size_t size)
{
	struct index_changes changes = { .os = "linux", .variant = "v8" };
	auto_release(manifest) struct manifest index = { 0 };
	auto_free char *text = NULL;
	auto_error err = { 0 };
	auto_of(index_edit) struct index_edit *edit = index_edit_parse(data, size, &err);

	if (!edit || manifest_decode(data, size, NULL, &index, &err) < 0)
		return;
	strings_add(&changes.annotations, "a=b");
	for (size_t i = 0; i < index.manifest_count; i++)
		(void)index_edit_change(edit, &index.manifests[i].digest, &changes, &err);
	(void)index_edit_change(edit, NULL, &changes, &err);
	(void)index_edit_set_docker(edit, true, &err);
	index_changes_release(&changes);
	text = index_edit_text(edit);
	if (!text)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_artifact((const char *)data, size);
	try_index((const char *)data, size);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts that are made for a manifest list; see registry/list-artifact.h. */
#include "registry/list-artifact.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "registry/artifact-files.h"
#include "registry/list-members.h"
#include "registry/manifest-list-inside.h"

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int take_config(int folder, const struct list_artifact *asked, struct artifact *artifact,
		       struct error *err)
{
	auto_release(descriptor) struct descriptor config = { 0 };
	struct digest digest;

	if (!asked->config) {
		artifact_set_empty_config(artifact);
		if (asked->config_type)
			replace_string(&artifact->config.media_type, asked->config_type);
		return artifact_take_text(folder, EMPTY_CONFIG_TEXT, &digest, err);
	}
	if (artifact_take_file(folder, asked->config,
			       asked->config_type ? asked->config_type : "application/json",
			       NULL, &config, err) < 0)
		return -1;
	descriptor_copy(&artifact->config, &config);
	return 0;
}

static int take_subject(const struct list_members *members, const char *name,
			struct artifact *artifact, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(buffer) struct buffer text = { 0 };

	if (!name)
		return 0;
	if (reference_parse(name, &reference, err) < 0)
		return -1;
	return list_show(members->access, &reference, &text, &artifact->subject, err);
}

int list_artifact_add(struct list_members *members, const struct list_artifact *asked,
		      struct error *err)
{
	auto_release(artifact) struct artifact artifact = { 0 };
	auto_release(descriptor) struct descriptor member = { 0 };
	auto_free char *text = NULL;

	artifact.type = xstrdup(asked->type ? asked->type : ARTIFACT_TYPE_UNKNOWN);
	strings_copy(&artifact.annotations, &asked->annotations);
	if (take_config(members->folder, asked, &artifact, err) < 0 ||
	    take_subject(members, asked->subject, &artifact, err) < 0)
		return -1;
	for (size_t i = 0; i < asked->paths.count; i++) {
		const char *path = asked->paths.items[i];
		auto_release(descriptor) struct descriptor file = { 0 };

		if (artifact_take_file(members->folder, path, asked->file_type,
				       asked->without_titles ? NULL : file_name(path), &file,
				       err) < 0)
			return -1;
		artifact_add_file(&artifact, &file);
	}
	text = artifact_encode(&artifact);
	if (artifact_take_text(members->folder, text, &member.digest, err) < 0)
		return -1;
	member.media_type = xstrdup(MEDIA_TYPE_OCI_MANIFEST);
	member.size = strlen(text);
	return list_members_add_local(members, &member, artifact.type, err);
}

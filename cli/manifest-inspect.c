/* SPDX-License-Identifier: Apache-2.0 */
/* proa manifest inspect: a manifest or list as it is, here or at its registry. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"
#include "cli/registry-options.h"
#include "image/artifact.h"

struct manifest_inspect_args {
	struct registry_args registry;
	bool verbose;
};

static const struct option manifest_inspect_options[] = {
	OPTION_FLAG('v', "verbose", struct manifest_inspect_args, verbose,
		    "Show the manifests of a list, with what the list says of each"),
	OPTION_MORE(registry_options),
};

/* What is shown, and where more of it is to be had. */
struct subject {
	struct engine *engine;
	struct registry_access access;
	struct reference reference;
	bool local;
	struct buffer text;
	struct descriptor descriptor;
};

static void subject_release(struct subject *subject)
{
	reference_release(&subject->reference);
	buffer_release(&subject->text);
	descriptor_release(&subject->descriptor);
}

static int read_blob(struct subject *subject, const struct digest *digest, struct buffer *text,
		     struct error *err)
{
	return store_read_blob(subject->engine->store, digest, MANIFEST_SIZE_MAX, text, err);
}

/* A list of the store: 1, or 0 if there is none. */
static int find_list(struct subject *subject, const char *name, struct error *err)
{
	auto_release(store_item) struct store_item list = { 0 };

	if (store_item_read(subject->engine->store, STORE_LIST, name, &list, &subject->text,
			    err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err);
		return 0;
	}
	subject->local = true;
	descriptor_copy(&subject->descriptor, &list.document);
	strings_release(&subject->descriptor.annotations);
	return 1;
}

/* An image of the store, for want of anything better: no registry needs to have it. */
static int find_image(struct subject *subject, const char *name)
{
	auto_error ignored = { 0 };
	auto_of(image) struct image *image = store_find(subject->engine->store, name, &ignored);

	if (!image || read_blob(subject, &image->manifest, &subject->text, &ignored) < 0)
		return 0;
	subject->local = true;
	subject->descriptor.digest = image->manifest;
	subject->descriptor.size = subject->text.size;
	subject->descriptor.platform = image->config.platform;
	return 1;
}

static int find_subject(struct subject *subject, const char *name, struct error *err)
{
	const char *rest = skip_prefix(name, "docker://");
	int found = rest ? 0 : find_list(subject, name, err);

	if (found)
		return found < 0 ? -1 : 0;
	if (reference_parse(rest ? rest : name, &subject->reference, err) < 0) {
		if (rest || find_image(subject, name) == 0)
			return -1;
		error_release(err);
		return 0;
	}
	if (registry_show_manifest(&subject->access, &subject->reference, &subject->text,
				   &subject->descriptor, err) == 0)
		return 0;
	buffer_release(&subject->text);
	if (rest || find_image(subject, name) == 0)
		return -1;
	error_release(err);
	return 0;
}

static json_t *parse(const struct buffer *text, struct error *err)
{
	return json_parse(text->data ? text->data : "", text->size, "manifest", err);
}

static json_t *describe(const struct descriptor *descriptor, const json_t *manifest)
{
	const char *type = json_string_value(json_object_get(manifest, "mediaType"));
	char digest[DIGEST_TEXT_SIZE];
	json_t *json = json_object();
	json_t *platform;

	digest_format(&descriptor->digest, digest);
	json_object_set_new(json, "mediaType",
			    json_string(descriptor->media_type ? descriptor->media_type :
					type ? type : MEDIA_TYPE_OCI_MANIFEST));
	json_object_set_new(json, "digest", json_string(digest));
	json_object_set_new(json, "size", json_integer((json_int_t)descriptor->size));
	if (!descriptor->platform.os[0])
		return json;
	platform = json_object();
	json_object_set_new(platform, "architecture",
			    json_string(descriptor->platform.architecture));
	json_object_set_new(platform, "os", json_string(descriptor->platform.os));
	if (descriptor->platform.variant[0])
		json_object_set_new(platform, "variant",
				    json_string(descriptor->platform.variant));
	json_object_set_new(json, "platform", platform);
	return json;
}

/* Docker's form of one manifest. Takes `manifest`. */
static json_t *entry(const char *name, json_t *description, json_t *manifest)
{
	const char *type = json_string_value(json_object_get(description, "mediaType"));
	bool docker = type && strcmp(type, MEDIA_TYPE_DOCKER_MANIFEST) == 0;
	json_t *json = json_object();

	json_object_set_new(json, "Ref", json_string(name));
	json_object_set_new(json, "Descriptor", description);
	json_object_set_new(json, docker ? "SchemaV2Manifest" : "OCIManifest", manifest);
	return json;
}

/* The manifest of a member: of the store, or from where the list is. */
static json_t *member_manifest(struct subject *subject, const struct descriptor *member,
			       struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(descriptor) struct descriptor found = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	int result;

	reference_copy(&reference, &subject->reference);
	reference.digest = member->digest;
	result = subject->local ? read_blob(subject, &member->digest, &text, err) :
				  registry_show_manifest(&subject->access, &reference, &text,
							 &found, err);
	return result < 0 ? NULL : parse(&text, err);
}

static json_t *show_members(struct subject *subject, const char *name, const json_t *list,
			    struct error *err)
{
	auto_release(manifest) struct manifest index = { 0 };
	auto_json json_t *shown = json_array();

	if (manifest_decode(subject->text.data, subject->text.size, NULL, &index, err) < 0)
		return NULL;
	for (size_t i = 0; i < index.manifest_count; i++) {
		json_t *manifest = member_manifest(subject, &index.manifests[i], err);
		auto_free char *digest = xasprintf("%s@sha256:%s", name,
						   index.manifests[i].digest.hex);
		json_t *member = json_array_get(json_object_get(list, "manifests"), i);

		if (!manifest)
			return NULL;
		json_array_append_new(shown, entry(digest, json_incref(member), manifest));
	}
	return json_incref(shown);
}

static json_t *show(struct subject *subject, const char *name, bool verbose, struct error *err)
{
	auto_json json_t *json = parse(&subject->text, err);

	if (!json || !verbose)
		return json_incref(json);
	if (json_object_get(json, "manifests"))
		return show_members(subject, name, json, err);
	return entry(name, describe(&subject->descriptor, json), json_incref(json));
}

static int print(const json_t *json)
{
	auto_free char *text = json_dumps(json, JSON_INDENT(4));

	puts(text ? text : "");
	return 0;
}

/* docker's second form: a member of a list, by its digest or by the name of an image. */
static int narrow(struct subject *subject, const char *member, struct error *err)
{
	auto_release(manifest) struct manifest index = { 0 };
	auto_of(image) struct image *image = NULL;
	auto_error ignored = { 0 };
	struct digest digest;

	if (manifest_decode(subject->text.data ? subject->text.data : "", subject->text.size, NULL,
			    &index, err) < 0)
		return -1;
	if (digest_parse(member, &digest, &ignored) < 0) {
		image = store_find(subject->engine->store, member, err);
		if (!image)
			return -1;
		digest = image->manifest;
	}
	for (size_t i = 0; i < index.manifest_count; i++) {
		if (!digest_equal(&index.manifests[i].digest, &digest))
			continue;
		descriptor_copy(&subject->descriptor, &index.manifests[i]);
		buffer_clear(&subject->text);
		return read_blob(subject, &digest, &subject->text, err);
	}
	return error_set(err, ERROR_NOT_FOUND, "the manifest list has no '%s'", member);
}

static int manifest_inspect_run(const struct invocation *invocation, struct error *err)
{
	const struct manifest_inspect_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(subject) struct subject subject = {
		.engine = engine,
		.access = registry_args_access(&args->registry),
	};
	const char *member = invocation->operands[1];
	auto_json json_t *json = NULL;
	int found;

	if (!engine)
		return -1;
	found = member ? find_list(&subject, invocation->operands[0], err) :
			 find_subject(&subject, invocation->operands[0], err);
	if (found < 0)
		return -1;
	if (member && !found)
		return error_set(err, ERROR_NOT_FOUND, "No such manifest: %s",
				 invocation->operands[0]);
	if (member && narrow(&subject, member, err) < 0)
		return -1;
	json = show(&subject, member ? member : invocation->operands[0], args->verbose, err);
	return json ? print(json) : -1;
}

const struct command command_manifest_inspect = {
	.name = "inspect",
	.group = "manifest",
	.operands = "[LIST] IMAGE",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Show a manifest or manifest list",
	.options = manifest_inspect_options,
	.args_size = sizeof(struct manifest_inspect_args),
	.defaults = registry_args_defaults,
	.run = manifest_inspect_run,
};

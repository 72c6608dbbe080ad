/* SPDX-License-Identifier: Apache-2.0 */
/* What the manifest commands share; see cli/manifest-lists.h. */
#include "cli/manifest-lists.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/command.h"
#include "image/reference.h"

#define PLATFORM_WORDS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

int annotations_check(const struct strings *annotations, struct error *err)
{
	for (size_t i = 0; i < annotations->count; i++) {
		const char *text = annotations->items[i];

		if (*text == '=' || !strchr(text, '='))
			return error_set(err, ERROR_USAGE,
					 "invalid annotation '%s': it must be KEY=VALUE", text);
	}
	return 0;
}

static int check_word(const char *option, const char *word, struct error *err)
{
	struct platform sizes;

	if (!word || (strlen(word) < sizeof(sizes.os) &&
		      strspn(word, PLATFORM_WORDS) == strlen(word)))
		return 0;
	return error_set(err, ERROR_USAGE, "invalid value '%s' for --%s", word, option);
}

int platform_args_changes(const struct platform_args *args, struct index_changes *ret_changes,
			  struct error *err)
{
	if (check_word("os", args->os, err) < 0 || check_word("arch", args->architecture, err) < 0 ||
	    check_word("variant", args->variant, err) < 0 ||
	    check_word("os-version", args->os_version, err) < 0 ||
	    annotations_check(&args->annotations, err) < 0)
		return -1;
	*ret_changes = (struct index_changes){
		.os = args->os,
		.architecture = args->architecture,
		.variant = args->variant,
		.os_version = args->os_version,
	};
	strings_copy(&ret_changes->features, &args->features);
	strings_copy(&ret_changes->os_features, &args->os_features);
	strings_copy(&ret_changes->annotations, &args->annotations);
	return 0;
}

int manifest_change_run(const struct invocation *invocation, struct list_change *change,
			struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(store_item) struct store_item list = { 0 };
	auto_fd int lock = -1;
	struct digest digest;
	int result;

	platform_host(&change->platform);
	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	if (change->remove) {
		lock = container_lock_all(engine, err);
		if (lock < 0 || container_layers_in_use(engine, &change->keep, err) < 0)
			return -1;
	}
	result = registry_list_change(engine->store, change, &digest, err);
	strings_release(&change->keep);
	if (result < 0 ||
	    store_item_find(engine->store, STORE_LIST, change->list, &list, err) < 0)
		return -1;
	puts(list.name ? list.name : digest.hex);
	return 0;
}

int manifest_list_remove(struct engine *engine, const struct store_item *list, bool quiet,
			 struct error *err)
{
	auto_release(strings) struct strings keep = { 0 };
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *familiar = NULL;
	auto_error ignored = { 0 };
	auto_fd int lock = -1;

	lock = container_lock_all(engine, err);	/* nobody starts to need a layer meanwhile */
	if (lock < 0 || container_layers_in_use(engine, &keep, err) < 0 ||
	    store_item_remove(engine->store, list, &keep, err) < 0)
		return -1;
	if (quiet)
		return 0;
	if (list->name && reference_parse(list->name, &reference, &ignored) == 0) {
		familiar = reference_familiar(&reference);
		printf("Untagged: %s\n", familiar);
	}
	printf("Deleted: sha256:%s\n", list->document.digest.hex);
	return 0;
}

int manifest_list_remove_named(struct engine *engine, const char *name, struct error *err)
{
	auto_release(store_item) struct store_item list = { 0 };

	if (store_item_find(engine->store, STORE_LIST, name, &list, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err);
		return 0;
	}
	return manifest_list_remove(engine, &list, false, err) < 0 ? -1 : 1;
}

struct image *manifest_list_as_image(const struct store_item *list)
{
	struct image *image = xcalloc(1, sizeof(*image));
	char made[CLOCK_TEXT_SIZE];

	image->id = list->document.digest;
	image->manifest = list->document.digest;
	image->size = list->document.size;
	image->read_only = list->read_only;
	image->tagged_at = list->tagged_at;
	if (list->name)
		strings_add(&image->names, list->name);
	clock_format(list->tagged_at, made);
	image->config.created = xstrdup(made);
	return image;
}

struct json_t *manifest_list_inspect(struct engine *engine, const char *name, struct error *err)
{
	auto_release(store_item) struct store_item list = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(strings) struct strings names = { 0 };
	char made[CLOCK_TEXT_SIZE];
	json_t *json;
	json_t *index;

	if (store_item_read(engine->store, STORE_LIST, name, &list, &text, err) < 0)
		return NULL;
	index = json_parse(text.data ? text.data : "", text.size, "index", err);
	if (!index)
		return NULL;
	clock_format(list.tagged_at, made);
	if (list.name)
		strings_add(&names, list.name);
	json = json_pack("{s:o, s:o, s:s, s:s, s:I, s:O}", "Id",
			 json_sprintf("sha256:%s", list.document.digest.hex), "RepoTags",
			 json_from_strings(&names), "Created", made, "ManifestType",
			 list.document.media_type, "Size", (json_int_t)list.document.size,
			 "Manifests", json_object_get(index, "manifests"));
	json_decref(index);
	if (!json)
		error_set(err, ERROR_INVALID, "manifest list '%s' is damaged", name);
	return json;
}

static void tell(void *argument, const char *line)
{
	(void)argument;
	fprintf(stderr, "%s\n", line);
}

int manifest_list_push(struct engine *engine, const struct list_push *push, bool quiet,
		       const char *digest_file, struct error *err)
{
	struct list_push loud = *push;
	char text[DIGEST_TEXT_SIZE];
	struct digest digest;

	if (!quiet)
		loud.tell = tell;
	if (registry_list_push(engine->store, &loud, &digest, err) < 0)
		return -1;
	digest_format(&digest, text);
	puts(text);
	return digest_file ? file_write(AT_FDCWD, digest_file, text, strlen(text), 0644,
					FILE_VOLATILE, err) :
			     0;
}

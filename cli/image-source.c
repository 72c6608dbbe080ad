/* SPDX-License-Identifier: Apache-2.0 */
/* Pull policies, as docker has them. */
#include "cli/image-source.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/image-files.h"
#include "cli/progress.h"
#include "cli/pull-child.h"
#include "cli/session.h"
#include "engine/events.h"
#include "image/platform.h"
#include "image/reference.h"
#include "registry/pull.h"
#include "registry/registries-conf.h"
#include "registry/tags.h"

DEFINE_AUTO(progress, progress_free);

static const char *wanted_platform(const struct image_source *source)
{
	const char *platform =
		source->platform ? source->platform : getenv("DOCKER_DEFAULT_PLATFORM");

	return is_empty(platform) ? NULL : platform;
}

static bool policy_is(const struct image_source *source, const char *policy)
{
	return strcmp(source->policy ? source->policy : "missing", policy) == 0;
}

int image_source_check(const struct image_source *source, struct error *err)
{
	const char *text = wanted_platform(source);
	struct platform platform;

	if (!policy_is(source, "always") && !policy_is(source, "missing") &&
	    !policy_is(source, "never"))
		return error_set(err, ERROR_USAGE, "invalid pull option: '%s': must be one of "
				 "\"always\", \"missing\" or \"never\"", source->policy);
	if (text && platform_parse(text, &platform, err) < 0) {
		err->kind = ERROR_USAGE;
		return -1;
	}
	return 0;
}

/* What the options come to, for the registry of `reference`, which is borrowed. */
static struct pull_request request_of(const struct image_source *source,
				      const struct reference *reference)
{
	return (struct pull_request){
		.reference = *reference,
		.tls = source->insecure ? REGISTRY_TLS_INSECURE : REGISTRY_TLS_VERIFY,
		.cert_dir = source->cert_dir,
		.credentials = {
			.given = source->creds,
			.auth_file = source->auth_file ? source->auth_file :
							 getenv("REGISTRY_AUTH_FILE"),
		},
		.trust = { .policy = source->trust_policy, .key = source->verify_key },
		.parallel = source->parallel,
		.retries_given = source->retries_given,
		.retries = source->retries,
		.retry_delay = source->retry_delay,
	};
}

int image_source_list_tags(const struct image_source *source, const struct reference *reference,
			   struct strings *ret_tags, struct error *err)
{
	const struct pull_request request = request_of(source, reference);

	return registry_list_tags(&request, ret_tags, err);
}

int image_source_pull(const struct image_source *source, struct engine *engine,
		      const struct reference *reference, struct digest *ret_id, struct error *err)
{
	auto_of(progress) struct progress *progress = NULL;
	const char *platform = wanted_platform(source);
	struct pull_request request = request_of(source, reference);
	auto_free char *familiar = NULL;

	request.ownership = engine_ownership(engine);
	if (!platform)
		platform_host(&request.platform);
	else if (platform_parse(platform, &request.platform, err) < 0)
		return -1;
	if (!source->quiet) {
		progress = progress_new(source->out, reference);
		request.progress = progress_event;
		request.argument = progress;
	}
	if (registry_pull(engine->store, &request, ret_id, err) < 0)
		return -1;
	if (progress)
		progress_finish(progress);
	familiar = reference_familiar(reference);
	events_add_image(engine->root, "pull", NULL, familiar);
	return 0;
}

/* Whether `image` is what --platform asks for. */
static bool serves_platform(const struct image_source *source, const struct image *image)
{
	auto_error ignored = { 0 };
	const char *text = wanted_platform(source);
	struct platform wanted;

	if (!text || platform_parse(text, &wanted, &ignored) < 0)
		return true;
	return platform_match(&wanted, &image->config.platform) > 0;
}

struct image *image_source_find(const struct image_source *source, struct engine *engine,
				const char *full)
{
	auto_error ignored = { 0 };
	auto_of(image) struct image *image = store_find(engine->store, full, &ignored);

	return image && serves_platform(source, image) ? take_ptr(&image) : NULL;
}

static void warn_of_platform(const struct image_source *source, const struct image *image)
{
	struct platform host;
	auto_free char *here = NULL;
	auto_free char *there = NULL;

	platform_host(&host);
	if (wanted_platform(source) || image->config.platform.architecture[0] == '\0' ||
	    platform_match(&host, &image->config.platform) > 0)
		return;
	here = platform_format(&host);
	there = platform_format(&image->config.platform);
	warning("the image's platform (%s) does not match this machine's (%s), and no specific "
		"platform was requested", there, here);
}

static struct image *fetch(const struct image_source *source, struct engine *engine,
			   const struct reference *reference, struct error *err)
{
	struct digest id;

	if (pull_in_child(source, engine, reference, &id, err) < 0)
		return NULL;
	return store_find(engine->store, id.hex, err);
}

static void tell_missing(const struct image_source *source, const struct reference *reference)
{
	auto_free char *familiar = reference_familiar(reference);

	if (!source->quiet && !policy_is(source, "always"))
		fprintf(source->out, "Unable to find image '%s' locally\n", familiar);
}

/* `names` is what the user may have meant: the first that there is. */
static struct image *pull_named(const struct image_source *source, struct engine *engine,
				const struct strings *names, struct error *err)
{
	struct image *image = NULL;

	for (size_t i = 0; !image && i < names->count; i++) {
		auto_release(reference) struct reference reference = { 0 };

		if (err->kind == ERROR_CANCELLED)
			break;
		error_release(err);
		if (reference_parse(names->items[i], &reference, err) < 0)
			break;
		tell_missing(source, &reference);
		image = fetch(source, engine, &reference, err);
	}
	return image;
}

/* A short name may stand for another image than docker.io's: what is in the store of that. */
static struct image *find_meant(const struct image_source *source, struct engine *engine,
				const char *name, const struct strings *names)
{
	struct image *image = NULL;

	for (size_t i = 0; !image && i < names->count; i++) {
		if (strcmp(names->items[i], name) != 0)
			image = image_source_find(source, engine, names->items[i]);
	}
	return image;
}

/* Whether it was stored while this user had no subordinate ids, and he has them now: every file
 * would belong to the container's root. */
static bool lacks_owners(struct engine *engine, const struct image *image)
{
	if (image->read_only || engine_ownership(engine) != LAYER_OWNERS_MAPPED)
		return false;
	for (size_t i = 0; i < image->config.diff_id_count; i++) {
		auto_error ignored = { 0 };
		auto_fd int layer = store_open_layer(engine->store, &image->config.diff_ids[i],
						     &ignored);
		struct layer_info info = { 0 };

		if (layer >= 0 && layer_info_read(layer, &info, &ignored) == 0 &&
		    info.ownership == LAYER_OWNERS_RECORDED)
			return true;
	}
	return false;
}

static bool is_id_of(const char *name, const struct image *image)
{
	const char *hex = skip_prefix(name, "sha256:");

	return has_prefix(image->id.hex, hex ? hex : name);
}

/* An ID means nothing to a registry. */
static bool can_fetch(const char *name, const struct image *image)
{
	return !is_id_of(name, image) || image->names.count > 0;
}

/* `image` again, with owners; `name` is what the user called it. */
static struct image *fetch_with_owners(const struct image_source *source, struct engine *engine,
				       const char *name, const struct image *image,
				       struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };

	if (is_id_of(name, image) && image->names.count > 0)
		name = image->names.items[0];
	if (reference_parse(name, &reference, err) < 0)
		return NULL;
	warning("image '%s' was stored with a single id, without the owners of its files; "
		"pulling it again", name);
	return fetch(source, engine, &reference, err);
}

struct image *image_source_get(const struct image_source *source, struct engine *engine,
			       const char *name, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	auto_of(image) struct image *image = NULL;

	if (image_files_meant(engine, name))
		return image_files_get(engine, name, wanted_platform(source), err);
	if (policy_is(source, "always"))
		return registry_names_find(name, &names, err) < 0 ?
			       NULL : pull_named(source, engine, &names, err);
	image = store_find(engine->store, name, err);
	if (image && serves_platform(source, image)) {
		if (!policy_is(source, "never") && can_fetch(name, image) &&
		    lacks_owners(engine, image))
			return fetch_with_owners(source, engine, name, image, err);
		warn_of_platform(source, image);
		return take_ptr(&image);
	}
	if (image && policy_is(source, "never")) {
		error_set(err, ERROR_NOT_FOUND, "image '%s' was found but does not provide the "
			  "specified platform (%s)", name, wanted_platform(source));
		return NULL;
	}
	if (policy_is(source, "never") || (!image && err->kind != ERROR_NOT_FOUND))
		return NULL;
	error_release(err);
	if (registry_names_find(name, &names, err) < 0)
		return NULL;
	if (!image)
		image = find_meant(source, engine, name, &names);
	else
		image_free(take_ptr(&image));
	return image ? take_ptr(&image) : pull_named(source, engine, &names, err);
}

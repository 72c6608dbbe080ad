/* SPDX-License-Identifier: Apache-2.0 */
/* Pull policies, as docker has them. */
#include "cli/image-source.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "image/platform.h"
#include "image/reference.h"
#include "registry/pull.h"

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

int image_source_pull(const struct image_source *source, struct engine *engine,
		      const struct reference *reference, struct digest *ret_id, struct error *err)
{
	auto_of(progress) struct progress *progress = NULL;
	const char *platform = wanted_platform(source);
	struct pull_request request = {
		.reference = *reference,	/* borrowed for the call */
		.tls = source->insecure ? REGISTRY_TLS_INSECURE : REGISTRY_TLS_VERIFY,
		.cert_dir = source->cert_dir,
		.credentials = { .given = source->creds, .auth_file = source->auth_file },
		.ownership = engine_ownership(engine),
	};

	if (!request.credentials.auth_file)
		request.credentials.auth_file = getenv("REGISTRY_AUTH_FILE");
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

static struct image *pull_named(const struct image_source *source, struct engine *engine,
				const char *name, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	struct digest id;

	if (reference_parse(name, &reference, err) < 0)
		return NULL;
	if (!source->quiet && !policy_is(source, "always")) {
		auto_free char *familiar = reference_familiar(&reference);

		fprintf(source->out, "Unable to find image '%s' locally\n", familiar);
	}
	if (image_source_pull(source, engine, &reference, &id, err) < 0)
		return NULL;
	return store_find(engine->store, id.hex, err);
}

struct image *image_source_get(const struct image_source *source, struct engine *engine,
			       const char *name, struct error *err)
{
	auto_of(image) struct image *image = NULL;

	if (policy_is(source, "always"))
		return pull_named(source, engine, name, err);
	image = store_find(engine->store, name, err);
	if (image && serves_platform(source, image)) {
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
	return pull_named(source, engine, name, err);
}

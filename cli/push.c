/* SPDX-License-Identifier: Apache-2.0 */
/* proa push: an image of the store to a registry; docker's form, and podman's with a destination. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/image-files.h"
#include "cli/manifest-lists.h"
#include "cli/push-progress.h"
#include "cli/session.h"
#include "engine/events.h"
#include "image/compress.h"
#include "image/platform.h"
#include "registry/push.h"

#define RETRY_LIMIT_MAX 100

struct push_args {
	const char *auth_file, *cert_dir, *creds, *platform, *digest_file, *format, *compression,
		*retry_delay;
	long long level, retry;
	bool all_tags, quiet, tls_verify, force_compression;
};

static const struct option push_options[] = {
	OPTION_FLAG('a', "all-tags", struct push_args, all_tags, "Push all tags of the repository"),
	OPTION_STRING(0, "authfile", "FILE", struct push_args, auth_file,
		      "Read registry credentials from this file"),
	OPTION_STRING(0, "cert-dir", "DIRECTORY", struct push_args, cert_dir,
		      "Registry certificates"),
	OPTION_STRING(0, "compression-format", "FORMAT", struct push_args, compression,
		      "Compress layers by gzip or zstd"),
	OPTION_INTEGER(0, "compression-level", "LEVEL", struct push_args, level,
		       "How hard to compress: 1 to 9 for gzip, 1 to 22 for zstd"),
	OPTION_STRING(0, "creds", "USER:PASSWORD", struct push_args, creds, "Registry credentials"),
	OPTION_STRING(0, "digestfile", "FILE", struct push_args, digest_file,
		      "Write the manifest's digest to this file"),
	OPTION_FLAG(0, "force-compression", struct push_args, force_compression,
		    "Take no layer that is compressed otherwise than --compression-format says "
		    "(default true)"),
	OPTION_STRING('f', "format", "FORMAT", struct push_args, format,
		      "Make the manifest oci or v2s2 (docker's)"),
	OPTION_STRING(0, "platform", "OS/ARCH", struct push_args, platform,
		      "Push only if the image is for this platform"),
	OPTION_FLAG('q', "quiet", struct push_args, quiet, "Print only the image's name"),
	OPTION_INTEGER(0, "retry", "N", struct push_args, retry,
		       "Try so often again after a failure (default 3)"),
	OPTION_STRING(0, "retry-delay", "DURATION", struct push_args, retry_delay,
		      "Pause between tries (default: growing from a second on)"),
	OPTION_FLAG(0, "tls-verify", struct push_args, tls_verify,
		    "Check the registry's certificate (default true)"),
	OPTION_IGNORED_FLAG(0, "disable-content-trust"),
	OPTION_IGNORED_FLAG(0, "remove-signatures"),	/* none are ever pushed along */
	OPTION_UNSUPPORTED_FLAG(0, "compress"),
	OPTION_UNSUPPORTED(0, "encrypt-layer", "LAYER"),
	OPTION_UNSUPPORTED(0, "encryption-key", "KEY"),
	OPTION_UNSUPPORTED(0, "sign-by", "FINGERPRINT"),
	OPTION_UNSUPPORTED(0, "sign-by-sigstore", "FILE"),
	OPTION_UNSUPPORTED(0, "sign-by-sigstore-private-key", "FILE"),
	OPTION_UNSUPPORTED(0, "sign-by-sq-fingerprint", "FINGERPRINT"),
	OPTION_UNSUPPORTED(0, "sign-passphrase-file", "FILE"),
	OPTION_UNSUPPORTED(0, "signature-policy", "FILE"),
	OPTION_END,
};

static void push_defaults(void *args)
{
	struct push_args *push = args;

	push->tls_verify = true;
	push->force_compression = true;
	push->retry = 3;
}

static int read_format(const struct push_args *args, struct push_request *request,
		       struct error *err)
{
	const char *format = args->format;

	if (!format)
		request->format = PUSH_FORMAT_KEEP;
	else if (strcmp(format, "oci") == 0)
		request->format = PUSH_FORMAT_OCI;
	else if (strcmp(format, "v2s2") == 0)
		request->format = PUSH_FORMAT_DOCKER;
	else
		return error_set(err, ERROR_USAGE,
				 "invalid --format '%s': it must be oci or v2s2", format);
	return 0;
}

static int read_compression(const struct push_args *args, struct push_request *request,
			    struct error *err)
{
	const char *format = args->compression ? args->compression : "";

	request->force_compression = args->force_compression;
	if (strcmp(format, "gzip") == 0)
		request->compression = LAYER_GZIP;
	else if (strcmp(format, "zstd") == 0 || strcmp(format, "zstd:chunked") == 0)
		request->compression = LAYER_ZSTD;
	else if (args->compression)
		return error_set(err, ERROR_USAGE, "invalid --compression-format '%s': it must be "
				 "gzip, zstd or zstd:chunked", format);
	if (args->level < 0 || args->level > (request->compression == LAYER_ZSTD ? 22 : 9))
		return error_set(err, ERROR_USAGE,
				 "invalid --compression-level %lld: gzip has 1 to 9, zstd 1 to 22",
				 args->level);
	request->compression_level = (int)args->level;
	return 0;
}

static int read_retry(const struct push_args *args, struct push_request *request,
		      struct error *err)
{
	if (args->retry < 0 || args->retry > RETRY_LIMIT_MAX)
		return error_set(err, ERROR_USAGE, "invalid --retry %lld: it must be 0 to %d",
				 args->retry, RETRY_LIMIT_MAX);
	request->retry.limit = (unsigned int)args->retry;
	if (!args->retry_delay)
		return 0;
	if (duration_parse(args->retry_delay, &request->retry.delay_ns, err) < 0 ||
	    request->retry.delay_ns < 0) {
		error_set(err, ERROR_USAGE, "invalid --retry-delay '%s': it must be a duration "
			  "like 5s", args->retry_delay);
		return -1;
	}
	return 0;
}

static int read_args(const struct push_args *args, struct push_request *request,
		     struct error *err)
{
	request->tls = args->tls_verify ? REGISTRY_TLS_VERIFY : REGISTRY_TLS_INSECURE;
	request->cert_dir = args->cert_dir;
	request->credentials.given = args->creds;
	request->credentials.auth_file =
		args->auth_file ? args->auth_file : getenv("REGISTRY_AUTH_FILE");
	if (read_format(args, request, err) < 0 || read_compression(args, request, err) < 0)
		return -1;
	if (request->format == PUSH_FORMAT_DOCKER && request->compression == LAYER_ZSTD)
		return error_set(err, ERROR_USAGE,
				 "--format v2s2 has no zstd layers; use --format oci");
	return read_retry(args, request, err);
}

/* Whether `name` has a tag or a digest. A port's colon stands before a slash. */
static bool names_version(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strpbrk(slash ? slash : name, ":@") != NULL;
}

/* The destination as it was typed: podman's users may write docker:// in front. */
static int parse_destination(const char *text, struct reference *ret_reference, struct error *err)
{
	const char *name = skip_prefix(text, "docker://");

	if (reference_parse(name ? name : text, ret_reference, err) < 0)
		return -1;
	if (digest_is_set(&ret_reference->digest))
		return error_set(err, ERROR_USAGE, "cannot push a digest reference");
	return 0;
}

static int check_platform(const struct push_args *args, const struct image *image,
			  const char *name, struct error *err)
{
	struct platform wanted;

	if (!args->platform)
		return 0;
	if (platform_parse(args->platform, &wanted, err) < 0) {
		err->kind = ERROR_USAGE;
		return -1;
	}
	if (platform_match(&wanted, &image->config.platform) > 0)
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "image with reference %s was found but does not "
			 "provide the specified platform (%s)", name, args->platform);
}

/* Whether the name is a manifest list's: those go with all that they list. 1, 0, or -1. */
static int push_list(const struct push_args *args, struct engine *engine, const char *name,
		     const struct push_request *request, struct error *err)
{
	auto_release(store_item) struct store_item list = { 0 };
	auto_error ignored = { 0 };
	struct list_push push = {
		.list = name,
		.all = true,
		.destination = request->destination,
		.format = request->format,
		.compression = request->compression,
		.force_compression = request->force_compression,
		.access = { .tls = request->tls, .cert_dir = request->cert_dir,
			    .credentials = request->credentials },
		.retry = request->retry,
	};

	if (args->platform ||
	    store_item_find(engine->store, STORE_LIST, name, &list, &ignored) < 0)
		return 0;
	return manifest_list_push(engine, &push, args->quiet, args->digest_file, err) < 0 ? -1 : 1;
}

/* Docker's form pushes what is named exactly so; podman's anything. */
static struct image *find_image(struct engine *engine, const char *name, bool by_name,
				const struct reference *reference, struct error *err)
{
	auto_free char *full = reference_full(reference);
	auto_of(image) struct image *image = store_find(engine->store, by_name ? full : name, err);

	if (image || err->kind != ERROR_NOT_FOUND || !by_name)
		return take_ptr(&image);
	image = store_find(engine->store, name, err);
	if (image)
		error_set(err, ERROR_NOT_FOUND, "'%s' is not a name at a registry; say where to push "
			  "it: proa push %s HOST/NAME[:TAG]", name, name);
	else
		error_set(err, ERROR_NOT_FOUND,
			  "An image does not exist locally with the tag: %s", name);
	return NULL;
}

static int write_digest(const struct push_args *args, const struct digest *digest,
			struct error *err)
{
	char text[DIGEST_TEXT_SIZE];

	if (!args->digest_file)
		return 0;
	digest_format(digest, text);
	return file_write(AT_FDCWD, args->digest_file, text, strlen(text), 0644, FILE_VOLATILE, err);
}

static int push_one(const struct push_args *args, struct engine *engine,
		    struct push_request *request, struct error *err)
{
	auto_release(descriptor) struct descriptor manifest = { 0 };
	auto_free char *full = reference_full(&request->destination);
	auto_release(push_progress) struct push_progress progress = { 0 };
	int result;

	if (!args->quiet) {
		push_progress_begin(&progress, stdout, &request->destination);
		request->progress = push_progress_event;
		request->argument = &progress;
	}
	result = registry_push(engine->store, request, &manifest, err);
	if (result < 0)
		return -1;
	events_add_image(engine->root, "push", NULL, full);
	if (args->quiet)
		puts(full);
	return write_digest(args, &manifest.digest, err);
}

/* All tags of one repository. */
static int push_all(const struct push_args *args, struct engine *engine, const char *name,
		    struct push_request *request, struct error *err)
{
	auto_free char *repository = reference_name_full(&request->destination);
	auto_free char *prefix = xasprintf("%s:", repository);
	auto_release(strings) struct strings names = { 0 };
	struct image **images = NULL;
	size_t count = 0;

	if (store_list(engine->store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < images[i]->names.count; j++)
			if (has_prefix(images[i]->names.items[j], prefix))
				strings_add(&names, images[i]->names.items[j]);
	store_free_images(images, count);
	if (names.count == 0)
		return error_set(err, ERROR_NOT_FOUND,
				 "An image does not exist locally with the tag: %s", name);
	strings_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		request->image = names.items[i];
		reference_release(&request->destination);
		if (reference_parse(names.items[i], &request->destination, err) < 0 ||
		    push_one(args, engine, request, err) < 0)
			return -1;
	}
	return 0;
}

static int push_named(const struct invocation *invocation, struct engine *engine,
		      struct push_request *request, struct error *err)
{
	const struct push_args *args = invocation->args;
	const char *name = invocation->operands[0];
	bool by_name = invocation->operand_count == 1;
	int list = push_list(args, engine, name, request, err);
	auto_of(image) struct image *image = NULL;

	if (list != 0)
		return list < 0 ? -1 : 0;
	image = find_image(engine, name, by_name, &request->destination, err);
	if (!image || check_platform(args, image, name, err) < 0)
		return -1;
	request->image = by_name ? name : image->id.hex;
	if (by_name && !args->quiet && !names_version(name))
		printf("Using default tag: %s\n", request->destination.tag);
	return push_one(args, engine, request, err);
}

/* The destination is a file or directory. */
static int push_to_files(const struct invocation *invocation, struct engine *engine,
			 struct error *err)
{
	const struct push_args *args = invocation->args;
	const char *name = invocation->operands[0];
	auto_of(image) struct image *image = store_find(engine->store, name, err);

	if (!image || check_platform(args, image, name, err) < 0 ||
	    engine_enter(engine, err) < 0)
		return -1;
	if (args->digest_file)
		return error_set(err, ERROR_USAGE, "--digestfile is for registries");
	return image_files_save(engine, image, invocation->operands[1], err);
}

static int push_checked(const struct invocation *invocation, struct push_request *request,
			struct error *err)
{
	const struct push_args *args = invocation->args;
	const char *destination = invocation->operands[invocation->operand_count - 1];
	auto_of(engine) struct engine *engine = session_open(invocation, err);

	if (!engine || read_args(args, request, err) < 0)
		return -1;
	if (invocation->operand_count == 2 && image_files_meant(NULL, destination))
		return push_to_files(invocation, engine, err);
	if (parse_destination(destination, &request->destination, err) < 0)
		return -1;
	if (args->all_tags && (invocation->operand_count > 1 || names_version(destination)))
		return error_set(err, ERROR_USAGE, "tag can't be used with --all-tags/-a");
	if (engine_enter(engine, err) < 0)
		return -1;
	if (args->all_tags)
		return push_all(args, engine, destination, request, err);
	return push_named(invocation, engine, request, err);
}

static int push_run(const struct invocation *invocation, struct error *err)
{
	struct push_request request = { 0 };
	int result = push_checked(invocation, &request, err);

	reference_release(&request.destination);
	return result;
}

const struct command command_push = {
	.name = "push",
	.group = "image",
	.alias = "push",
	.operands = "NAME[:TAG] [DESTINATION]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Upload an image to a registry",
	.examples = "  proa push registry.example/app:1\n"
		    "  proa push app registry.example/team/app:1\n",
	.options = push_options,
	.args_size = sizeof(struct push_args),
	.defaults = push_defaults,
	.run = push_run,
};

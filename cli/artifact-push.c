/* SPDX-License-Identifier: Apache-2.0 */
/* proa artifact push: an artifact of the store to a registry. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/registry-options.h"
#include "cli/session.h"
#include "image/store-items.h"
#include "registry/artifact.h"

#define RETRY_LIMIT_MAX 1000

struct artifact_push_args {
	struct registry_args registry;
	const char *digest_file, *retry_delay;
	long long retry;
	bool quiet;
};

static const struct option artifact_push_options[] = {
	OPTION_STRING(0, "digestfile", "FILE", struct artifact_push_args, digest_file,
		      "Write the manifest's digest to this file"),
	OPTION_FLAG('q', "quiet", struct artifact_push_args, quiet, "Print only the digest"),
	OPTION_INTEGER(0, "retry", "COUNT", struct artifact_push_args, retry,
		       "Try a file so often again (default 3)"),
	OPTION_STRING(0, "retry-delay", "DURATION", struct artifact_push_args, retry_delay,
		      "Wait so long before that"),
	OPTION_UNSUPPORTED(0, "sign-by", "KEY"),
	OPTION_UNSUPPORTED(0, "sign-by-sigstore", "FILE"),
	OPTION_UNSUPPORTED(0, "sign-by-sigstore-private-key", "FILE"),
	OPTION_UNSUPPORTED(0, "sign-by-sq-fingerprint", "FINGERPRINT"),
	OPTION_UNSUPPORTED(0, "sign-passphrase-file", "FILE"),
	OPTION_UNSUPPORTED(0, "signature-policy", "FILE"),
	OPTION_MORE(registry_options),
};

static void artifact_push_defaults(void *args)
{
	registry_args_defaults(args);
	((struct artifact_push_args *)args)->retry = UPLOAD_RETRY_DEFAULT.limit;
}

static int read_retry(const struct artifact_push_args *args, struct upload_retry *ret_retry,
		      struct error *err)
{
	if (args->retry < 0 || args->retry > RETRY_LIMIT_MAX)
		return error_set(err, ERROR_USAGE, "invalid --retry %lld: it must be 0 to %d",
				 args->retry, RETRY_LIMIT_MAX);
	ret_retry->limit = (unsigned int)args->retry;
	if (args->retry_delay && (duration_parse(args->retry_delay, &ret_retry->delay_ns, err) < 0 ||
				  ret_retry->delay_ns < 0))
		return error_set(err, ERROR_USAGE, "invalid --retry-delay '%s': it must be a "
				 "duration like 5s", args->retry_delay);
	return 0;
}

static int read_destination(const struct store_item *artifact, const char *operand,
			    struct reference *ret_destination, struct error *err)
{
	const char *name = operand ? operand : artifact->name;
	const char *rest = name ? skip_prefix(name, "docker://") : NULL;

	if (!name)
		return error_set(err, ERROR_USAGE,
				 "the artifact has no name: say where to push it");
	return reference_parse(rest ? rest : name, ret_destination, err);
}

static int push(struct engine *engine, const struct artifact_push_args *args,
		const struct artifact_push *request, struct error *err)
{
	auto_free char *name = reference_familiar(&request->destination);
	char text[DIGEST_TEXT_SIZE];
	struct digest digest;

	if (!args->quiet)
		fprintf(stderr, "Pushing %s\n", name);
	if (registry_artifact_push(engine->store, request, &digest, err) < 0)
		return err->kind == ERROR_UNAUTHORIZED ?
			       -1 :
			       error_context(err, "cannot push '%s'", name);
	digest_format(&digest, text);
	puts(text);
	return args->digest_file ? file_write(AT_FDCWD, args->digest_file, text, strlen(text), 0644,
					      FILE_VOLATILE, err) :
				   0;
}

static int artifact_push_run(const struct invocation *invocation, struct error *err)
{
	const struct artifact_push_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(store_item) struct store_item artifact = { 0 };
	auto_release(reference) struct reference destination = { 0 };
	struct artifact_push request = {
		.artifact = invocation->operands[0],
		.access = registry_args_access(&args->registry),
	};

	if (!engine || read_retry(args, &request.retry, err) < 0 ||
	    store_item_find(engine->store, STORE_ARTIFACT, request.artifact, &artifact, err) < 0 ||
	    read_destination(&artifact, invocation->operands[1], &destination, err) < 0)
		return -1;
	request.destination = destination;	/* borrowed for the call */
	return push(engine, args, &request, err);
}

const struct command command_artifact_push = {
	.name = "push",
	.group = "artifact",
	.operands = "ARTIFACT [DESTINATION]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Upload an artifact to a registry",
	.options = artifact_push_options,
	.args_size = sizeof(struct artifact_push_args),
	.defaults = artifact_push_defaults,
	.run = artifact_push_run,
};

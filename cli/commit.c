/* SPDX-License-Identifier: Apache-2.0 */
/* proa commit: an image of a container. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/events.h"
#include "engine/commit.h"
#include "engine/pause.h"
#include "image/reference.h"

struct commit_args {
	const char *author, *message, *format, *id_file;
	struct strings changes;
	bool pause, no_pause, quiet, include_volumes;
};

static const struct option commit_options[] = {
	OPTION_STRING('a', "author", "NAME", struct commit_args, author, "Who made the image"),
	OPTION_LIST('c', "change", "INSTRUCTION", struct commit_args, changes,
		    "Carry out this instruction of a Dockerfile (repeatable)"),
	OPTION_STRING('f', "format", "FORMAT", struct commit_args, format,
		      "The manifest's: oci (default) or docker"),
	OPTION_STRING(0, "iidfile", "FILE", struct commit_args, id_file,
		      "Write the image ID to this file"),
	OPTION_FLAG(0, "include-volumes", struct commit_args, include_volumes,
		    "Make volumes of the container volumes of the image"),
	OPTION_STRING('m', "message", "TEXT", struct commit_args, message,
		      "A comment in the image's history"),
	OPTION_FLAG('p', "pause", struct commit_args, pause,
		    "Pause the container meanwhile"),
	OPTION_FLAG(0, "no-pause", struct commit_args, no_pause,
		    "Do not pause the container, which is the default"),
	OPTION_FLAG('q', "quiet", struct commit_args, quiet, "Print the image ID alone"),
	OPTION_UNSUPPORTED(0, "config", "FILE"),
	OPTION_UNSUPPORTED_FLAG('s', "squash"),
	OPTION_END,
};

static int choose_format(const struct commit_args *args, enum image_format *ret_format,
			 struct error *err)
{
	if (!args->format || strcmp(args->format, "oci") == 0)
		*ret_format = IMAGE_FORMAT_OCI;
	else if (strcmp(args->format, "docker") == 0)
		*ret_format = IMAGE_FORMAT_DOCKER;
	else
		return error_set(err, ERROR_USAGE, "unknown format '%s': must be oci or docker",
				 args->format);
	return 0;
}

static int add_name(const char *operand, struct strings *names, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };

	if (!operand)
		return 0;
	if (reference_parse_tagged(operand, &reference, err) < 0)
		return -1;
	strings_take(names, reference_full(&reference));
	return 0;
}

static int check_texts(const struct commit_args *args, struct error *err)
{
	const char *texts[] = { args->author, args->message };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i] && !is_utf8(texts[i], strlen(texts[i])))
			return error_set(err, ERROR_USAGE, "author and message must be UTF-8");
	return 0;
}

/* Only who asks for it: a commit that is killed would leave the container paused. */
static bool pause_container(const struct commit_args *args, struct engine *engine,
			    struct container *container)
{
	auto_error problem = { 0 };

	if (!args->pause || args->no_pause || container->state.phase != CONTAINER_RUNNING)
		return false;
	if (container_pause(engine, container, &problem) == 0)
		return true;
	warning("the container is committed without a pause: %s", problem.message);
	return false;
}

static int commit_paused(const struct commit_args *args, struct engine *engine,
			 struct container *container, const struct commit_options *options,
			 struct digest *ret_id, struct error *err)
{
	bool paused = pause_container(args, engine, container);
	int result = container_commit(engine, container, options, ret_id, err);
	auto_error problem = { 0 };

	if (paused && container_unpause(engine, container, &problem) < 0)
		warning("the container stays paused: %s", problem.message);
	return result;
}

static int write_id(const char *path, const struct digest *id, struct error *err)
{
	char text[DIGEST_TEXT_SIZE];

	if (!path)
		return 0;
	digest_format(id, text);
	return file_write(AT_FDCWD, path, text, strlen(text), 0644, FILE_VOLATILE, err);
}

static int commit_run(const struct invocation *invocation, struct error *err)
{
	const struct commit_args *args = invocation->args;
	struct commit_options options = {
		.author = args->author,
		.message = args->message,
		.changes = &args->changes,
		.include_volumes = args->include_volumes,
	};
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;
	struct digest id;
	int result;

	if (!engine || choose_format(args, &options.format, err) < 0 ||
	    check_texts(args, err) < 0 ||
	    add_name(invocation->operands[1], &options.names, err) < 0)
		return -1;
	container = container_find(engine, invocation->operands[0], err);
	result = container && engine_enter(engine, err) == 0 ? 0 : -1;
	if (result == 0)
		result = commit_paused(args, engine, container, &options, &id, err);
	strings_release(&options.names);
	if (result < 0 || write_id(args->id_file, &id, err) < 0)
		return -1;
	events_add_container(engine->root, container, "commit", NULL);
	printf("sha256:%s\n", id.hex);
	return 0;
}

const struct command command_commit = {
	.name = "commit",
	.group = "container",
	.alias = "commit",
	.operands = "CONTAINER [REPOSITORY[:TAG]]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Make an image of a container",
	.examples = "  proa commit -m 'with the packages' -c 'CMD [\"app\"]' work app:2\n",
	.options = commit_options,
	.args_size = sizeof(struct commit_args),
	.run = commit_run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* proa image exists: tells by its exit status whether there is such an image. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"

static const struct option exists_options[] = { OPTION_END };

static int exists_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(image) struct image *image = NULL;

	if (engine)
		image = store_find(engine->store, invocation->operands[0], err);
	if (image)
		return 0;
	if (engine && err->kind == ERROR_NOT_FOUND)
		return 1;
	err->kind = ERROR_USAGE; /* 125, as podman has it: not known */
	return -1;
}

const struct command command_image_exists = {
	.name = "exists",
	.group = "image",
	.operands = "IMAGE",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Tell by the exit status whether an image is here",
	.options = exists_options,
	.run = exists_run,
};

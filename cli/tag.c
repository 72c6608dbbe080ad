/* SPDX-License-Identifier: Apache-2.0 */
/* proa tag: one more name for an image. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "image/reference.h"

static const struct option tag_options[] = { OPTION_END };

static int tag_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(reference) struct reference target = { 0 };
	auto_of(image) struct image *image = NULL;

	if (!engine)
		return -1;
	if (reference_parse(invocation->operands[1], &target, err) < 0)
		return error_context(err, "\"%s\" is not a valid repository/tag",
				     invocation->operands[1]);
	if (digest_is_set(&target.digest))
		return error_set(err, ERROR_INVALID,
				 "refusing to create a tag with a digest reference");
	image = store_find(engine->store, invocation->operands[0], err);
	return image ? store_tag(engine->store, image, &target, err) : -1;
}

const struct command command_tag = {
	.name = "tag",
	.group = "image",
	.alias = "tag",
	.operands = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
	.operands_min = 2,
	.operands_max = 2,
	.summary = "Give an image a further name",
	.options = tag_options,
	.run = tag_run,
};

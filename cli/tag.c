/* SPDX-License-Identifier: Apache-2.0 */
/* proa tag and untag: names that an image gets and loses. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/events.h"
#include "image/reference.h"
#include "image/store-items.h"

static const struct option tag_options[] = { OPTION_END };

static int parse_target(const char *text, struct reference *ret_reference, struct error *err)
{
	if (reference_parse(text, ret_reference, err) < 0)
		return error_context(err, "\"%s\" is not a valid repository/tag", text);
	if (digest_is_set(&ret_reference->digest))
		return error_set(err, ERROR_INVALID,
				 "refusing to create a tag with a digest reference");
	return 0;
}

/* What is no image may be a manifest list. */
static int tag_list(struct engine *engine, const char *name, char *const *names,
		    struct error *err)
{
	auto_release(store_item) struct store_item list = { 0 };
	auto_error problem = { 0 };

	if (err->kind != ERROR_NOT_FOUND ||
	    store_item_find(engine->store, STORE_LIST, name, &list, &problem) < 0)
		return -1;
	error_release(err);
	for (; *names; names++) {
		auto_release(reference) struct reference target = { 0 };

		if (parse_target(*names, &target, err) < 0 ||
		    store_item_tag(engine->store, &list, &target, err) < 0)
			return -1;
	}
	return 0;
}

/* All names are checked before the first is given. */
static int tag_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(image) struct image *image = NULL;

	if (!engine)
		return -1;
	for (char *const *name = invocation->operands + 1; *name; name++) {
		auto_release(reference) struct reference target = { 0 };

		if (parse_target(*name, &target, err) < 0)
			return -1;
	}
	image = store_find(engine->store, invocation->operands[0], err);
	for (char *const *name = invocation->operands + 1; image && *name; name++) {
		auto_release(reference) struct reference target = { 0 };

		if (parse_target(*name, &target, err) < 0 ||
		    store_tag(engine->store, image, &target, err) < 0)
			return -1;
		events_add_image(engine->root, "tag", image->id.hex, *name);
	}
	return image ? 0 : tag_list(engine, invocation->operands[0], invocation->operands + 1, err);
}

/* Without names the image loses all that it has; either way it stays. */
static int untag_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(image) struct image *image = NULL;

	if (!engine)
		return -1;
	image = store_find(engine->store, invocation->operands[0], err);
	if (!image)
		return -1;
	if (invocation->operand_count == 1 &&
	    store_untag(engine->store, image, NULL, err) < 0)
		return -1;
	for (char *const *name = invocation->operands + 1; *name; name++)
		if (store_untag(engine->store, image, *name, err) < 0)
			return -1;
	events_add_image(engine->root, "untag", image->id.hex, invocation->operands[0]);
	return 0;
}

const struct command command_tag = {
	.name = "tag",
	.group = "image",
	.alias = "tag",
	.operands = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG] [TARGET_IMAGE[:TAG]...]",
	.operands_min = 2,
	.operands_max = OPERANDS_ANY,
	.summary = "Give an image further names",
	.options = tag_options,
	.run = tag_run,
};

const struct command command_untag = {
	.name = "untag",
	.group = "image",
	.alias = "untag",
	.operands = "IMAGE [NAME[:TAG]...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Take names from an image, which stays",
	.options = tag_options,
	.run = untag_run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* proa manifest exists: whether there is a manifest list, told by the exit status. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"

static const struct option manifest_exists_options[] = { OPTION_END };

static int manifest_exists_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(store_item) struct store_item list = { 0 };

	if (!engine)
		return -1;
	if (store_item_find(engine->store, STORE_LIST, invocation->operands[0], &list, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	return 1;
}

const struct command command_manifest_exists = {
	.name = "exists",
	.group = "manifest",
	.operands = "LIST",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Tell by the exit status whether there is such a manifest list",
	.options = manifest_exists_options,
	.errors_are_125 = true,
	.run = manifest_exists_run,
};

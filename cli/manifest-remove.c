/* SPDX-License-Identifier: Apache-2.0 */
/* proa manifest remove: a member out of a manifest list. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"

static const struct option manifest_remove_options[] = { OPTION_END };

static int manifest_remove_run(const struct invocation *invocation, struct error *err)
{
	struct list_change change = {
		.list = invocation->operands[0],
		.remove = invocation->operands[1],
	};

	return manifest_change_run(invocation, &change, err);
}

const struct command command_manifest_remove = {
	.name = "remove",
	.group = "manifest",
	.operands = "LIST DIGEST",
	.operands_min = 2,
	.operands_max = 2,
	.summary = "Take a member out of a manifest list",
	.options = manifest_remove_options,
	.run = manifest_remove_run,
};

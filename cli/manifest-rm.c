/* SPDX-License-Identifier: Apache-2.0 */
/* proa manifest rm: manifest lists out of the store. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"
#include "cli/report.h"

struct manifest_rm_args {
	bool ignore;
};

static const struct option manifest_rm_options[] = {
	OPTION_FLAG('i', "ignore", struct manifest_rm_args, ignore,
		    "A list that there is not is no error"),
	OPTION_END,
};

static int remove_one(struct engine *engine, const char *name, struct error *err)
{
	auto_release(store_item) struct store_item list = { 0 };

	if (store_item_find(engine->store, STORE_LIST, name, &list, err) < 0)
		return -1;
	return manifest_list_remove(engine, &list, false, err);
}

static int manifest_rm_run(const struct invocation *invocation, struct error *err)
{
	const struct manifest_rm_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	int status = 0;

	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	for (char *const *operand = invocation->operands; *operand; operand++) {
		auto_error failure = { 0 };

		if (remove_one(engine, *operand, &failure) == 0 ||
		    (args->ignore && failure.kind == ERROR_NOT_FOUND))
			continue;
		report_error(&failure);
		status = 1;
	}
	return status;
}

const struct command command_manifest_rm = {
	.name = "rm",
	.group = "manifest",
	.operands = "LIST [LIST...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Remove manifest lists",
	.options = manifest_rm_options,
	.args_size = sizeof(struct manifest_rm_args),
	.run = manifest_rm_run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* proa artifact rm: artifacts out of the store. */
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/session.h"
#include "image/store-items.h"

struct artifact_rm_args {
	bool all, ignore;
};

static const struct option artifact_rm_options[] = {
	OPTION_FLAG('a', "all", struct artifact_rm_args, all, "Remove all artifacts"),
	OPTION_FLAG('i', "ignore", struct artifact_rm_args, ignore,
		    "An artifact that there is not is no error"),
	OPTION_END,
};

static int remove_item(struct engine *engine, const struct store_item *artifact,
		       struct error *err)
{
	if (store_item_remove(engine->store, artifact, NULL, err) < 0)
		return -1;
	puts(artifact->document.digest.hex);
	return 0;
}

static int remove_named(struct engine *engine, const char *name, struct error *err)
{
	auto_release(store_item) struct store_item artifact = { 0 };

	if (store_item_find(engine->store, STORE_ARTIFACT, name, &artifact, err) < 0)
		return -1;
	return remove_item(engine, &artifact, err);
}

static int remove_all(struct engine *engine, struct error *err)
{
	auto_release(store_items) struct store_items artifacts = { 0 };
	int status = 0;

	if (store_items_list(engine->store, STORE_ARTIFACT, &artifacts, err) < 0)
		return -1;
	for (size_t i = 0; i < artifacts.count; i++) {
		auto_error failure = { 0 };

		if (artifacts.items[i].read_only ||
		    remove_item(engine, &artifacts.items[i], &failure) == 0 ||
		    failure.kind == ERROR_NOT_FOUND)
			continue;
		report_error(&failure);
		status = 1;
	}
	return status;
}

static int artifact_rm_run(const struct invocation *invocation, struct error *err)
{
	const struct artifact_rm_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	int status = 0;

	if (!engine)
		return -1;
	if (args->all == (invocation->operand_count > 0))
		return error_set(err, ERROR_USAGE, "name the artifacts to remove, or use --all");
	if (args->all)
		return remove_all(engine, err);
	for (char *const *operand = invocation->operands; *operand; operand++) {
		auto_error failure = { 0 };

		if (remove_named(engine, *operand, &failure) == 0 ||
		    (args->ignore && failure.kind == ERROR_NOT_FOUND))
			continue;
		report_error(&failure);
		status = 1;
	}
	return status;
}

const struct command command_artifact_rm = {
	.name = "rm",
	.group = "artifact",
	.more_names = "remove",
	.operands = "ARTIFACT [ARTIFACT...]",
	.operands_max = OPERANDS_ANY,
	.summary = "Remove artifacts",
	.options = artifact_rm_options,
	.args_size = sizeof(struct artifact_rm_args),
	.run = artifact_rm_run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* proa container cleanup: take away what a killed supervisor has left. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/image-removal.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"

struct cleanup_args {
	struct selection selection;
	bool remove, remove_image;
};

static const struct option cleanup_options[] = {
	OPTION_SELECT_ALL('a', cleanup_args),
	OPTION_UNSUPPORTED(0, "exec", "ID"),
	OPTION_SELECT_LATEST('l', cleanup_args),
	OPTION_FLAG(0, "rm", struct cleanup_args, remove, "Remove the container after it"),
	OPTION_FLAG(0, "rmi", struct cleanup_args, remove_image,
		    "Remove the container and its image after it"),
	OPTION_END,
};

static bool is_stopped(const struct container *container)
{
	return !container_is_running(container);
}

static int clean_one(struct engine *engine, struct container *container, const void *args,
		     struct error *err)
{
	const struct image_removal removal = { .force = false };
	const struct cleanup_args *cleanup = args;

	if (container_clean_up(engine, container, err) < 0)
		return -1;
	if (!cleanup->remove && !cleanup->remove_image)
		return 0;
	if (container_delete(engine, container, false, true, err) < 0)
		return -1;
	return cleanup->remove_image
		       ? image_remove(engine, container->config.image, &removal, err)
		       : 0;
}

static int cleanup_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);

	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	return selection_each(engine, invocation, is_stopped, clean_one, invocation->args, err);
}

const struct command command_container_cleanup = {
	.name = "cleanup",
	.group = "container",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Take away what killed containers have left",
	.options = cleanup_options,
	.args_size = sizeof(struct cleanup_args),
	.run = cleanup_run,
};

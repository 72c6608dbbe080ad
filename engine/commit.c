/* SPDX-License-Identifier: Apache-2.0 */
/* See engine/commit.h. */
#include "engine/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/layer-trees.h"
#include "image/config-change.h"
#include "image/layer-create.h"
#include "image/store.h"
#include "registry/archive.h"

/* The image's config; of one that is gone (its layers are not) there is nothing to take over. */
static int read_base(struct engine *engine, const struct container_config *container,
		     struct image_config *config, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (store_read_blob(engine->store, &container->image_id, IMAGE_CONFIG_SIZE_MAX, &text,
			    err) == 0)
		return image_config_decode(text.data ? text.data : "", text.size, config, err);
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	platform_host(&config->platform);
	config->diff_ids = xcalloc(container->layer_count + 1, sizeof(*config->diff_ids));
	config->diff_id_count = container->layer_count;
	memcpy(config->diff_ids, container->layers,
	       container->layer_count * sizeof(*config->diff_ids));
	return 0;
}

static void add_missing(struct strings *list, const struct strings *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (!strings_contain(list, from->items[i]))
			strings_add(list, from->items[i]);
}

static void copy_healthcheck(struct healthcheck *to, const struct healthcheck *from)
{
	struct healthcheck copy = *from;

	copy.test = (struct strings){ 0 };
	strings_copy(&copy.test, &from->test);
	strings_release(&to->test);
	*to = copy;
}

/* What the container was run with; docker does not hand ONBUILD on either. */
static void take_run_config(const struct container_config *from, const struct commit_options *options,
			    struct image_config *config)
{
	replace_string(&config->user, from->user);
	replace_string(&config->working_dir, from->working_dir);
	replace_string(&config->stop_signal, from->stop_signal);
	strings_copy(&config->env, &from->env);
	strings_copy(&config->entrypoint, &from->entrypoint);
	strings_copy(&config->cmd, &from->cmd);
	strings_copy(&config->labels, &from->labels);
	add_missing(&config->exposed_ports, &from->exposed_ports);
	copy_healthcheck(&config->healthcheck, &from->healthcheck);
	strings_release(&config->on_build);
	for (size_t i = 0; options->include_volumes && i < from->mount_count; i++)
		if (from->mounts[i].type == MOUNT_REQUEST_VOLUME &&
		    !strings_contain(&config->volumes, from->mounts[i].target))
			strings_add(&config->volumes, from->mounts[i].target);
}

static void add_layer(struct image_config *config, const struct digest *diff_id)
{
	config->diff_ids = xrealloc_array(config->diff_ids, config->diff_id_count + 1,
					  sizeof(*config->diff_ids));
	config->diff_ids[config->diff_id_count++] = *diff_id;
}

static void add_history(struct image_config *config, const struct container_config *container,
			const struct commit_options *options)
{
	struct image_history *step;

	config->history = xrealloc_array(config->history, config->history_count + 1,
					 sizeof(*config->history));
	step = &config->history[config->history_count++];
	*step = (struct image_history){
		.created = xstrdup(config->created),
		.created_by = strings_join(&container->cmd, " "),
		.author = xstrdup(options->author),
		.comment = xstrdup(options->message),
	};
}

static void stamp(struct image_config *config, const struct commit_options *options)
{
	char now[CLOCK_TEXT_SIZE];

	clock_format(clock_now(), now);
	replace_string(&config->created, now);
	replace_string(&config->author, options->author);
}

static int make_layer(struct engine *engine, const struct container *container,
		      struct digest *ret_diff_id, struct error *err)
{
	auto_release(strings) struct strings left_out = { 0 };
	auto_fd int upper = openat(container->folder, "upper",
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct layer_source source = {
		.tree = upper,
		.tar = -1,
		.parent = -1,
		.ownership = engine_ownership(engine),
		.left_out = &left_out,
	};
	struct layer_info info = { 0 };

	if (upper < 0)
		return error_errno(err, "cannot open the container's layer");
	container_mount_points(container, &left_out);
	if (registry_layer_create(engine->store, &source, &info, err) < 0)
		return -1;
	*ret_diff_id = info.diff_id;
	return 0;
}

int container_commit(struct engine *engine, struct container *container,
		     const struct commit_options *options, struct digest *ret_id,
		     struct error *err)
{
	auto_release(image_config) struct image_config config = { 0 };
	auto_free char *text = NULL;
	struct image_creation creation = { .format = options->format, .names = &options->names };
	struct digest diff_id;

	if (read_base(engine, &container->config, &config, err) < 0)
		return -1;
	take_run_config(&container->config, options, &config);
	/* Wrong words are told before the work. */
	if (image_config_change(&config, options->changes, err) < 0 ||
	    make_layer(engine, container, &diff_id, err) < 0)
		return -1;
	stamp(&config, options);
	add_layer(&config, &diff_id);
	add_history(&config, &container->config, options);
	text = image_config_encode(&config);
	creation.config = text;
	return registry_image_create(engine->store, &creation, ret_id, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See engine/import.h. */
#include "engine/import.h"

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "engine/engine.h"
#include "image/config-change.h"
#include "image/layer-create.h"
#include "registry/archive.h"

static int make_layer(struct engine *engine, int input, struct digest *ret_diff_id,
		      struct error *err)
{
	const struct layer_source source = {
		.tree = -1,
		.tar = input,
		.parent = -1,
		.ownership = engine_ownership(engine),
	};
	struct layer_info info = { 0 };

	if (registry_layer_create(engine->store, &source, &info, err) < 0)
		return -1;
	*ret_diff_id = info.diff_id;
	return 0;
}

static void describe(const struct import_options *options, const struct digest *diff_id,
		     struct image_config *config)
{
	char now[CLOCK_TEXT_SIZE];

	clock_format(clock_now(), now);
	config->platform = options->platform;
	config->created = xstrdup(now);
	config->diff_ids = xcalloc(1, sizeof(*config->diff_ids));
	config->diff_ids[0] = *diff_id;
	config->diff_id_count = 1;
	config->history = xcalloc(1, sizeof(*config->history));
	config->history[0] = (struct image_history){
		.created = xstrdup(now),
		.comment = xstrdup(options->message),
	};
	config->history_count = 1;
}

int image_import(struct engine *engine, const struct import_options *options,
		 struct digest *ret_id, struct error *err)
{
	auto_release(image_config) struct image_config config = { 0 };
	auto_free char *text = NULL;
	struct image_creation creation = { .format = IMAGE_FORMAT_OCI, .names = &options->names };
	struct digest diff_id;

	/* Wrong words are told before the work. */
	if (image_config_change(&config, options->changes, err) < 0 ||
	    make_layer(engine, options->input, &diff_id, err) < 0)
		return -1;
	describe(options, &diff_id, &config);
	text = image_config_encode(&config);
	creation.config = text;
	return registry_image_create(engine->store, &creation, ret_id, err);
}

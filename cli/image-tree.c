/* SPDX-License-Identifier: Apache-2.0 */
/* proa image tree: the layers of an image, and which other images end in each. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/image-survey.h"
#include "cli/session.h"

#define BRANCH "├── "
#define LAST_BRANCH "└── "
#define PASSING "│   "
#define NOTHING "    "
#define LEVELS_MAX 500	/* of nesting; an image has no more layers */

struct tree_args {
	bool what_requires;
};

static const struct option tree_options[] = {
	OPTION_FLAG(0, "whatrequires", struct tree_args, what_requires,
		    "Show the images that stand on this one instead"),
	OPTION_END,
};

/* Whether both begin with the same `count` layers. */
static bool share_layers(const struct image_config *a, const struct image_config *b, size_t count)
{
	if (a->diff_id_count < count || b->diff_id_count < count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!digest_equal(&a->diff_ids[i], &b->diff_ids[i]))
			return false;
	return true;
}

/* The familiar names of all images that end in the first `count` layers of `config`. */
static char *names_ending_at(const struct image_survey *survey, const struct image_config *config,
			     size_t count)
{
	auto_release(strings) struct strings names = { 0 };

	for (size_t i = 0; i < survey->image_count; i++) {
		const struct image *image = survey->images[i];

		if (image->config.diff_id_count != count ||
		    !share_layers(&image->config, config, count))
			continue;
		for (size_t j = 0; j < image->names.count; j++) {
			auto_release(reference) struct reference reference = { 0 };
			auto_error damaged = { 0 };

			if (reference_parse(image->names.items[j], &reference, &damaged) == 0)
				strings_take(&names, reference_familiar(&reference));
		}
	}
	return strings_join(&names, ", ");
}

static void print_layer(const struct image_survey *survey, const struct image_config *config,
			size_t at, const char *prefix, bool last)
{
	auto_free char *names = names_ending_at(survey, config, at + 1);
	char size[UNITS_TEXT_SIZE];

	size_format(layer_content_size(survey->engine, &config->diff_ids[at]), size);
	printf("%s%sID: %.12s Size: %7s%s%s%s\n", prefix, last ? LAST_BRANCH : BRANCH,
	       config->diff_ids[at].hex, size, *names ? " Top Layer of: [" : "", names,
	       *names ? "]" : "");
}

static void print_layers(const struct image_survey *survey, const struct image *image)
{
	const struct image_config *config = &image->config;

	for (size_t i = 0; i < config->diff_id_count; i++)
		print_layer(survey, config, i, "", i + 1 == config->diff_id_count);
}

/* The next image, from `from` on, that has the first `count` layers of `config` and then one that no
 * image before it has there. */
static const struct image *next_branch(const struct image_survey *survey,
				       const struct image_config *config, size_t count,
				       size_t *from)
{
	for (; *from < survey->image_count; (*from)++) {
		const struct image_config *other = &survey->images[*from]->config;
		bool repeated = false;

		if (!share_layers(other, config, count) || other->diff_id_count == count)
			continue;
		for (size_t i = 0; i < *from && !repeated; i++)
			repeated = share_layers(&survey->images[i]->config, other, count + 1);
		if (!repeated)
			return survey->images[(*from)++];
	}
	return NULL;
}

/* Everything that stands on the first `count` layers of `config`. */
static void print_dependents(const struct image_survey *survey, const struct image_config *config,
			     size_t count, const char *prefix)
{
	size_t at = 0;
	const struct image *branch = next_branch(survey, config, count, &at);

	while (branch && count < LEVELS_MAX) {
		const struct image *next = next_branch(survey, config, count, &at);
		auto_free char *below = xasprintf("%s%s", prefix, next ? PASSING : NOTHING);

		print_layer(survey, &branch->config, count, prefix, !next);
		print_dependents(survey, &branch->config, count + 1, below);
		branch = next;
	}
}

static int tree_run(const struct invocation *invocation, struct error *err)
{
	const struct tree_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(image_survey) struct image_survey survey = { 0 };
	auto_of(image) struct image *image = NULL;
	auto_free char *tags = NULL;
	char size[UNITS_TEXT_SIZE];

	if (!engine || image_survey_make(engine, false, &survey, err) < 0)
		return -1;
	image = store_find(engine->store, invocation->operands[0], err);
	if (!image)
		return -1;
	size_format(image->size, size);
	tags = strings_join(&image->names, " ");
	printf("Image ID: %.12s\nTags:     [%s]\nSize:     %s\n", image->id.hex, tags, size);
	if (args->what_requires) {
		printf("Image depends on %zu layers; images that stand on it:\n",
		       image->config.diff_id_count);
		print_dependents(&survey, &image->config, image->config.diff_id_count, "");
	} else {
		puts("Image Layers");
		print_layers(&survey, image);
	}
	return 0;
}

const struct command command_image_tree = {
	.name = "tree",
	.group = "image",
	.operands = "IMAGE",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Show the layers of an image and who shares them",
	.options = tree_options,
	.args_size = sizeof(struct tree_args),
	.run = tree_run,
};

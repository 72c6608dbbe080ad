/* SPDX-License-Identifier: Apache-2.0 */
/* Images beside one another: see image-survey.h. */
#include "cli/image-survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/session.h"

struct layer_share {
	struct digest diff_id;
	uint64_t size;
	unsigned int users;	/* images, each counted once */
};

int64_t image_created(const struct image *image)
{
	auto_error ignored = { 0 };
	int64_t time;

	if (!image->config.created || clock_parse(image->config.created, &time, &ignored) < 0)
		return CLOCK_ZERO;
	return time;
}

int image_survey_make(struct engine *engine, bool with_containers, struct image_survey *ret_survey,
		      struct error *err)
{
	auto_release(image_survey) struct image_survey survey = { .engine = engine };

	if (store_list(engine->store, &survey.images, &survey.image_count, err) < 0)
		return -1;
	if (with_containers &&
	    container_list(engine, &survey.containers, &survey.container_count, err) < 0)
		return -1;
	*ret_survey = survey;
	survey = (struct image_survey){ 0 };
	return 0;
}

void image_survey_release(struct image_survey *survey)
{
	store_free_images(survey->images, survey->image_count);
	container_free_list(survey->containers, survey->container_count);
	free(survey->shares);
	*survey = (struct image_survey){ 0 };
}

unsigned int image_survey_users(const struct image_survey *survey, const struct image *image)
{
	unsigned int count = 0;

	for (size_t i = 0; i < survey->container_count; i++)
		count += digest_equal(&survey->containers[i]->config.image_id, &image->id);
	return count;
}

static bool stands_on(const struct image *image, const struct image *below)
{
	const struct image_config *config = &image->config;

	if (config->diff_id_count <= below->config.diff_id_count ||
	    below->config.diff_id_count == 0)
		return false;
	for (size_t i = 0; i < below->config.diff_id_count; i++)
		if (!digest_equal(&config->diff_ids[i], &below->config.diff_ids[i]))
			return false;
	return true;
}

bool image_survey_has_children(const struct image_survey *survey, const struct image *image)
{
	for (size_t i = 0; i < survey->image_count; i++)
		if (stands_on(survey->images[i], image))
			return true;
	return false;
}

static int compare_shares(const void *left, const void *right)
{
	return strcmp(((const struct layer_share *)left)->diff_id.hex,
		      ((const struct layer_share *)right)->diff_id.hex);
}

/* Whether the image at `at` was met before: one that is in two stores is listed twice. */
static bool is_repeated(const struct image_survey *survey, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (digest_equal(&survey->images[i]->id, &survey->images[at]->id))
			return true;
	return false;
}

static bool is_repeated_layer(const struct image_config *config, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (digest_equal(&config->diff_ids[i], &config->diff_ids[at]))
			return true;
	return false;
}

/* All layers of all images, one entry for each pair. */
static size_t collect_layers(const struct image_survey *survey, struct layer_share *shares)
{
	size_t count = 0;

	for (size_t i = 0; i < survey->image_count; i++) {
		const struct image_config *config = &survey->images[i]->config;

		if (is_repeated(survey, i))
			continue;
		for (size_t j = 0; j < config->diff_id_count; j++)
			if (!is_repeated_layer(config, j))
				shares[count++] = (struct layer_share){ config->diff_ids[j], 0, 1 };
	}
	return count;
}

void image_survey_weigh(struct image_survey *survey, layer_size_function size, void *argument)
{
	size_t room = 1;
	size_t count;

	for (size_t i = 0; i < survey->image_count; i++)
		room += survey->images[i]->config.diff_id_count;
	free(survey->shares);
	survey->shares = xcalloc(room, sizeof(*survey->shares));
	survey->share_count = 0;
	count = collect_layers(survey, survey->shares);
	qsort(survey->shares, count, sizeof(*survey->shares), compare_shares);
	for (size_t i = 0; i < count; i++) {
		struct layer_share *last = survey->shares + survey->share_count;

		if (survey->share_count > 0 &&
		    digest_equal(&last[-1].diff_id, &survey->shares[i].diff_id)) {
			last[-1].users++;
			continue;
		}
		*last = survey->shares[i];
		last->size = size(argument, &last->diff_id);
		survey->share_count++;
	}
}

uint64_t image_survey_size(const struct image_survey *survey, const struct image *image,
			   uint64_t *ret_shared)
{
	uint64_t size = 0;

	*ret_shared = 0;
	for (size_t i = 0; i < image->config.diff_id_count; i++) {
		const struct layer_share key = { .diff_id = image->config.diff_ids[i] };
		const struct layer_share *found;

		if (is_repeated_layer(&image->config, i))
			continue;
		found = bsearch(&key, survey->shares, survey->share_count, sizeof(key),
				compare_shares);
		if (!found)
			continue;
		size += found->size;
		*ret_shared += found->users > 1 ? found->size : 0;
	}
	return size;
}

uint64_t layer_content_size(void *engine, const struct digest *diff_id)
{
	auto_error ignored = { 0 };
	auto_fd int layer = store_open_layer(((struct engine *)engine)->store, diff_id, &ignored);
	struct layer_info info = { 0 };

	return layer >= 0 && layer_info_read(layer, &info, &ignored) == 0 ? info.size : 0;
}

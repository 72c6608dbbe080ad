/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All images beside one another, and the containers made of them: who uses an image, who
 * stands on it, and what its layers share with others.
 */
#ifndef CLI_IMAGE_SURVEY_H
#define CLI_IMAGE_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

struct container;
struct digest;
struct engine;
struct error;
struct image;

struct image_survey {
	struct engine *engine;
	struct image **images;		/* newest first */
	size_t image_count;
	struct container **containers;
	size_t container_count;
	struct layer_share *shares;	/* sorted by diff ID */
	size_t share_count;
};

/* Containers are looked at only where somebody will ask for them. */
int image_survey_make(struct engine *engine, bool with_containers, struct image_survey *ret_survey,
		      struct error *err);
void image_survey_release(struct image_survey *survey);

/* How many containers were made of it. */
unsigned int image_survey_users(const struct image_survey *survey, const struct image *image);
/* Whether another image has all of its layers, and more on top. */
bool image_survey_has_children(const struct image_survey *survey, const struct image *image);

/* How much a layer takes; `argument` is the caller's. */
typedef uint64_t (*layer_size_function)(void *argument, const struct digest *diff_id);
/* Looks at all layers, for the two below. */
void image_survey_weigh(struct image_survey *survey, layer_size_function size, void *argument);
/* Bytes of the image's layers, and of those that other images have too. */
uint64_t image_survey_size(const struct image_survey *survey, const struct image *image,
			   uint64_t *ret_shared);
/* The content of a layer, as layer.json tells; `engine` is the argument. */
uint64_t layer_content_size(void *engine, const struct digest *diff_id);

/* config.created; CLOCK_ZERO when it does not tell. */
int64_t image_created(const struct image *image);

#endif

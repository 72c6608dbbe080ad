/* SPDX-License-Identifier: Apache-2.0 */
/* The filters of images. */
#ifndef CLI_IMAGE_FILTER_H
#define CLI_IMAGE_FILTER_H

#include <stdbool.h>

#include "cli/filter.h"

struct engine;
struct error;
struct image;
struct image_survey;
struct reference;

/* What filters are held against: one name of an image. */
struct image_row {
	const struct image_survey *survey;
	const struct image *image;
	const struct reference *reference;	/* NULL: an image without a name */
};

/* Also checks the values: an unknown image or word is an error. */
int image_filter_parse(const struct strings *texts, struct engine *engine,
		       struct filters *ret_filters, struct error *err);
bool image_filter_match(const struct filters *filters, const struct image_row *row);

/* An image that has no name and that another one stands on: hidden but for -a. */
bool image_is_intermediate(const struct image_survey *survey, const struct image *image);
/* The digest that the image is known by under this name, or "". New string. */
char *image_digest_of(const struct image *image, const struct reference *reference);

#endif

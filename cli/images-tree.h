/* SPDX-License-Identifier: Apache-2.0 */
/* `proa images --tree`: images, and the platforms below them. */
#ifndef CLI_IMAGES_TREE_H
#define CLI_IMAGES_TREE_H

#include <stdbool.h>

struct filters;
struct image_survey;

void images_print_tree(const struct image_survey *survey, const struct filters *filters, bool all,
		       bool no_trunc);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What all parts of the store take on disk: gathered for the short table and for the long one. */
#ifndef CLI_DISK_USAGE_H
#define CLI_DISK_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include "cli/image-survey.h"
#include "engine/volume-list.h"
#include "image/store-usage.h"

struct error;

/* Everything in the store's root is in one of these, once. */
struct disk_usage {
	struct image_survey survey;	/* weighed by disk blocks */
	struct store_usage store;
	struct volume_list volumes;
	uint64_t *container_bytes;	/* side by side with survey.containers */
	uint64_t *volume_bytes;		/* and with volumes.items */
	uint64_t containers_common;	/* names, locks, what belongs to no single container */
	uint64_t volumes_common;
	size_t partial_count;		/* entries of tmp/ */
};

int disk_usage_measure(struct engine *engine, struct disk_usage *ret_usage, struct error *err);
void disk_usage_release(struct disk_usage *usage);

/* Bytes of layers that images share, and of those that no image has. */
uint64_t disk_usage_shared_layers(const struct disk_usage *usage);
uint64_t disk_usage_orphaned_layers(const struct disk_usage *usage);

/* The long form: four sections as docker's, and a fifth on what is in none of them. */
int disk_usage_print_verbose(const struct disk_usage *usage, const char *format,
			     struct error *err);

#endif

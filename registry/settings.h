/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How pulls go about it, where the command line says nothing: [engine] image_parallel_copies,
 * retry and retry_delay of containers.conf(5), and PROA_KEEP_BLOBS in the environment.
 */
#ifndef REGISTRY_SETTINGS_H
#define REGISTRY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_PARALLEL_MAX 64
#define SETTINGS_RETRIES_MAX 100

struct registry_settings {
	unsigned int parallel;		/* downloads at once */
	unsigned int retries;
	int64_t retry_delay;		/* ns; 0: growing pauses */
	bool keep_blobs;		/* layers keep their compressed form, too */
};

/* Fills in defaults, and what the files say; one that makes no sense is a warning. */
void registry_settings_load(struct registry_settings *ret_settings);

#endif

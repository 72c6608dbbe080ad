/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files between a container and the host: docker's cp.
 *
 * One process packs a tar, another unpacks it. The one on the container's side has entered the
 * container's mount namespace (or, when it does not run, one of its own with the container's root), so
 * that no path and no link of the container's can name a file of the host (R1, R8).
 */
#ifndef ENGINE_COPY_H
#define ENGINE_COPY_H

#include <stdbool.h>

struct container;
struct engine;
struct error;

struct copy_request {
	struct container *container;
	const char *inside;	/* absolute path in the container */
	const char *outside;	/* path on the host; "-": a tar on standard input or output */
	bool archive;		/* owners are kept */
	bool follow_link;	/* a source that is a link stands for what it leads to */
};
/* Both after engine_enter_to_launch(). */
int copy_into(struct engine *engine, const struct copy_request *request, struct error *err);
int copy_out_of(struct engine *engine, const struct copy_request *request, struct error *err);

#endif

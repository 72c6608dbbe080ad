/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From container config to runtime spec: defaults, mounts, masks, capabilities,
 * namespaces; opens the layers.
 */
#ifndef ENGINE_SPEC_BUILD_H
#define ENGINE_SPEC_BUILD_H

#include "engine/runtime/spec.h"

struct container;
struct container_config;
struct engine;
struct error;
struct image;

/* Descriptors that the spec borrows. */
struct spec_files {
	int *fds;
	size_t count;
};
void spec_files_release(struct spec_files *files);

/* Completes `config` with what the image says: env below the user's, entrypoint, cmd, user,
 * working directory, labels, stop signal, volumes, exposed ports, layers, healthcheck. docker's
 * rules: an --entrypoint clears the image's cmd. ERROR_USAGE "no command specified" when nothing
 * is left to run. */
int container_config_complete(struct container_config *config, const struct image *image,
			      bool entrypoint_given, struct error *err);

/* Fills *ret_spec for `container`, ready for launch_begin(). */
int spec_build(struct engine *engine, struct container *container, struct runtime_spec *ret_spec,
	       struct spec_files *ret_files, struct error *err);
/* The process part for exec: the container's environment and user, unless the request says
 * otherwise. */
struct exec_options {
	struct strings command;
	struct strings env;	/* KEY=VALUE, on top of the container's */
	const char *user;	/* or NULL */
	const char *working_dir;	/* or NULL */
	bool tty, interactive, privileged, detach;
	const char *detach_keys;	/* or NULL */
	unsigned int preserve_fds;	/* descriptors from 3 on that it gets, too */
};
int spec_build_exec(const struct container *container, const struct exec_options *options,
		    struct process_spec *ret_process, struct error *err);

#endif

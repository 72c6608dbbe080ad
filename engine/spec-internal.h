/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that build runtime specs share. */
#ifndef ENGINE_SPEC_INTERNAL_H
#define ENGINE_SPEC_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/spec-build.h"

struct container_config;

/* Keeps `fd` open until spec_files_release(). Returns it. */
int spec_files_add(struct spec_files *files, int fd);

/* The name the container has inside; a container of the host's network has the host's. New
 * string. */
char *spec_hostname(const struct container_config *config);
/* The container that "container:X" words name, which has to run. NULL and *err. */
struct container *spec_other_container(struct engine *engine, const char *name,
				       struct error *err);

/* Defaults that depend on nothing but the config: limits, masked and read-only paths,
 * capabilities. */
int spec_capabilities(const struct container_config *config, uint64_t *ret_set,
		      struct error *err);
int spec_rlimits(const struct container_config *config, struct process_spec *process,
		 struct error *err);
void spec_masks(const struct container_config *config, struct runtime_spec *spec);
int spec_sysctls(const struct container_config *config, struct runtime_spec *spec,
		 struct error *err);
int spec_devices(const struct container_config *config, struct runtime_spec *spec,
		 struct error *err);
void spec_seccomp(const struct container_config *config, enum seccomp_mode *ret_mode,
		  const char **ret_file);

/* The mounts that every container has, the files of its own, then what the user asked for. */
int spec_mounts(struct engine *engine, struct container *container, struct runtime_spec *spec,
		struct spec_files *files, struct error *err);
/* Fills volumes that are empty with what the image has in their place. */
int spec_fill_volumes(struct engine *engine, struct container *container,
		      const struct runtime_spec *spec, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces of a container: its own, the host's, or another container's. */
#ifndef ENGINE_SPEC_NAMESPACES_H
#define ENGINE_SPEC_NAMESPACES_H

struct container;
struct container_config;
struct engine;
struct error;
struct runtime_spec;
struct spec_files;

int spec_namespaces(struct engine *engine, const struct container_config *config,
		    struct runtime_spec *spec, struct spec_files *files, struct error *err);
/* The container whose network `config` shares, or NULL (with *err untouched if it shares none). */
struct container *spec_network_partner(struct engine *engine,
				       const struct container_config *config, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read and write config.json and state.json share. */
#ifndef ENGINE_CONTAINER_CONFIG_H
#define ENGINE_CONTAINER_CONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/container.h"

#define CONTAINER_FILE_SIZE_MAX ((size_t)16 << 20)

/* 64 lower-case hex digits. */
bool container_is_id(const char *text);

/* `text` as a JSON string, bad UTF-8 replaced; JSON null for NULL. New reference. */
json_t *json_from_text(const char *text);

/* "created", "running" ... */
const char *container_phase_name(enum container_phase phase);
/* "starting", "healthy", "unhealthy", or "". */
const char *container_health_name(enum health_status health);

/* The members of config.json that have structure. */
void container_config_encode_parts(const struct container_config *config, json_t *json);
int container_config_decode_parts(const json_t *json, struct container_config *config,
				  struct error *err);
void container_config_release_parts(struct container_config *config);

json_t *port_mappings_encode(const struct port_mappings *ports);	/* new reference */
int port_mappings_decode(const json_t *json, struct port_mappings *ret_ports, struct error *err);

#endif

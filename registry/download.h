/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of one image, from the registry into the store. */
#ifndef REGISTRY_DOWNLOAD_H
#define REGISTRY_DOWNLOAD_H

struct error;
struct image_config;
struct manifest;
struct pull_request;
struct registry_client;
struct registry_settings;
struct store;

/* Fetches and unpacks the layers of `manifest` that the store lacks, from `repository`. `config` has as
 * many diff IDs as there are layers. What is complete stays in the store even if another layer fails. */
int layers_download(struct registry_client *client, const char *repository, struct store *store,
		    const struct pull_request *request, const struct registry_settings *settings,
		    const struct manifest *manifest, const struct image_config *config,
		    struct error *err);

#endif

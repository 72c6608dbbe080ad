/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of an image's config in the words of a Dockerfile, as commit and import take them:
 * CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD SHELL STOPSIGNAL USER VOLUME WORKDIR.
 */
#ifndef IMAGE_CONFIG_CHANGE_H
#define IMAGE_CONFIG_CHANGE_H

struct error;
struct image_config;
struct strings;

/* Carries out the instructions one after the other: "CMD [\"sh\"]", "ENV A=b C=d". An ENTRYPOINT takes
 * away a command that was not set by one before it. ERROR_USAGE. */
int image_config_change(struct image_config *config, const struct strings *instructions,
			struct error *err);

#endif

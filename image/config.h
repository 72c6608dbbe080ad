/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image configs: how an image wants to be run, and the diff IDs of its layers.
 * OCI image-spec, config.md; docker's fields (Healthcheck, Shell, OnBuild) too.
 */
#ifndef IMAGE_CONFIG_H
#define IMAGE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "image/digest.h"
#include "image/platform.h"

struct error;

#define IMAGE_CONFIG_SIZE_MAX ((size_t)8 << 20)

struct healthcheck {
	struct strings test;	/* empty: inherit; {"NONE"}; {"CMD", ...}; {"CMD-SHELL", line} */
	int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns;	/* 0: default */
	int retries;		/* 0: default */
};

struct image_history {
	char *created;		/* RFC 3339 or NULL; so the others */
	char *created_by;
	char *author;
	char *comment;
	bool empty_layer;
};

struct image_config {
	struct platform platform;
	char *created;		/* RFC 3339 or NULL */
	char *author;
	/* the part named "config" */
	char *user;
	char *working_dir;
	char *stop_signal;
	struct strings env;		/* KEY=VALUE */
	struct strings entrypoint;
	struct strings cmd;
	struct strings volumes;		/* paths */
	struct strings exposed_ports;	/* "80/tcp" */
	struct strings labels;		/* KEY=VALUE */
	struct strings shell;
	struct strings on_build;
	bool args_escaped;
	struct healthcheck healthcheck;
	/* rootfs */
	struct digest *diff_ids;	/* bottom first */
	size_t diff_id_count;
	struct image_history *history;
	size_t history_count;
};

/* Environment entries without '=' and texts with NUL are refused; unknown fields pass. */
int image_config_decode(const char *data, size_t size, struct image_config *ret_config,
			struct error *err);
/* The config as JSON. Of one that was decoded, members that are not known here are lost. New string. */
char *image_config_encode(const struct image_config *config);
void image_config_release(struct image_config *config);

#endif

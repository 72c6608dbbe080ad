/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Platforms: os/architecture[/variant], in Go's names, and the choice among
 * those an index offers. OCI image-spec, image-index.md, "platform".
 */
#ifndef IMAGE_PLATFORM_H
#define IMAGE_PLATFORM_H

#include <stdbool.h>

struct error;

struct platform {
	char os[32];		/* "" when not told */
	char architecture[32];
	char variant[32];
};

/* "linux/arm64/v8", "arm64" (the os is ours then); x86_64 and aarch64 are normalised. */
int platform_parse(const char *text, struct platform *ret_platform, struct error *err);
void platform_host(struct platform *ret_platform);
/* How well `offered` serves `wanted`: 0 not at all, larger is better. linux/arm/v7 is served by
 * v7, v6, v5 in this order; amd64/v3 by v3, v2, v1 or none. */
int platform_match(const struct platform *wanted, const struct platform *offered);
/* "linux/amd64", a new string. */
char *platform_format(const struct platform *platform);

#endif

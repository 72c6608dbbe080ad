/* SPDX-License-Identifier: Apache-2.0 */
/* Values of HTTP headers that decide how a transfer goes on; strict, and harmless where wrong. */
#ifndef REGISTRY_HEADERS_H
#define REGISTRY_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#define RANGE_TOTAL_UNKNOWN UINT64_MAX

/* Content-Range (RFC 9110, 14.4): "bytes 100-199/200", the total perhaps "*". False when it is something
 * else, or contradicts itself. */
bool content_range_parse(const char *value, uint64_t *ret_first, uint64_t *ret_total);

/* Retry-After (10.2.3): seconds, or a date; from `now` (seconds since 1970) on. 0 for what makes no sense
 * or is past. */
uint64_t retry_after_parse(const char *value, int64_t now);

/* Whether an entity tag is one that If-Range may have (8.8.3): strong, and short. */
bool etag_is_strong(const char *value);

/* The target of the link with rel="next" in a Link header (RFC 8288), or NULL. New string. */
char *link_find_next(const char *value);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* URLs of http and https, and what tells one server from another. */
#ifndef REGISTRY_URL_H
#define REGISTRY_URL_H

#include <stdbool.h>

struct error;

/* `url`, which may be anything, fit for a message: without a user's name and password, printable. New
 * string. */
char *url_shown(const char *url);

/* "https://host:443" of `url`, lower case, the port always told: two URLs have the same origin
 * when these are equal. New string; ERROR_INVALID for other schemes and for user names inside. */
char *url_origin(const char *url, struct error *err);
/* The host of `url` without port and brackets. New string, or NULL. */
char *url_host(const char *url);
/* Where `location`, absolute or relative, leads from `base`; checked like url_origin(). */
char *url_resolve(const char *base, const char *location, struct error *err);
/* `text` with everything but letters, digits and "-._~" as %XX. New string. */
char *url_escape(const char *text);

/* Whether `host`, without port, is this machine by its name or address. */
bool is_loopback_host(const char *host);
/* Whether `host` is an address (or this machine) that means nothing outside of a private network:
 * loopback, private, link-local, multicast. Names are not looked up. */
bool is_private_host(const char *host);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proxies from the environment, as far as libcurl does not see to it by itself. It knows
 * http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, no_proxy and NO_PROXY; for http:// it
 * leaves HTTP_PROXY out, since a web server sets that from a header when it runs a CGI program.
 */
#ifndef REGISTRY_PROXY_H
#define REGISTRY_PROXY_H

/* What HTTP_PROXY says, where it counts; else NULL. Borrowed. */
const char *proxy_for_http(void);

#endif

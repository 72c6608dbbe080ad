/* SPDX-License-Identifier: Apache-2.0 */
/* See registry/proxy.h. */
#include "registry/proxy.h"

#include <stdlib.h>

#include "base/strings.h"

const char *proxy_for_http(void)
{
	const char *proxy = getenv("HTTP_PROXY");

	/* REQUEST_METHOD: we are such a CGI program. */
	if (is_empty(proxy) || !is_empty(getenv("http_proxy")) || getenv("REQUEST_METHOD"))
		return NULL;
	return proxy;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl calls while an answer arrives; see registry/transport.h. */
#ifndef REGISTRY_RESPONSE_H
#define REGISTRY_RESPONSE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

struct http_request;

size_t response_header(char *line, size_t size, size_t count, void *argument);
size_t response_body(char *data, size_t size, size_t count, void *argument);
/* Fills in how the request ended. */
void response_finish(struct http_request *request, CURLcode code);
/* Forgets what an earlier answer left. */
void response_reset(struct http_request *request);

#endif

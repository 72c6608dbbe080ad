/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of engine/supervisor/attach.h in bytes, and where their socket is. */
#ifndef ENGINE_SUPERVISOR_ATTACH_PROTOCOL_H
#define ENGINE_SUPERVISOR_ATTACH_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "engine/supervisor/attach.h"

struct error;

#define ATTACH_HEADER_SIZE 8
#define ATTACH_SOCKET_NAME "attach.sock"

struct attach_header {
	uint8_t type;
	uint32_t size;
};

void attach_header_format(enum attach_frame type, uint32_t size,
			  uint8_t ret_bytes[ATTACH_HEADER_SIZE]);
/* ERROR_INVALID for an unknown type, padding that is not zero, or a size over ATTACH_FRAME_MAX. */
int attach_header_parse(const uint8_t bytes[ATTACH_HEADER_SIZE], struct attach_header *ret_header,
			struct error *err);

/* The address of the socket in `directory`, by way of its descriptor: run directories may have
 * longer names than an address holds. */
void attach_address(int directory, struct sockaddr_un *ret_address);

#endif

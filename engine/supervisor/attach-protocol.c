/* SPDX-License-Identifier: Apache-2.0 */
/* Frames in bytes; detach keys. */
#include "engine/supervisor/attach-protocol.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

#define DETACH_KEYS_MAX 16
#define KEY_DEL 127

void attach_header_format(enum attach_frame type, uint32_t size,
			  uint8_t ret_bytes[ATTACH_HEADER_SIZE])
{
	memset(ret_bytes, 0, ATTACH_HEADER_SIZE);
	ret_bytes[0] = (uint8_t)type;
	ret_bytes[4] = (uint8_t)(size >> 24);
	ret_bytes[5] = (uint8_t)(size >> 16);
	ret_bytes[6] = (uint8_t)(size >> 8);
	ret_bytes[7] = (uint8_t)size;
}

int attach_header_parse(const uint8_t bytes[ATTACH_HEADER_SIZE], struct attach_header *ret_header,
			struct error *err)
{
	uint32_t size = (uint32_t)bytes[4] << 24 | (uint32_t)bytes[5] << 16 |
			(uint32_t)bytes[6] << 8 | bytes[7];

	if (bytes[0] > ATTACH_WATCH || bytes[1] || bytes[2] || bytes[3] || size > ATTACH_FRAME_MAX)
		return error_set(err, ERROR_INVALID, "attach: malformed frame");
	ret_header->type = bytes[0];
	ret_header->size = size;
	return 0;
}

void attach_address(int directory, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret_address->sun_path, sizeof(ret_address->sun_path), "/proc/self/fd/%d/%s",
		 directory, ATTACH_SOCKET_NAME);
}

/* One item of detach keys: a character, ctrl-X, or DEL. -1 if it is none. */
static int parse_key(const char *item)
{
	const char *control = skip_prefix(item, "ctrl-");

	if (item[0] != '\0' && item[1] == '\0')
		return (unsigned char)item[0];
	if (strcmp(item, "DEL") == 0)
		return KEY_DEL;
	if (!control || control[0] == '\0' || control[1] != '\0')
		return -1;
	if (control[0] >= 'a' && control[0] <= 'z')
		return control[0] - 'a' + 1;
	if (control[0] == '@')
		return 0;
	if (control[0] >= '[' && control[0] <= '_')
		return control[0] - '[' + 27;
	return -1;
}

int detach_keys_parse(const char *text, uint8_t ret_keys[16], unsigned int *ret_count,
		      struct error *err)
{
	auto_release(strings) struct strings items = { 0 };

	strings_split(&items, text, ',');
	if (items.count > DETACH_KEYS_MAX)
		return error_set(err, ERROR_USAGE, "invalid detach keys '%s': more than %d", text,
				 DETACH_KEYS_MAX);
	for (size_t i = 0; i < items.count; i++) {
		int key = parse_key(items.items[i]);

		if (key < 0)
			return error_set(err, ERROR_USAGE,
					 "invalid detach keys '%s': '%s' is no key; give single "
					 "characters, ctrl-a to ctrl-z, ctrl-@ [ \\ ] ^ _, or DEL",
					 text, items.items[i]);
		ret_keys[i] = (uint8_t)key;
	}
	*ret_count = (unsigned int)items.count;
	return 0;
}

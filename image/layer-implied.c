/* SPDX-License-Identifier: Apache-2.0 */
/* See layer-implied.h. */
#include "image/layer-implied.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"

#define IMPLIED_NAME "implied"

int layer_implied_write(int folder, const struct strings *paths, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	for (size_t i = 0; i < paths->count; i++) {
		size_t size = strlen(paths->items[i]) + 1;

		if (text.size + size > IMPLIED_SIZE_MAX)
			break;
		buffer_add(&text, paths->items[i], size);
	}
	if (text.size == 0)
		return 0;
	return file_create(folder, IMPLIED_NAME, text.data, text.size, 0600, err);
}

int layer_implied_read(int folder, struct strings *ret_paths, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (!file_exists(folder, IMPLIED_NAME))
		return 0;
	if (file_read(folder, IMPLIED_NAME, IMPLIED_SIZE_MAX, &text, err) < 0)
		return -1;
	if (text.size > 0 && text.data[text.size - 1] != '\0')
		return error_set(err, ERROR_INVALID, "'%s' is not well-formed", IMPLIED_NAME);
	for (size_t at = 0; at < text.size; at += strlen(text.data + at) + 1)
		strings_add(ret_paths, text.data + at);
	strings_sort(ret_paths);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Names of tar entries, made clean paths below tree/, or refused. */
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "image/layer-unpack.h"

static int add_component(struct layer_path *path, const char *name, size_t length,
			 struct error *err)
{
	if (length == 2 && memcmp(name, "..", 2) == 0)
		return error_set(err, ERROR_INVALID, "its name has a '..' in it");
	if (length > NAME_MAX)
		return error_set(err, ERROR_INVALID,
				 "its name has a component of more than %d bytes", NAME_MAX);
	if (path->length > 0) {
		path->parent_length = path->length;
		path->text[path->length++] = '/';
	}
	path->name = path->text + path->length;
	memcpy(path->text + path->length, name, length);
	path->length += length;
	return 0;
}

int layer_path_clean(const char *name, struct layer_path *ret_path, struct error *err)
{
	unsigned int depth = 0;

	ret_path->length = 0;
	ret_path->parent_length = 0;
	ret_path->name = ret_path->text;
	if (*name == '/')
		return error_set(err, ERROR_INVALID, "its name is absolute");
	if (strlen(name) >= sizeof(ret_path->text))
		return error_set(err, ERROR_INVALID, "its name is too long");
	while (*name) {
		size_t length = strcspn(name, "/");
		bool nothing = length == 0 || (length == 1 && *name == '.');

		if (!nothing && ++depth > LAYER_DEPTH_MAX)
			return error_set(err, ERROR_INVALID, "it lies deeper than %d directories",
					 LAYER_DEPTH_MAX);
		if (!nothing && add_component(ret_path, name, length, err) < 0)
			return -1;
		name += length;
		name += *name == '/';
	}
	ret_path->text[ret_path->length] = '\0';
	return 0;
}

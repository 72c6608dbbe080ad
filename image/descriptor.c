/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: media type, digest, size; in an index the platform, too. */
#include "image/descriptor.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"

#define MEDIA_TYPE_MAX 255	/* RFC 6838: 127 characters on either side of the slash */
#define MEDIA_TYPE_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
			 "!#$&-^_.+/; ="	/* parameters too: files of artifacts have them */
#define PLATFORM_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static int copy_platform_part(const char *name, const char *text, char *to, size_t size,
			      struct error *err)
{
	size_t length = strlen(text);

	if (length >= size || strspn(text, PLATFORM_BYTES) != length)
		return error_set(err, ERROR_INVALID, "platform: invalid %s", name);
	memcpy(to, text, length + 1);
	return 0;
}

static int decode_platform(json_t *json, struct platform *ret_platform, struct error *err)
{
	struct platform platform = { 0 };
	const char *os = "";
	const char *architecture = "";
	const char *variant = "";
	json_error_t at;

	if (!json || json_is_null(json))
		return 0;
	if (json_unpack_ex(json, &at, 0, "{s?s, s?s, s?s}", "os", &os, "architecture",
			   &architecture, "variant", &variant) < 0)
		return error_set(err, ERROR_INVALID, "platform: %s", at.text);
	if (copy_platform_part("os", os, platform.os, sizeof(platform.os), err) < 0 ||
	    copy_platform_part("architecture", architecture, platform.architecture,
			       sizeof(platform.architecture), err) < 0 ||
	    copy_platform_part("variant", variant, platform.variant, sizeof(platform.variant),
			       err) < 0)
		return -1;
	*ret_platform = platform;
	return 0;
}

static int check_media_type(const char *text, struct error *err)
{
	size_t length = strnlen(text, MEDIA_TYPE_MAX + 1);

	if (length == 0 || length > MEDIA_TYPE_MAX || strspn(text, MEDIA_TYPE_BYTES) != length)
		return error_set(err, ERROR_INVALID, "invalid mediaType");
	return 0;
}

int descriptor_decode(const json_t *json, struct descriptor *ret_descriptor, struct error *err)
{
	auto_release(descriptor) struct descriptor descriptor = { 0 };
	json_t *platform = NULL;
	json_t *annotations = NULL;
	const char *media_type;
	const char *digest;
	json_int_t size;
	json_error_t at;

	if (!json_is_object(json))
		return error_set(err, ERROR_INVALID, "missing or not an object");
	if (json_unpack_ex((json_t *)json, &at, 0, "{s:s, s:s, s:I, s?o, s?o}", "mediaType",
			   &media_type, "digest", &digest, "size", &size, "platform", &platform,
			   "annotations", &annotations) < 0)
		return error_set(err, ERROR_INVALID, "%s", at.text);
	if (check_media_type(media_type, err) < 0 ||
	    digest_parse(digest, &descriptor.digest, err) < 0 ||
	    decode_platform(platform, &descriptor.platform, err) < 0 ||
	    json_to_map(annotations, "annotations", &descriptor.annotations, err) < 0)
		return -1;
	if (size < 0)
		return error_set(err, ERROR_INVALID, "negative size");
	descriptor.media_type = xstrdup(media_type);
	descriptor.size = (uint64_t)size;

	*ret_descriptor = descriptor;
	descriptor = (struct descriptor){ 0 };
	return 0;
}

static json_t *encode_platform(const struct platform *platform)
{
	json_t *json = json_object();

	json_object_set_new(json, "architecture", json_string(platform->architecture));
	json_object_set_new(json, "os", json_string(platform->os));
	if (platform->variant[0])
		json_object_set_new(json, "variant", json_string(platform->variant));
	return json;
}

json_t *descriptor_encode(const struct descriptor *descriptor)
{
	json_t *json = json_object();
	char digest[DIGEST_TEXT_SIZE];

	digest_format(&descriptor->digest, digest);
	json_object_set_new(json, "mediaType", json_string(descriptor->media_type));
	json_object_set_new(json, "digest", json_string(digest));
	json_object_set_new(json, "size", json_integer((json_int_t)descriptor->size));
	if (descriptor->platform.os[0])
		json_object_set_new(json, "platform", encode_platform(&descriptor->platform));
	if (descriptor->annotations.count > 0)
		json_object_set_new(json, "annotations", json_from_map(&descriptor->annotations));
	return json;
}

void descriptor_copy(struct descriptor *to, const struct descriptor *from)
{
	struct descriptor copy = {
		.media_type = xstrdup(from->media_type),
		.digest = from->digest,
		.size = from->size,
		.platform = from->platform,
	};

	strings_copy(&copy.annotations, &from->annotations);
	descriptor_release(to);
	*to = copy;
}

void descriptor_release(struct descriptor *descriptor)
{
	free(descriptor->media_type);
	strings_release(&descriptor->annotations);
	*descriptor = (struct descriptor){ 0 };
}

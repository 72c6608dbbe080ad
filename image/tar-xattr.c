/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes in pax records: star's "SCHILY.xattr.NAME" with the raw
 * value, and libarchive's "LIBARCHIVE.xattr.NAME" with the name URL-encoded and
 * the value in base64. bsdtar writes both for each attribute.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/tar-format.h"

#define XATTR_NAME_LIMIT 255	/* XATTR_NAME_MAX */

void tar_xattrs_free(struct tar_xattr *xattrs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(xattrs[i].name);
		free(xattrs[i].value);
	}
	free(xattrs);
}

static void *copy_value(const void *value, size_t size)
{
	void *copy = xmalloc(size ? size : 1);

	if (size)
		memcpy(copy, value, size);
	return copy;
}

static struct tar_xattr *find_xattr(struct tar_pax *pax, const char *name)
{
	for (size_t i = 0; i < pax->xattr_count; i++) {
		if (strcmp(pax->xattrs[i].name, name) == 0)
			return &pax->xattrs[i];
	}
	return NULL;
}

int tar_xattr_add(struct tar_pax *pax, const char *name, const void *value, size_t size,
		  struct error *err)
{
	struct tar_xattr *xattr = find_xattr(pax, name);

	if (*name == '\0' || strlen(name) > XATTR_NAME_LIMIT)
		return error_set(err, ERROR_INVALID, "an attribute has no name or a long one");
	if (size > TAR_XATTR_VALUE_MAX)
		return error_set(err, ERROR_INVALID, "an attribute is larger than %d bytes",
				 TAR_XATTR_VALUE_MAX);
	if (xattr) {
		free(xattr->value);
	} else {
		if (pax->xattr_count == TAR_XATTRS_MAX)
			return error_set(err, ERROR_INVALID, "more than %d attributes",
					 TAR_XATTRS_MAX);
		pax->xattrs = xrealloc_array(pax->xattrs, pax->xattr_count + 1,
					     sizeof(*pax->xattrs));
		xattr = &pax->xattrs[pax->xattr_count++];
		xattr->name = xstrdup(name);
	}
	xattr->value = copy_value(value, size);
	xattr->size = size;
	return 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* In place; a "%" that is no escape stays as it is. */
static int url_decode(char *text, struct error *err)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		int high = *from == '%' ? hex_value(from[1]) : -1;
		int low = high >= 0 ? hex_value(from[2]) : -1;

		if (low < 0) {
			*to++ = *from;
			continue;
		}
		if (high == 0 && low == 0)
			return error_set(err, ERROR_INVALID, "the name of an attribute has a NUL");
		*to++ = (char)(high << 4 | low);
		from += 2;
	}
	*to = '\0';
	return 0;
}

static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* With or without padding. ret_data holds size * 3 / 4 bytes. */
static int base64_decode(const char *text, size_t size, unsigned char *ret_data,
			 size_t *ret_size, struct error *err)
{
	uint32_t bits = 0;
	unsigned int held = 0;
	size_t out = 0;

	while (size > 0 && text[size - 1] == '=')
		size--;
	for (size_t i = 0; i < size; i++) {
		int value = base64_value(text[i]);

		if (value < 0)
			return error_set(err, ERROR_INVALID, "an attribute is not base64");
		bits = (bits << 6 | (uint32_t)value) & 0xffffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			ret_data[out++] = (unsigned char)(bits >> held);
		}
	}
	*ret_size = out;
	return 0;
}

int tar_xattr_add_encoded(struct tar_pax *pax, const char *encoded_name, const char *base64,
			  size_t size, struct error *err)
{
	auto_free char *name = xstrdup(encoded_name);
	auto_free unsigned char *value = xmalloc(size / 4 * 3 + 3);
	size_t value_size = 0;

	if (url_decode(name, err) < 0 ||
	    base64_decode(base64, size, value, &value_size, err) < 0)
		return -1;
	return tar_xattr_add(pax, name, value, value_size, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended headers (POSIX.1-2001, pax): "LENGTH KEY=VALUE\n" records, each
 * length counting itself.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "image/tar-format.h"

struct pax_record {
	const char *key;	/* terminated */
	const char *value;	/* terminated, may hold NUL bytes */
	size_t size;
};

int tar_decimal(const char *text, size_t size, uint64_t *ret_value, struct error *err)
{
	uint64_t value = 0;

	if (size == 0)
		return error_set(err, ERROR_INVALID, "a number is empty");
	for (size_t i = 0; i < size; i++) {
		unsigned int digit = (unsigned char)text[i] - (unsigned int)'0';

		if (digit > 9)
			return error_set(err, ERROR_INVALID, "a number is not decimal");
		if (value > ((uint64_t)INT64_MAX - digit) / 10)
			return error_set(err, ERROR_INVALID, "a number is out of range");
		value = value * 10 + digit;
	}
	*ret_value = value;
	return 0;
}

/* "[-]SECONDS[.FRACTION]"; digits behind the ninth are cut. */
static int decode_time(const struct pax_record *record, int64_t *ret_time, struct error *err)
{
	const char *text = record->value;
	bool negative = *text == '-';
	size_t whole, digits;
	uint32_t nanoseconds = 0;
	uint64_t seconds;

	text += negative;
	whole = strcspn(text, ".");
	if (tar_decimal(text, whole, &seconds, err) < 0)
		return -1;
	text += whole;
	text += *text == '.';
	digits = strspn(text, "0123456789");
	if (text[digits] != '\0' || text + digits != record->value + record->size)
		return error_set(err, ERROR_INVALID, "a time is not decimal");
	for (size_t i = 0; i < 9; i++)
		nanoseconds = nanoseconds * 10 + (i < digits ? (uint32_t)(text[i] - '0') : 0);

	if (!negative)
		*ret_time = tar_time((int64_t)seconds, nanoseconds);
	else if (nanoseconds == 0)
		*ret_time = tar_time(-(int64_t)seconds, 0);
	else
		*ret_time = tar_time(-(int64_t)seconds - 1, 1000000000 - nanoseconds);
	return 0;
}

static int decode_id(const struct pax_record *record, uint32_t *ret_id, struct error *err)
{
	uint64_t id;

	if (tar_decimal(record->value, record->size, &id, err) < 0)
		return -1;
	if (!tar_uid_fits((int64_t)id))
		return error_set(err, ERROR_INVALID, "an owner is out of range");
	*ret_id = (uint32_t)id;
	return 0;
}

static int decode_text(const struct pax_record *record, char **slot, struct error *err)
{
	if (strlen(record->value) != record->size)
		return error_set(err, ERROR_INVALID, "a name has a NUL");
	if (record->size >= TAR_NAME_MAX)
		return error_set(err, ERROR_INVALID, "a name is longer than %d bytes",
				 TAR_NAME_MAX - 1);
	replace_string(slot, record->value);
	return 0;
}

static int decode_number(const struct pax_record *record, uint64_t *ret_value, bool *ret_has,
			 struct error *err)
{
	if (tar_decimal(record->value, record->size, ret_value, err) < 0)
		return -1;
	*ret_has = true;
	return 0;
}

/* Version 0.0 spells its map as offset and size records in turn. */
static int decode_sparse_pair(struct tar_pax *pax, const struct pax_record *record,
			      bool is_size, struct error *err)
{
	uint64_t value;

	if (tar_decimal(record->value, record->size, &value, err) < 0)
		return -1;
	if (is_size != pax->sparse_offset_pending)
		return error_set(err, ERROR_INVALID, "a sparse map has an offset without size");
	pax->sparse_offset_pending = !is_size;
	pax->has_sparse_map = true;
	if (is_size)
		return tar_sparse_add(&pax->sparse, pax->sparse_offset, value, err);
	pax->sparse_offset = value;
	return 0;
}

static int decode_sparse(struct tar_pax *pax, const char *key, const struct pax_record *record,
			 struct error *err)
{
	if (strcmp(key, "major") == 0)
		return decode_number(record, &pax->sparse_major, &pax->has_sparse_major, err);
	if (strcmp(key, "minor") == 0)
		return decode_number(record, &pax->sparse_minor, &pax->has_sparse_minor, err);
	if (strcmp(key, "name") == 0)
		return decode_text(record, &pax->sparse_name, err);
	if (strcmp(key, "size") == 0 || strcmp(key, "realsize") == 0)
		return decode_number(record, &pax->sparse_size, &pax->has_sparse_size, err);
	if (strcmp(key, "offset") == 0 || strcmp(key, "numbytes") == 0)
		return decode_sparse_pair(pax, record, *key == 'n', err);
	if (strcmp(key, "map") == 0) {
		if (strlen(record->value) != record->size)
			return error_set(err, ERROR_INVALID, "a sparse map has a NUL");
		tar_sparse_clear(&pax->sparse);
		pax->has_sparse_map = true;
		return tar_sparse_text_map(&pax->sparse, record->value, err);
	}
	return 0;
}

static int decode_record(struct tar_pax *pax, const struct pax_record *record,
			 struct error *err)
{
	const char *rest;

	if ((rest = skip_prefix(record->key, "SCHILY.xattr.")))
		return tar_xattr_add(pax, rest, record->value, record->size, err);
	if ((rest = skip_prefix(record->key, "LIBARCHIVE.xattr.")))
		return tar_xattr_add_encoded(pax, rest, record->value, record->size, err);
	if (record->size == 0)
		return 0;
	if ((rest = skip_prefix(record->key, "GNU.sparse.")))
		return decode_sparse(pax, rest, record, err);
	if (strcmp(record->key, "path") == 0)
		return decode_text(record, &pax->path, err);
	if (strcmp(record->key, "linkpath") == 0)
		return decode_text(record, &pax->link, err);
	if (strcmp(record->key, "size") == 0)
		return decode_number(record, &pax->size, &pax->has_size, err);
	if (strcmp(record->key, "uid") == 0) {
		pax->has_uid = true;
		return decode_id(record, &pax->uid, err);
	}
	if (strcmp(record->key, "gid") == 0) {
		pax->has_gid = true;
		return decode_id(record, &pax->gid, err);
	}
	if (strcmp(record->key, "mtime") == 0) {
		pax->has_mtime = true;
		return decode_time(record, &pax->mtime_ns, err);
	}
	return 0;
}

/* Cuts one record off the front of *data; its strings are terminated in place. */
static int next_record(char **data, size_t *size, struct pax_record *ret_record,
		       struct error *err)
{
	char *blank = memchr(*data, ' ', *size < 20 ? *size : 20);
	char *end, *equals;
	uint64_t length;

	if (!blank || tar_decimal(*data, (size_t)(blank - *data), &length, err) < 0 ||
	    length > *size || length < (uint64_t)(blank - *data) + 3)
		return error_set(err, ERROR_INVALID, "an extended header has a wrong length");
	end = *data + length - 1;
	equals = memchr(blank + 1, '=', (size_t)(end - blank - 1));
	if (*end != '\n' || !equals || equals == blank + 1 ||
	    memchr(blank + 1, '\0', (size_t)(equals - blank - 1)))
		return error_set(err, ERROR_INVALID, "an extended header is malformed");
	*equals = '\0';
	*end = '\0';
	ret_record->key = blank + 1;
	ret_record->value = equals + 1;
	ret_record->size = (size_t)(end - equals - 1);
	*data += length;
	*size -= length;
	return 0;
}

/* `pax` NULL: only checks. */
static int decode(struct tar_pax *pax, const char *data, size_t size, struct error *err)
{
	auto_free char *copy = xmalloc(size + 1);
	char *at = copy;

	memcpy(copy, data, size);
	while (size > 0) {
		struct pax_record record = { 0 };

		if (next_record(&at, &size, &record, err) < 0)
			return -1;
		if (pax && decode_record(pax, &record, err) < 0)
			return error_context(err, "extended header");
	}
	if (pax && pax->sparse_offset_pending)
		return error_set(err, ERROR_INVALID, "a sparse map has an offset without size");
	return 0;
}

int tar_pax_decode(struct tar_pax *pax, const char *data, size_t size, struct error *err)
{
	tar_pax_release(pax);
	return decode(pax, data, size, err);
}

int tar_pax_check(const char *data, size_t size, struct error *err)
{
	return decode(NULL, data, size, err);
}

int tar_pax_sparse_kind(const struct tar_pax *pax, enum tar_sparse_kind *ret_kind,
			struct error *err)
{
	uint64_t major = pax->sparse_major, minor = pax->sparse_minor;

	*ret_kind = TAR_SPARSE_NONE;
	if (!pax->has_sparse_major && !pax->has_sparse_minor) {
		if (pax->has_sparse_map)
			*ret_kind = TAR_SPARSE_LISTED;
		return 0;
	}
	if (major == 1 && minor == 0)
		*ret_kind = TAR_SPARSE_IN_DATA;
	else if (major == 0 && minor <= 1)
		*ret_kind = TAR_SPARSE_LISTED;
	else
		return error_set(err, ERROR_INVALID, "an unknown version of sparse files");
	return 0;
}

void tar_pax_release(struct tar_pax *pax)
{
	free(pax->path);
	free(pax->link);
	free(pax->sparse_name);
	tar_xattrs_free(pax->xattrs, pax->xattr_count);
	tar_sparse_release(&pax->sparse);
	*pax = (struct tar_pax){ 0 };
}

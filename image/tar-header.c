/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One 512-byte header block: v7, ustar (POSIX.1-1988), star and GNU tell apart
 * by their magic.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "image/tar-format.h"

/* Offsets and sizes of the fields. */
#define NAME 0
#define NAME_SIZE 100
#define MODE 100
#define UID 108
#define GID 116
#define ID_SIZE 8
#define SIZE 124
#define MTIME 136
#define LONG_SIZE 12
#define CHECKSUM 148
#define CHECKSUM_SIZE 8
#define FLAG 156
#define LINK 157
#define MAGIC 257
#define DEVICE_MAJOR 329
#define DEVICE_MINOR 337
#define PREFIX 345
#define PREFIX_SIZE 155
#define PREFIX_SIZE_STAR 131
#define TRAILER_STAR 508

static const unsigned char zero_block[TAR_BLOCK_SIZE];

bool tar_block_is_zero(const unsigned char *block)
{
	return memcmp(block, zero_block, TAR_BLOCK_SIZE) == 0;
}

/* Two's complement, big-endian, the top bit only a mark. */
static int base256_decode(const unsigned char *field, size_t size, int64_t *ret_value,
			  struct error *err)
{
	bool negative = field[0] & 0x40;
	uint64_t value = negative ? UINT64_MAX : 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char byte = field[i];

		if (i == 0)
			byte = negative ? byte | 0x80 : byte & 0x7f;
		/* What is shifted out may only be copies of the sign. */
		if (value >> 56 != (negative ? 0xff : 0))
			return error_set(err, ERROR_INVALID, "a number is out of range");
		value = value << 8 | byte;
	}
	if ((value >> 63 != 0) != negative)
		return error_set(err, ERROR_INVALID, "a number is out of range");
	*ret_value = (int64_t)value;
	return 0;
}

int tar_number_decode(const unsigned char *field, size_t size, int64_t *ret_value,
		      struct error *err)
{
	uint64_t value = 0;
	size_t i = 0;

	if (field[0] & 0x80)
		return base256_decode(field, size, ret_value, err);
	/* Old archives pad with blanks or zero bytes on either side. */
	while (i < size && (field[i] == ' ' || field[i] == '\0'))
		i++;
	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(field[i] - '0');
	for (; i < size && field[i] != '\0'; i++) {
		if (field[i] != ' ')
			return error_set(err, ERROR_INVALID, "a number is not octal");
	}
	*ret_value = (int64_t)value;	/* 12 digits of 3 bits at most */
	return 0;
}

bool tar_uid_fits(int64_t id)
{
	return id >= 0 && id < UINT32_MAX;
}

int64_t tar_time(int64_t seconds, uint32_t nanoseconds)
{
	if (seconds >= INT64_MAX / NS_PER_SECOND)
		return INT64_MAX;
	if (seconds <= INT64_MIN / NS_PER_SECOND)
		return INT64_MIN;
	return seconds * NS_PER_SECOND + nanoseconds;
}

static int check_sum(const unsigned char *block, struct error *err)
{
	int64_t stored, sum = 0, signed_sum = 0;

	for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
		bool blank = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_SIZE;
		unsigned char byte = blank ? ' ' : block[i];

		sum += byte;
		signed_sum += (signed char)byte;	/* old Sun tars */
	}
	if (tar_number_decode(block + CHECKSUM, CHECKSUM_SIZE, &stored, err) < 0 ||
	    (stored != sum && stored != signed_sum))
		return error_set(err, ERROR_INVALID, "a header has a wrong checksum");
	return 0;
}

static int decode_numbers(const unsigned char *block, struct tar_header *header,
			  struct error *err)
{
	int64_t mode, uid, gid, size, mtime;

	if (tar_number_decode(block + MODE, ID_SIZE, &mode, err) < 0 ||
	    tar_number_decode(block + UID, ID_SIZE, &uid, err) < 0 ||
	    tar_number_decode(block + GID, ID_SIZE, &gid, err) < 0 ||
	    tar_number_decode(block + SIZE, LONG_SIZE, &size, err) < 0 ||
	    tar_number_decode(block + MTIME, LONG_SIZE, &mtime, err) < 0)
		return -1;
	if (!tar_uid_fits(uid) || !tar_uid_fits(gid))
		return error_set(err, ERROR_INVALID, "an owner is out of range");
	if (size < 0)
		return error_set(err, ERROR_INVALID, "a size is negative");
	header->mode = (mode_t)(mode & 07777);
	header->uid = (uid_t)uid;
	header->gid = (gid_t)gid;
	header->size = (uint64_t)size;
	header->mtime_ns = tar_time(mtime, 0);
	return 0;
}

static int decode_device(const unsigned char *block, struct tar_header *header,
			 struct error *err)
{
	int64_t major, minor;

	if (header->flag != '3' && header->flag != '4')
		return 0;
	if (tar_number_decode(block + DEVICE_MAJOR, ID_SIZE, &major, err) < 0 ||
	    tar_number_decode(block + DEVICE_MINOR, ID_SIZE, &minor, err) < 0)
		return -1;
	if (major < 0 || minor < 0 || major > UINT32_MAX || minor > UINT32_MAX)
		return error_set(err, ERROR_INVALID, "a device number is out of range");
	header->device_major = (unsigned int)major;
	header->device_minor = (unsigned int)minor;
	return 0;
}

static size_t field_length(const unsigned char *field, size_t size)
{
	return strnlen((const char *)field, size);
}

static void decode_names(const unsigned char *block, bool prefixed, bool star,
			 struct tar_header *header)
{
	size_t at = 0, length;

	if (prefixed) {
		at = field_length(block + PREFIX, star ? PREFIX_SIZE_STAR : PREFIX_SIZE);
		memcpy(header->name, block + PREFIX, at);
		if (at > 0)
			header->name[at++] = '/';
	}
	length = field_length(block + NAME, NAME_SIZE);
	memcpy(header->name + at, block + NAME, length);
	header->name[at + length] = '\0';

	length = field_length(block + LINK, NAME_SIZE);
	memcpy(header->link, block + LINK, length);
	header->link[length] = '\0';
}

int tar_header_decode(const unsigned char *block, struct tar_header *ret_header,
		      struct error *err)
{
	bool ustar = memcmp(block + MAGIC, "ustar\0", 6) == 0;
	bool star = ustar && memcmp(block + TRAILER_STAR, "tar\0", 4) == 0;

	if (check_sum(block, err) < 0)
		return -1;
	memset(ret_header, 0, sizeof(*ret_header));
	ret_header->flag = (char)block[FLAG];
	ret_header->gnu = memcmp(block + MAGIC, "ustar  \0", 8) == 0;
	decode_names(block, ustar, star, ret_header);
	if (decode_numbers(block, ret_header, err) < 0)
		return -1;
	return decode_device(block, ret_header, err);
}

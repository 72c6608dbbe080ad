/* SPDX-License-Identifier: Apache-2.0 */
/* See image/tar-write.h; POSIX.1-2017, pax, "ustar Interchange Format". */
#include "image/tar-write.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "image/tar-format.h"

#define NAME_SIZE 100
#define PREFIX_SIZE 155
#define LINK_SIZE 100
#define ID_MAX 07777777u		/* seven octal digits */
#define SIZE_MAX_USTAR 077777777777ULL	/* eleven */
#define PAX_NAME "PaxHeaders.0/"
#define PAX_BUFFER_MAX ((size_t)16 << 20)	/* TAR_XATTRS_MAX of TAR_XATTR_VALUE_MAX, and more */

/* A header block, as it lies in the file. */
struct ustar {
	char name[NAME_SIZE];
	char mode[8], uid[8], gid[8];
	char size[12], mtime[12];
	char checksum[8];
	char flag;
	char link[LINK_SIZE];
	char magic[6], version[2];
	char user[32], group[32];
	char device_major[8], device_minor[8];
	char prefix[PREFIX_SIZE];
	char unused[12];
};
_Static_assert(sizeof(struct ustar) == TAR_BLOCK_SIZE, "a header is one block");

/* Fills the field but for its last byte, a NUL. */
static void put_octal(char *field, size_t size, uint64_t value)
{
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
	field[size - 1] = '\0';
}

static void put_checksum(struct ustar *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned int sum = 0;

	memset(header->checksum, ' ', sizeof(header->checksum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	put_octal(header->checksum, sizeof(header->checksum) - 1, sum);
}

/* Puts `name` into the two fields. False: it does not fit there. */
static bool put_name(struct ustar *header, const char *name, size_t length)
{
	size_t split = length > PREFIX_SIZE ? PREFIX_SIZE : length;

	if (length <= NAME_SIZE) {
		memcpy(header->name, name, length);
		return true;
	}
	while (split > 0 && name[split] != '/')
		split--;
	if (split == 0 || length - split - 1 > NAME_SIZE || length - split - 1 == 0)
		return false;
	memcpy(header->prefix, name, split);
	memcpy(header->name, name + split + 1, length - split - 1);
	return true;
}

/* One pax record: its decimal length counts itself. */
static void add_record(struct buffer *pax, const char *key, const void *value, size_t size)
{
	size_t rest = strlen(key) + size + 3;	/* blank, '=', newline */
	size_t length = rest + 1;
	char digits[24];
	int count = 0;

	for (;;) {
		count = snprintf(digits, sizeof(digits), "%zu", length);
		if (rest + (size_t)count == length)
			break;
		length = rest + (size_t)count;
	}
	buffer_add(pax, digits, (size_t)count);
	buffer_putc(pax, ' ');
	buffer_puts(pax, key);
	buffer_putc(pax, '=');
	buffer_add(pax, value, size);
	buffer_putc(pax, '\n');
}

static void add_number(struct buffer *pax, const char *key, uint64_t value)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

	add_record(pax, key, text, (size_t)length);
}

/* Seconds with a fraction, trailing zeros cut; negative times are told as such. */
static void add_time(struct buffer *pax, int64_t time)
{
	uint64_t size = time < 0 ? -(uint64_t)time : (uint64_t)time;
	char text[40];
	int length = snprintf(text, sizeof(text), "%s%llu.%09llu", time < 0 ? "-" : "",
			      (unsigned long long)(size / NS_PER_SECOND),
			      (unsigned long long)(size % NS_PER_SECOND));

	while (text[length - 1] == '0')
		length--;
	if (text[length - 1] == '.')
		length--;
	add_record(pax, "mtime", text, (size_t)length);
}

static int add_xattrs(struct buffer *pax, const struct tar_entry *entry, struct error *err)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];
		auto_release(buffer) struct buffer key = { 0 };

		if (strchr(xattr->name, '=')) {
			auto_free char *shown = printable(xattr->name);

			return error_set(err, ERROR_INVALID,
					 "attribute '%s' cannot be told in a tar", shown);
		}
		buffer_printf(&key, "SCHILY.xattr.%s", xattr->name);
		add_record(pax, key.data, xattr->value, xattr->size);
	}
	return 0;
}

static char flag_of(enum tar_type type)
{
	static const char flags[] = {
		[TAR_FILE] = '0', [TAR_HARDLINK] = '1', [TAR_SYMLINK] = '2', [TAR_CHARACTER] = '3',
		[TAR_BLOCK] = '4', [TAR_DIRECTORY] = '5', [TAR_FIFO] = '6',
	};

	return flags[type];
}

/* A number in its field, or in a pax record and 0 in the field. */
static void put_number(char *field, size_t size, uint64_t value, uint64_t max, const char *key,
		       struct buffer *pax)
{
	if (value > max) {
		add_number(pax, key, value);
		value = 0;
	}
	put_octal(field, size, value);
}

static void put_time(struct ustar *header, int64_t time, struct buffer *pax)
{
	int64_t seconds = time / NS_PER_SECOND;

	if (time < 0 || time % NS_PER_SECOND || (uint64_t)seconds > SIZE_MAX_USTAR)
		add_time(pax, time);
	put_octal(header->mtime, sizeof(header->mtime), time < 0 ? 0 : (uint64_t)seconds);
}

static void put_link(struct ustar *header, const char *link, struct buffer *pax)
{
	size_t length = strlen(link);

	if (length > LINK_SIZE) {
		add_record(pax, "linkpath", link, length);
		length = LINK_SIZE;
	}
	memcpy(header->link, link, length);
}

static void start_header(struct ustar *header, char flag, mode_t mode)
{
	memset(header, 0, sizeof(*header));
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
	header->flag = flag;
	put_octal(header->mode, sizeof(header->mode), mode & 07777);
}

static void put_entry_name(struct ustar *header, const struct tar_entry *entry,
			   struct buffer *pax)
{
	auto_release(buffer) struct buffer name = { 0 };

	buffer_puts(&name, entry->name);
	if (entry->type == TAR_DIRECTORY && !has_suffix(entry->name, "/"))
		buffer_putc(&name, '/');
	if (put_name(header, name.data, name.size))
		return;
	add_record(pax, "path", name.data, name.size);
	memcpy(header->name, name.data, NAME_SIZE);
}

/* The block that says how long `pax` is. What readers that do not know pax see of it does not matter. */
static void add_pax_header(struct buffer *buffer, const struct buffer *pax, const char *name)
{
	const char *base = strrchr(name, '/');
	struct ustar header;
	size_t length;

	start_header(&header, 'x', 0644);
	base = base && base[1] ? base + 1 : name;
	length = strlen(base);
	if (length > NAME_SIZE - strlen(PAX_NAME))
		length = NAME_SIZE - strlen(PAX_NAME);
	memcpy(header.name, PAX_NAME, strlen(PAX_NAME));
	memcpy(header.name + strlen(PAX_NAME), base, length);
	put_octal(header.uid, sizeof(header.uid), 0);
	put_octal(header.gid, sizeof(header.gid), 0);
	put_octal(header.mtime, sizeof(header.mtime), 0);
	put_octal(header.size, sizeof(header.size), pax->size);
	put_checksum(&header);
	buffer_add(buffer, &header, sizeof(header));
	buffer_add(buffer, pax->data, pax->size);
	tar_write_padding(buffer, pax->size);
}

int tar_write_header(struct buffer *buffer, const struct tar_entry *entry, struct error *err)
{
	bool is_device = entry->type == TAR_CHARACTER || entry->type == TAR_BLOCK;
	auto_release(buffer) struct buffer pax = { .max = PAX_BUFFER_MAX };
	struct ustar header;

	start_header(&header, flag_of(entry->type), entry->mode);
	put_entry_name(&header, entry, &pax);
	if (entry->link)
		put_link(&header, entry->link, &pax);
	put_number(header.uid, sizeof(header.uid), entry->uid, ID_MAX, "uid", &pax);
	put_number(header.gid, sizeof(header.gid), entry->gid, ID_MAX, "gid", &pax);
	put_number(header.size, sizeof(header.size), entry->type == TAR_FILE ? entry->size : 0,
		   SIZE_MAX_USTAR, "size", &pax);
	put_time(&header, entry->mtime_ns, &pax);
	if (is_device) {
		put_octal(header.device_major, sizeof(header.device_major), entry->device_major);
		put_octal(header.device_minor, sizeof(header.device_minor), entry->device_minor);
	}
	if (add_xattrs(&pax, entry, err) < 0)
		return -1;
	if (pax.size > TAR_PAX_SIZE_MAX)
		return error_set(err, ERROR_INVALID, "its attributes take more than %d bytes",
				 TAR_PAX_SIZE_MAX);
	if (pax.size > 0)
		add_pax_header(buffer, &pax, entry->name);
	put_checksum(&header);
	buffer_add(buffer, &header, sizeof(header));
	return 0;
}

size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK_SIZE - 1));
}

static const char zeros[2 * TAR_BLOCK_SIZE];

void tar_write_padding(struct buffer *buffer, uint64_t size)
{
	buffer_add(buffer, zeros, tar_padding(size));
}

void tar_write_end(struct buffer *buffer)
{
	buffer_add(buffer, zeros, sizeof(zeros));
}

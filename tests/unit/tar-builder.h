/* SPDX-License-Identifier: Apache-2.0 */
/* Tars spelled by hand, block by block, and the functions that read them in small steps. */
#ifndef TESTS_UNIT_TAR_BUILDER_H
#define TESTS_UNIT_TAR_BUILDER_H

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

#define BLOCK_SIZE 512

struct tar_block {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], flag, link[100];
	char magic[8], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};

/* An ustar header; fields may be changed before tar_add_block(). */
static inline struct tar_block tar_block_of(const char *name, char flag, unsigned long size)
{
	struct tar_block block = { 0 };

	memcpy(block.name, name, strlen(name) < 100 ? strlen(name) : 100);
	memcpy(block.mode, "0000644", 8);
	memcpy(block.uid, "0000000", 8);
	memcpy(block.gid, "0000000", 8);
	snprintf(block.size, sizeof(block.size), "%011lo",
		 size & 077777777777UL);
	memcpy(block.mtime, "00000000000", 12);
	memcpy(block.magic, "ustar\00000", 8);
	block.flag = flag;
	return block;
}

static inline void tar_add_block(struct buffer *tar, struct tar_block *block)
{
	const unsigned char *bytes = (const unsigned char *)block;
	char text[16];
	unsigned int sum = 0;

	memset(block->checksum, ' ', sizeof(block->checksum));
	for (size_t i = 0; i < sizeof(*block); i++)
		sum += bytes[i];
	snprintf(text, sizeof(text), "%06o", sum);
	memcpy(block->checksum, text, 7);
	buffer_add(tar, block, sizeof(*block));
}

static inline void tar_pad(struct buffer *tar)
{
	while (tar->size % BLOCK_SIZE)
		buffer_putc(tar, '\0');
}

static inline void tar_add(struct buffer *tar, const char *name, char flag, const char *link,
			   const void *data, size_t size)
{
	struct tar_block block = tar_block_of(name, flag, size);

	if (link)
		memcpy(block.link, link, strlen(link));
	tar_add_block(tar, &block);
	buffer_add(tar, data, size);
	tar_pad(tar);
}

static inline void tar_add_file(struct buffer *tar, const char *name, const char *text)
{
	tar_add(tar, name, '0', NULL, text, strlen(text));
}

static inline void tar_add_pax_record(struct buffer *body, const char *key, const void *value,
				      size_t size)
{
	size_t length = strlen(key) + size + 3;
	size_t whole = length;

	for (int i = 0; i < 3; i++) {
		char digits[24];

		whole = length + (size_t)snprintf(digits, sizeof(digits), "%zu", whole);
	}
	buffer_printf(body, "%zu %s=", whole, key);
	buffer_add(body, value, size);
	buffer_putc(body, '\n');
}

/* Key and value in turn, up to NULL. */
static inline void tar_add_pax(struct buffer *tar, const char *const *pairs)
{
	struct buffer body = { 0 };

	for (; *pairs; pairs += 2)
		tar_add_pax_record(&body, pairs[0], pairs[1], strlen(pairs[1]));
	tar_add(tar, "pax", 'x', NULL, body.data, body.size);
	buffer_release(&body);
}

static inline void tar_end(struct buffer *tar)
{
	static const char zeros[2 * BLOCK_SIZE];

	buffer_add(tar, zeros, sizeof(zeros));
}

/* A read_function over memory that gives at most `step` bytes at once. */
struct memory {
	const char *data;
	size_t size, at, step;
};

static inline ssize_t memory_read(void *argument, void *data, size_t size, struct error *err)
{
	struct memory *memory = argument;

	(void)err;
	if (size > memory->size - memory->at)
		size = memory->size - memory->at;
	if (size > memory->step)
		size = memory->step;
	memcpy(data, memory->data + memory->at, size);
	memory->at += size;
	return (ssize_t)size;
}

#endif

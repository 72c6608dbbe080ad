/* SPDX-License-Identifier: Apache-2.0 */
/* Tar streams: what the reader promises of entries holds, and the record is the input. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/layer-unpack.h"
#include "image/tar.h"
#include "tests/fuzz/fuzz.h"

struct input {
	const uint8_t *data;
	size_t size, at, step;
	size_t recorded;	/* bytes of it that were given back, in order */
};

static ssize_t read_input(void *argument, void *data, size_t size, struct error *err)
{
	struct input *input = argument;

	(void)err;
	if (size > input->size - input->at)
		size = input->size - input->at;
	if (size > input->step)
		size = input->step;
	memcpy(data, input->data + input->at, size);
	input->at += size;
	return (ssize_t)size;
}

static int give_back(void *argument, const void *data, size_t size, struct error *err)
{
	struct input *input = argument;

	(void)err;
	if (size > input->size - input->recorded ||
	    memcmp(input->data + input->recorded, data, size) != 0)
		abort();
	input->recorded += size;
	return 0;
}

static int content_follows(void *argument, const struct tar_entry *entry, struct error *err)
{
	(void)argument;
	(void)err;
	if (entry->type != TAR_FILE || entry->stored_size == 0)
		abort();
	return 0;
}

static void check_segments(const struct tar_entry *entry)
{
	uint64_t end = 0, data = 0;

	for (size_t i = 0; i < entry->segment_count; i++) {
		const struct tar_segment *segment = &entry->segments[i];

		if (segment->offset < end || segment->size > entry->size ||
		    segment->offset > entry->size - segment->size)
			abort();
		end = segment->offset + segment->size;
		data += segment->size;
	}
	if (entry->segments && data != entry->stored_size)
		abort();
}

static void check_entry(const struct tar_entry *entry)
{
	bool link = entry->type == TAR_HARDLINK || entry->type == TAR_SYMLINK;
	auto_error err = { 0 };
	struct layer_path path;
	enum whiteout kind;

	if (!*entry->name || strlen(entry->name) >= TAR_NAME_MAX || entry->mode > 07777 ||
	    link != (entry->link != NULL) || (link && !*entry->link) ||
	    entry->uid == (uid_t)-1 || entry->gid == (gid_t)-1)
		abort();
	if (entry->type != TAR_FILE && entry->stored_size != 0)
		abort();
	check_segments(entry);
	if (layer_path_clean(entry->name, &path, &err) < 0)
		return;
	if (path.text[0] == '/' || strstr(path.text, "//") || strlen(path.text) != path.length)
		abort();
	(void)whiteout_kind(&path, &kind, &err);
}

static void run(const uint8_t *data, size_t size, size_t step)
{
	struct input input = { data, size, 0, step, 0 };
	const struct tar_recorder recorder = { give_back, content_follows, &input };
	struct tar_reader *reader = tar_reader_new(read_input, &input, &recorder);
	const struct tar_entry *entry = NULL;
	auto_error err = { 0 };
	char piece[1024];
	int more;

	while ((more = tar_reader_next(reader, &entry, &err)) == 1) {
		uint64_t content = 0;
		ssize_t got;

		check_entry(entry);
		while ((got = tar_reader_content(reader, piece, sizeof(piece), &err)) > 0) {
			(void)give_back(&input, piece, (size_t)got, &err);
			content += (uint64_t)got;
		}
		if (got == 0 && content != entry->stored_size)
			abort();
		if (got < 0)
			break;
	}
	if (more == 0 && input.recorded != size)
		abort();
	if (more < 0 && !err.message)
		abort();
	tar_reader_free(reader);
}

#define BLOCK 512
#define CHECKSUM 148
#define MAGIC 257

/* A mutation hardly ever keeps a checksum right, and would get no further than that. */
static void mend_checksums(uint8_t *data, size_t size)
{
	for (; size >= BLOCK; data += BLOCK, size -= BLOCK) {
		unsigned int sum = 0;

		if (memcmp(data + MAGIC, "ustar", 5) != 0)
			continue;
		memset(data + CHECKSUM, ' ', 8);
		for (size_t i = 0; i < BLOCK; i++)
			sum += data[i];
		for (size_t i = 0; i < 6; i++, sum >>= 3)
			data[CHECKSUM + 5 - i] = (uint8_t)('0' + (sum & 7));
		data[CHECKSUM + 6] = '\0';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *mended = malloc(size ? size : 1);

	if (!mended)
		abort();
	memcpy(mended, data, size);
	mend_checksums(mended, size);
	run(data, size, SIZE_MAX);
	run(mended, size, SIZE_MAX);
	run(mended, size, 513);
	free(mended);
	return 0;
}

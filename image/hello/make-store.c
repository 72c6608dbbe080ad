/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the read-only store that comes with the installation, by the same code that keeps
 * every other store: `make-store DIRECTORY PROGRAM` puts the image docker.io/library/hello:latest
 * with PROGRAM as /hello into the store at DIRECTORY. Run while building.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "image/store.h"

#define PROGRAM_SIZE_MAX ((size_t)4 << 20)
#define TAR_BLOCK_SIZE 512
/* The same input gives the same image, whenever it is built. */
#define CREATED "2026-01-01T00:00:00Z"
#define CREATED_SECONDS 1767225600UL

struct tar_header {	/* POSIX ustar */
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[6], version[2], owner[32], group[32], major[8], minor[8];
	char prefix[155], padding[12];
};

static void add_tar_header(struct buffer *tar, const char *name, char type, unsigned int mode,
			   size_t size)
{
	struct tar_header header = { .type = type };
	const unsigned char *bytes = (const unsigned char *)&header;
	unsigned int sum = 0;

	snprintf(header.name, sizeof(header.name), "%s", name);
	snprintf(header.mode, sizeof(header.mode), "%07o", mode);
	snprintf(header.uid, sizeof(header.uid), "%07o", 0);
	snprintf(header.gid, sizeof(header.gid), "%07o", 0);
	snprintf(header.size, sizeof(header.size), "%011zo", size);
	snprintf(header.mtime, sizeof(header.mtime), "%011lo", CREATED_SECONDS);
	memcpy(header.magic, "ustar", 6);
	memcpy(header.version, "00", 2);
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += bytes[i];
	snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
	buffer_add(tar, &header, sizeof(header));
}

static void compose_tar(struct buffer *tar, const struct buffer *program)
{
	static const char zeros[2 * TAR_BLOCK_SIZE];

	add_tar_header(tar, "hello", '0', 0755, program->size);
	buffer_add(tar, program->data, program->size);
	buffer_add(tar, zeros, (TAR_BLOCK_SIZE - program->size % TAR_BLOCK_SIZE) % TAR_BLOCK_SIZE);
	buffer_add(tar, zeros, sizeof(zeros));
}

struct tar_position {
	const struct buffer *tar;
	size_t at;
};

static ssize_t read_tar(void *argument, void *data, size_t size, struct error *err)
{
	struct tar_position *position = argument;
	size_t left = position->tar->size - position->at;

	(void)err;
	if (size > left)
		size = left;
	memcpy(data, position->tar->data + position->at, size);
	position->at += size;
	return (ssize_t)size;
}

static int add_layer(struct store *store, const struct buffer *tar, struct layer_info *ret_info,
		     struct error *err)
{
	__attribute__((cleanup(store_staging_release))) struct store_staging staging = {
		.folder = -1, .lock = -1
	};
	struct tar_position position = { .tar = tar };

	if (store_stage(store, "layer", &staging, err) < 0 ||
	    layer_unpack(staging.folder, read_tar, &position, LAYER_OWNERS_RECORDED, NULL, ret_info,
			 err) < 0 ||
	    layer_info_write(staging.folder, ret_info, err) < 0)
		return -1;
	return store_commit_layer(store, &staging, &ret_info->diff_id, err);
}

/* Writes a blob and describes it. */
static int add_blob(struct store *store, const char *media_type, const char *text,
		    struct descriptor *ret_descriptor, struct error *err)
{
	size_t size = strlen(text);

	*ret_descriptor = (struct descriptor){ .media_type = xstrdup(media_type), .size = size };
	sha256_hex(text, size, ret_descriptor->digest.hex);
	return store_write_blob(store, &ret_descriptor->digest, text, size, err);
}

static int add_image(struct store *store, const struct layer_info *layer, const char *tar_hex,
		     struct error *err)
{
	auto_release(descriptor) struct descriptor config = { 0 };
	auto_release(descriptor) struct descriptor manifest = { 0 };
	auto_release(reference) struct reference name = { 0 };
	struct platform platform;
	auto_free char *config_text = NULL;
	auto_free char *manifest_text = NULL;

	platform_host(&platform);
	config_text = xasprintf(
		"{\"created\":\"" CREATED "\",\"architecture\":\"%s\",\"os\":\"linux\","
		"\"config\":{\"Cmd\":[\"/hello\"],\"Labels\":{\"org.opencontainers.image.title\":\"hello\"}},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\"]},"
		"\"history\":[{\"created\":\"" CREATED "\",\"created_by\":\"COPY hello /hello\"}]}",
		platform.architecture, layer->diff_id.hex);
	if (add_blob(store, MEDIA_TYPE_OCI_CONFIG, config_text, &config, err) < 0)
		return -1;
	manifest_text = xasprintf(
		"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_OCI_MANIFEST "\","
		"\"config\":{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%llu},"
		"\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
		"\"digest\":\"sha256:%s\",\"size\":%llu}]}",
		config.media_type, config.digest.hex, (unsigned long long)config.size, tar_hex,
		(unsigned long long)layer->tar_size);
	if (add_blob(store, MEDIA_TYPE_OCI_MANIFEST, manifest_text, &manifest, err) < 0 ||
	    reference_parse("hello", &name, err) < 0)
		return -1;
	return store_add_image(store, &name, &manifest, NULL, err);
}

static int make_store(const char *directory, const char *program_path, struct error *err)
{
	static const struct strings no_stores;
	auto_release(buffer) struct buffer program = { 0 };
	auto_release(buffer) struct buffer tar = { 0 };
	struct layer_info layer = { 0 };
	struct store *store;
	auto_fd int root = -1;
	int result;

	if (file_read(AT_FDCWD, program_path, PROGRAM_SIZE_MAX, &program, err) < 0)
		return -1;
	compose_tar(&tar, &program);
	root = dir_make(AT_FDCWD, directory, 0755, err);
	if (root < 0)
		return -1;
	store = store_open(root, &no_stores, err);
	if (!store)
		return -1;
	result = add_layer(store, &tar, &layer, err);
	if (result == 0)
		result = add_image(store, &layer, layer.diff_id.hex, err);
	store_close(store);
	return result;
}

int main(int argc, char **argv)
{
	auto_error err = { 0 };

	if (argc != 3) {
		fprintf(stderr, "usage: make-store DIRECTORY PROGRAM\n");
		return 2;
	}
	if (make_store(argv[1], argv[2], &err) < 0) {
		fprintf(stderr, "make-store: %s\n", err.message);
		return 1;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa artifact extract: an artifact's files into a directory, or one of them to a path.
 *
 * Titles come from outside: only a plain file name is used as one. A file is written under a
 * random name and then renamed, so no link that stands there is followed, and a file that is
 * damaged never gets its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "image/artifact.h"
#include "image/store-items.h"
#include "registry/artifact.h"

#define RANDOM_DIGITS 16

struct artifact_extract_args {
	const char *digest, *title;
};

static const struct option artifact_extract_options[] = {
	OPTION_STRING(0, "digest", "DIGEST", struct artifact_extract_args, digest,
		      "Only the file with this digest"),
	OPTION_STRING(0, "title", "TITLE", struct artifact_extract_args, title,
		      "Only the file with this title"),
	OPTION_END,
};

static int extract_to(struct engine *engine, const struct descriptor *file, int directory,
		      const char *name, struct error *err)
{
	char digits[RANDOM_DIGITS + 1];
	auto_free char *unfinished = NULL;
	auto_fd int to = -1;
	int result;

	random_hex(digits, RANDOM_DIGITS);
	unfinished = xasprintf(".proa-%s", digits);
	to = openat(directory, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0666);
	if (to < 0)
		return error_errno(err, "cannot write '%s'", name);
	result = registry_artifact_extract(engine->store, file, to, err);
	if (result == 0 && renameat(directory, unfinished, directory, name) < 0)
		result = error_errno(err, "cannot write");
	if (result < 0)
		unlinkat(directory, unfinished, 0);
	return result < 0 ? error_context(err, "'%s'", name) : 0;
}

/* A second file of the same name gets its digest's digits for one. */
static const char *name_in_directory(const struct artifact *artifact, size_t at)
{
	const char *name = artifact_file_name(&artifact->files[at]);

	for (size_t i = 0; i < at; i++)
		if (strcmp(artifact_file_name(&artifact->files[i]), name) == 0)
			return artifact->files[at].digest.hex;
	return name;
}

/* One file to `path`, whose directory has to be there. */
static int extract_one(struct engine *engine, const struct descriptor *file, const char *path,
		       struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	const char *name = slash ? slash + 1 : path;
	auto_fd int directory = dir_open(AT_FDCWD, parent, err);

	if (directory < 0)
		return -1;
	if (is_empty(name) || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no directory '%s'", path);
	return extract_to(engine, file, directory, name, err);
}

static bool is_directory(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The file that the options choose; *ret_file is NULL when they choose none. */
static int choose(const struct artifact_extract_args *args, const struct artifact *artifact,
		  const struct descriptor **ret_file, struct error *err)
{
	struct digest digest;

	*ret_file = NULL;
	if (args->digest && args->title)
		return error_set(err, ERROR_USAGE, "use --digest or --title, not both");
	if (args->digest) {
		if (digest_parse(args->digest, &digest, err) < 0)
			return -1;
		*ret_file = artifact_find_digest(artifact, &digest);
	} else if (args->title) {
		*ret_file = artifact_find_title(artifact, args->title);
	}
	if ((args->digest || args->title) && !*ret_file)
		return error_set(err, ERROR_NOT_FOUND, "the artifact has no file '%s'",
				 args->digest ? args->digest : args->title);
	return 0;
}

static int extract(struct engine *engine, const struct artifact *artifact,
		   const struct descriptor *chosen, const char *path, struct error *err)
{
	auto_fd int directory = -1;

	if (!is_directory(path)) {
		if (!chosen && artifact->file_count != 1)
			return error_set(err, ERROR_USAGE, "the artifact has %zu files: name a "
					 "directory, or one file with --title or --digest",
					 artifact->file_count);
		return extract_one(engine, chosen ? chosen : &artifact->files[0], path, err);
	}
	directory = dir_open(AT_FDCWD, path, err);
	if (directory < 0)
		return -1;
	for (size_t i = 0; i < artifact->file_count; i++)
		if ((!chosen || chosen == &artifact->files[i]) &&
		    extract_to(engine, &artifact->files[i], directory,
			       name_in_directory(artifact, i), err) < 0)
			return -1;
	return 0;
}

static int artifact_extract_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(store_item) struct store_item item = { 0 };
	auto_release(artifact) struct artifact artifact = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	const struct descriptor *chosen;

	if (!engine ||
	    store_item_read(engine->store, STORE_ARTIFACT, invocation->operands[0], &item, &text,
			    err) < 0 ||
	    artifact_decode(text.data ? text.data : "", text.size, NULL, &artifact, err) < 0 ||
	    choose(invocation->args, &artifact, &chosen, err) < 0)
		return -1;
	return extract(engine, &artifact, chosen, invocation->operands[1], err);
}

const struct command command_artifact_extract = {
	.name = "extract",
	.group = "artifact",
	.operands = "ARTIFACT PATH",
	.operands_min = 2,
	.operands_max = 2,
	.summary = "Copy the files of an artifact out",
	.examples = "  proa artifact extract registry.example/model:1 models/\n"
		    "  proa artifact extract --title sbom.json app:sbom /tmp/sbom.json\n",
	.options = artifact_extract_options,
	.args_size = sizeof(struct artifact_extract_args),
	.run = artifact_extract_run,
};

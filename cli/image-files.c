/* SPDX-License-Identifier: Apache-2.0 */
/* See cli/image-files.h. */
#include "cli/image-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "cli/output.h"
#include "cli/session.h"
#include "image/platform.h"
#include "image/reference.h"
#include "image/transport-name.h"
#include "registry/archive.h"
#include "registry/policy.h"

bool image_files_meant(struct engine *engine, const char *text)
{
	auto_release(transport_name) struct transport_name name = { 0 };
	auto_of(image) struct image *image = NULL;
	auto_error ignored = { 0 };

	if (transport_name_parse(text, &name, &ignored) == 0 && name.kind == TRANSPORT_REGISTRY)
		return false;
	error_release(&ignored);
	/* "oci:1" may be an image's name and tag. */
	image = engine ? store_find(engine->store, text, &ignored) : NULL;
	return !image;
}

struct loading {
	const char *path;
	void (*loaded)(void *argument, const char *name, const struct digest *id);
	struct digest id;
};

static int permit(void *argument, const char *transport, struct error *err)
{
	const struct loading *loading = argument;

	return policy_check_path(NULL, transport, loading->path, err);
}

static void note_loaded(void *argument, const char *name, const struct digest *id)
{
	struct loading *loading = argument;

	loading->id = *id;
	if (loading->loaded)
		loading->loaded(NULL, name, id);
}

/* What podman calls an image that has no name where it lies: by the reference that it was asked for
 * with, or by the directory. NULL where that makes no name. */
static char *local_name(const struct transport_name *name)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *text = NULL;
	auto_error ignored = { 0 };
	const char *part = name->reference ? name->reference : name->path;

	if (name->kind == TRANSPORT_DOCKER_ARCHIVE || name->kind == TRANSPORT_OCI_ARCHIVE ||
	    part[0] == '@')
		return NULL;
	part += strspn(part, "/.");
	text = xasprintf("localhost/%s", part);
	if (reference_parse(text, &reference, &ignored) < 0 || !reference.tag ||
	    digest_is_set(&reference.digest))
		return NULL;
	return reference_full(&reference);
}

int image_files_load(struct engine *engine, const char *text, const char *platform,
		     void (*loaded)(void *argument, const char *name, const struct digest *id),
		     struct digest *ret_id, struct error *err)
{
	auto_release(transport_name) struct transport_name name = { 0 };
	struct loading loading = { .loaded = loaded };
	struct load_request request = { .permit = permit, .loaded = note_loaded,
					.argument = &loading };
	auto_free char *local = NULL;
	auto_fd int input = -1;
	struct platform wanted;

	if (transport_name_parse(text, &name, err) < 0 ||
	    (platform && platform_parse(platform, &wanted, err) < 0))
		return -1;
	input = open(name.path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (input < 0)
		return error_errno(err, "cannot open '%s'", name.path);
	local = local_name(&name);
	loading.path = name.path;
	request.input = input;
	request.platform = platform ? &wanted : NULL;
	request.reference = name.reference;
	request.name = local;
	request.ownership = engine_ownership(engine);
	if (registry_load(engine->store, &request, err) < 0)
		return error_context(err, "cannot load '%s'", text);
	*ret_id = loading.id;
	return 0;
}

struct answer {
	enum error_kind kind;	/* ERROR_NONE: loaded */
	struct digest id;
	char message[3000];
};

struct task {
	struct engine *engine;
	const char *text, *platform;
	int report;
};

static int child_main(void *argument)
{
	struct task *task = argument;
	struct answer answer = { .kind = ERROR_NONE };
	auto_error err = { 0 };

	if (image_files_load(task->engine, task->text, task->platform, NULL, &answer.id, &err) < 0) {
		answer.kind = err.kind;
		snprintf(answer.message, sizeof(answer.message), "%s", err.message);
	}
	return fd_write_full(task->report, &answer, sizeof(answer)) < 0;
}

struct image *image_files_get(struct engine *engine, const char *text, const char *platform,
			      struct error *err)
{
	struct task task = { .engine = engine, .text = text, .platform = platform };
	struct answer answer;
	int status = 0;
	int asked;

	fflush(NULL);	/* or the child would write it again */
	asked = process_ask(child_main, &task, &task.report, &answer, sizeof(answer), &status, err);
	if (asked < 0)
		return NULL;
	if (asked == 1)
		error_set(err, ERROR_OTHER, "the loading process ended with status %d",
			  process_exit_code(status));
	else if (answer.kind != ERROR_NONE)
		error_set(err, answer.kind, "%s", answer.message);
	else
		return store_find(engine->store, answer.id.hex, err);
	return NULL;
}

int image_files_make_directory(const char *path, bool is_oci, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	auto_fd int dir = -1;

	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return error_errno(err, "cannot make the directory '%s'", path);
	dir = dir_open(AT_FDCWD, path, err);
	if (dir < 0 || dir_list(dir, &names, err) < 0)
		return -1;
	if (names.count > 0 && !strings_contain(&names, is_oci ? "oci-layout" : "version"))
		return error_set(err, ERROR_EXISTS,
				 "the directory '%s' is not empty, and holds no image of that form",
				 path);
	return take_fd(&dir);
}

/* Under which name the image is saved: an archive of docker's has full ones. */
static int add_name(const struct transport_name *name, struct save_item *item, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };

	if (!name->reference)
		return 0;
	if (name->kind != TRANSPORT_DOCKER_ARCHIVE) {
		strings_add(&item->names, name->reference);
		return 0;
	}
	if (reference_parse(name->reference, &reference, err) < 0)
		return -1;
	strings_take(&item->names, reference_full(&reference));
	return 0;
}

static int save_item(struct engine *engine, const struct transport_name *name,
		     const struct save_item *item, struct error *err)
{
	static const enum save_format formats[] = {
		[TRANSPORT_DOCKER_ARCHIVE] = SAVE_DOCKER_ARCHIVE,
		[TRANSPORT_OCI] = SAVE_OCI_DIR,
		[TRANSPORT_OCI_ARCHIVE] = SAVE_OCI_ARCHIVE,
		[TRANSPORT_DIR] = SAVE_DOCKER_DIR,
	};
	auto_release(output) struct output output = OUTPUT_NONE;
	struct save_request request = { .format = formats[name->kind], .items = item, .count = 1 };

	if (name->kind == TRANSPORT_OCI || name->kind == TRANSPORT_DIR) {
		output.fd = image_files_make_directory(name->path, name->kind == TRANSPORT_OCI, err);
		if (output.fd < 0)
			return -1;
	} else if (output_open(name->path, "save", &output, err) < 0) {
		return -1;
	}
	request.output = output.fd;
	if (registry_save(engine->store, &request, err) < 0)
		return error_context(err, "cannot save");
	return output_finish(&output, err);
}

int image_files_save(struct engine *engine, const struct image *image, const char *text,
		     struct error *err)
{
	auto_release(transport_name) struct transport_name name = { 0 };
	struct save_item item = { .id = image->id };
	int result;

	if (transport_name_parse(text, &name, err) < 0 || add_name(&name, &item, err) < 0)
		return -1;
	result = save_item(engine, &name, &item, err);
	strings_release(&item.names);
	return result;
}

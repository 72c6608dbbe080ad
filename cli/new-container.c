/* SPDX-License-Identifier: Apache-2.0 */
/* Options are checked first, then the image is found or pulled, then the container made. */
#include "cli/new-container.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/container-options.h"
#include "cli/image-source.h"
#include "cli/session.h"
#include "engine/lifecycle.h"
#include "engine/spec-build.h"

/* Refused before anything is done: docker's scripts rely on a fresh file. */
static int check_id_file(const char *path, struct error *err)
{
	if (!path || faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	return error_set(err, ERROR_EXISTS,
			 "container ID file found, make sure the other container "
			 "isn't running or delete %s",
			 path);
}

/* What `ps` shows: the name as typed; an image named by its ID has the short one. */
static char *image_title(const char *name, const struct image *image)
{
	const char *hex = skip_prefix(name, "sha256:");
	size_t length = strlen(hex ? hex : name);

	if (strncmp(image->id.hex, hex ? hex : name, length) == 0)
		return xasprintf("%.12s", image->id.hex);
	return xstrdup(name);
}

static int replace_container(struct engine *engine, const char *name, struct error *err)
{
	auto_error missing = { 0 };
	auto_of(container) struct container *old = container_find(engine, name, &missing);

	if (!old || strcmp(old->config.name, name) != 0)
		return 0;
	return container_delete(engine, old, true, false, err);
}

struct container *new_container(struct engine *engine, const struct container_args *args,
				char *const *operands, struct error *err)
{
	const struct image_source source = {
		.policy = args->pull,
		.platform = args->platform,
		.creds = args->creds,
		.auth_file = args->auth_file,
		.cert_dir = args->cert_dir,
		.insecure = !args->tls_verify,
		.quiet = args->quiet,
		.out = stderr,
	};
	auto_release(container_config) struct container_config config = { 0 };
	auto_of(image) struct image *image = NULL;
	auto_of(container) struct container *container = NULL;

	if (check_id_file(args->cid_file, err) < 0 || image_source_check(&source, err) < 0 ||
	    container_options_apply(args, operands + 1, engine, &config, err) < 0)
		return NULL;
	image = image_source_get(&source, engine, operands[0], err);
	if (!image)
		return NULL;
	config.image = image_title(operands[0], image);
	if (container_config_complete(&config, image, args->entrypoint != NULL, err) < 0)
		return NULL;
	if (args->replace && args->name && replace_container(engine, args->name, err) < 0)
		return NULL;
	container = container_create(engine, &config, err);
	if (!container)
		return NULL;
	if (args->cid_file &&
	    file_create(AT_FDCWD, args->cid_file, container->config.id,
			strlen(container->config.id), 0644, err) < 0) {
		auto_error ignored = { 0 };

		container_delete(engine, container, true, true, &ignored);
		return NULL;
	}
	return take_ptr(&container);
}

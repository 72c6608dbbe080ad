/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a user's store and run directory. Directories that others could
 * write are refused (R14): what is in them decides what runs as us.
 */
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/module.h"
#include "engine/runtime/self.h"
#include "engine/shared-stores.h"
#include "image/store.h"

#define PRIVATE_DIR_MODE 0700

DEFINE_AUTO(engine, engine_close);

/* The names inspect and messages show; the directories themselves are used by descriptor. */
static char *absolute_path(const char *path, struct error *err)
{
	auto_free char *here = NULL;

	if (path[0] == '/')
		return xstrdup(path);
	here = getcwd(NULL, 0);
	if (here)
		return xasprintf("%s/%s", here, path);
	error_errno(err, "cannot tell the directory that '%s' is in", path);
	return NULL;
}

/* Opens `path`, making it; it has to be ours, and nobody else's to write. */
static int open_private(int dir, const char *path, struct error *err)
{
	auto_fd int fd = dir_make(dir, path, PRIVATE_DIR_MODE, err);
	struct stat stat;

	if (fd < 0)
		return -1;
	if (fstat(fd, &stat) < 0)
		return error_errno(err, "cannot look at '%s'", path);
	if (stat.st_uid != geteuid())
		return error_set(err, ERROR_OTHER,
				 "cannot use '%s': it belongs to another user (uid %u)", path,
				 (unsigned int)stat.st_uid);
	if (stat.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, ERROR_OTHER,
				 "cannot use '%s': others may write to it; chmod 0700 it or choose "
				 "another directory",
				 path);
	return take_fd(&fd);
}

static int choose_paths(struct engine *engine, const struct engine_options *options,
			struct error *err)
{
	engine->root_path = options->root ? absolute_path(options->root, err)
					  : user_store_path(&engine->user);
	if (!engine->root_path)
		return -1;
	if (options->runroot)
		engine->runroot_path = absolute_path(options->runroot, err);
	else if (options->root)
		engine->runroot_path = xasprintf("%s/run", engine->root_path);
	else
		engine->runroot_path = user_run_path(&engine->user);
	return engine->runroot_path ? 0 : -1;
}

static int read_storage_options(struct engine *engine, const struct strings *options,
				struct error *err)
{
	for (size_t i = 0; i < options->count; i++) {
		const char *option = options->items[i];
		const char *value;

		if ((value = skip_prefix(option, "overlay.mount_program=")))
			replace_string(&engine->overlay_program, is_empty(value) ? NULL : value);
		else if ((value = skip_prefix(option, "additionalimagestore=")))
			strings_add(&engine->read_only_stores, value);
		else
			return error_set(err, ERROR_USAGE,
					 "unknown storage option '%s'; known are "
					 "overlay.mount_program=PATH and additionalimagestore=PATH",
					 option);
	}
	return 0;
}

static int open_directories(struct engine *engine, struct error *err)
{
	auto_fd int names = -1;

	engine->root = open_private(AT_FDCWD, engine->root_path, err);
	if (engine->root < 0)
		return error_context(err, "store");
	engine->runroot = open_private(AT_FDCWD, engine->runroot_path, err);
	if (engine->runroot < 0)
		return error_context(err, "run directory");
	engine->containers = open_private(engine->root, "containers", err);
	if (engine->containers < 0)
		return -1;
	names = open_private(engine->containers, "names", err);
	return names < 0 ? -1 : 0;
}

struct engine *engine_open(const struct engine_options *options, struct error *err)
{
	auto_of(engine) struct engine *engine = xcalloc(1, sizeof(*engine));
	auto_free char *installed = installed_path(PROA_PKGDATADIR "/store");

	engine->root = engine->runroot = engine->containers = -1;
	if (user_current(&engine->user, err) < 0)
		return NULL;
	if (read_storage_options(engine, &options->storage_options, err) < 0 ||
	    shared_stores_read(&engine->read_only_stores, err) < 0)
		return NULL;
	strings_add(&engine->read_only_stores, installed);
	if (choose_paths(engine, options, err) < 0 || open_directories(engine, err) < 0)
		return NULL;
	engine->store = store_open(engine->root, &engine->read_only_stores, err);
	if (!engine->store)
		return NULL;
	engine->mode = userns_current();
	engine->entered = engine->user.is_root || engine->mode != USERNS_NONE;
	return take_ptr(&engine);
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	store_close(engine->store);
	auto_close_fd(&engine->containers);
	auto_close_fd(&engine->runroot);
	auto_close_fd(&engine->root);
	strings_release(&engine->read_only_stores);
	free(engine->overlay_program);
	free(engine->root_path);
	free(engine->runroot_path);
	user_release(&engine->user);
	free(engine);
}

int engine_enter(struct engine *engine, struct error *err)
{
	if (engine->entered)
		return 0;
	if (userns_enter(engine->runroot, &engine->mode, err) < 0)
		return -1;
	engine->entered = true;
	return 0;
}

int engine_enter_to_launch(struct engine *engine, struct error *err)
{
	if (engine_enter(engine, err) < 0)
		return -1;
	return self_protect(err);
}

enum layer_ownership engine_ownership(const struct engine *engine)
{
	switch (engine->mode) {
	case USERNS_FULL:
		return LAYER_OWNERS_MAPPED;
	case USERNS_SINGLE:
		return LAYER_OWNERS_RECORDED;
	default:
		return LAYER_OWNERS_APPLIED;
	}
}

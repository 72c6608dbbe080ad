/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: one user's store and run directory, opened for the length of a command.
 *
 * Opening it changes nothing and enters nothing: `ps`, `images`, `inspect`,
 * `logs` stop here. What touches files or processes of other ids calls
 * engine_enter() first.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>

#include "base/strings.h"
#include "image/layer.h"
#include "rootless/user.h"
#include "rootless/userns.h"

struct error;
struct store;

struct engine_options {
	const char *root;		/* --root, or NULL for the user's own */
	const char *runroot;		/* --runroot, or NULL; with --root alone: <root>/run */
	struct strings storage_options;	/* --storage-opt KEY=VALUE: overlay.mount_program=PATH,
					 * additionalimagestore=PATH (repeatable) */
};

struct engine {
	struct user user;
	char *root_path, *runroot_path;	/* for messages and inspect; never joined and opened */
	int root, runroot;		/* directories, 0700, ours */
	int containers;			/* <root>/containers */
	struct store *store;
	struct strings read_only_stores;	/* paths, as given to store_open() */
	char *overlay_program;		/* or NULL */
	enum userns_mode mode;		/* what we are in now */
	bool entered;
};

struct engine *engine_open(const struct engine_options *options, struct error *err);
void engine_close(struct engine *engine);	/* NULL is fine */

/* Gets the right to own any of the container's ids: root has it; an ordinary user enters his
 * namespace (rootless/userns.h). The engine's descriptors stay valid. */
int engine_enter(struct engine *engine, struct error *err);
/* engine_enter(), then self_protect(): may run the program again from the start, so call it
 * before anything has been done or printed. For what starts processes in containers. */
int engine_enter_to_launch(struct engine *engine, struct error *err);

/* How layers are unpacked by this user: after engine_enter(). */
enum layer_ownership engine_ownership(const struct engine *engine);

#endif

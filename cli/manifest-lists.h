/* SPDX-License-Identifier: Apache-2.0 */
/* What the manifest commands share. */
#ifndef CLI_MANIFEST_LISTS_H
#define CLI_MANIFEST_LISTS_H

#include "base/strings.h"
#include "cli/session.h"
#include "image/store-items.h"
#include "registry/manifest-list.h"

/* Options for what is said of a member. */
struct platform_args {
	const char *os, *architecture, *variant, *os_version;
	struct strings features, os_features, annotations;
};
/* Copies the lists and checks the rest; release with index_changes_release(). */
int platform_args_changes(const struct platform_args *args, struct index_changes *ret_changes,
			  struct error *err);
/* KEY=VALUE each, or ERROR_USAGE. */
int annotations_check(const struct strings *annotations, struct error *err);

/* Opens the engine, carries the change out and prints the list's full name. */
int manifest_change_run(const struct invocation *invocation, struct list_change *change,
			struct error *err);
/* Removes a list from the store, telling what went. */
int manifest_list_remove(struct engine *engine, const struct store_item *list, bool quiet,
			 struct error *err);
/* The same for the list that is called so, if there is one: 1, else 0, or -1. */
int manifest_list_remove_named(struct engine *engine, const char *name, struct error *err);
/* A list as `images` shows it: under its name, with the index's digest for an ID. */
struct image *manifest_list_as_image(const struct store_item *list);
/* What `inspect` shows of a list; NULL and ERROR_NOT_FOUND if there is none. New reference. */
struct json_t *manifest_list_inspect(struct engine *engine, const char *name, struct error *err);
/* Pushes the list called `name` to where `destination` says, prints the index's digest, and writes it
 * to `digest_file` if that is not NULL. */
int manifest_list_push(struct engine *engine, const struct list_push *push, bool quiet,
		       const char *digest_file, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Finding containers: all of them, or the one that a user means. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/container-config.h"
#include "engine/engine.h"
#include "engine/names.h"

/* The ids of all containers. */
static int list_ids(struct engine *engine, struct strings *ret_ids, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (dir_list(engine->containers, &names, err) < 0)
		return error_context(err, "containers");
	for (size_t i = 0; i < names.count; i++)
		if (container_is_id(names.items[i]))
			strings_add(ret_ids, names.items[i]);
	return 0;
}

static int compare_created(const void *left, const void *right)
{
	const struct container *a = *(struct container *const *)left;
	const struct container *b = *(struct container *const *)right;

	if (a->config.created_ns != b->config.created_ns)
		return a->config.created_ns > b->config.created_ns ? -1 : 1;
	return strcmp(a->config.id, b->config.id);
}

int container_list(struct engine *engine, struct container ***ret_containers, size_t *ret_count,
		   struct error *err)
{
	auto_release(strings) struct strings ids = { 0 };
	struct container **containers;
	size_t count = 0;

	if (list_ids(engine, &ids, err) < 0)
		return -1;
	containers = xcalloc(ids.count + 1, sizeof(*containers));
	for (size_t i = 0; i < ids.count; i++) {
		auto_error damaged = { 0 };

		containers[count] = container_open(engine, ids.items[i], &damaged);
		if (containers[count])
			count++;
		else if (damaged.kind != ERROR_NOT_FOUND) /* removed meanwhile */
			warning("%s", damaged.message);
	}
	qsort(containers, count, sizeof(struct container *), compare_created);
	*ret_containers = containers;
	*ret_count = count;
	return 0;
}

void container_free_list(struct container **containers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		container_free(containers[i]);
	free(containers);
}

/* The only id that begins with `prefix`. */
static char *find_prefix(struct engine *engine, const char *prefix, struct error *err)
{
	auto_release(strings) struct strings ids = { 0 };
	const char *found = NULL;

	if (list_ids(engine, &ids, err) < 0)
		return NULL;
	for (size_t i = 0; i < ids.count; i++) {
		if (!has_prefix(ids.items[i], prefix))
			continue;
		if (found) {
			error_set(err, ERROR_INVALID,
				  "multiple containers begin with the ID prefix '%s'; give "
				  "more digits",
				  prefix);
			return NULL;
		}
		found = ids.items[i];
	}
	if (!found)
		error_set(err, ERROR_NOT_FOUND, "No such container: %s", prefix);
	return xstrdup(found);
}

/* One that goes between being found and opened is missing under the name that the user knows. */
static struct container *open_found(struct engine *engine, const char *id, const char *name,
				    struct error *err)
{
	struct container *container = container_open(engine, id, err);

	if (!container && err->kind == ERROR_NOT_FOUND)
		error_set(err, ERROR_NOT_FOUND, "No such container: %s", name);
	return container;
}

/* The container called `name`; NULL without an error if there is none. */
static struct container *find_named(struct engine *engine, const char *name, struct error *err)
{
	auto_free char *id = name_find(engine, name);
	struct container *container = id ? open_found(engine, id, name, err) : NULL;

	if (!container || strcmp(container->config.name, name) == 0)
		return container;
	container_free(container); /* it was renamed */
	return NULL;
}

struct container *container_find(struct engine *engine, const char *name, struct error *err)
{
	struct container *container;
	auto_free char *id = NULL;

	if (name[0] == '/') /* as inspect prints names */
		name++;
	if (container_is_id(name))
		return container_open(engine, name, err);
	container = find_named(engine, name, err);
	if (container || err->kind != ERROR_NONE)
		return container;
	if (is_empty(name) || name[strspn(name, "0123456789abcdef")] != '\0') {
		error_set(err, ERROR_NOT_FOUND, "No such container: %s", name);
		return NULL;
	}
	id = find_prefix(engine, name, err);
	return id ? open_found(engine, id, name, err) : NULL;
}

int container_layers_in_use(struct engine *engine, struct strings *ret_hex, struct error *err)
{
	struct container **containers;
	size_t count;

	if (container_list(engine, &containers, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < containers[i]->config.layer_count; j++)
			if (!strings_contain(ret_hex, containers[i]->config.layers[j].hex))
				strings_add(ret_hex, containers[i]->config.layers[j].hex);
	container_free_list(containers, count);
	return 0;
}

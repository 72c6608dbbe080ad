/* SPDX-License-Identifier: Apache-2.0 */
/* See engine/layer-trees.h. */
#include "engine/layer-trees.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "image/store.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* What the launcher mounts in every container. */
static const char *const always_mounted[] = {
	"dev", "etc", "etc/hostname", "etc/hosts", "etc/resolv.conf", "proc", "sys",
};

void layer_trees_release(struct layer_trees *trees)
{
	for (size_t i = 0; i < trees->count; i++)
		auto_close_fd(&trees->fds[i]);
	free(trees->fds);
	*trees = (struct layer_trees){ 0 };
}

/* Walking many layers holds many directories open. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int add_tree(struct layer_trees *trees, int folder, const char *name, struct error *err)
{
	int fd = openat(folder, name, DIRECTORY_FLAGS);

	if (fd < 0)
		return error_errno(err, "cannot open a layer's directory '%s'", name);
	trees->fds[trees->count++] = fd;
	return 0;
}

static int add_layers(struct engine *engine, const struct digest *layers, size_t count,
		      struct layer_trees *trees, struct error *err)
{
	for (size_t i = count; i-- > 0;) {
		auto_fd int folder = store_open_layer(engine->store, &layers[i], err);

		if (folder < 0)
			return -1;
		if (add_tree(trees, folder, "tree", err) < 0)
			return error_context(err, "layer sha256:%s", layers[i].hex);
	}
	return 0;
}

int layer_trees_open(struct engine *engine, const struct digest *layers, size_t count,
		     struct layer_trees *ret_trees, struct error *err)
{
	auto_release(layer_trees) struct layer_trees trees = { 0 };

	raise_file_limit();
	trees.fds = xcalloc(count + 1, sizeof(*trees.fds));
	if (add_layers(engine, layers, count, &trees, err) < 0)
		return -1;
	*ret_trees = trees;
	trees = (struct layer_trees){ 0 };
	return 0;
}

int layer_trees_open_container(struct engine *engine, const struct container *container,
			       struct layer_trees *ret_trees, struct error *err)
{
	const struct container_config *config = &container->config;
	auto_release(layer_trees) struct layer_trees trees = { 0 };

	raise_file_limit();
	trees.fds = xcalloc(config->layer_count + 1, sizeof(*trees.fds));
	if (add_tree(&trees, container->folder, "upper", err) < 0 ||
	    add_layers(engine, config->layers, config->layer_count, &trees, err) < 0)
		return -1;
	*ret_trees = trees;
	trees = (struct layer_trees){ 0 };
	return 0;
}

/* A path as it is below the root, and the directories above it. */
static void add_with_parents(struct strings *paths, const char *path)
{
	auto_release(strings) struct strings parts = { 0 };
	auto_free char *joined = xstrdup("");

	strings_split(&parts, path, '/');
	for (size_t i = 0; i < parts.count; i++) {
		char *longer;

		if (!*parts.items[i] || strcmp(parts.items[i], ".") == 0)
			continue;
		longer = xasprintf("%s%s%s", joined, *joined ? "/" : "", parts.items[i]);
		free(joined);
		joined = longer;
		if (!strings_contain(paths, joined))
			strings_add(paths, joined);
	}
}

void container_mount_points(const struct container *container, struct strings *ret_paths)
{
	const struct container_config *config = &container->config;

	for (size_t i = 0; i < ARRAY_SIZE(always_mounted); i++)
		strings_add(ret_paths, always_mounted[i]);
	for (size_t i = 0; i < config->mount_count; i++)
		add_with_parents(ret_paths, config->mounts[i].target);
	strings_sort(ret_paths);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker's rules, in docker's words. A name can always go while the image has others. Its last one,
 * and an ID, take the image along: never from under a running container, and from under a
 * stopped one by force only. Images that were built on it are no obstacle: each layer stays as long as
 * anything needs it.
 */
#include "cli/image-removal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/session.h"
#include "engine/events.h"
#include "engine/image-mount.h"
#include "image/platform.h"

/* What is being removed, and as what. */
struct target {
	struct engine *engine;
	const struct image *image;
	const char *operand;	/* as typed */
	bool by_name, force;
};

static bool is_active(const struct container *container)
{
	return container->state.phase == CONTAINER_RUNNING ||
	       container->state.phase == CONTAINER_PAUSED ||
	       container->state.phase == CONTAINER_RESTARTING;
}

static int refuse(const struct target *target, const struct container *container,
		  struct error *err)
{
	const char *id = container->config.id;

	if (target->force && is_active(container))
		return error_set(err, ERROR_BUSY,
				 "conflict: unable to delete %s (cannot be forced) - image is being "
				 "used by running container %.12s", target->operand, id);
	if (!target->force && target->by_name)
		return error_set(err, ERROR_BUSY,
				 "conflict: unable to remove repository reference \"%s\" (must "
				 "force) - container %.12s is using its referenced image %.12s",
				 target->operand, id, target->image->id.hex);
	if (!target->force)
		return error_set(err, ERROR_BUSY,
				 "conflict: unable to delete %s (%s be forced) - image is being "
				 "used by %s container %.12s", target->operand,
				 is_active(container) ? "cannot" : "must",
				 is_active(container) ? "running" : "stopped", id);
	return 0;
}

/* Refuses what would take an image from under a container. */
static int check_containers(const struct target *target, struct error *err)
{
	struct container **list;
	size_t count;
	int result = 0;

	if (container_list(target->engine, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++)
		if (digest_equal(&list[i]->config.image_id, &target->image->id))
			result = refuse(target, list[i], err);
	container_free_list(list, count);
	return result;
}

static int check_mounts(const struct target *target, struct error *err)
{
	if (!image_is_mounted(target->engine, &target->image->id))
		return 0;
	if (target->force)
		return image_unmount(target->engine, &target->image->id, true, err);
	return error_set(err, ERROR_BUSY,
			 "conflict: unable to delete %s (must be forced) - image is mounted; see "
			 "'proa image unmount'", target->operand);
}

static bool is_in_repository(const char *name, const char *repository, char separator)
{
	const char *rest = skip_prefix(name, repository);

	return rest && *rest == separator;
}

/* docker counts one tag, with the digests of its repository, as a single reference. */
static bool has_several_references(const struct image *image)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error damaged = { 0 };
	auto_free char *repository = NULL;

	if (image->names.count != 1)
		return image->names.count > 1;
	if (reference_parse(image->names.items[0], &reference, &damaged) < 0)
		return false;
	repository = reference_name_full(&reference);
	for (size_t i = 0; i < image->digests.count; i++)
		if (!is_in_repository(image->digests.items[i], repository, '@'))
			return true;
	return false;
}

static int check_platform(const struct image *image, const char *operand,
			  const struct strings *platforms, struct error *err)
{
	for (size_t i = 0; platforms && i < platforms->count; i++) {
		struct platform wanted;

		if (platform_parse(platforms->items[i], &wanted, err) < 0)
			return -1;
		if (platform_match(&wanted, &image->config.platform) > 0)
			return 0;
	}
	if (!platforms || platforms->count == 0)
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "No such image: %s for platform %s", operand,
			 platforms->items[0]);
}

static void note(const struct target *target, const char *name)
{
	const struct image *image = target->image;

	if (name)
		events_add_image(target->engine->root, "untag", image->id.hex, name);
	if (!name || image->names.count <= 1)
		events_add_image(target->engine->root, "delete", image->id.hex, NULL);
}

static int remove_checked(const struct target *target, const char *name,
			  const struct image_removal *removal, struct error *err)
{
	auto_fd int lock = container_lock_all(target->engine, err);
	auto_release(strings) struct strings keep = { 0 };

	if (lock < 0 || container_layers_in_use(target->engine, &keep, err) < 0)
		return -1;
	if (store_remove(target->engine->store, target->image, name, &keep, removal->removed,
			 removal->argument, err) < 0)
		return -1;
	note(target, name);
	return 0;
}

int image_remove(struct engine *engine, const char *operand, const struct image_removal *removal,
		 struct error *err)
{
	auto_of(image) struct image *image = store_find(engine->store, operand, err);
	auto_free char *name = image ? image_name_meant(image, operand) : NULL;
	struct target target = { .engine = engine, .image = image, .operand = operand,
				 .by_name = name != NULL, .force = removal->force };
	bool last = !name || image->names.count <= 1;

	if (!image || check_platform(image, operand, removal->platforms, err) < 0)
		return -1;
	if (!name && !removal->force && has_several_references(image))
		return error_set(err, ERROR_BUSY,
				 "conflict: unable to delete %s (must be forced) - image is "
				 "referenced in multiple repositories", operand);
	/* A read-only image says so itself, whoever uses it. */
	if (last && !image->read_only &&
	    (check_containers(&target, err) < 0 || check_mounts(&target, err) < 0))
		return -1;
	return remove_checked(&target, name, removal, err);
}

int image_remove_whole(struct engine *engine, const struct image *image,
		       const struct image_removal *removal, struct error *err)
{
	auto_free char *id = xasprintf("%.12s", image->id.hex);
	const struct target target = { .engine = engine, .image = image, .operand = id,
				       .force = removal->force };

	if (check_containers(&target, err) < 0 || check_mounts(&target, err) < 0)
		return -1;
	return remove_checked(&target, NULL, removal, err);
}

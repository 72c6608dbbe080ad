/* SPDX-License-Identifier: Apache-2.0 */
/* Other orders than the newest first. */
#include "cli/ps-sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/container-text.h"
#include "engine/container.h"
#include "engine/inspect.h"

/* A container and what it is sorted by. */
struct sorted {
	struct container *container;
	size_t place;	/* in the order before */
	char *text;
	unsigned long long size;
};

static const struct {
	const char *name;
	enum ps_order order;
} orders[] = {
	{ "created", PS_BY_CREATION },	 { "runningfor", PS_BY_CREATION },
	{ "command", PS_BY_COMMAND },	 { "id", PS_BY_ID },
	{ "image", PS_BY_IMAGE },	 { "names", PS_BY_NAME },
	{ "size", PS_BY_SIZE },		 { "status", PS_BY_STATUS },
};

int ps_order_parse(const char *text, enum ps_order *ret_order, struct error *err)
{
	*ret_order = PS_BY_CREATION;
	if (!text)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		if (strcmp(orders[i].name, text) == 0) {
			*ret_order = orders[i].order;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, "invalid order '%s'; use command, created, id, image, "
			 "names, runningfor, size or status", text);
}

static int compare(const void *left, const void *right)
{
	const struct sorted *a = left, *b = right;
	int texts = a->text && b->text ? strcmp(a->text, b->text) : 0;

	if (texts)
		return texts;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

static void fill(struct sorted *item, enum ps_order order, struct engine *engine)
{
	const struct container_config *config = &item->container->config;
	auto_error ignored = { 0 };

	switch (order) {
	case PS_BY_COMMAND:
		item->text = container_command_text(item->container, false);
		break;
	case PS_BY_ID:
		item->text = xstrdup(config->id);
		break;
	case PS_BY_IMAGE:
		item->text = xstrdup(config->image);
		break;
	case PS_BY_NAME:
		item->text = xstrdup(config->name);
		break;
	case PS_BY_STATUS:
		item->text = xstrdup(container_state_word(item->container));
		break;
	case PS_BY_SIZE:
		container_size(engine, item->container, &item->size, &ignored);
		break;
	default:
		break;
	}
}

void ps_sort(struct container **list, size_t count, enum ps_order order, struct engine *engine)
{
	auto_free struct sorted *items = NULL;

	if (order == PS_BY_CREATION)
		return;
	items = xcalloc(count + 1, sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		items[i].container = list[i];
		items[i].place = i;
		fill(&items[i], order, engine);
	}
	qsort(items, count, sizeof(*items), compare);
	for (size_t i = 0; i < count; i++) {
		list[i] = items[i].container;
		free(items[i].text);
	}
}

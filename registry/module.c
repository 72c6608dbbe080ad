/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry module shows to the program that loads it. */
#include "base/error.h"
#include "image/store.h"
#include "registry/pull-image.h"
#include "registry/pull.h"

static int module_pull(int store_root, void (*warn)(const char *message),
		       const struct pull_request *request, struct digest *ret_image_id,
		       struct error *err)
{
	struct strings no_more_stores = { 0 };
	struct store *store;
	int result;

	/* The module has floors of its own, and with them a warning handler. */
	warnings_to(warn);
	store = store_open(store_root, &no_more_stores, err);
	if (!store)
		return -1;
	result = pull_image(store, request, ret_image_id, err);
	store_close(store);
	return result;
}

/* Named by REGISTRY_MODULE_SYMBOL. */
extern const struct registry_module proa_registry_module;
__attribute__((visibility("default"))) const struct registry_module proa_registry_module = {
	.version = REGISTRY_MODULE_VERSION,
	.pull = module_pull,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* The module's side of each service: opens the caller's store, and hands on. */
#include "registry/module.h"

#include "base/auto.h"
#include "base/error.h"
#include "image/store.h"
#include "registry/pull-image.h"
#include "registry/pull.h"

DEFINE_AUTO(store, store_close);

static struct store *open_store(const struct module_caller *caller, struct error *err)
{
	warnings_to(caller->warn);
	return store_open(caller->store_root, &caller->read_only_stores, err);
}

static int module_pull(const struct module_caller *caller, const struct pull_request *request,
		       struct digest *ret_image_id, struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? pull_image(store, request, ret_image_id, err) : -1;
}

/* Named by REGISTRY_MODULE_SYMBOL. */
extern const struct registry_module proa_registry_module;
__attribute__((visibility("default"))) const struct registry_module proa_registry_module = {
	.version = REGISTRY_MODULE_VERSION,
	.pull = module_pull,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* The program's side of the registry module: loads it at first use. */
#include "base/auto.h"
#include "base/error.h"
#include "base/module.h"
#include "image/store.h"
#include "registry/module.h"
#include "registry/pull.h"

static const struct registry_module *load(struct error *err)
{
	const struct registry_module *module =
		module_symbol(REGISTRY_MODULE_NAME, REGISTRY_MODULE_SYMBOL, err);

	if (module && module->version != REGISTRY_MODULE_VERSION) {
		error_set(err, ERROR_UNSUPPORTED,
			  "the registry module belongs to another version of proa; install "
			  "the package again");
		return NULL;
	}
	return module;
}

static void hand_on_warning(const char *message)
{
	warning("%s", message);
}

/* `store` may be NULL for a service without one. */
static struct module_caller caller_of(const struct store *store)
{
	struct module_caller caller = { .store_root = -1, .warn = hand_on_warning };

	if (store) {
		caller.store_root = store_root(store);
		store_read_only_paths(store, &caller.read_only_stores);
	}
	return caller;
}

static void caller_release(struct module_caller *caller)
{
	strings_release(&caller->read_only_stores);
}

int registry_pull(struct store *store, const struct pull_request *request,
		  struct digest *ret_image_id, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->pull(&caller, request, ret_image_id, err) : -1;
}

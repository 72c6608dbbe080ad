/* SPDX-License-Identifier: Apache-2.0 */
/* The program's side of the registry module. */
#include "base/error.h"
#include "base/module.h"
#include "image/store.h"
#include "registry/pull.h"

static void hand_on_warning(const char *message)
{
	warning("%s", message);
}

int registry_pull(struct store *store, const struct pull_request *request,
		  struct digest *ret_image_id, struct error *err)
{
	const struct registry_module *module =
		module_symbol(REGISTRY_MODULE_NAME, REGISTRY_MODULE_SYMBOL, err);

	if (!module)
		return -1;
	if (module->version != REGISTRY_MODULE_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the registry module belongs to another version of proa; install "
				 "the package again");
	return module->pull(store_root(store), hand_on_warning, request, ret_image_id, err);
}

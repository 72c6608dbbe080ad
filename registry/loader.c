/* SPDX-License-Identifier: Apache-2.0 */
/* The program's side of the registry module: loads it at first use. */
#include "base/auto.h"
#include "base/error.h"
#include "base/module.h"
#include "image/store.h"
#include "registry/archive.h"
#include "registry/artifact.h"
#include "registry/login.h"
#include "registry/manifest-list.h"
#include "registry/module.h"
#include "registry/pull.h"
#include "registry/tags.h"
#include "registry/search.h"
#include "registry/signing.h"
#include "registry/push.h"

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

int registry_list_tags(const struct pull_request *request, struct strings *ret_tags,
		       struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->list_tags(&caller, request, ret_tags, err) : -1;
}

int registry_push(struct store *store, const struct push_request *request,
		  struct descriptor *ret_manifest, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->push(&caller, request, ret_manifest, err) : -1;
}

int registry_login(const struct login_request *request, struct login_result *ret_result,
		   struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->login(&caller, request, ret_result, err) : -1;
}

int registry_login_name(const struct login_request *request, struct login_result *ret_result,
			struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->login_name(&caller, request, ret_result, err) : -1;
}

int registry_logout(const struct login_request *request, struct login_result *ret_result,
		    struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->logout(&caller, request, ret_result, err) : -1;
}

int registry_logout_all(const struct login_request *request, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->logout_all(&caller, request, err) : -1;
}

int registry_load(struct store *store, const struct load_request *request, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->load(&caller, request, err) : -1;
}

int registry_save(struct store *store, const struct save_request *request, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->save(&caller, request, err) : -1;
}

int registry_layer_create(struct store *store, const struct layer_source *source,
			  struct layer_info *ret_info, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->layer_create(&caller, source, ret_info, err) : -1;
}

int registry_image_create(struct store *store, const struct image_creation *creation,
			  struct digest *ret_id, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->image_create(&caller, creation, ret_id, err) : -1;
}

int registry_fetch_url(struct store *store, const char *url, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->fetch_url(&caller, url, err) : -1;
}

int registry_list_change(struct store *store, const struct list_change *change,
			 struct digest *ret_digest, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->list_change(&caller, change, ret_digest, err) : -1;
}

int registry_list_push(struct store *store, const struct list_push *push,
		       struct digest *ret_digest, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->list_push(&caller, push, ret_digest, err) : -1;
}

int registry_show_manifest(const struct registry_access *access,
			   const struct reference *reference, struct buffer *text,
			   struct descriptor *ret_descriptor, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->show_manifest(&caller, access, reference, text, ret_descriptor,
					      err) :
			-1;
}

int registry_search(const struct search_request *request, struct search_results *ret_results,
		    struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->search(&caller, request, ret_results, err) : -1;
}

int registry_sign(const struct signing_request *request, struct digest *ret_digest, bool *ret_new,
		  struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->sign(&caller, request, ret_digest, ret_new, err) : -1;
}

int registry_verify(const struct signing_request *request, struct digest *ret_digest,
		    struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->verify(&caller, request, ret_digest, err) : -1;
}

int registry_artifact_add(struct store *store, const struct artifact_addition *addition,
			  struct digest *ret_digest, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->artifact_add(&caller, addition, ret_digest, err) : -1;
}

int registry_artifact_pull(struct store *store, const struct registry_access *access,
			   const struct reference *reference, struct digest *ret_digest,
			   struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->artifact_pull(&caller, access, reference, ret_digest, err) : -1;
}

int registry_artifact_push(struct store *store, const struct artifact_push *push,
			   struct digest *ret_digest, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->artifact_push(&caller, push, ret_digest, err) : -1;
}

int registry_artifact_extract(struct store *store, const struct descriptor *file, int to,
			      struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(store);
	const struct registry_module *module = load(err);

	return module ? module->artifact_extract(&caller, file, to, err) : -1;
}

int registry_referrers(const struct registry_access *access, const struct reference *reference,
		       struct buffer *index, struct error *err)
{
	auto_release(caller) struct module_caller caller = caller_of(NULL);
	const struct registry_module *module = load(err);

	return module ? module->referrers(&caller, access, reference, index, err) : -1;
}

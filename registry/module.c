/* SPDX-License-Identifier: Apache-2.0 */
/* The module's side of each service: opens the caller's store, and hands on. */
#include "registry/module.h"

#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/store.h"
#include "registry/archive.h"
#include "registry/fetch-url.h"
#include "registry/artifact-inside.h"
#include "registry/login.h"
#include "registry/manifest-list-inside.h"
#include "registry/pull-image.h"
#include "registry/pull.h"
#include "registry/tags.h"
#include "registry/search.h"
#include "registry/signing.h"
#include "registry/push-image.h"
#include "registry/push.h"

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

static int module_list_tags(const struct module_caller *caller, const struct pull_request *request,
			    struct strings *ret_tags, struct error *err)
{
	warnings_to(caller->warn);
	return tags_list(request, ret_tags, err);
}

static int module_push(const struct module_caller *caller, const struct push_request *request,
		       struct descriptor *ret_manifest, struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? push_image(store, request, ret_manifest, err) : -1;
}

static int module_login(const struct module_caller *caller, const struct login_request *request,
			struct login_result *ret_result, struct error *err)
{
	warnings_to(caller->warn);
	return login(request, ret_result, err);
}

static int module_login_name(const struct module_caller *caller,
			     const struct login_request *request,
			     struct login_result *ret_result, struct error *err)
{
	warnings_to(caller->warn);
	return login_name(request, ret_result, err);
}

static int module_logout(const struct module_caller *caller, const struct login_request *request,
			 struct login_result *ret_result, struct error *err)
{
	warnings_to(caller->warn);
	return logout(request, ret_result, err);
}

static int module_logout_all(const struct module_caller *caller,
			     const struct login_request *request, struct error *err)
{
	warnings_to(caller->warn);
	return logout_all(request, err);
}

static int module_load(const struct module_caller *caller, const struct load_request *request,
		       struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? image_load(store, request, err) : -1;
}

static int module_save(const struct module_caller *caller, const struct save_request *request,
		       struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? image_save(store, request, err) : -1;
}

static int module_layer_create(const struct module_caller *caller,
			       const struct layer_source *source, struct layer_info *ret_info,
			       struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	if (!store)
		return -1;
	return source->tree >= 0 ? layer_create(store, source, ret_info, err) :
				   layer_create_from_tar(store, source, ret_info, err);
}

static int module_image_create(const struct module_caller *caller,
			       const struct image_creation *creation, struct digest *ret_id,
			       struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);
	auto_release(image_record) struct image_record record = { 0 };

	if (!store ||
	    image_record_config(&record, creation->config, strlen(creation->config), err) < 0 ||
	    image_record_make_manifest(store, creation->format, &record, err) < 0 ||
	    image_record_put(store, &record, creation->names, err) < 0)
		return -1;
	*ret_id = record.id;
	return 0;
}

static int module_fetch_url(const struct module_caller *caller, const char *url,
			    struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? fetch_url(store, url, err) : -1;
}

static int module_list_change(const struct module_caller *caller,
			      const struct list_change *change, struct digest *ret_digest,
			      struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? list_change(store, change, ret_digest, err) : -1;
}

static int module_list_push(const struct module_caller *caller, const struct list_push *push,
			    struct digest *ret_digest, struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? list_push(store, push, ret_digest, err) : -1;
}

static int module_show_manifest(const struct module_caller *caller,
				const struct registry_access *access,
				const struct reference *reference, struct buffer *text,
				struct descriptor *ret_descriptor, struct error *err)
{
	warnings_to(caller->warn);
	return list_show(access, reference, text, ret_descriptor, err);
}

static int module_search(const struct module_caller *caller, const struct search_request *request,
			 struct search_results *ret_results, struct error *err)
{
	warnings_to(caller->warn);
	return search(request, ret_results, err);
}

static int module_sign(const struct module_caller *caller, const struct signing_request *request,
		       struct digest *ret_digest, bool *ret_new, struct error *err)
{
	warnings_to(caller->warn);
	return sign_image(request, ret_digest, ret_new, err);
}

static int module_verify(const struct module_caller *caller,
			 const struct signing_request *request, struct digest *ret_digest,
			 struct error *err)
{
	warnings_to(caller->warn);
	return verify_image(request, ret_digest, err);
}

static int module_artifact_add(const struct module_caller *caller,
			       const struct artifact_addition *addition,
			       struct digest *ret_digest, struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? artifact_add(store, addition, ret_digest, err) : -1;
}

static int module_artifact_pull(const struct module_caller *caller,
				const struct registry_access *access,
				const struct reference *reference, struct digest *ret_digest,
				struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? artifact_pull(store, access, reference, ret_digest, err) : -1;
}

static int module_artifact_push(const struct module_caller *caller,
				const struct artifact_push *push, struct digest *ret_digest,
				struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? artifact_push(store, push, ret_digest, err) : -1;
}

static int module_artifact_extract(const struct module_caller *caller,
				   const struct descriptor *file, int to, struct error *err)
{
	auto_of(store) struct store *store = open_store(caller, err);

	return store ? artifact_extract(store, file, to, err) : -1;
}

static int module_referrers(const struct module_caller *caller,
			    const struct registry_access *access,
			    const struct reference *reference, struct buffer *index,
			    struct error *err)
{
	warnings_to(caller->warn);
	return artifact_referrers(access, reference, index, err);
}

/* Named by REGISTRY_MODULE_SYMBOL. */
extern const struct registry_module proa_registry_module;
__attribute__((visibility("default"))) const struct registry_module proa_registry_module = {
	.version = REGISTRY_MODULE_VERSION,
	.pull = module_pull,
	.list_tags = module_list_tags,
	.artifact_add = module_artifact_add,
	.artifact_pull = module_artifact_pull,
	.artifact_push = module_artifact_push,
	.artifact_extract = module_artifact_extract,
	.referrers = module_referrers,
	.list_change = module_list_change,
	.list_push = module_list_push,
	.show_manifest = module_show_manifest,
	.push = module_push,
	.login = module_login,
	.login_name = module_login_name,
	.logout = module_logout,
	.logout_all = module_logout_all,
	.search = module_search,
	.sign = module_sign,
	.verify = module_verify,
	.load = module_load,
	.save = module_save,
	.layer_create = module_layer_create,
	.image_create = module_image_create,
	.fetch_url = module_fetch_url,
};

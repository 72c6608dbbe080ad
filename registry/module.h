/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry module exports, as the symbol `proa_registry_module`.
 *
 * The module holds everything that needs libcurl, libcrypto or a decompressor;
 * linking those costs milliseconds that `run` and `ps` must not pay. Each service has
 * a function in a header of its own (registry_pull() in registry/pull.h), which
 * loader.c hands on through this table; module.c opens the store anew inside and
 * calls what does the work (pull_image()). A new service is one line here and a
 * few in those two.
 */
#ifndef REGISTRY_MODULE_H
#define REGISTRY_MODULE_H

#include <stdbool.h>

#include "base/strings.h"

struct artifact_addition;
struct artifact_push;
struct buffer;
struct descriptor;
struct digest;
struct error;
struct image_creation;
struct layer_info;
struct layer_source;
struct list_change;
struct list_push;
struct load_request;
struct login_request;
struct login_result;
struct pull_request;
struct search_request;
struct search_results;
struct signing_request;
struct push_request;
struct reference;
struct registry_access;
struct save_request;

/* The caller's store and warning handler: the module has floors of its own. */
struct module_caller {
	int store_root;		/* borrowed; -1: the service needs no store */
	struct strings read_only_stores;
	void (*warn)(const char *message);
};

struct registry_module {
	unsigned int version;	/* REGISTRY_MODULE_VERSION, or it is another build's */
	int (*pull)(const struct module_caller *caller, const struct pull_request *request,
		    struct digest *ret_image_id, struct error *err);
	int (*list_tags)(const struct module_caller *caller, const struct pull_request *request,
			 struct strings *ret_tags, struct error *err);
	int (*push)(const struct module_caller *caller, const struct push_request *request,
		    struct descriptor *ret_manifest, struct error *err);
	int (*login)(const struct module_caller *caller, const struct login_request *request,
		     struct login_result *ret_result, struct error *err);
	int (*login_name)(const struct module_caller *caller, const struct login_request *request,
			  struct login_result *ret_result, struct error *err);
	int (*logout)(const struct module_caller *caller, const struct login_request *request,
		      struct login_result *ret_result, struct error *err);
	int (*logout_all)(const struct module_caller *caller, const struct login_request *request,
			  struct error *err);
	int (*search)(const struct module_caller *caller, const struct search_request *request,
		      struct search_results *ret_results, struct error *err);
	int (*sign)(const struct module_caller *caller, const struct signing_request *request,
		    struct digest *ret_digest, bool *ret_new, struct error *err);
	int (*verify)(const struct module_caller *caller, const struct signing_request *request,
		      struct digest *ret_digest, struct error *err);
	int (*load)(const struct module_caller *caller, const struct load_request *request,
		    struct error *err);
	int (*save)(const struct module_caller *caller, const struct save_request *request,
		    struct error *err);
	int (*layer_create)(const struct module_caller *caller, const struct layer_source *source,
			    struct layer_info *ret_info, struct error *err);
	int (*image_create)(const struct module_caller *caller,
			    const struct image_creation *creation, struct digest *ret_id,
			    struct error *err);
	int (*fetch_url)(const struct module_caller *caller, const char *url, struct error *err);
	int (*list_change)(const struct module_caller *caller, const struct list_change *change,
			   struct digest *ret_digest, struct error *err);
	int (*list_push)(const struct module_caller *caller, const struct list_push *push,
			 struct digest *ret_digest, struct error *err);
	int (*show_manifest)(const struct module_caller *caller,
			     const struct registry_access *access,
			     const struct reference *reference, struct buffer *text,
			     struct descriptor *ret_descriptor, struct error *err);
	int (*artifact_add)(const struct module_caller *caller,
			    const struct artifact_addition *addition, struct digest *ret_digest,
			    struct error *err);
	int (*artifact_pull)(const struct module_caller *caller,
			     const struct registry_access *access,
			     const struct reference *reference, struct digest *ret_digest,
			     struct error *err);
	int (*artifact_push)(const struct module_caller *caller, const struct artifact_push *push,
			     struct digest *ret_digest, struct error *err);
	int (*artifact_extract)(const struct module_caller *caller,
				const struct descriptor *file, int to, struct error *err);
	int (*referrers)(const struct module_caller *caller, const struct registry_access *access,
			 const struct reference *reference, struct buffer *index,
			 struct error *err);
};

#define REGISTRY_MODULE_VERSION 3
#define REGISTRY_MODULE_NAME "registry"
#define REGISTRY_MODULE_SYMBOL "proa_registry_module"

#endif

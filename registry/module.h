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

#include "base/strings.h"

struct digest;
struct error;
struct pull_request;

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
};

#define REGISTRY_MODULE_VERSION 2
#define REGISTRY_MODULE_NAME "registry"
#define REGISTRY_MODULE_SYMBOL "proa_registry_module"

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging in at registries, and out again.
 *
 * Credentials are shown to the registry before they are kept. Where they go, the
 * first that there is:
 *
 *	the file that was named (--authfile, $REGISTRY_AUTH_FILE)
 *	the credential helper that one of the files of credential-places.h names
 *	docker's config.json, which docker, podman and we all read, and which, other
 *	than podman's auth.json below /run, is still there after a reboot
 *
 * The program calls these; they load the registry module and hand the call on to
 * the functions of the same names without registry_, inside of it.
 */
#ifndef REGISTRY_LOGIN_H
#define REGISTRY_LOGIN_H

#include <stdbool.h>

#include "registry/client.h"

struct error;

struct login_request {
	const char *server;		/* as it was typed; NULL is Docker Hub */
	const char *user, *password;	/* NULL, both: try those that are kept already */
	const char *auth_file;		/* or NULL */
	enum registry_tls tls;
	const char *cert_dir;		/* or NULL */
};

struct login_result {
	char *server;		/* as docker calls it */
	char *user;
	char *path;		/* the file with the entry, or NULL: nothing new to keep */
	char *helper;		/* who keeps the secret, or NULL: it stands in the file */
};
void login_result_release(struct login_result *result);

/* ERROR_UNAUTHORIZED when the registry does not want them; ERROR_NOT_FOUND when none were given
 * and none are kept. */
int registry_login(const struct login_request *request, struct login_result *ret_result,
		   struct error *err);
/* Who is logged in there, asking nobody: .server and .user. ERROR_NOT_FOUND. */
int registry_login_name(const struct login_request *request, struct login_result *ret_result,
			struct error *err);
/* Forgets, wherever it is kept: .server only; that there was nothing is no error. */
int registry_logout(const struct login_request *request, struct login_result *ret_result,
		    struct error *err);
/* The same for all registries; of `request` only .auth_file counts. */
int registry_logout_all(const struct login_request *request, struct error *err);

/* Inside of the module. */
int login(const struct login_request *request, struct login_result *ret_result,
	  struct error *err);
int login_name(const struct login_request *request, struct login_result *ret_result,
	       struct error *err);
int logout(const struct login_request *request, struct login_result *ret_result,
	   struct error *err);
int logout_all(const struct login_request *request, struct error *err);

#endif

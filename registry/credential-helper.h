/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's credential helpers: programs named docker-credential-NAME. They belong
 * to the user and are named by his own configuration, so they alone are looked
 * up in his PATH.
 */
#ifndef REGISTRY_CREDENTIAL_HELPER_H
#define REGISTRY_CREDENTIAL_HELPER_H

struct credentials;
struct error;

/* Asks docker-credential-`helper` for `server`. 1 with *ret_credentials, 0 if it has none, -1. */
int credential_helper_get(const char *helper, const char *server,
			  struct credentials *ret_credentials, struct error *err);
/* Has it keep `credentials` for `server`, in place of others. */
int credential_helper_store(const char *helper, const char *server,
			    const struct credentials *credentials, struct error *err);
/* Has it forget `server`. To know nothing of it is no error. */
int credential_helper_erase(const char *helper, const char *server, struct error *err);

#endif

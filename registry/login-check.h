/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a registry knows somebody. */
#ifndef REGISTRY_LOGIN_CHECK_H
#define REGISTRY_LOGIN_CHECK_H

struct auth_server;
struct credentials;
struct error;
struct login_request;

/* Shows `credentials` to the registry. Where its token server gives an identity token for them,
 * that takes the password's place. ERROR_UNAUTHORIZED when it does not want them. */
int login_check(const struct auth_server *server, const struct login_request *request,
		struct credentials *credentials, struct error *err);

#endif

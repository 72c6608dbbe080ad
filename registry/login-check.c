/* SPDX-License-Identifier: Apache-2.0 */
/* distribution-spec, "Determining Support": GET /v2/ is there for this question. */
#include "registry/login-check.h"

#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "registry/auth-keys.h"
#include "registry/credentials.h"
#include "registry/exchange.h"
#include "registry/login.h"
#include "registry/registries-conf.h"
#include "registry/session.h"
#include "registry/token.h"

#define TIME_LIMIT 60	/* seconds */

DEFINE_AUTO(registry_client, registry_client_free);

static enum http_taken take_nothing(struct exchange *exchange, const void *data, size_t size)
{
	(void)exchange;
	(void)data;
	(void)size;
	return HTTP_TAKEN;
}

static int ask(struct registry_client *client, struct error *err)
{
	struct exchange exchange = {
		.client = client,
		.repository = "",
		.path = "/v2/",
		.subject = { .host = client->name, .name = client->name, .blob = "" },
		.take = take_nothing,
		.request.time_limit = TIME_LIMIT,
	};
	int result = exchange_run(&exchange, err);

	exchange_release(&exchange);
	return result;
}

static int judge(const struct auth_server *server, struct error *err)
{
	if (err->kind == ERROR_UNAUTHORIZED)
		return error_set(err, ERROR_UNAUTHORIZED,
				 "unauthorized: incorrect username or password for %s", server->host);
	if (err->kind == ERROR_NOT_FOUND)
		return error_set(err, ERROR_OTHER, "%s is no registry (it knows no /v2/)",
				 server->host);
	return -1;
}

int login_check(const struct auth_server *server, const struct login_request *request,
		struct credentials *credentials, struct error *err)
{
	auto_of(registry_client) struct registry_client *client = NULL;
	bool insecure;

	if (registry_host_is_insecure(server->host, &insecure, err) < 0)
		return -1;
	client = registry_client_new(server->host, credentials,
				     insecure ? REGISTRY_TLS_INSECURE : request->tls,
				     request->cert_dir, err);
	if (!client)
		return -1;
	client->wants_identity = true;
	if (ask(client, err) < 0)
		return judge(server, err);
	if (client->identity_token) {
		free_secret(credentials->identity_token);
		credentials->identity_token = take_ptr(&client->identity_token);
	}
	return 0;
}

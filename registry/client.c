/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions. Like docker, we take a registry on this machine's own loopback
 * addresses as insecure: its certificate may be anybody's, and where it speaks
 * no TLS, plain HTTP is tried.
 */
#include "registry/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "registry/patience.h"
#include "registry/session.h"
#include "registry/token.h"
#include "registry/transfer.h"
#include "registry/transport.h"
#include "registry/url.h"

#define DOCKER_HUB "docker.io"
#define DOCKER_HUB_API "registry-1.docker.io"

static int set_base(struct registry_client *client, char *base, struct error *err)
{
	free(client->base);
	free(client->origin);
	client->base = base;
	client->origin = url_origin(base, err);
	return client->origin ? 0 : -1;
}

static int prepare(struct registry_client *client, enum registry_tls tls, const char *cert_dir,
		   struct error *err)
{
	const char *api = strcmp(client->name, DOCKER_HUB) == 0 ? DOCKER_HUB_API : client->name;
	auto_free char *host = NULL;

	if (set_base(client, xasprintf("https://%s", api), err) < 0)
		return -1;
	host = url_host(client->base);
	client->loopback = host && is_loopback_host(host);
	client->insecure = client->loopback || tls == REGISTRY_TLS_INSECURE;
	if (certificates_find(client->name, cert_dir, &client->certificates, err) < 0)
		return -1;
	client->transport = transport_new(&client->certificates, !client->insecure, err);
	return client->transport ? 0 : -1;
}

struct registry_client *registry_client_new(const char *host, const struct credentials *credentials,
					    enum registry_tls tls, const char *cert_dir,
					    struct error *err)
{
	struct registry_client *client = xcalloc(1, sizeof(*client));

	client->name = xstrdup(host);
	client->credentials = credentials;
	client->retries = RETRIES_DEFAULT;
	client->transfers = transfer_list_new(client);
	if (prepare(client, tls, cert_dir, err) < 0) {
		registry_client_free(client);
		return NULL;
	}
	return client;
}

void registry_client_free(struct registry_client *client)
{
	if (!client)
		return;
	transfer_list_free(client->transfers);
	transport_free(client->transport);
	certificates_release(&client->certificates);
	tokens_free(client);
	free_secret(client->basic);
	free_secret(client->identity_token);
	free(client->name);
	free(client->base);
	free(client->origin);
	free(client);
}

void registry_client_set_retries(struct registry_client *client, unsigned int retries,
				 int64_t delay)
{
	client->retries = retries;
	client->retry_delay = delay;
}

bool session_fall_back(struct registry_client *client)
{
	const char *rest = skip_prefix(client->base, "https://");
	auto_error ignored = { 0 };

	if (!client->insecure || client->settled || !rest)
		return false;
	return set_base(client, xasprintf("http://%s", rest), &ignored) == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See registry/pull-session.h. */
#include "registry/pull-session.h"

#include "base/error.h"
#include "registry/client.h"
#include "registry/pull.h"
#include "registry/registries-conf.h"

static void choose_settings(const struct pull_request *request, struct registry_settings *settings)
{
	registry_settings_load(settings);
	if (request->parallel)
		settings->parallel = request->parallel < SETTINGS_PARALLEL_MAX ?
					     request->parallel : SETTINGS_PARALLEL_MAX;
	if (request->retries_given)
		settings->retries = request->retries;
	if (request->retry_delay)
		settings->retry_delay = request->retry_delay;
}

int pull_session_open(const struct pull_request *request, const struct registry_endpoint *endpoint,
		      struct pull_session *ret_session, struct error *err)
{
	struct pull_session *session = ret_session;
	enum registry_tls tls = endpoint->insecure ? REGISTRY_TLS_INSECURE : request->tls;

	*session = (struct pull_session){ .reference = &endpoint->reference };
	choose_settings(request, &session->settings);
	if (credentials_find(&request->credentials, session->reference, &session->credentials,
			     err) < 0)
		return -1;
	session->client = registry_client_new(session->reference->host, &session->credentials, tls,
					      request->cert_dir, err);
	if (!session->client)
		return -1;
	registry_client_set_retries(session->client, session->settings.retries,
				    session->settings.retry_delay);
	return 0;
}

void pull_session_release(struct pull_session *session)
{
	registry_client_free(session->client);
	credentials_release(&session->credentials);
	*session = (struct pull_session){ 0 };
}

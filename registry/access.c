/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions for commands that talk to several registries. */
#include "registry/access.h"

#include "base/auto.h"
#include "base/error.h"
#include "image/reference.h"
#include "registry/registries-conf.h"

int access_open(const struct registry_access *access, const struct reference *reference,
		struct access_session *ret_session, struct error *err)
{
	auto_release(registry_endpoints) struct registry_endpoints endpoints = { 0 };
	enum registry_tls tls = access->tls;

	*ret_session = (struct access_session){ 0 };
	/* What is blocked is so for these commands, too. */
	if (registry_endpoints_find(reference, REGISTRY_FOR_PUSH, &endpoints, err) < 0)
		return -1;
	if (endpoints.items[0].insecure)
		tls = REGISTRY_TLS_INSECURE;
	if (credentials_find(&access->credentials, reference, &ret_session->credentials, err) < 0)
		return -1;
	ret_session->client = registry_client_new(reference->host, &ret_session->credentials, tls,
						  access->cert_dir, err);
	if (ret_session->client)
		return 0;
	access_session_release(ret_session);
	return -1;
}

void access_session_release(struct access_session *session)
{
	registry_client_free(session->client);
	credentials_release(&session->credentials);
	*session = (struct access_session){ 0 };
}

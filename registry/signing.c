/* SPDX-License-Identifier: Apache-2.0 */
/* Payload, then config, then the manifest that names both: what is seen is complete. */
#include "registry/signing.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "registry/registries-conf.h"
#include "registry/signature-key.h"
#include "registry/signature-list.h"
#include "registry/signature-manifest.h"
#include "registry/signature.h"
#include "registry/trust.h"
#include "registry/upload.h"

DEFINE_AUTO(signature_key, signature_key_free);

/* A session with the registry of `request`, and what the name stands for there. */
struct target {
	struct registry_endpoints endpoints;
	const struct reference *place;	/* the name, as it is called there */
	struct registry_client *client;
	struct credentials credentials;
	struct digest digest;
};

static void target_release(struct target *target)
{
	registry_client_free(target->client);
	credentials_release(&target->credentials);
	registry_endpoints_release(&target->endpoints);
}

static int target_open(const struct signing_request *request, struct target *target,
		       struct error *err)
{
	auto_release(buffer) struct buffer manifest = { 0 };
	auto_release(descriptor) struct descriptor descriptor = { 0 };
	const struct registry_endpoint *endpoint;

	/* Signatures are written, so no mirror will do. */
	if (registry_endpoints_find(&request->reference, REGISTRY_FOR_PUSH, &target->endpoints,
				    err) < 0)
		return -1;
	endpoint = &target->endpoints.items[0];
	target->place = &endpoint->reference;
	if (credentials_find(&request->credentials, target->place, &target->credentials, err) < 0)
		return -1;
	target->client = registry_client_new(target->place->host, &target->credentials,
					     endpoint->insecure ? REGISTRY_TLS_INSECURE : request->tls,
					     request->cert_dir, err);
	if (!target->client || registry_fetch_manifest(target->client, target->place, &manifest,
						       &descriptor, err) < 0)
		return -1;
	target->digest = descriptor.digest;
	return 0;
}

/* Whether the key has signed just this already. */
static int is_signed(struct target *target, struct signature_key *key,
		     struct signature_list *list, const char *payload, struct error *err)
{
	size_t size = strlen(payload);

	for (size_t i = 0; i < list->count; i++) {
		struct signature_entry *entry = &list->entries[i];

		if (entry->blob.size != size)
			continue;
		if (signature_entry_fetch(target->client, target->place, entry, err) < 0)
			return -1;
		if (memcmp(entry->payload.data, payload, size) == 0 &&
		    signature_key_verify(key, payload, size, entry->signature,
					 entry->signature_size))
			return 1;
	}
	return 0;
}

static int upload(struct target *target, const char *payload,
		  const struct signature_documents *documents, struct error *err)
{
	const char *repository = target->place->repository;
	auto_release(reference) struct reference tag = { 0 };
	struct digest digest;

	sha256_hex(payload, strlen(payload), digest.hex);
	signature_tag(target->place, &target->digest, &tag);
	if (registry_upload_bytes(target->client, repository, &digest, payload, strlen(payload),
				  err) < 0 ||
	    registry_upload_bytes(target->client, repository, &documents->config_digest,
				  documents->config, strlen(documents->config), err) < 0)
		return -1;
	return registry_upload_manifest(target->client, &tag, MEDIA_TYPE_OCI_MANIFEST,
					documents->manifest, strlen(documents->manifest), NULL,
					err);
}

static int add_signature(struct target *target, struct signature_key *key,
			 const struct signature_list *list, const char *payload,
			 struct error *err)
{
	auto_release(signature_documents) struct signature_documents documents = { 0 };
	unsigned char signature[SIGNATURE_SIZE_MAX];
	size_t size = 0;

	if (signature_key_sign(key, payload, strlen(payload), signature, &size, err) < 0 ||
	    signature_documents_make(&list->manifest, payload, signature, size, &documents,
				     err) < 0)
		return -1;
	return upload(target, payload, &documents, err);
}

/* What the signature is for: the name as it was given, with its tag, as skopeo and podman do it. */
static char *make_payload(const struct signing_request *request, const struct digest *digest)
{
	auto_release(reference) struct reference reference = { 0 };
	struct signature_claim claim = { .digest = *digest };
	char *payload;

	reference_copy(&reference, &request->reference);
	if (digest_is_set(&reference.digest))
		replace_string(&reference.tag, NULL);
	claim.reference = reference_full(&reference);
	payload = signature_claim_encode(&claim);
	signature_claim_release(&claim);
	return payload;
}

static int sign(const struct signing_request *request, struct target *target, bool *ret_new,
		struct error *err)
{
	auto_of(signature_key) struct signature_key *key = NULL;
	auto_release(signature_list) struct signature_list list = { 0 };
	auto_free char *payload = NULL;
	int known;

	key = signature_private_key_file(request->key, request->passphrase, err);
	if (!key || target_open(request, target, err) < 0 ||
	    signature_list_fetch(target->client, target->place, &target->digest, &list, err) < 0)
		return -1;
	payload = make_payload(request, &target->digest);
	known = is_signed(target, key, &list, payload, err);
	if (known < 0)
		return -1;
	*ret_new = !known;
	return known ? 0 : add_signature(target, key, &list, payload, err);
}

int sign_image(const struct signing_request *request, struct digest *ret_digest, bool *ret_new,
	       struct error *err)
{
	auto_release(target) struct target target = { 0 };
	auto_free char *name = reference_familiar(&request->reference);

	if (sign(request, &target, ret_new, err) < 0)
		return error_context(err, "cannot sign '%s'", name);
	*ret_digest = target.digest;
	return 0;
}

int verify_image(const struct signing_request *request, struct digest *ret_digest,
		 struct error *err)
{
	const struct trust_request trust = { .key = request->key };
	auto_release(target) struct target target = { 0 };
	auto_free char *name = reference_familiar(&request->reference);
	struct trust_subject subject = { .reference = &request->reference };

	if (target_open(request, &target, err) < 0)
		return error_context(err, "cannot verify '%s'", name);
	subject.place = target.place;
	subject.image = target.digest;
	if (trust_check(target.client, &trust, &subject, err) < 0)
		return error_context(err, "'%s'", name);
	*ret_digest = target.digest;
	return 0;
}

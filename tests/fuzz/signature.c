/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests of signatures, their payloads, and keys. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "registry/signature-box.h"
#include "registry/signature-key.h"
#include "registry/signature-list.h"
#include "registry/signature.h"
#include "tests/fuzz/fuzz.h"

static void decode_list(const char *data, size_t size)
{
	auto_release(signature_list) struct signature_list list = { 0 };
	auto_error err = { 0 };

	if (signature_list_decode(data, size, NULL, &list, &err) < 0)
		return;
	if (list.count > SIGNATURES_MAX)
		abort();
	for (size_t i = 0; i < list.count; i++)
		if (!list.entries[i].signature_size ||
		    list.entries[i].signature_size > SIGNATURE_SIZE_MAX)
			abort();
}

static void decode_claim(const char *data, size_t size)
{
	auto_release(signature_claim) struct signature_claim claim = { 0 };
	auto_error err = { 0 };

	if (signature_claim_decode(data, size, &claim, &err) == 0 &&
	    (!claim.reference || !digest_is_set(&claim.digest)))
		abort();
}

static void decode_key(const char *data, size_t size)
{
	auto_release(buffer) struct buffer pem = { 0 };
	auto_error err = { 0 };
	struct signature_key *key = signature_public_key(data, size, "key", &err);

	signature_key_free(key);
	if (size <= SIGNATURE_KEY_SIZE_MAX) {
		buffer_add(&pem, data, size);
		(void)signature_is_box(&pem);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_list((const char *)data, size);
	decode_claim((const char *)data, size);
	decode_key((const char *)data, size);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	{"critical": {
 *		"identity": {"docker-reference": "host/path:tag"},
 *		"image": {"docker-manifest-digest": "sha256:..."},
 *		"type": "cosign container image signature"},
 *	 "optional": ...}
 */
#include "registry/signature.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

#define TYPE "cosign container image signature"

static int read_digest(const char *text, struct signature_claim *claim, struct error *err)
{
	if (digest_parse(text, &claim->digest, err) < 0)
		return error_context(err, "signature");
	return 0;
}

int signature_claim_decode(const char *data, size_t size, struct signature_claim *ret_claim,
			   struct error *err)
{
	auto_json json_t *json = json_parse(data, size, "signature", err);
	auto_release(signature_claim) struct signature_claim claim = { 0 };
	const char *reference, *digest, *type;
	json_error_t at;

	if (!json)
		return -1;
	/* '!': nothing else may stand there. */
	if (json_unpack_ex(json, &at, 0, "{s:{s:{s:s!}, s:{s:s!}, s:s!}}", "critical", "identity",
			   "docker-reference", &reference, "image", "docker-manifest-digest",
			   &digest, "type", &type) < 0) {
		auto_free char *shown = printable(at.text);

		return error_set(err, ERROR_INVALID, "signature: %.200s", shown);
	}
	if (strcmp(type, TYPE) != 0) {
		auto_free char *shown = printable(type);

		return error_set(err, ERROR_INVALID, "signature: unknown type '%.100s'", shown);
	}
	if (read_digest(digest, &claim, err) < 0)
		return -1;
	claim.reference = xstrdup(reference);
	*ret_claim = claim;
	claim = (struct signature_claim){ 0 };
	return 0;
}

char *signature_claim_encode(const struct signature_claim *claim)
{
	char digest[DIGEST_TEXT_SIZE];
	auto_json json_t *json = NULL;

	digest_format(&claim->digest, digest);
	json = json_pack("{s:{s:{s:s}, s:{s:s}, s:s}, s:n}", "critical", "identity",
			 "docker-reference", claim->reference, "image", "docker-manifest-digest",
			 digest, "type", TYPE, "optional");
	return json_text(json);
}

void signature_claim_release(struct signature_claim *claim)
{
	free(claim->reference);
	*claim = (struct signature_claim){ 0 };
}

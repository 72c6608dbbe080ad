/* SPDX-License-Identifier: Apache-2.0 */
/* Digests: nothing gets past digest_parse() that could be more than a file name. */
#include "image/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

#define ALGORITHM "sha256:"
#define HEX_DIGITS "0123456789abcdef"
#define LOWER_ALNUM "abcdefghijklmnopqrstuvwxyz0123456789"
#define SHOWN_MAX 100	/* what a message quotes of a hostile text */

/* Whether `text` has the form of a digest of some other algorithm (sha512:..., blake3:...). */
static bool is_other_algorithm(const char *text)
{
	size_t algorithm = strspn(text, LOWER_ALNUM "+._-");
	size_t encoded;

	if (algorithm == 0 || text[algorithm] != ':')
		return false;
	text += algorithm + 1;
	encoded = strspn(text, LOWER_ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZ=_-");
	return encoded > 0 && text[encoded] == '\0';
}

int digest_parse(const char *text, struct digest *ret_digest, struct error *err)
{
	const char *hex = skip_prefix(text, ALGORITHM);
	auto_free char *cut = NULL;
	auto_free char *shown = NULL;

	if (hex && strnlen(hex, DIGEST_HEX_SIZE) == DIGEST_HEX_SIZE - 1 &&
	    strspn(hex, HEX_DIGITS) == DIGEST_HEX_SIZE - 1) {
		memcpy(ret_digest->hex, hex, DIGEST_HEX_SIZE);
		return 0;
	}

	cut = xstrndup(text, SHOWN_MAX);
	shown = printable(cut);
	if (!hex && is_other_algorithm(text))
		return error_set(err, ERROR_UNSUPPORTED,
				 "digest '%s' is of an unsupported algorithm; only sha256 is known",
				 shown);
	return error_set(err, ERROR_INVALID,
			 "invalid digest '%s'; it must be sha256: and 64 lower-case hex digits",
			 shown);
}

void digest_format(const struct digest *digest, char ret_text[DIGEST_TEXT_SIZE])
{
	memcpy(ret_text, ALGORITHM, sizeof(ALGORITHM) - 1);
	memcpy(ret_text + sizeof(ALGORITHM) - 1, digest->hex, DIGEST_HEX_SIZE);
}

bool digest_is_set(const struct digest *digest)
{
	return digest->hex[0] != '\0';
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return strcmp(a->hex, b->hex) == 0;
}

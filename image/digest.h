/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests: "sha256:" and 64 lower-case hex digits, the only algorithm that
 * registries use. The text is validated at the border (R10), so the rest of the
 * program may use the hex part as a file name.
 * OCI image-spec, descriptor.md, "Digests".
 */
#ifndef IMAGE_DIGEST_H
#define IMAGE_DIGEST_H

#include <stdbool.h>

struct error;

#define DIGEST_HEX_SIZE 65	/* 64 digits and the NUL */

struct digest {
	char hex[DIGEST_HEX_SIZE];	/* "" while unset */
};

#define DIGEST_TEXT_SIZE (7 + DIGEST_HEX_SIZE)

/* ERROR_INVALID names what is wrong; another algorithm is ERROR_UNSUPPORTED. */
int digest_parse(const char *text, struct digest *ret_digest, struct error *err);
void digest_format(const struct digest *digest, char ret_text[DIGEST_TEXT_SIZE]);
bool digest_is_set(const struct digest *digest);
bool digest_equal(const struct digest *a, const struct digest *b);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* See image/transport-name.h. */
#include "image/transport-name.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

static const struct {
	const char *prefix;
	enum transport_kind kind;
} transports[] = {
	{ "docker://", TRANSPORT_REGISTRY },
	{ "docker-archive:", TRANSPORT_DOCKER_ARCHIVE },
	{ "oci:", TRANSPORT_OCI },
	{ "oci-archive:", TRANSPORT_OCI_ARCHIVE },
	{ "dir:", TRANSPORT_DIR },
};

/* "oci:1" and the like may be images, too; these could be none. */
static const char *const unsupported[] = {
	"containers-storage:", "docker-daemon:", "sif:", "tarball:", "ostree:",
};

void transport_name_release(struct transport_name *name)
{
	free(name->path);
	free(name->reference);
	*name = (struct transport_name){ 0 };
}

/* A path has no colon in it: what follows the first is the reference. */
static int split(const char *text, const char *prefix, struct transport_name *name,
		 struct error *err)
{
	const char *colon = strchr(text, ':');

	if (!*text || text == colon)
		return error_set(err, ERROR_INVALID, "'%s' is followed by no path", prefix);
	if (name->kind == TRANSPORT_DIR)
		colon = NULL;
	name->path = colon ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
	if (colon && colon[1])
		name->reference = xstrdup(colon + 1);
	return 0;
}

int transport_name_parse(const char *text, struct transport_name *ret_name, struct error *err)
{
	struct transport_name name = { .kind = TRANSPORT_REGISTRY };

	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++)
		if (has_prefix(text, unsupported[i]))
			return error_set(err, ERROR_UNSUPPORTED,
					 "the transport '%.*s' is not supported",
					 (int)strlen(unsupported[i]) - 1, unsupported[i]);
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
		const char *rest = skip_prefix(text, transports[i].prefix);

		if (!rest)
			continue;
		name.kind = transports[i].kind;
		if (name.kind == TRANSPORT_REGISTRY)
			name.path = xstrdup(rest);
		else if (split(rest, transports[i].prefix, &name, err) < 0)
			return -1;
		*ret_name = name;
		return 0;
	}
	name.path = xstrdup(text);
	*ret_name = name;
	return 0;
}

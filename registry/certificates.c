/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.crt is an authority, added to the system's; X.cert with X.key is ours. Of the
 * directories that may exist for a host, the first one counts, as in podman.
 */
#include "registry/certificates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"

#define CERTIFICATE_SIZE_MAX ((size_t)1 << 20)
#define BUNDLE_SIZE_MAX ((size_t)16 << 20)

/* Where distributions keep the authorities in one file. */
static const char *const system_bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Alpine, Arch */
	"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora */
	"/etc/ssl/ca-bundle.pem",		/* openSUSE */
	"/etc/ssl/cert.pem",
};

void certificates_release(struct certificates *certificates)
{
	buffer_release(&certificates->authorities);
	free(certificates->certificate);
	free(certificates->key);
	*certificates = (struct certificates){ 0 };
}

static char *user_folder(void)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (!is_empty(config))
		return xasprintf("%s/containers/certs.d", config);
	return is_empty(home) ? NULL : xasprintf("%s/.config/containers/certs.d", home);
}

/* The path of the directory for `host`, or NULL. */
static char *find_folder(const char *host)
{
	auto_free char *user = user_folder();
	const char *const places[] = {
		user ? user : "/etc/containers/certs.d",
		"/etc/containers/certs.d",
		"/usr/share/containers/certs.d",
		"/etc/docker/certs.d",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		auto_free char *folder = xasprintf("%s/%s", places[i], host);

		/* One that we may not read is root's own business. */
		if (access(folder, R_OK | X_OK) == 0)
			return take_ptr(&folder);
	}
	return NULL;
}

static int append_file(int dir, const char *path, size_t max, struct buffer *bundle,
		       struct error *err)
{
	auto_release(buffer) struct buffer content = { 0 };

	if (file_read(dir, path, max, &content, err) < 0)
		return -1;
	bundle->max = BUNDLE_SIZE_MAX;
	if (buffer_append(bundle, content.data, content.size, err) < 0 ||
	    buffer_append(bundle, "\n", 1, err) < 0)
		return error_context(err, "certificates");
	return 0;
}

/* What the user says takes the place of the system's bundle, as in Go and OpenSSL programs. */
static int append_system_authorities(struct buffer *bundle, struct error *err)
{
	const char *chosen = getenv("SSL_CERT_FILE");

	if (!is_empty(chosen))
		return append_file(AT_FDCWD, chosen, BUNDLE_SIZE_MAX, bundle, err);
	for (size_t i = 0; i < ARRAY_SIZE(system_bundles); i++) {
		if (append_file(AT_FDCWD, system_bundles[i], BUNDLE_SIZE_MAX, bundle, err) == 0)
			return 0;
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err);
	}
	return 0;
}

static int read_authority(int dir, const char *name, struct certificates *certificates,
			  struct error *err)
{
	if (!certificates->authorities.size &&
	    append_system_authorities(&certificates->authorities, err) < 0)
		return -1;
	return append_file(dir, name, CERTIFICATE_SIZE_MAX, &certificates->authorities, err);
}

static int take_client_certificate(int dir, const char *folder, const char *name,
				   struct certificates *certificates, struct error *err)
{
	int stem = (int)(strlen(name) - strlen(".cert"));
	auto_free char *key = xasprintf("%.*s.key", stem, name);

	if (certificates->certificate)
		return 0;
	if (!file_exists(dir, key))
		return error_set(err, ERROR_NOT_FOUND, "client certificate '%s/%s' has no key '%s'",
				 folder, name, key);
	certificates->certificate = xasprintf("%s/%s", folder, name);
	certificates->key = xasprintf("%s/%s", folder, key);
	return 0;
}

static int read_folder(const char *folder, struct certificates *certificates, struct error *err)
{
	auto_fd int dir = dir_open(AT_FDCWD, folder, err);
	auto_release(strings) struct strings names = { 0 };

	if (dir < 0 || dir_list(dir, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];
		int result = 0;

		if (has_suffix(name, ".crt"))
			result = read_authority(dir, name, certificates, err);
		else if (has_suffix(name, ".cert"))
			result = take_client_certificate(dir, folder, name, certificates, err);
		if (result < 0)
			return error_context(err, "cannot read the certificates in '%s'", folder);
	}
	return 0;
}

int certificates_find(const char *host, const char *cert_dir, struct certificates *ret_certificates,
		      struct error *err)
{
	auto_release(certificates) struct certificates found = { 0 };
	auto_free char *folder = cert_dir ? xstrdup(cert_dir) : find_folder(host);

	if (folder && read_folder(folder, &found, err) < 0)
		return -1;
	if (!found.authorities.size && !is_empty(getenv("SSL_CERT_FILE")) &&
	    append_system_authorities(&found.authorities, err) < 0)
		return error_context(err, "SSL_CERT_FILE");
	*ret_certificates = found;
	found = (struct certificates){ 0 };
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certs.d directories: which authorities vouch for a registry, and what we
 * show it. containers-certs.d(5); docker's /etc/docker/certs.d is the same.
 */
#ifndef REGISTRY_CERTIFICATES_H
#define REGISTRY_CERTIFICATES_H

#include "base/buffer.h"

struct error;

struct certificates {
	struct buffer authorities;	/* PEM, the system's and the registry's; empty: the default */
	char *certificate;		/* path of the client certificate, or NULL */
	char *key;			/* path of its key */
};

/* Reads what there is for `host` ("localhost:5000"). `cert_dir`, when not NULL, is the one
 * directory that counts. */
int certificates_find(const char *host, const char *cert_dir, struct certificates *ret_certificates,
		      struct error *err);
void certificates_release(struct certificates *certificates);

#endif

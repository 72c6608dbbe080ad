/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an image is, as podman and skopeo spell it: docker://NAME, docker-archive:PATH[:REF],
 * oci:PATH[:REF], oci-archive:PATH[:REF], dir:PATH. What has no such beginning is the name of an
 * image at a registry. containers-transports(5).
 */
#ifndef IMAGE_TRANSPORT_NAME_H
#define IMAGE_TRANSPORT_NAME_H

struct error;

enum transport_kind {
	TRANSPORT_REGISTRY,
	TRANSPORT_DOCKER_ARCHIVE,
	TRANSPORT_OCI,
	TRANSPORT_OCI_ARCHIVE,
	TRANSPORT_DIR,
};

struct transport_name {
	enum transport_kind kind;
	char *path;		/* of a registry the image's name */
	char *reference;	/* behind the path, or NULL */
};

/* ERROR_INVALID: a path is missing; ERROR_UNSUPPORTED: a transport that containers knows and we do not. */
int transport_name_parse(const char *text, struct transport_name *ret_name, struct error *err);
void transport_name_release(struct transport_name *name);

#endif

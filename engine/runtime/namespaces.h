/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces for a new container: which are made by clone, which are joined, and when. */
#ifndef ENGINE_RUNTIME_NAMESPACES_H
#define ENGINE_RUNTIME_NAMESPACES_H

#include <stdint.h>

struct error;
struct runtime_spec;

/* Refuses what cannot be, and gives clone's CLONE_NEW* flags. */
int namespaces_plan(const struct runtime_spec *spec, uint64_t *ret_flags, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The read-only image stores that the administrator names: SYSCONFDIR/proa/stores.conf, a path a
 * line; '#' begins a comment. Without it there are none. PROA_STORES_CONF names another file.
 *
 * A store serves its keeper, in as many stores of his own as he has: root's serves root. Those of
 * others are passed over.
 */
#ifndef ENGINE_SHARED_STORES_H
#define ENGINE_SHARED_STORES_H

struct error;
struct strings;

/* Adds their paths. A file that cannot be read is an error: images would seem to be missing. */
int shared_stores_read(struct strings *paths, struct error *err);

#endif

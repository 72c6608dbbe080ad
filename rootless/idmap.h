/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id maps: the ranges of subordinate ids that /etc/subuid and /etc/subgid (or
 * getsubids(1), for other sources) give a user, and how they are laid out
 * inside his namespace: 0 is the user, 1.. are the ranges one after the other.
 * user_namespaces(7), subuid(5).
 */
#ifndef ROOTLESS_IDMAP_H
#define ROOTLESS_IDMAP_H

#include <stdint.h>
#include <sys/types.h>

struct error;

#define ID_RANGES_MAX 340	/* what the kernel takes */

struct id_range {
	uint32_t inside, outside, count;
};
struct id_map {
	struct id_range ranges[ID_RANGES_MAX];
	unsigned int count;
};

/* The map for `id` (uid or gid) from the file's text; lines `NAME_OR_UID:START:COUNT`. With no
 * line for the user the map has the single range 0 -> id. Overlaps are cut, bad lines skipped. */
void idmap_compose(const char *text, const char *user_name, uid_t user, uint32_t id,
		   struct id_map *ret_map);
/* "0 1000 1\n1 100000 65536\n", a new string: what uid_map files hold. */
char *idmap_format(const struct id_map *map);
/* Reads /proc/PID/uid_map's form back. */
int idmap_parse(const char *text, struct id_map *ret_map, struct error *err);
uint64_t idmap_size(const struct id_map *map);	/* ids mapped */

#endif

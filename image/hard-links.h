/* SPDX-License-Identifier: Apache-2.0 */
/* Files with several names, while a tree is walked: which of them came first. */
#ifndef IMAGE_HARD_LINKS_H
#define IMAGE_HARD_LINKS_H

#include <stddef.h>
#include <sys/stat.h>

struct hard_links {
	struct hard_link *slots;	/* a hash table; a zeroed struct is empty */
	size_t count, room;
};

/* The path that the file of `stat` was first met under, borrowed; NULL: that is `path`, now. Files with
 * one name are not remembered. */
const char *hard_links_meet(struct hard_links *links, const struct stat *stat, const char *path);
void hard_links_release(struct hard_links *links);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* See image/hard-links.h. */
#include "image/hard-links.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

#define ROOM_FIRST 64

struct hard_link {
	dev_t device;
	ino_t inode;
	char *path;	/* NULL: a free slot */
};

static size_t hash(dev_t device, ino_t inode)
{
	uint64_t value = ((uint64_t)inode ^ (uint64_t)device << 40) * 0x9e3779b97f4a7c15ULL;

	return (size_t)(value >> 32);
}

/* The slot of that file, or the free one where it belongs. */
static struct hard_link *find(const struct hard_links *links, dev_t device, ino_t inode)
{
	size_t at = hash(device, inode) & (links->room - 1);

	while (links->slots[at].path &&
	       (links->slots[at].inode != inode || links->slots[at].device != device))
		at = (at + 1) & (links->room - 1);
	return &links->slots[at];
}

static void grow(struct hard_links *links)
{
	struct hard_links larger = { .count = links->count };

	larger.room = links->room ? links->room * 2 : ROOM_FIRST;
	larger.slots = xcalloc(larger.room, sizeof(*larger.slots));
	for (size_t i = 0; i < links->room; i++)
		if (links->slots[i].path)
			*find(&larger, links->slots[i].device, links->slots[i].inode) =
				links->slots[i];
	free(links->slots);
	*links = larger;
}

const char *hard_links_meet(struct hard_links *links, const struct stat *stat, const char *path)
{
	struct hard_link *link;

	if (S_ISDIR(stat->st_mode) || stat->st_nlink < 2)
		return NULL;
	if (links->count * 2 >= links->room)
		grow(links);
	link = find(links, stat->st_dev, stat->st_ino);
	if (link->path)
		return link->path;
	*link = (struct hard_link){ stat->st_dev, stat->st_ino, xstrdup(path) };
	links->count++;
	return NULL;
}

void hard_links_release(struct hard_links *links)
{
	for (size_t i = 0; i < links->room; i++)
		free(links->slots[i].path);
	free(links->slots);
	*links = (struct hard_links){ 0 };
}

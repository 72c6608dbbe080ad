/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bridge-sweep.h. One process of a network namespace sweeps at a time (a lock on the namespace
 * itself): another could remove a bridge that we have seen, and a third make a new one of the
 * same name, whose table we would then take for the old one's.
 */
#include "engine/network/bridge-sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/strings.h"
#include "engine/network/bridge.h"
#include "engine/network/definition.h"
#include "engine/network/nat.h"

#define ALIAS_PREFIX "proa network "
#define NAME_PREFIX "proa"

void bridge_alias_format(const struct network_definition *definition, int root,
			 char ret_alias[LINK_ALIAS_SIZE])
{
	auto_free char *link = xasprintf("/proc/self/fd/%d", root);
	auto_error ignored = { 0 };
	auto_free char *path = link_read(AT_FDCWD, link, &ignored);
	int size = snprintf(ret_alias, LINK_ALIAS_SIZE, ALIAS_PREFIX "%s %s", definition->id,
			    path ? path : "");

	if (!path || size >= LINK_ALIAS_SIZE)
		snprintf(ret_alias, LINK_ALIAS_SIZE, ALIAS_PREFIX "%s", definition->id);
}

bool bridge_alias_matches(const char *alias, const struct network_definition *definition)
{
	const char *id = skip_prefix(alias, ALIAS_PREFIX);
	const char *after = id ? skip_prefix(id, definition->id) : NULL;

	return after && (*after == '\0' || *after == ' ');
}

/* The store's path in an alias, or NULL. */
static const char *path_in(const char *alias)
{
	const char *id = skip_prefix(alias, ALIAS_PREFIX);
	const char *space = id ? strchr(id, ' ') : NULL;

	return space && space[1] == '/' ? space + 1 : NULL;
}

static bool has_ports(const struct netlink_link *links, size_t count, unsigned int bridge)
{
	for (size_t i = 0; i < count; i++)
		if (links[i].master == bridge)
			return true;
	return false;
}

/* Whether nobody is about to use the network of the store at `path`; then *ret_lock keeps it so,
 * if there is a store. One that is not ours alone to write is left alone. */
static bool is_idle(const char *path, int *ret_lock)
{
	auto_free char *place = xasprintf("%s/" BRIDGE_PATH, path);
	auto_fd int folder = open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_error busy = { 0 };
	struct stat info;

	if (folder < 0)
		return errno == ENOENT || errno == ENOTDIR;
	if (fstat(folder, &info) < 0 || info.st_uid != geteuid() ||
	    (info.st_mode & (S_IWGRP | S_IWOTH)))
		return false;
	*ret_lock = lock_try(folder, ".lock", LOCK_EXCLUSIVE, &busy);
	return *ret_lock >= 0;
}

static void sweep_one(struct netlink *netlink, const struct netlink_link *link, const char *own)
{
	const char *path = path_in(link->alias);
	const char *own_path = path_in(own);
	bool is_own_path = path && own_path && strcmp(path, own_path) == 0;
	auto_error ignored = { 0 };
	auto_fd int lock = -1;

	/* Where our store is, another was before: what it had is not in use, as we hold the lock. */
	if (!path || strcmp(link->alias, own) == 0 || (!is_own_path && !is_idle(path, &lock)))
		return;
	if (nat_remove(link->name, &ignored) == 0)
		netlink_delete_link(netlink, link->index, &ignored);
}

void bridges_sweep(struct netlink *netlink, int netns, const char *alias)
{
	auto_free struct netlink_link *links = NULL;
	auto_error ignored = { 0 };
	size_t count;

	if (flock(netns, LOCK_EX | LOCK_NB) < 0 ||
	    netlink_list_links(netlink, &links, &count, &ignored) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (has_prefix(links[i].name, NAME_PREFIX) &&
		    !has_ports(links, count, links[i].index))
			sweep_one(netlink, &links[i], alias);
	flock(netns, LOCK_UN);
}

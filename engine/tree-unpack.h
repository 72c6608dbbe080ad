/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tar into a directory tree that is in use. The archive and the tree are both hostile: every path is
 * resolved inside `root`, and no link is followed in a last component.
 *
 * A directory merges with the one that is there; everything else replaces what is there.
 *
 * The work is done by the module tree-unpack.so, since it links the decompressors.
 */
#ifndef ENGINE_TREE_UNPACK_H
#define ENGINE_TREE_UNPACK_H

#include <stdbool.h>

struct error;

struct tree_unpacking {
	int input;		/* the tar, maybe compressed */
	int root;
	const char *as;		/* stands for the first component of all names: "." is `root`; or NULL */
	bool keep_owners;	/* else everything is ours, or 0:0 in a container */
};
int tree_unpack(const struct tree_unpacking *unpacking, struct error *err);
/* Loads the module already now: for who will be in a container by then. */
int tree_unpack_load(struct error *err);

/* What the module exports. */
#define TREE_UNPACK_MODULE "tree-unpack"
#define TREE_UNPACK_SYMBOL "tree_unpacker"
struct tree_unpacker {
	int (*unpack)(const struct tree_unpacking *unpacking, struct error *err);
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Copying a directory with all that is below it, within file systems that are ours to write. */
#ifndef ENGINE_TREE_COPY_H
#define ENGINE_TREE_COPY_H

struct error;

/* Copies what is in `from` into `to`, both open directories, and gives `to` the owner, mode and
 * times of `from`. Kept: owners, modes, times, extended attributes, links. Device nodes that
 * this process may not make, and sockets, are passed over. No symbolic link is followed. */
int tree_copy(int from, int to, struct error *err);
/* Only gives `to` the owner, mode, times and extended attributes of `from`; both are open. */
int tree_copy_attributes(int from, int to, struct error *err);

#endif

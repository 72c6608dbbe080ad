/* SPDX-License-Identifier: Apache-2.0 */
/* Hands unpacking on to the module: see tree-unpack.h. */
#include "base/module.h"
#include "engine/tree-unpack.h"

int tree_unpack_load(struct error *err)
{
	return module_symbol(TREE_UNPACK_MODULE, TREE_UNPACK_SYMBOL, err) ? 0 : -1;
}

int tree_unpack(const struct tree_unpacking *unpacking, struct error *err)
{
	const struct tree_unpacker *unpacker = module_symbol(TREE_UNPACK_MODULE,
							     TREE_UNPACK_SYMBOL, err);

	return unpacker ? unpacker->unpack(unpacking, err) : -1;
}

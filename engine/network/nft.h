/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to nf_tables: a transaction is put together message by message and sent at once. */
#ifndef ENGINE_NETWORK_NFT_H
#define ENGINE_NETWORK_NFT_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct error;
struct nftnl_chain;
struct nftnl_rule;
struct nftnl_set;
struct nftnl_table;

struct nft {
	struct mnl_socket *socket;
	uint32_t sequence;	/* the next message's */
	uint32_t last;		/* the last one's of the transaction */
	struct buffer batch;	/* the transaction so far; empty: none */
};

int nft_open(struct nft *nft, struct error *err);
void nft_release(struct nft *nft);

/* Each puts one message into the transaction; the object stays the caller's. */
void nft_put_table(struct nft *nft, uint16_t type, const struct nftnl_table *table);
void nft_put_chain(struct nft *nft, const struct nftnl_chain *chain);
void nft_put_set(struct nft *nft, struct nftnl_set *set);
void nft_put_rule(struct nft *nft, struct nftnl_rule *rule);
/* The elements of `set`, at most NFT_ELEMENTS_MAX of them (R9: attributes have 16-bit lengths). */
#define NFT_ELEMENTS_MAX 256
void nft_put_elements(struct nft *nft, uint16_t type, struct nftnl_set *set);

/* Sends the transaction: all of it takes effect, or nothing. */
int nft_commit(struct nft *nft, struct error *err);

int nft_table_exists(struct nft *nft, const char *table, bool *ret_exists, struct error *err);
/* Calls `each` for every element of the map; stops with -1 if there is no such map. EINTR when
 * somebody changed any table meanwhile: what was heard is not to be used, ask again. */
typedef void (*nft_element)(void *argument, const void *key, uint32_t key_size, const void *data,
			    uint32_t data_size);
int nft_read_map(struct nft *nft, const char *table, const char *map, nft_element each,
		 void *argument, struct error *err);

#endif

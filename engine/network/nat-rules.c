/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `nft list table ip proa0` shows as
 *
 *	chain prerouting { type nat hook prerouting priority dstnat
 *		iifname != "proa0" fib daddr type local dnat ip to ip daddr . tcp dport map @by_address
 *		iifname != "proa0" fib daddr type local dnat ip to tcp dport map @by_port
 *	}
 *	chain postrouting { type nat hook postrouting priority srcnat
 *		ip saddr 10.87.0.0/16 oifname != "proa0" masquerade
 *	}
 *	chain forward { type filter hook forward priority filter
 *		oifname "proa0" ct state established,related accept
 *		oifname "proa0" ct status dnat accept
 *		oifname "proa0" iifname "proa0" accept
 *		oifname "proa0" drop
 *	}
 *
 * Registers: 1 is the first of 16 bytes, whose second 4 bytes are register 9.
 */
#include "engine/network/nat-rules.h"

#include <arpa/inet.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/if.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network/nft.h"

#define REG_FIRST NFT_REG_1
#define REG_SECOND NFT_REG32_01	/* the second 4 bytes of REG_FIRST */

#define IP_SOURCE 12		/* offsets in the IPv4 header */
#define IP_DESTINATION 16
#define TCP_DESTINATION 2

/* The state bits of ct: 1 << (state + 1), see nft_ct.c. */
#define CT_STATE_ESTABLISHED 2U
#define CT_STATE_RELATED 4U

static struct nftnl_expr *new_expr(const char *kind)
{
	struct nftnl_expr *expr = nftnl_expr_alloc(kind);

	if (!expr)
		abort();	/* no memory */
	return expr;
}

static void add_compare(struct nftnl_rule *rule, uint32_t operation, const void *data,
			uint32_t size)
{
	struct nftnl_expr *expr = new_expr("cmp");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, REG_FIRST);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, operation);
	nftnl_expr_set(expr, NFTNL_EXPR_CMP_DATA, data, size);
	nftnl_rule_add_expr(rule, expr);
}

static void add_compare_u32(struct nftnl_rule *rule, uint32_t operation, uint32_t value)
{
	add_compare(rule, operation, &value, sizeof(value));
}

static void add_meta(struct nftnl_rule *rule, uint32_t key)
{
	struct nftnl_expr *expr = new_expr("meta");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, REG_FIRST);
	nftnl_rule_add_expr(rule, expr);
}

/* iifname or oifname, which are compared whole with their padding. */
static void add_interface(struct nftnl_rule *rule, uint32_t key, uint32_t operation,
			  const char *name)
{
	char padded[IFNAMSIZ] = "";

	snprintf(padded, sizeof(padded), "%s", name);
	add_meta(rule, key);
	add_compare(rule, operation, padded, sizeof(padded));
}

static void add_payload(struct nftnl_rule *rule, uint32_t base, uint32_t offset, uint32_t size,
			uint32_t to)
{
	struct nftnl_expr *expr = new_expr("payload");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, size);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, to);
	nftnl_rule_add_expr(rule, expr);
}

static void add_mask(struct nftnl_rule *rule, uint32_t mask)
{
	struct nftnl_expr *expr = new_expr("bitwise");
	uint32_t zero = 0;

	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, REG_FIRST);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, REG_FIRST);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, sizeof(mask));
	nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_MASK, &mask, sizeof(mask));
	nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_XOR, &zero, sizeof(zero));
	nftnl_rule_add_expr(rule, expr);
}

/* Only what is meant for this machine, not what it routes for others. */
static void add_local_destination(struct nftnl_rule *rule)
{
	struct nftnl_expr *expr = new_expr("fib");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_FIB_DREG, REG_FIRST);
	nftnl_rule_add_expr(rule, expr);
	add_compare_u32(rule, NFT_CMP_EQ, RTN_LOCAL);
}

static void add_tcp(struct nftnl_rule *rule)
{
	uint8_t tcp = IPPROTO_TCP;

	add_meta(rule, NFT_META_L4PROTO);
	add_compare(rule, NFT_CMP_EQ, &tcp, sizeof(tcp));
}

static void add_dnat_by(struct nftnl_rule *rule, const char *map)
{
	struct nftnl_expr *lookup = new_expr("lookup");
	struct nftnl_expr *nat = new_expr("nat");

	nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, map);
	nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_SREG, REG_FIRST);
	nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_DREG, REG_FIRST);
	nftnl_rule_add_expr(rule, lookup);

	nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
	nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FAMILY, NFPROTO_IPV4);
	nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, REG_FIRST);
	nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_PROTO_MIN, REG_SECOND);
	nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FLAGS, NF_NAT_RANGE_PROTO_SPECIFIED);
	nftnl_rule_add_expr(rule, nat);
}

static void add_verdict(struct nftnl_rule *rule, uint32_t verdict)
{
	struct nftnl_expr *expr = new_expr("immediate");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, verdict);
	nftnl_rule_add_expr(rule, expr);
}

static void add_ct(struct nftnl_rule *rule, uint32_t key, uint32_t any_of)
{
	struct nftnl_expr *expr = new_expr("ct");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_DREG, REG_FIRST);
	nftnl_rule_add_expr(rule, expr);
	add_mask(rule, any_of);
	add_compare_u32(rule, NFT_CMP_NEQ, 0);
}

static struct nftnl_rule *begin_rule(const char *bridge, const char *chain)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (!rule)
		abort();	/* no memory */
	nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, bridge);
	nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain);
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, NFPROTO_IPV4);
	return rule;
}

static void end_rule(struct nft *nft, struct nftnl_rule *rule)
{
	nft_put_rule(nft, rule);
	nftnl_rule_free(rule);
}

static void put_chain(struct nft *nft, const char *bridge, const char *name, const char *type,
		      uint32_t hook, int32_t priority)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();

	if (!chain)
		abort();	/* no memory */
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, bridge);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, type);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_FAMILY, NFPROTO_IPV4);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, hook);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, priority);
	nft_put_chain(nft, chain);
	nftnl_chain_free(chain);
}

static void put_prerouting(struct nft *nft, const char *bridge)
{
	struct nftnl_rule *rule;

	put_chain(nft, bridge, "prerouting", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST);

	rule = begin_rule(bridge, "prerouting");
	add_interface(rule, NFT_META_IIFNAME, NFT_CMP_NEQ, bridge);
	add_local_destination(rule);
	add_tcp(rule);
	add_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, IP_DESTINATION, sizeof(uint32_t), REG_FIRST);
	add_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_DESTINATION, sizeof(uint16_t),
		    REG_SECOND);
	add_dnat_by(rule, NAT_BY_ADDRESS);
	end_rule(nft, rule);

	rule = begin_rule(bridge, "prerouting");
	add_interface(rule, NFT_META_IIFNAME, NFT_CMP_NEQ, bridge);
	add_local_destination(rule);
	add_tcp(rule);
	add_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_DESTINATION, sizeof(uint16_t),
		    REG_FIRST);
	add_dnat_by(rule, NAT_BY_PORT);
	end_rule(nft, rule);
}

static void put_postrouting(struct nft *nft, const char *bridge, struct subnet subnet)
{
	struct nftnl_rule *rule;

	put_chain(nft, bridge, "postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC);

	rule = begin_rule(bridge, "postrouting");
	add_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, IP_SOURCE, sizeof(uint32_t), REG_FIRST);
	add_mask(rule, htonl(0xffffffffU << (32 - subnet.prefix)));
	add_compare_u32(rule, NFT_CMP_EQ, htonl(subnet.address));
	add_interface(rule, NFT_META_OIFNAME, NFT_CMP_NEQ, bridge);
	nftnl_rule_add_expr(rule, new_expr("masq"));
	end_rule(nft, rule);
}

static void put_forward(struct nft *nft, const char *bridge)
{
	struct nftnl_rule *rule;

	put_chain(nft, bridge, "forward", "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER);

	rule = begin_rule(bridge, "forward");
	add_interface(rule, NFT_META_OIFNAME, NFT_CMP_EQ, bridge);
	add_ct(rule, NFT_CT_STATE, CT_STATE_ESTABLISHED | CT_STATE_RELATED);
	add_verdict(rule, NF_ACCEPT);
	end_rule(nft, rule);

	rule = begin_rule(bridge, "forward");
	add_interface(rule, NFT_META_OIFNAME, NFT_CMP_EQ, bridge);
	add_ct(rule, NFT_CT_STATUS, IPS_DST_NAT);
	add_verdict(rule, NF_ACCEPT);
	end_rule(nft, rule);

	rule = begin_rule(bridge, "forward");
	add_interface(rule, NFT_META_OIFNAME, NFT_CMP_EQ, bridge);
	add_interface(rule, NFT_META_IIFNAME, NFT_CMP_EQ, bridge);
	add_verdict(rule, NF_ACCEPT);
	end_rule(nft, rule);

	rule = begin_rule(bridge, "forward");
	add_interface(rule, NFT_META_OIFNAME, NFT_CMP_EQ, bridge);
	add_verdict(rule, NF_DROP);
	end_rule(nft, rule);
}

void nat_put_rules(struct nft *nft, const char *bridge, struct subnet subnet)
{
	put_prerouting(nft, bridge);
	put_postrouting(nft, bridge, subnet);
	put_forward(nft, bridge);
}

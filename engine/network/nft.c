/* SPDX-License-Identifier: Apache-2.0 */
/* The nf_tables transport, by libmnl and libnftnl. */
#include "engine/network/nft.h"

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/error.h"
#include "engine/network/netlink.h"

#define MESSAGE_SIZE 65536
#define REPLY_SIZE 65536

struct message {
	char bytes[MESSAGE_SIZE];
};

int nft_open(struct nft *nft, struct error *err)
{
	*nft = (struct nft){ .socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC) };
	if (nft->socket && mnl_socket_bind(nft->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    netlink_limit_waiting(nft->socket) == 0)
		return 0;
	error_errno(err, "cannot talk to nftables");
	nft_release(nft);
	return -1;
}

void nft_release(struct nft *nft)
{
	if (nft->socket)
		mnl_socket_close(nft->socket);
	nft->socket = NULL;
	buffer_release(&nft->batch);
}

static void add_message(struct nft *nft, const struct nlmsghdr *header)
{
	buffer_add(&nft->batch, header, header->nlmsg_len);
}

static void begin_batch(struct nft *nft)
{
	struct message message;

	if (nft->batch.size > 0)
		return;
	add_message(nft, nftnl_batch_begin(message.bytes, nft->sequence++));
}

static struct nlmsghdr *begin_message(struct nft *nft, struct message *message, uint16_t type,
				      uint16_t flags)
{
	begin_batch(nft);
	nft->last = nft->sequence++;
	return nftnl_nlmsg_build_hdr(message->bytes, type, NFPROTO_IPV4, flags, nft->last);
}

void nft_put_table(struct nft *nft, uint16_t type, const struct nftnl_table *table)
{
	struct message message;
	struct nlmsghdr *header = begin_message(nft, &message, type, NLM_F_ACK);

	nftnl_table_nlmsg_build_payload(header, table);
	add_message(nft, header);
}

void nft_put_chain(struct nft *nft, const struct nftnl_chain *chain)
{
	struct message message;
	struct nlmsghdr *header =
		begin_message(nft, &message, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_ACK);

	nftnl_chain_nlmsg_build_payload(header, chain);
	add_message(nft, header);
}

void nft_put_set(struct nft *nft, struct nftnl_set *set)
{
	struct message message;
	struct nlmsghdr *header =
		begin_message(nft, &message, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_ACK);

	nftnl_set_nlmsg_build_payload(header, set);
	add_message(nft, header);
}

void nft_put_rule(struct nft *nft, struct nftnl_rule *rule)
{
	struct message message;
	struct nlmsghdr *header = begin_message(nft, &message, NFT_MSG_NEWRULE,
						NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK);

	nftnl_rule_nlmsg_build_payload(header, rule);
	add_message(nft, header);
}

void nft_put_elements(struct nft *nft, uint16_t type, struct nftnl_set *set)
{
	uint16_t create = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
	struct message message;
	struct nlmsghdr *header = begin_message(nft, &message, type, create | NLM_F_ACK);

	nftnl_set_elems_nlmsg_build_payload(header, set);
	add_message(nft, header);
}

/* Reads until the message with `sequence` is acknowledged. -1 and errno on the first failure. */
static int read_replies(struct nft *nft, uint32_t sequence, mnl_cb_t callback, void *argument)
{
	unsigned int port = mnl_socket_get_portid(nft->socket);
	char reply[REPLY_SIZE];

	for (;;) {
		ssize_t got = mnl_socket_recvfrom(nft->socket, reply, sizeof(reply));
		const struct nlmsghdr *header = (const struct nlmsghdr *)reply;
		int result;

		if (got < 0)
			return -1;
		/* What is left of an answer that was given up. */
		if (callback && header->nlmsg_seq != sequence)
			continue;
		/* Of a transaction every message is acknowledged: 0 means any of them. */
		result = mnl_cb_run(reply, (size_t)got, 0, port, callback, argument);
		if (result < 0)
			return -1;
		if (result == 0 && header->nlmsg_seq == sequence)
			return 0;
	}
}

int nft_commit(struct nft *nft, struct error *err)
{
	struct message message;
	struct nlmsghdr *end;
	int size;
	int sent;

	if (nft->batch.size == 0)
		return 0;
	end = nftnl_batch_end(message.bytes, nft->sequence++);
	add_message(nft, end);
	size = (int)nft->batch.size + MESSAGE_SIZE;
	/* A transaction is one datagram. */
	setsockopt(mnl_socket_get_fd(nft->socket), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(mnl_socket_get_fd(nft->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	sent = mnl_socket_sendto(nft->socket, nft->batch.data, nft->batch.size) < 0 ? -1 : 0;
	buffer_clear(&nft->batch);
	if (sent == 0 && read_replies(nft, nft->last, NULL, NULL) == 0)
		return 0;
	error_errno(err, "cannot change nftables");
	if (err->errnum == ENOENT || err->errnum == EOPNOTSUPP)
		error_remedy(err, "the kernel needs nf_tables with nat and fib: "
			     "modprobe nf_tables nft_nat nft_fib_ipv4");
	return -1;
}

int nft_table_exists(struct nft *nft, const char *table, bool *ret_exists, struct error *err)
{
	struct nftnl_table *named = nftnl_table_alloc();
	uint32_t sequence = nft->sequence++;
	struct message message;
	struct nlmsghdr *header;
	int result;

	if (!named)
		return error_set(err, ERROR_OTHER, "cannot allocate an nftables object");
	nftnl_table_set_str(named, NFTNL_TABLE_NAME, table);
	header = nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETTABLE, NFPROTO_IPV4, NLM_F_ACK,
				       sequence);
	nftnl_table_nlmsg_build_payload(header, named);
	nftnl_table_free(named);
	if (mnl_socket_sendto(nft->socket, header, header->nlmsg_len) < 0)
		return error_errno(err, "cannot talk to nftables");
	result = read_replies(nft, sequence, NULL, NULL);
	if (result < 0 && errno != ENOENT)
		return error_errno(err, "cannot look for the nftables table '%s'", table);
	*ret_exists = result == 0;
	return 0;
}

struct reading {
	nft_element each;
	void *argument;
};

static int read_element(struct nftnl_set_elem *element, void *argument)
{
	const struct reading *reading = argument;
	uint32_t key_size;
	uint32_t data_size;
	const void *key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &key_size);
	const void *data = nftnl_set_elem_get(element, NFTNL_SET_ELEM_DATA, &data_size);

	if (key && data)
		reading->each(reading->argument, key, key_size, data, data_size);
	return 0;
}

static int read_elements(const struct nlmsghdr *header, void *argument)
{
	struct nftnl_set *set = nftnl_set_alloc();
	int result = set ? nftnl_set_elems_nlmsg_parse(header, set) : -1;

	if (result == 0)
		nftnl_set_elem_foreach(set, read_element, argument);
	if (set)
		nftnl_set_free(set);
	return result < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

int nft_read_map(struct nft *nft, const char *table, const char *map, nft_element each,
		 void *argument, struct error *err)
{
	struct reading reading = { .each = each, .argument = argument };
	struct nftnl_set *set = nftnl_set_alloc();
	uint32_t sequence = nft->sequence++;
	struct message message;
	struct nlmsghdr *header;

	if (!set)
		return error_set(err, ERROR_OTHER, "cannot allocate an nftables object");
	nftnl_set_set_str(set, NFTNL_SET_TABLE, table);
	nftnl_set_set_str(set, NFTNL_SET_NAME, map);
	header = nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETSETELEM, NFPROTO_IPV4, NLM_F_DUMP,
				       sequence);
	nftnl_set_elems_nlmsg_build_payload(header, set);
	nftnl_set_free(set);
	if (mnl_socket_sendto(nft->socket, header, header->nlmsg_len) < 0 ||
	    read_replies(nft, sequence, read_elements, &reading) < 0)
		return error_errno(err, "cannot read the nftables map '%s %s'", table, map);
	return 0;
}

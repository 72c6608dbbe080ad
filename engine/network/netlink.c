/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink messages: one request, one acknowledgement. */
#include "engine/network/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/alloc.h"
#include "base/error.h"

#define MESSAGE_SIZE 8192	/* as libmnl's MNL_SOCKET_BUFFER_SIZE at most */
#define REPLY_TIMEOUT_S 10

struct message {
	char bytes[MESSAGE_SIZE];
};

int netlink_limit_waiting(struct mnl_socket *socket)
{
	struct timeval limit = { .tv_sec = REPLY_TIMEOUT_S };

	return setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &limit,
			  sizeof(limit));
}

int netlink_open(struct netlink *netlink, struct error *err)
{
	netlink->sequence = 0;
	netlink->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (netlink->socket && mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    netlink_limit_waiting(netlink->socket) == 0)
		return 0;
	error_errno(err, "cannot open a netlink socket");
	netlink_release(netlink);
	return -1;
}

void netlink_release(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	netlink->socket = NULL;
}

/* Sends the request and reads until its acknowledgement, handing other answers to `callback`.
 * -1 and errno. */
static int talk(struct netlink *netlink, struct nlmsghdr *header, mnl_cb_t callback,
		void *argument)
{
	unsigned int port = mnl_socket_get_portid(netlink->socket);
	struct message reply;
	int result;

	header->nlmsg_seq = ++netlink->sequence;
	if (mnl_socket_sendto(netlink->socket, header, header->nlmsg_len) < 0)
		return -1;
	do {
		ssize_t got = mnl_socket_recvfrom(netlink->socket, &reply, sizeof(reply));

		if (got < 0)
			return -1;
		result = mnl_cb_run(&reply, (size_t)got, netlink->sequence, port, callback,
				    argument);
	} while (result > 0);
	return result;
}

static struct nlmsghdr *begin_link(struct message *message, uint16_t type, uint16_t flags,
				   unsigned int index, bool up)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(message);
	struct ifinfomsg *info;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	info->ifi_index = (int)index;
	if (up)
		info->ifi_flags = info->ifi_change = IFF_UP;
	return header;
}

static void keep_attribute(const struct nlattr *attribute, struct netlink_link *link)
{
	switch (mnl_attr_get_type(attribute)) {
	case IFLA_MASTER:
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
			link->master = mnl_attr_get_u32(attribute);
		break;
	case IFLA_IFNAME:
		if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
			snprintf(link->name, sizeof(link->name), "%s", mnl_attr_get_str(attribute));
		break;
	case IFLA_IFALIAS:
		if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
			snprintf(link->alias, sizeof(link->alias), "%s",
				 mnl_attr_get_str(attribute));
		break;
	default:
		break;
	}
}

static int keep_link(const struct nlmsghdr *header, void *argument)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
	struct netlink_link *link = argument;
	struct nlattr *attribute;

	link->index = (unsigned int)info->ifi_index;
	mnl_attr_for_each(attribute, header, sizeof(*info))
		keep_attribute(attribute, link);
	return MNL_CB_OK;
}

int netlink_find_link(struct netlink *netlink, const char *name, unsigned int *ret_index,
		      char ret_alias[LINK_ALIAS_SIZE], struct error *err)
{
	struct netlink_link found = { 0 };
	struct message message;
	struct nlmsghdr *header = begin_link(&message, RTM_GETLINK, 0, 0, false);

	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	if (talk(netlink, header, keep_link, &found) < 0 && errno != ENODEV)
		return error_errno(err, "cannot look for the interface '%s'", name);
	*ret_index = found.index;
	memcpy(ret_alias, found.alias, sizeof(found.alias));
	return 0;
}

struct link_list {
	struct netlink_link *links;
	size_t count;
};

static int add_link(const struct nlmsghdr *header, void *argument)
{
	struct link_list *list = argument;

	if ((list->count & (list->count - 1)) == 0)
		list->links = xrealloc_array(list->links, list->count ? list->count * 2 : 1,
					     sizeof(*list->links));
	list->links[list->count] = (struct netlink_link){ 0 };
	return keep_link(header, &list->links[list->count++]);
}

int netlink_list_links(struct netlink *netlink, struct netlink_link **ret_links,
		       size_t *ret_count, struct error *err)
{
	struct link_list list = { 0 };
	struct message message;
	struct nlmsghdr *header = begin_link(&message, RTM_GETLINK, NLM_F_DUMP, 0, false);

	mnl_attr_put_u32(header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (talk(netlink, header, add_link, &list) < 0) {
		error_errno(err, "cannot list the interfaces");
		free(list.links);
		return -1;
	}
	*ret_links = list.links;
	*ret_count = list.count;
	return 0;
}

static void put_kind(struct nlmsghdr *header, const char *kind)
{
	struct nlattr *info = mnl_attr_nest_start(header, IFLA_LINKINFO);

	mnl_attr_put_strz(header, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(header, info);
}

int netlink_add_bridge(struct netlink *netlink, const char *name, const uint8_t mac[MAC_SIZE],
		       uint32_t mtu, struct error *err)
{
	struct message message;
	struct nlmsghdr *header =
		begin_link(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, false);

	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	mnl_attr_put(header, IFLA_ADDRESS, MAC_SIZE, mac);
	mnl_attr_put_u32(header, IFLA_MTU, mtu);
	put_kind(header, "bridge");
	if (talk(netlink, header, NULL, NULL) == 0)
		return 0;
	error_errno(err, "cannot make the bridge '%s'", name);
	if (errno == EOPNOTSUPP)
		error_remedy(err, "it needs the kernel module bridge: modprobe bridge");
	return -1;
}

int netlink_set_alias(struct netlink *netlink, unsigned int index, const char *alias,
		      struct error *err)
{
	struct message message;
	struct nlmsghdr *header = begin_link(&message, RTM_SETLINK, 0, index, false);

	mnl_attr_put_str(header, IFLA_IFALIAS, alias);
	if (talk(netlink, header, NULL, NULL) < 0)
		return error_errno(err, "cannot name interface %u", index);
	return 0;
}

static void put_peer(struct nlmsghdr *header, const struct veth *veth)
{
	struct nlattr *peer = mnl_attr_nest_start(header, VETH_INFO_PEER);

	mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(header, IFLA_IFNAME, veth->peer);
	mnl_attr_put(header, IFLA_ADDRESS, MAC_SIZE, veth->peer_mac);
	mnl_attr_put_u32(header, IFLA_MTU, veth->mtu);
	mnl_attr_put_u32(header, IFLA_NET_NS_FD, (uint32_t)veth->netns);
	mnl_attr_nest_end(header, peer);
}

int netlink_add_veth(struct netlink *netlink, const struct veth *veth, struct error *err)
{
	struct message message;
	struct nlmsghdr *header =
		begin_link(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, true);
	struct nlattr *info;
	struct nlattr *data;

	mnl_attr_put_strz(header, IFLA_IFNAME, veth->name);
	mnl_attr_put_u32(header, IFLA_MTU, veth->mtu);
	mnl_attr_put_u32(header, IFLA_MASTER, veth->bridge);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	put_peer(header, veth);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, info);
	if (talk(netlink, header, NULL, NULL) == 0)
		return 0;
	error_errno(err, "cannot make a veth pair");
	if (errno == EOPNOTSUPP)
		error_remedy(err, "it needs the kernel module veth: modprobe veth");
	return -1;
}

int netlink_set_up(struct netlink *netlink, unsigned int index, struct error *err)
{
	struct message message;
	struct nlmsghdr *header = begin_link(&message, RTM_SETLINK, 0, index, true);

	if (talk(netlink, header, NULL, NULL) < 0)
		return error_errno(err, "cannot bring up interface %u", index);
	return 0;
}

int netlink_delete_link(struct netlink *netlink, unsigned int index, struct error *err)
{
	struct message message;
	struct nlmsghdr *header = begin_link(&message, RTM_DELLINK, 0, index, false);

	if (talk(netlink, header, NULL, NULL) < 0 && errno != ENODEV)
		return error_errno(err, "cannot remove interface %u", index);
	return 0;
}

int netlink_add_address(struct netlink *netlink, unsigned int index, uint32_t address,
			unsigned int prefix, struct error *err)
{
	struct message message;
	struct nlmsghdr *header = mnl_nlmsg_put_header(&message);
	uint32_t mask = 0xffffffffU << (32 - prefix);
	struct ifaddrmsg *info;

	header->nlmsg_type = RTM_NEWADDR;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifa_family = AF_INET;
	info->ifa_prefixlen = (uint8_t)prefix;
	info->ifa_scope = RT_SCOPE_UNIVERSE;
	info->ifa_index = index;
	mnl_attr_put_u32(header, IFA_LOCAL, htonl(address));
	mnl_attr_put_u32(header, IFA_ADDRESS, htonl(address));
	mnl_attr_put_u32(header, IFA_BROADCAST, htonl(address | ~mask));
	if (talk(netlink, header, NULL, NULL) < 0 && errno != EEXIST)
		return error_errno(err, "cannot set the address of interface %u", index);
	return 0;
}

int netlink_add_default_route(struct netlink *netlink, uint32_t gateway, struct error *err)
{
	struct message message;
	struct nlmsghdr *header = mnl_nlmsg_put_header(&message);
	struct rtmsg *route;

	header->nlmsg_type = RTM_NEWROUTE;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
	route->rtm_family = AF_INET;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_scope = RT_SCOPE_UNIVERSE;
	route->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(header, RTA_GATEWAY, htonl(gateway));
	if (talk(netlink, header, NULL, NULL) < 0)
		return error_errno(err, "cannot set the default route");
	return 0;
}

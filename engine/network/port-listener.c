/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets. Without an address, a port is open on 0.0.0.0 and on [::],
 * as two sockets with the same number; that one is free for the first does not
 * mean that it is for the second, so a free port may need several tries.
 */
#include "engine/network/port-listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/network/ports.h"

#define FREE_PORT_TRIES 64
#define SETTING_SIZE_MAX 64
#define PRIVILEGED_END 1024	/* where the setting cannot be read */

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t address_size(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->ipv4) : sizeof(address->ipv6);
}

static void set_port(union address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET)
		address->ipv4.sin_port = htons(port);
	else
		address->ipv6.sin6_port = htons(port);
}

/* A listening socket; -1 and errno. */
static int listen_on(const union address *address)
{
	int family = address->any.sa_family;
	auto_fd int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	/* Connections of the container's former life do not stand in its way. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -1;
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -1;
	if (bind(fd, &address->any, address_size(address)) < 0 || listen(fd, SOMAXCONN) < 0)
		return -1;
	return take_fd(&fd);
}

static uint16_t port_of(int fd)
{
	union address address = { .ipv6 = { .sin6_port = 0 } };
	socklen_t size = sizeof(address);

	if (getsockname(fd, &address.any, &size) < 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET ? address.ipv4.sin_port :
							address.ipv6.sin6_port);
}

/* What a mapping listens on; the count. */
static unsigned int addresses_of(const struct port_mapping *mapping,
				 union address addresses[PORT_LISTENERS_MAX])
{
	memset(addresses, 0, PORT_LISTENERS_MAX * sizeof(addresses[0]));
	if (mapping->host_address[0] == '\0') {
		addresses[0].ipv4.sin_family = AF_INET;
		addresses[1].ipv6.sin6_family = AF_INET6;
		return 2;
	}
	if (inet_pton(AF_INET, mapping->host_address, &addresses[0].ipv4.sin_addr) == 1) {
		addresses[0].ipv4.sin_family = AF_INET;
		return 1;
	}
	if (inet_pton(AF_INET6, mapping->host_address, &addresses[0].ipv6.sin6_addr) == 1) {
		addresses[0].ipv6.sin6_family = AF_INET6;
		return 1;
	}
	return 0;
}

static bool lacks_ipv6(void)
{
	return errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL || errno == EPROTONOSUPPORT;
}

/* Opens all of the mapping's sockets on `port`, or any free one for 0. -1 and errno. */
static int try_port(const struct port_mapping *mapping, uint16_t port,
		    int fds[PORT_LISTENERS_MAX], uint16_t *ret_port)
{
	union address addresses[PORT_LISTENERS_MAX];
	unsigned int count = addresses_of(mapping, addresses);

	if (count == 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	for (unsigned int i = 0; i < count; i++) {
		set_port(&addresses[i], port);
		fds[i] = listen_on(&addresses[i]);
		if (fds[i] < 0 && i > 0 && lacks_ipv6())
			break;
		if (fds[i] < 0) {
			auto_close_fd(&fds[0]);
			fds[0] = -1;
			return -1;
		}
		if (port == 0)
			port = port_of(fds[i]);
	}
	*ret_port = port;
	return 0;
}

static int try_free_port(const struct port_mapping *mapping, int fds[PORT_LISTENERS_MAX],
			 uint16_t *ret_port)
{
	int result = -1;

	for (int i = 0; i < FREE_PORT_TRIES && result < 0; i++) {
		result = try_port(mapping, 0, fds, ret_port);
		if (result < 0 && errno != EADDRINUSE)
			break;
	}
	return result;
}

static int try_range(const struct port_mapping *mapping, int fds[PORT_LISTENERS_MAX],
		     uint16_t *ret_port)
{
	unsigned int last = mapping->host_port_last > mapping->host_port ?
			    mapping->host_port_last : mapping->host_port;

	for (unsigned int port = mapping->host_port; port <= last; port++) {
		if (try_port(mapping, (uint16_t)port, fds, ret_port) == 0)
			return 0;
		if (errno != EADDRINUSE)
			return -1;
	}
	return -1;
}

static unsigned int first_unprivileged(void)
{
	auto_error ignored = { 0 };
	auto_free char *text =
		file_read_line(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start",
			       SETTING_SIZE_MAX, &ignored);
	unsigned int port = text ? (unsigned int)strtoul(text, NULL, 10) : 0;

	return port > 0 && port <= 65536 ? port : PRIVILEGED_END;
}

static int report(const struct port_mapping *mapping, struct error *err)
{
	int errnum = errno;
	const char *address = mapping->host_address[0] ? mapping->host_address : "0.0.0.0";
	bool brackets = strchr(address, ':') != NULL;

	if (errnum == EADDRINUSE && mapping->host_port_last > mapping->host_port)
		return error_set(err, ERROR_OTHER,
				 "cannot publish %s:%u-%u: all ports are already allocated",
				 address, mapping->host_port, mapping->host_port_last);
	if (errnum != EADDRINUSE && errnum != EACCES)
		return error_errnum(err, errnum, "cannot publish %s:%u", address,
				    mapping->host_port);
	error_set(err, ERROR_OTHER, "cannot publish %s%s%s:%u: %s", brackets ? "[" : "", address,
		  brackets ? "]" : "", mapping->host_port,
		  errnum == EACCES ? "permission denied" : "port is already allocated");
	err->errnum = errnum;
	if (errnum == EADDRINUSE)
		return error_remedy(err, "publish it on another port");
	return error_remedy(err, "take a port from %u on, or let an administrator allow it: "
			    "sysctl -w net.ipv4.ip_unprivileged_port_start=%u",
			    first_unprivileged(), mapping->host_port);
}

int port_listener_open(struct port_mapping *mapping, int fds[PORT_LISTENERS_MAX],
		       struct error *err)
{
	uint16_t port;
	int result;

	fds[0] = fds[1] = -1;
	if (mapping->host_port == 0 && mapping->host_port_last == 0)
		result = try_free_port(mapping, fds, &port);
	else
		result = try_range(mapping, fds, &port);
	if (result < 0)
		return report(mapping, err);
	mapping->host_port = mapping->host_port_last = port;
	return 0;
}

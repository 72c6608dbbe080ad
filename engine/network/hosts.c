/* SPDX-License-Identifier: Apache-2.0 */
/* The container's /etc/hosts, in docker's form. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/network/network.h"

#define HOSTS_SIZE_MAX ((size_t)1 << 20)
#define HOST_GATEWAY "host-gateway"

static const char standard_lines[] =
	"127.0.0.1\tlocalhost\n"
	"::1\tlocalhost ip6-localhost ip6-loopback\n"
	"fe00::\tip6-localnet\n"
	"ff00::\tip6-mcastprefix\n"
	"ff02::1\tip6-allnodes\n"
	"ff02::2\tip6-allrouters\n";

/* The address this machine uses towards others. Connecting a datagram socket sends nothing; the
 * address is one that no machine has (RFC 5737). */
static bool find_own_address(char *ret_text, size_t size)
{
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
	socklen_t address_size = sizeof(address);

	return fd >= 0 && inet_pton(AF_INET, "203.0.113.1", &address.sin_addr) == 1 &&
	       connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       getsockname(fd, (struct sockaddr *)&address, &address_size) == 0 &&
	       inet_ntop(AF_INET, &address.sin_addr, ret_text, (socklen_t)size);
}

/* Where the container finds the host: the bridge's address; behind an uplink, whose gateway leads
 * nowhere (R16), an address of the host itself. */
static void find_host(enum network_mode mode, const struct network_endpoint *endpoint,
		      char *ret_text, size_t size)
{
	bool is_bridge = mode == NETWORK_BRIDGE && endpoint->dns[0] == '\0';
	const char *address = is_bridge && endpoint->gateway[0] ? endpoint->gateway : "127.0.0.1";

	if (mode != NETWORK_HOST && !is_bridge && find_own_address(ret_text, size))
		return;
	snprintf(ret_text, size, "%s", address);
}

/* No text may become a line or a comment of its own (R13). */
static bool is_plain(const char *text)
{
	return *text && !strpbrk(text, "\n\r#");
}

/* "NAME:IP" or "NAME=IP"; several names are separated by ";" (podman). */
static void add_extra(struct buffer *text, const char *entry, const char *host)
{
	size_t length = strcspn(entry, ":=");
	auto_free char *names = xstrndup(entry, length);
	auto_free char *address = entry[length] ? xstrdup(entry + length + 1) : NULL;
	size_t address_length = address ? strlen(address) : 0;

	if (address_length > 2 && address[0] == '[' && address[address_length - 1] == ']') {
		memmove(address, address + 1, address_length - 2);
		address[address_length - 2] = '\0';
	}
	if (is_empty(address) || !is_plain(names) || !is_plain(address))
		return;
	for (char *at = strchr(names, ';'); at; at = strchr(at, ';'))
		*at = ' ';
	buffer_printf(text, "%s\t%s\n", strcmp(address, HOST_GATEWAY) == 0 ? host : address, names);
}

static void add_own(struct buffer *text, const struct network_endpoint *endpoint,
		    const char *hostname, const char *domain)
{
	if (endpoint->address[0] == '\0' || is_empty(hostname) || !is_plain(hostname))
		return;
	if (!is_empty(domain) && is_plain(domain))
		buffer_printf(text, "%s\t%s.%s %s\n", endpoint->address, hostname, domain,
			      hostname);
	else
		buffer_printf(text, "%s\t%s\n", endpoint->address, hostname);
}

static void add_standard(struct buffer *text, enum network_mode mode)
{
	auto_error ignored = { 0 };

	if (mode == NETWORK_HOST &&
	    file_read(AT_FDCWD, "/etc/hosts", HOSTS_SIZE_MAX, text, &ignored) == 0) {
		if (text->size > 0 && text->data[text->size - 1] != '\n')
			buffer_putc(text, '\n');
		return;
	}
	buffer_puts(text, standard_lines);
}

char *network_hosts(enum network_mode mode, const struct network_endpoint *endpoint,
		    const char *hostname, const char *domain, const struct strings *extra)
{
	auto_release(buffer) struct buffer text = { 0 };
	char host[sizeof(endpoint->gateway)];

	find_host(mode, endpoint, host, sizeof(host));
	add_standard(&text, mode);
	if (mode != NETWORK_HOST)
		add_own(&text, endpoint, hostname, domain);
	for (size_t i = 0; i < extra->count; i++)
		add_extra(&text, extra->items[i], host);
	return buffer_take(&text);
}

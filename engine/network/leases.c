/* SPDX-License-Identifier: Apache-2.0 */
/* Leases as files. Names that are no addresses are not ours to count. */
#include "engine/network/leases.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"

#define LEASE_SIZE_MAX 1024

void ipv4_format(uint32_t address, char ret_text[IPV4_TEXT_SIZE])
{
	struct in_addr raw = { .s_addr = htonl(address) };

	if (!inet_ntop(AF_INET, &raw, ret_text, IPV4_TEXT_SIZE))
		ret_text[0] = '\0';
}

int ipv4_parse(const char *text, uint32_t *ret_address)
{
	struct in_addr raw;

	if (inet_pton(AF_INET, text, &raw) != 1)
		return -1;
	*ret_address = ntohl(raw.s_addr);
	return 0;
}

/* Marks the offsets in the subnet that are taken. */
static void mark_taken(const struct strings *names, struct subnet subnet, char *taken,
		       uint32_t size)
{
	for (size_t i = 0; i < names->count; i++) {
		uint32_t address;

		if (ipv4_parse(names->items[i], &address) == 0 && address >= subnet.address &&
		    address - subnet.address < size)
			taken[address - subnet.address] = 1;
	}
}

void lease_release(struct lease *lease)
{
	free(lease->container_id);
	*lease = (struct lease){ 0 };
}

int lease_read(int leases, const char *address, struct lease *ret_lease, struct error *err)
{
	auto_free char *text = file_read_line(leases, address, LEASE_SIZE_MAX, err);
	char *line = text ? strchr(text, '\n') : NULL;
	struct lease lease = { 0 };
	int pid;

	if (!text)
		return -1;
	if (line)
		*line++ = '\0';
	if (!line || sscanf(line, "%d %" SCNu64 " %36s", &pid, &lease.holder.start_time,
			    lease.holder.boot_id) != 3)
		return error_set(err, ERROR_INVALID, "lease '%s' is not well-formed", address);
	lease.holder.pid = pid;
	lease.container_id = xstrdup(text);
	*ret_lease = lease;
	return 0;
}

static char *format_lease(const struct lease *lease)
{
	return xasprintf("%s\n%d %" PRIu64 " %s\n", lease->container_id, (int)lease->holder.pid,
			 lease->holder.start_time, lease->holder.boot_id);
}

int lease_take(int leases, struct subnet subnet, const struct lease *lease, uint32_t *ret_address,
	       struct error *err)
{
	auto_free char *text = format_lease(lease);
	uint32_t size = 1U << (32 - subnet.prefix);
	auto_release(strings) struct strings names = { 0 };
	auto_free char *taken = xcalloc(size, 1);

	if (dir_list(leases, &names, err) < 0)
		return -1;
	mark_taken(&names, subnet, taken, size);
	/* 0 is the network's own address, 1 the gateway, the last one means all. */
	for (uint32_t offset = 2; offset < size - 1; offset++) {
		char name[IPV4_TEXT_SIZE];

		if (taken[offset])
			continue;
		ipv4_format(subnet.address + offset, name);
		if (file_create(leases, name, text, strlen(text), 0600, err) < 0)
			return error_context(err, "cannot lease an address");
		*ret_address = subnet.address + offset;
		return 0;
	}
	return error_set(err, ERROR_OTHER, "no free address is left in the container network");
}

int lease_drop(int leases, const char *address, struct error *err)
{
	if (unlinkat(leases, address, 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot give back the address '%s'", address);
	return 0;
}

int leases_count(int leases, unsigned int *ret_count, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	unsigned int count = 0;
	uint32_t address;

	if (dir_list(leases, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		count += ipv4_parse(names.items[i], &address) == 0;
	*ret_count = count;
	return 0;
}

void leases_drop_all(int leases)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };
	uint32_t address;

	if (dir_list(leases, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.count; i++)
		if (ipv4_parse(names.items[i], &address) == 0)
			unlinkat(leases, names.items[i], 0);
}

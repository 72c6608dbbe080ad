/* SPDX-License-Identifier: Apache-2.0 */
/* The container's resolv.conf: composed once, when it starts. */
#include "engine/network/resolv-conf.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/network/network.h"

#define RESOLV_CONF_SIZE_MAX ((size_t)64 << 10)
#define HOST_PATH "/etc/resolv.conf"
/* Behind the stub resolver on 127.0.0.53, these are the real ones. */
#define SYSTEMD_PATH "/run/systemd/resolve/resolv.conf"

/* docker's, for a container whose host resolves on loopback only. */
static const char *const last_resort[] = { "8.8.8.8", "8.8.4.4" };

void resolv_conf_release(struct resolv_conf *conf)
{
	strings_release(&conf->nameservers);
	strings_release(&conf->search);
	strings_release(&conf->options);
}

static void add_words(struct strings *list, const char *text)
{
	while (*(text += strspn(text, " \t\r")) != '\0') {
		size_t length = strcspn(text, " \t\r");

		strings_take(list, xstrndup(text, length));
		text += length;
	}
}

/* The text after `key` and a blank, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	const char *value = skip_prefix(line, key);

	return value && (*value == ' ' || *value == '\t') ? value : NULL;
}

static void parse_line(char *line, struct resolv_conf *conf)
{
	const char *value;

	line += strspn(line, " \t");
	if ((value = value_of(line, "nameserver"))) {
		auto_release(strings) struct strings words = { 0 };

		add_words(&words, value);
		if (words.count > 0)
			strings_add(&conf->nameservers, words.items[0]);
	} else if ((value = value_of(line, "search")) || (value = value_of(line, "domain"))) {
		strings_release(&conf->search);	/* the last one counts */
		conf->search = (struct strings){ 0 };
		add_words(&conf->search, value);
	} else if ((value = value_of(line, "options"))) {
		add_words(&conf->options, value);
	}
}

void resolv_conf_parse(const char *text, struct resolv_conf *ret_conf)
{
	struct resolv_conf conf = { 0 };

	while (*text) {
		size_t length = strcspn(text, "\n");
		auto_free char *line = xstrndup(text, length);

		line[strcspn(line, "#;")] = '\0';
		parse_line(line, &conf);
		text += length;
		text += *text == '\n';
	}
	*ret_conf = conf;
}

/* Text that would begin another line is left out (R13). */
static void add_line(struct buffer *text, const char *key, const struct strings *words)
{
	bool begun = false;

	for (size_t i = 0; i < words->count; i++) {
		if (words->items[i][0] == '\0' || strpbrk(words->items[i], "\n\r"))
			continue;
		buffer_printf(text, "%s%s", begun ? " " : key, begun ? "" : " ");
		buffer_puts(text, words->items[i]);
		begun = true;
	}
	if (begun)
		buffer_putc(text, '\n');
}

char *resolv_conf_format(const struct resolv_conf *conf)
{
	auto_release(buffer) struct buffer text = { 0 };

	add_line(&text, "search", &conf->search);
	for (size_t i = 0; i < conf->nameservers.count; i++) {
		struct strings one = { .items = &conf->nameservers.items[i], .count = 1 };

		add_line(&text, "nameserver", &one);
	}
	add_line(&text, "options", &conf->options);
	return buffer_take(&text);
}

static bool is_reachable(const char *nameserver, bool ipv6)
{
	struct in6_addr address6;
	struct in_addr address;

	if (inet_pton(AF_INET, nameserver, &address) == 1)
		return ntohl(address.s_addr) >> 24 != 127 && address.s_addr != 0;
	if (inet_pton(AF_INET6, nameserver, &address6) != 1)
		return false;
	return ipv6 && !IN6_IS_ADDR_LOOPBACK(&address6) && !IN6_IS_ADDR_UNSPECIFIED(&address6) &&
	       !IN6_IS_ADDR_LINKLOCAL(&address6);
}

void resolv_conf_keep_reachable(struct resolv_conf *conf, bool ipv6)
{
	for (size_t i = conf->nameservers.count; i > 0; i--)
		if (!is_reachable(conf->nameservers.items[i - 1], ipv6))
			strings_remove(&conf->nameservers, i - 1);
}

static void read_host_file(const char *path, struct resolv_conf *ret_conf)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };

	*ret_conf = (struct resolv_conf){ 0 };
	if (file_read(AT_FDCWD, path, RESOLV_CONF_SIZE_MAX, &text, &ignored) == 0 && text.data)
		resolv_conf_parse(text.data, ret_conf);
}

static void replace_list(struct strings *list, const struct strings *given)
{
	if (given->count > 0)
		strings_copy(list, given);
}

/* Finds nameservers for a container with a network of its own. */
static void find_nameservers(struct resolv_conf *conf, enum network_mode mode,
			     const struct network_endpoint *endpoint)
{
	/* The bridge is IPv4 only; an uplink takes either to the host's network. */
	bool ipv6 = endpoint->dns[0] != '\0';

	resolv_conf_keep_reachable(conf, ipv6);
	if (conf->nameservers.count == 0) {
		auto_release(resolv_conf) struct resolv_conf upstream = { 0 };

		read_host_file(SYSTEMD_PATH, &upstream);
		resolv_conf_keep_reachable(&upstream, ipv6);
		replace_list(&conf->nameservers, &upstream.nameservers);
	}
	if (conf->nameservers.count == 0 && endpoint->dns[0])
		strings_add(&conf->nameservers, endpoint->dns);
	if (conf->nameservers.count > 0 || mode != NETWORK_BRIDGE)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(last_resort); i++)
		strings_add(&conf->nameservers, last_resort[i]);
}

/* "." stands for "no search domains". */
static void set_search(struct resolv_conf *conf, const struct strings *search)
{
	replace_list(&conf->search, search);
	if (search->count > 0 && strings_contain(search, ".")) {
		strings_release(&conf->search);
		conf->search = (struct strings){ 0 };
	}
}

char *network_resolv_conf(enum network_mode mode, const struct network_endpoint *endpoint,
			  const struct strings *dns, const struct strings *search,
			  const struct strings *options)
{
	auto_release(resolv_conf) struct resolv_conf conf = { 0 };

	if (mode == NETWORK_HOST && dns->count + search->count + options->count == 0) {
		auto_release(buffer) struct buffer text = { 0 };
		auto_error ignored = { 0 };

		if (file_read(AT_FDCWD, HOST_PATH, RESOLV_CONF_SIZE_MAX, &text, &ignored) == 0)
			return buffer_take(&text);
		return xstrdup("");
	}
	read_host_file(HOST_PATH, &conf);
	if (dns->count > 0)
		strings_copy(&conf.nameservers, dns);
	else if (mode != NETWORK_HOST)
		find_nameservers(&conf, mode, endpoint);
	set_search(&conf, search);
	replace_list(&conf.options, options);
	return resolv_conf_format(&conf);
}

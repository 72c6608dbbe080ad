/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver journald, in the journal's native protocol: a datagram an entry, a field a line;
 * a value with newlines in it has its length (64 bits, little-endian) before it. Fields are named
 * as docker names them.
 */
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"
#include "engine/container.h"
#include "engine/log-driver.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define PRIORITY_OUT 6
#define PRIORITY_ERR 3
#define FIELD_NAME_MAX 64
#define PATIENCE 5	/* seconds for a journal that does not read */

struct journal_sink {
	int socket;
	struct buffer fields;	/* what all entries have */
	struct buffer entry;
	bool failed;
};

static void add_field(struct buffer *entry, const char *name, const char *value, size_t size)
{
	uint64_t length = htole64(size);

	buffer_puts(entry, name);
	if (memchr(value, '\n', size)) {
		buffer_putc(entry, '\n');
		buffer_add(entry, &length, sizeof(length));
	} else {
		buffer_putc(entry, '=');
	}
	buffer_add(entry, value, size);
	buffer_putc(entry, '\n');
}

/* A label's or variable's name as the journal takes it: capitals, digits, no underscore first. */
static void add_attribute(struct buffer *entry, const char *attribute)
{
	const char *equals = strchrnul(attribute, '=');
	char name[FIELD_NAME_MAX + 1];
	size_t length = 0;

	for (const char *c = attribute; c < equals && length < FIELD_NAME_MAX; c++) {
		char letter = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';

		if (length > 0 || (letter != '_' && !isdigit((unsigned char)letter)))
			name[length++] = letter;
	}
	name[length] = '\0';
	if (length > 0 && *equals)
		add_field(entry, name, equals + 1, strlen(equals + 1));
}

static void add_text(struct buffer *entry, const char *name, const char *value)
{
	add_field(entry, name, value, strlen(value));
}

static void prepare_fields(struct journal_sink *sink, const struct container_config *config)
{
	auto_release(strings) struct strings attributes = { 0 };
	auto_free char *short_id = xstrndup(config->id, 12);
	const char *tag;

	log_attributes(config, &attributes);
	tag = strings_get_value(&attributes, "tag");
	add_text(&sink->fields, "CONTAINER_ID", short_id);
	add_text(&sink->fields, "CONTAINER_ID_FULL", config->id);
	add_text(&sink->fields, "CONTAINER_NAME", config->name);
	add_text(&sink->fields, "CONTAINER_TAG", tag ? tag : short_id);
	add_text(&sink->fields, "SYSLOG_IDENTIFIER", tag ? tag : short_id);
	add_text(&sink->fields, "IMAGE_NAME", config->image ? config->image : "");
	for (size_t i = 0; i < attributes.count; i++)
		if (!has_prefix(attributes.items[i], "tag="))
			add_attribute(&sink->fields, attributes.items[i]);
}

static void close_journal(void *argument)
{
	struct journal_sink *sink = argument;

	auto_close_fd(&sink->socket);
	buffer_release(&sink->fields);
	buffer_release(&sink->entry);
	free(sink);
}

void *log_journal_open(const struct container *container, struct error *err)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	struct journal_sink *sink;

	if (access(JOURNAL_SOCKET, F_OK) < 0) {
		error_set(err, ERROR_UNSUPPORTED, "log driver journald: there is no journal on '"
			  JOURNAL_SOCKET "'");
		return NULL;
	}
	sink = xcalloc(1, sizeof(*sink));
	sink->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sink->socket < 0) {
		error_errno(err, "cannot make a socket for the journal");
		close_journal(sink);
		return NULL;
	}
	setsockopt(sink->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	prepare_fields(sink, &container->config);
	return sink;
}

/* By name each time: the journal may have been started anew. */
static void record_journal(void *argument, enum log_stream stream, int64_t time_ns,
			   const char *text, size_t size)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
	struct journal_sink *sink = argument;
	bool whole = size > 0 && text[size - 1] == '\n';
	ssize_t sent;

	(void)time_ns;
	buffer_clear(&sink->entry);
	buffer_printf(&sink->entry, "PRIORITY=%d\n",
		      stream == LOG_STDOUT ? PRIORITY_OUT : PRIORITY_ERR);
	if (size == LOG_LINE_MAX && !whole)
		buffer_puts(&sink->entry, "CONTAINER_PARTIAL_MESSAGE=true\n");
	add_field(&sink->entry, "MESSAGE", text, size - whole);
	if (sink->fields.size > 0)
		buffer_add(&sink->entry, sink->fields.data, sink->fields.size);
	do {
		sent = sendto(sink->socket, sink->entry.data, sink->entry.size, MSG_NOSIGNAL,
			      (const struct sockaddr *)&address, sizeof(address));
	} while (sent < 0 && errno == EINTR);
	sink->failed = sink->failed || sent < 0;
}

static int flush_journal(void *argument, struct error *err)
{
	struct journal_sink *sink = argument;
	bool failed = sink->failed;

	sink->failed = false;
	return failed ? error_set(err, ERROR_OTHER, "the journal did not take the output") : 0;
}

const struct log_driver log_driver_journal = {
	.record = record_journal,
	.flush = flush_journal,
	.close = close_journal,
};

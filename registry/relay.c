/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process of its own, since a client's connections are driven by one loop: two registries
 * would take two. It has no descriptor of ours but its pipes.
 */
#include "registry/relay.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "image/child-streams.h"
#include "image/manifest.h"
#include "image/reference.h"
#include "registry/client.h"
#include "registry/credentials.h"
#include "registry/registries-conf.h"

#define OUTPUT_PIPE_SIZE (1 << 20)

DEFINE_AUTO(registry_client, registry_client_free);

struct report {
	uint32_t failed;
	char message[1024];
};
_Static_assert(sizeof(struct report) <= PIPE_BUF, "a report is written at once");

struct work {
	const struct reference *from;
	const struct descriptor *blob;
	const struct credential_sources *credentials;
	int output, report;
	struct error failure;
};

static void transfer_done(void *argument, struct error *failure)
{
	struct work *work = argument;

	error_move(&work->failure, failure);
}

static int fetch(struct work *work, struct error *err)
{
	auto_release(registry_endpoints) struct registry_endpoints endpoints = { 0 };
	auto_release(credentials) struct credentials credentials = { 0 };
	const struct registry_endpoint *endpoint;
	auto_of(registry_client) struct registry_client *client = NULL;
	struct registry_transfer transfer = {
		.blob = work->blob,
		.fd = work->output,
		.receiver = -1,
		.done = transfer_done,
		.argument = work,
	};
	const int kept[] = { work->output, work->report };

	signal(SIGINT, SIG_IGN);
	if (child_streams(kept, ARRAY_SIZE(kept), err) < 0 ||
	    registry_endpoints_find(work->from, REGISTRY_FOR_PULL, &endpoints, err) < 0)
		return -1;
	endpoint = &endpoints.items[endpoints.count - 1];	/* itself, behind its mirrors */
	if (credentials_find(work->credentials, &endpoint->reference, &credentials, err) < 0)
		return -1;
	client = registry_client_new(endpoint->reference.host, &credentials,
				     endpoint->insecure ? REGISTRY_TLS_INSECURE : REGISTRY_TLS_VERIFY,
				     NULL, err);
	if (!client ||
	    registry_transfer_add(client, endpoint->reference.repository, &transfer, err) < 0 ||
	    registry_transfers_run(client, 1, err) < 0)
		return -1;
	if (work->failure.kind == ERROR_NONE)
		return 0;
	error_move(err, &work->failure);
	return -1;
}

static int relay_main(void *argument)
{
	struct work *work = argument;
	struct report report = { .failed = 0 };
	auto_error failure = { 0 };

	if (fetch(work, &failure) < 0) {
		report.failed = 1;
		snprintf(report.message, sizeof(report.message), "%s", failure.message);
	}
	return fd_write_full(work->report, &report, sizeof(report)) < 0;
}

int relay_start(const struct reference *from, const struct descriptor *blob,
		const struct credential_sources *credentials, struct relay *ret_relay,
		int *ret_output, struct error *err)
{
	auto_fd int output = -1, output_write = -1, report = -1, report_write = -1;
	struct process process = PROCESS_NONE;
	struct work work = { .from = from, .blob = blob, .credentials = credentials };

	if (fd_pipe(&output, &output_write, err) < 0 || fd_pipe(&report, &report_write, err) < 0)
		return -1;
	(void)fcntl(output, F_SETPIPE_SZ, OUTPUT_PIPE_SIZE);
	work.output = output_write;
	work.report = report_write;
	if (process_fork(relay_main, &work, true, &process, err) < 0)
		return error_context(err, "cannot fetch a layer again");
	*ret_relay = (struct relay){ .process = process, .report = take_fd(&report) };
	*ret_output = take_fd(&output);
	return 0;
}

int relay_finish(struct relay *relay, struct error *err)
{
	struct report report;
	ssize_t size = fd_read_full(relay->report, &report, sizeof(report));
	int status = 0;

	if (process_wait(&relay->process, &status, err) < 0)
		return -1;
	relay_release(relay);
	if (size != (ssize_t)sizeof(report) || status != 0)
		return error_set(err, ERROR_OTHER, "the fetching process ended with status %d",
				 process_exit_code(status));
	if (!report.failed)
		return 0;
	report.message[sizeof(report.message) - 1] = '\0';
	return error_set(err, ERROR_OTHER, "%s", report.message);
}

void relay_release(struct relay *relay)
{
	process_kill(&relay->process);
	auto_close_fd(&relay->report);
	relay->report = -1;
}

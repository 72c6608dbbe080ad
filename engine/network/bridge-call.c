/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling the bridge driver. The child loads the module and ends, so that the
 * supervisor, which lives as long as its container, never maps it; and a fault
 * in netlink code does not take the supervisor along.
 */
#include "engine/network/bridge.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/module.h"
#include "base/process.h"
#include "base/strings.h"

struct call {
	const struct bridge_request *request;	/* attach; NULL: release */
	int root;
	const struct strings *addresses;
	bool swept;
	int report;
};

struct reply {
	enum error_kind kind;
	int errnum;
	char message[512];
	struct bridge_endpoint endpoint;
};

static int carry_out(const struct call *call, struct bridge_endpoint *ret_endpoint,
		     struct error *err)
{
	const struct bridge_driver *driver = module_symbol(BRIDGE_MODULE, BRIDGE_SYMBOL, err);

	if (!driver)
		return -1;
	if (call->request)
		return driver->attach(call->request, ret_endpoint, err);
	return driver->release(call->root, call->addresses, call->swept, err);
}

static int run_call(void *argument)
{
	const struct call *call = argument;
	auto_error err = { 0 };
	struct reply reply = { .kind = ERROR_NONE };

	if (carry_out(call, &reply.endpoint, &err) < 0) {
		reply.kind = err.kind;
		reply.errnum = err.errnum;
		snprintf(reply.message, sizeof(reply.message), "%s", err.message);
	}
	return fd_write_full(call->report, &reply, sizeof(reply)) < 0;
}

static int call_driver(struct call *call, struct bridge_endpoint *ret_endpoint, struct error *err)
{
	struct reply reply;
	int status;
	int asked = process_ask(run_call, call, &call->report, &reply, sizeof(reply), &status, err);

	if (asked < 0)
		return -1;
	if (asked > 0)
		return error_set(err, ERROR_OTHER, "the network driver ended with status %d",
				 process_exit_code(status));
	if (reply.kind != ERROR_NONE) {
		error_set(err, reply.kind, "%s", reply.message);
		err->errnum = reply.errnum;
		return -1;
	}
	*ret_endpoint = reply.endpoint;
	return 0;
}

int bridge_attach(const struct bridge_request *request, struct bridge_endpoint *ret_endpoint,
		  struct error *err)
{
	struct call call = { .request = request };

	return call_driver(&call, ret_endpoint, err);
}

int bridge_release(int root, const struct strings *addresses, bool swept, struct error *err)
{
	struct call call = { .root = root, .addresses = addresses, .swept = swept };
	struct bridge_endpoint none;

	return call_driver(&call, &none, err);
}

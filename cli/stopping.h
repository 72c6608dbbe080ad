/* SPDX-License-Identifier: Apache-2.0 */
/* The options that stop and restart share. */
#ifndef CLI_STOPPING_H
#define CLI_STOPPING_H

#define STOPPING_TIMEOUT_OWN (-2)	/* the container's own, for container_stop() */

#include "cli/command.h"
#include "cli/selection.h"

struct error;

struct stopping_args {
	struct selection selection;
	const char *signal;
	long long timeout;
	bool running;	/* restart: those that run */
};
struct stopping {
	int signal;	/* 0: the container's own */
	int timeout;
};

extern const struct option stopping_options[];
void stopping_defaults(void *args);
int stopping_parse(const struct stopping_args *args, struct stopping *ret_stopping,
		   struct error *err);

#endif

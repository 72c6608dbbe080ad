/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that fetches a blob from the registry where it is known to be, and writes it into a pipe:
 * a layer goes from one registry to the other as it is. Its digest and size are checked.
 */
#ifndef REGISTRY_RELAY_H
#define REGISTRY_RELAY_H

#include "base/process.h"

struct credential_sources;
struct descriptor;
struct error;
struct reference;

struct relay {
	struct process process;
	int report;
};
#define RELAY_NONE ((struct relay){ .process = PROCESS_NONE, .report = -1 })

/* Starts one that fetches `blob` from the repository of `from`, as whoever the user is there.
 * *ret_output gives the bytes until their end. All is borrowed for the call only. */
int relay_start(const struct reference *from, const struct descriptor *blob,
		const struct credential_sources *credentials, struct relay *ret_relay,
		int *ret_output, struct error *err);
/* After the end of the bytes: whether they were all, and right. */
int relay_finish(struct relay *relay, struct error *err);
void relay_release(struct relay *relay);	/* kills it if it still runs */

#endif

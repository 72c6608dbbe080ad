/* SPDX-License-Identifier: Apache-2.0 */
/* The transfers of one client; see registry/client.h. */
#ifndef REGISTRY_TRANSFER_H
#define REGISTRY_TRANSFER_H

struct registry_client;
struct transfer_list;

struct transfer_list *transfer_list_new(struct registry_client *client);
void transfer_list_free(struct transfer_list *list);	/* closes; no `done` is told */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about a container in the words of docker's ps. All results are new strings. */
#ifndef CLI_CONTAINER_TEXT_H
#define CLI_CONTAINER_TEXT_H

#include <stdbool.h>
#include <stdint.h>

struct container;
struct strings;

const char *container_state_word(const struct container *container);	/* "running"; static */
char *container_status_text(const struct container *container, int64_t now);	/* "Up 2 hours" */
char *container_command_text(const struct container *container, bool truncate);
/* "0.0.0.0:80->80/tcp, [::]:80->80/tcp, 443/tcp", ranges drawn together. */
char *container_ports_text(const struct container *container);
/* Mount sources: volume names and host paths. */
char *container_mounts_text(const struct container *container, bool truncate);
char *container_labels_text(const struct strings *labels);
const char *container_network_word(const struct container *container);	/* "bridge"; borrowed */

/* "2026-11-22 15:57:42 +0000 UTC", in the local zone. */
char *time_text(int64_t time_ns);
/* "2 hours ago" */
char *age_text(int64_t time_ns, int64_t now);
/* At most `width` characters, the last of them an ellipsis where something was cut. */
char *ellipsis(const char *text, unsigned int width);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Why this host will not let an ordinary user have a user namespace, and how to allow it. */
#ifndef ROOTLESS_USERNS_REFUSAL_H
#define ROOTLESS_USERNS_REFUSAL_H

struct error;

/* Called with errno from the step that failed ("make a user namespace"). Fills *err: by what it is
 * forbidden, and the remedy. Returns -1. */
int userns_refused(const char *step, struct error *err);

#endif

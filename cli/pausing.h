/* SPDX-License-Identifier: Apache-2.0 */
/* What pause and unpause share. */
#ifndef CLI_PAUSING_H
#define CLI_PAUSING_H

#include "cli/command.h"
#include "cli/selection.h"

struct pausing_args {
	struct selection selection;
};

extern const struct option pausing_options[];

#endif

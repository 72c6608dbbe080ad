/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that must not be used: without bounds, without errors, or by way of a shell. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Their declarations come first: the names cannot be spelled any more afterwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atoll gets tmpnam mktemp popen

/* A good name for a variable too, so only a call is an error. */
int system(const char *command) __attribute__((error("runs a shell: use base/process.h")));

#endif

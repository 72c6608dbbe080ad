/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that must not be used: without bounds, without errors, or by way of a shell. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Their declarations come first: the names cannot be spelled any more afterwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atoll gets tmpnam mktemp
#pragma GCC poison system popen

#endif

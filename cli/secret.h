/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords and passphrases: from a terminal, or from a pipe. They are wiped before they are freed. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stdbool.h>

struct error;

/* A line that the user types, without its end; shown while he types only if `echo`. New string.
 * ERROR_CANCELLED when he interrupts; ERROR_UNSUPPORTED when standard input is no terminal. */
char *secret_ask(const char *prompt, bool echo, struct error *err);
/* All of standard input, one line end cut off. New string. */
char *secret_read_stdin(struct error *err);
void secret_free(char *secret);	/* NULL is fine */

static inline void secret_auto_free(char **secret)
{
	secret_free(*secret);
}
#define auto_secret __attribute__((cleanup(secret_auto_free)))

#endif

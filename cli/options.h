/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one parser, by the rules docker's users know (pflag): --name value,
 * --name=value, -n value, -nvalue, -n=value, grouped flags, `--`, the last of a
 * repeated scalar wins, long names not abbreviated.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/command.h"

/* Parses argv (without the command words) into `args` and the operands (borrowed). ERROR_USAGE in
 * docker's words ("unknown flag: --x", "flag needs an argument: --name"), naming the nearest known
 * spelling. `ret_help` is set by
 * --help. */
int options_parse(const struct option *options, char **argv, int argc, bool stop_at_operand,
		  void *args, char ***ret_operands, int *ret_operand_count, bool *ret_help,
		  struct error *err);
/* Frees the lists inside `args`. */
void options_release(const struct option *options, void *args);

/* The options of `table` that help shows, by name: a new array of `*ret_count`, or NULL when there are
 * none. */
const struct option **options_sorted(const struct option *table, size_t *ret_count);

#endif

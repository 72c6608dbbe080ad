/* SPDX-License-Identifier: Apache-2.0 */
/* One record of comma-separated values, as --mount and comma lists have them (RFC 4180 quoting). */
#ifndef CLI_CSV_H
#define CLI_CSV_H

struct error;
struct strings;

/* Appends the fields of `text`. ERROR_USAGE for a stray or missing quote. */
int csv_split(struct strings *fields, const char *text, struct error *err);

#endif

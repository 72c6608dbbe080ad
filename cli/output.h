/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive that -o names, or standard output. A file appears when it is whole: what
 * stood there before stays until then, and if writing fails.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

struct error;

struct output {
	int fd;
	int dir;		/* where the file will be; -1: it is written as it is */
	char *name;		/* in dir */
	char *temporary;	/* its name until then */
};
#define OUTPUT_NONE ((struct output){ .fd = -1, .dir = -1 })

/* `path` NULL is standard output, which must not be a terminal; `what` is what is not written there:
 * "save". Pipes and devices are written as they are. */
int output_open(const char *path, const char *what, struct output *ret_output, struct error *err);
int output_finish(struct output *output, struct error *err);
void output_release(struct output *output);	/* takes back what was not finished */

#endif

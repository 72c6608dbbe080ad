/* SPDX-License-Identifier: Apache-2.0 */
/* Compressing logs, and reading them again: the module log-gzip.so, since it links zlib. */
#ifndef ENGINE_LOG_GZIP_H
#define ENGINE_LOG_GZIP_H

struct error;

#define LOG_GZIP_MODULE "log-gzip"
#define LOG_GZIP_SYMBOL "log_gzip"

struct log_gzip {
	/* All of `from` to `to`, both at their beginnings. */
	int (*compress)(int from, int to, struct error *err);
	int (*expand)(int from, int to, struct error *err);
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of the program that are loaded at first use, because the libraries they
 * link cost more at start-up than a container does (libcurl, libcrypto: 6 ms).
 *
 * A module is $(pkglibdir)/NAME.so, found relative to the running binary so that
 * a DESTDIR install works. It links its own copy of the floors it uses and
 * exports one symbol.
 */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

struct error;

/* The value of `symbol` in the module `name`, loading it if need be; it stays loaded.
 * Fails with ERROR_UNSUPPORTED and the name of the package's missing file. */
void *module_symbol(const char *name, const char *symbol, struct error *err);

/* `path`, absolute and under the configured prefix, moved to where this program is installed
 * (strips the configured bindir from the real path of the running binary). New string. */
char *installed_path(const char *path);

#endif

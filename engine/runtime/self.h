/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own binary, out of a container's reach (R7).
 *
 * A process that becomes a container's first process has /proc/self/exe open on
 * our binary, and image content can get it executed again (a script with
 * #!/proc/self/exe) and then written to. So commands that start processes in
 * containers first run themselves again from a detached read-only mount of the
 * binary (page cache and text stay shared), or, where that is refused, from a sealed memfd.
 */
#ifndef ENGINE_RUNTIME_SELF_H
#define ENGINE_RUNTIME_SELF_H

#include <stdbool.h>

struct error;

bool self_is_protected(void);
/* Returns only when the process is protected already, or with an error; else it runs the program again
 * with the same arguments and environment (plus PROA_SELF, PROA_UID: see rootless/user.h,
 * base/module.h). Call it after userns_enter(). */
int self_protect(struct error *err);

#endif

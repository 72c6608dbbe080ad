/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own command line, which may hold secrets (-e PASSWORD=...) and paths of the host: anybody
 * who sees the process may read it in /proc/PID/cmdline.
 */
#ifndef ENGINE_RUNTIME_ARGUMENTS_H
#define ENGINE_RUNTIME_ARGUMENTS_H

struct error;

/* Overwrites it with `name`, which becomes the process's name too. `proc` is a /proc directory. */
int arguments_hide(int proc, const char *name, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The program's environment: what was asked for, completed as docker does it. */
#ifndef ENGINE_RUNTIME_ENVIRONMENT_H
#define ENGINE_RUNTIME_ENVIRONMENT_H

#define ENVIRONMENT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct container_user;
struct process_spec;
struct strings;

/* Adds PATH, HOME, HOSTNAME (of this UTS namespace) and, with a terminal, TERM where missing. */
void environment_complete(const struct process_spec *spec, const struct container_user *user,
			  struct strings *ret_environment);

#endif

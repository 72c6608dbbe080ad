/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System call filters.
 *
 * The default profile is a table (docker's allowances, with those that depend on capabilities). Its BPF
 * is composed from syscall numbers that were resolved at build time: microseconds, where libseccomp
 * takes 70 ms. Profiles from files (docker's JSON) use the same composer.
 *
 * The emulation filter (single-id mode) answers chown, set*id, setgroups, and mknod of devices with
 * success without doing anything, so that package managers run.
 */
#ifndef ENGINE_RUNTIME_SECCOMP_H
#define ENGINE_RUNTIME_SECCOMP_H

#include <linux/filter.h>
#include <stdint.h>

#include "engine/runtime/spec.h"

struct error;

struct seccomp_program {
	struct sock_filter *instructions;	/* owned; NULL: no filter */
	unsigned short count;
};

int seccomp_compose_default(uint64_t capabilities, struct seccomp_program *ret_program,
			    struct error *err);
int seccomp_compose_file(const char *path, uint64_t capabilities,
			 struct seccomp_program *ret_program, struct error *err);
void seccomp_compose_emulation(struct seccomp_program *ret_program);
/* Loads it for this thread; needs CAP_SYS_ADMIN or no_new_privs. 0, or -1 with errno. */
int seccomp_load(const struct seccomp_program *program);
void seccomp_program_release(struct seccomp_program *program);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The filters that are built in, and loading any. */
#include "engine/runtime/seccomp.h"

#include <assert.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/syscalls.h"
#include "engine/runtime/seccomp-compose.h"
#include "engine/runtime/seccomp-table.h"

int seccomp_compose_default(uint64_t capabilities, struct seccomp_program *ret_program,
			    struct error *err)
{
	auto_release(seccomp_rules) struct seccomp_rules rules = { 0 };

	seccomp_table_default(capabilities, &rules);
	return seccomp_compose(&rules, ret_program, err);
}

void seccomp_compose_emulation(struct seccomp_program *ret_program)
{
	auto_release(seccomp_rules) struct seccomp_rules rules = { 0 };
	auto_error err = { 0 };
	int result;

	seccomp_table_emulation(&rules);
	result = seccomp_compose(&rules, ret_program, &err);
	assert(result == 0);	/* our own table, of a fixed size */
	(void)result;
}

int seccomp_load(const struct seccomp_program *program)
{
	struct sock_fprog filter = { .len = program->count, .filter = program->instructions };

	return sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &filter);
}

void seccomp_program_release(struct seccomp_program *program)
{
	free(program->instructions);
	*program = (struct seccomp_program){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the filters that are built in. */
#ifndef ENGINE_RUNTIME_SECCOMP_TABLE_H
#define ENGINE_RUNTIME_SECCOMP_TABLE_H

#include <stdint.h>

struct seccomp_rules;

void seccomp_table_default(uint64_t capabilities, struct seccomp_rules *ret_rules);
void seccomp_table_emulation(struct seccomp_rules *ret_rules);

#endif

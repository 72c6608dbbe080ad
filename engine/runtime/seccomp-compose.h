/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From rules to BPF: for each architecture of this machine a binary search over
 * the system call's number, ending in an action or in conditions on arguments.
 * seccomp(2), and its struct seccomp_data.
 */
#ifndef ENGINE_RUNTIME_SECCOMP_COMPOSE_H
#define ENGINE_RUNTIME_SECCOMP_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct seccomp_program;

#define SECCOMP_CONDITIONS_MAX 6
#define SECCOMP_RULES_MAX 16384

enum seccomp_operator {
	SECCOMP_EQ, SECCOMP_NE, SECCOMP_LT, SECCOMP_LE, SECCOMP_GT, SECCOMP_GE,
	SECCOMP_MASKED_EQ,	/* (argument & mask) == value */
};

struct seccomp_condition {
	unsigned int argument;		/* 0..5 */
	enum seccomp_operator operator;
	uint64_t value, mask;
};

/* All conditions have to hold. */
struct seccomp_rule {
	const char *name;		/* borrowed; unknown ones are passed over */
	uint32_t action;		/* SECCOMP_RET_*, with its data */
	struct seccomp_condition conditions[SECCOMP_CONDITIONS_MAX];
	unsigned int condition_count;
};

/* A call's rules without conditions decide over those with; these are tried in order. */
struct seccomp_rules {
	struct seccomp_rule *items;	/* owned */
	size_t count;
	uint32_t default_action;
	/* What calls newer than all those named get, so that programs fall back: ENOSYS, where
	 * the default would be a refusal. As runc does. */
	bool newer_are_unknown;
	uint32_t disabled_arches;	/* bit N: architecture N is killed */
};

void seccomp_rules_add(struct seccomp_rules *rules, const struct seccomp_rule *rule);
void seccomp_rules_allow(struct seccomp_rules *rules, const char *name);
void seccomp_rules_release(struct seccomp_rules *rules);

/* Architectures of this machine; the first is its own. NULL beyond the last. */
const char *seccomp_arch_name(size_t index);	/* "SCMP_ARCH_X86_64" */
/* The call's number on architecture `index`, or -1. */
int seccomp_syscall_number(size_t index, const char *name);
uint32_t seccomp_arch_audit(size_t index);

int seccomp_compose(const struct seccomp_rules *rules, struct seccomp_program *ret_program,
		    struct error *err);

#endif

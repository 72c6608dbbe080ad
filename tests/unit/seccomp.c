/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters, run by an interpreter of ours: against what is wanted, and against the filters
 * that libseccomp makes of the same rules, over all system calls and many arguments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

/* libseccomp's own function of this name is not used here. */
#define seccomp_load peer_load
#include <seccomp.h>
#undef seccomp_load

#include "tests/unit/scratch.h"

#include "base/alloc.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "engine/runtime/seccomp-compose.h"
#include "engine/runtime/seccomp-table.h"
#include "engine/runtime/seccomp.h"
#include "engine/runtime/spec.h"

#define STEPS_MAX 8192
#define EPERM_ACTION (SECCOMP_RET_ERRNO | EPERM)
#define ENOSYS_ACTION (SECCOMP_RET_ERRNO | ENOSYS)

/* The part of classic BPF that filters are made of; anything else fails the test. */
static uint32_t run_filter(const struct sock_filter *code, size_t count,
			   const struct seccomp_data *data)
{
	uint32_t value = 0;

	for (size_t at = 0, steps = 0; at < count && steps < STEPS_MAX; at++, steps++) {
		const struct sock_filter *step = &code[at];
		bool truth;

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(step->k % 4 == 0 && step->k + 4 <= sizeof(*data));
			memcpy(&value, (const char *)data + step->k, sizeof(value));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			value &= step->k;
			continue;
		case BPF_JMP | BPF_JA:
			at += step->k;
			continue;
		case BPF_RET | BPF_K:
			return step->k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			truth = value == step->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			truth = value > step->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			truth = value >= step->k;
			break;
		default:
			fail_msg("instruction %#x", step->code);
			return 0;
		}
		at += truth ? step->jt : step->jf;
	}
	fail_msg("the filter does not return");
	return 0;
}

static uint32_t run_program(const struct seccomp_program *program, size_t arch, int number,
			    const uint64_t *args)
{
	struct seccomp_data data = { .nr = number, .arch = seccomp_arch_audit(arch) };

	if (args)
		memcpy(data.args, args, sizeof(data.args));
	return run_filter(program->instructions, program->count, &data);
}

static uint32_t run_name(const struct seccomp_program *program, const char *name, uint64_t first,
			 uint64_t second, uint64_t third)
{
	const uint64_t args[6] = { first, second, third };
	int number = seccomp_syscall_number(0, name);

	assert_true(number >= 0);
	return run_program(program, 0, number, args);
}

static void compose_default(uint64_t capabilities, struct seccomp_program *program)
{
	auto_error err = { 0 };

	if (seccomp_compose_default(capabilities, program, &err) < 0)
		fail_msg("%s", err.message);
}

static void default_profile_is_dockers(void **state)
{
	static const struct {
		const char *name;
		uint64_t capabilities;
		uint64_t args[3];
		uint32_t expected;
	} cases[] = {
		{ "read", 0, { 0 }, SECCOMP_RET_ALLOW },
		{ "openat2", 0, { 0 }, SECCOMP_RET_ALLOW },
		{ "ptrace", 0, { 0 }, SECCOMP_RET_ALLOW },
		{ "mount", 0, { 0 }, EPERM_ACTION },
		{ "mount", 1ULL << CAP_SYS_ADMIN, { 0 }, SECCOMP_RET_ALLOW },
		{ "keyctl", CAPABILITIES_ALL, { 0 }, EPERM_ACTION },
		{ "io_uring_setup", 0, { 0 }, EPERM_ACTION },
		{ "userfaultfd", 0, { 0 }, EPERM_ACTION },
		{ "bpf", 0, { 0 }, EPERM_ACTION },
		{ "bpf", 1ULL << CAP_BPF, { 0 }, SECCOMP_RET_ALLOW },
		{ "unshare", 0, { 0 }, EPERM_ACTION },
		{ "clone3", 0, { 0 }, ENOSYS_ACTION },
		{ "clone3", 1ULL << CAP_SYS_ADMIN, { 0 }, SECCOMP_RET_ALLOW },
		{ "clone", 0, { 0x1200011 }, SECCOMP_RET_ALLOW },
		{ "clone", 0, { CLONE_NEWUSER | 0x11 }, EPERM_ACTION },
		{ "clone", 0, { CLONE_NEWNS }, EPERM_ACTION },
		{ "clone", 1ULL << CAP_SYS_ADMIN, { CLONE_NEWUSER }, SECCOMP_RET_ALLOW },
		{ "personality", 0, { 0 }, SECCOMP_RET_ALLOW },
		{ "personality", 0, { 0xffffffff }, SECCOMP_RET_ALLOW },
		{ "personality", 0, { 0x40000 }, EPERM_ACTION },
		{ "personality", 0, { 0x100000008 }, EPERM_ACTION },
		{ "socket", 0, { 2 }, SECCOMP_RET_ALLOW },
		{ "socket", 0, { 38 }, EPERM_ACTION },		/* AF_ALG */
		{ "socket", 0, { 39 }, SECCOMP_RET_ALLOW },
		{ "socket", 0, { 40 }, EPERM_ACTION },		/* AF_VSOCK */
		{ "socket", 0, { 0x100000026 }, EPERM_ACTION },	/* AF_ALG to the kernel */
		{ "socket", 0, { 17 }, SECCOMP_RET_ALLOW },
		{ "socket", 0, { 45 }, SECCOMP_RET_ALLOW },
		{ "socket", 0, { 46 }, EPERM_ACTION },
		{ "chroot", 0, { 0 }, EPERM_ACTION },
		{ "chroot", CAPABILITIES_DEFAULT, { 0 }, SECCOMP_RET_ALLOW },
		{ "fchmodat2", 0, { 0 }, SECCOMP_RET_ALLOW },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(seccomp_program) struct seccomp_program program = { 0 };
		uint32_t action;

		compose_default(cases[i].capabilities, &program);
		action = run_name(&program, cases[i].name, cases[i].args[0], cases[i].args[1],
				  cases[i].args[2]);
		if (action != cases[i].expected)
			fail_msg("%s(%#llx): %#x, not %#x", cases[i].name,
				 (unsigned long long)cases[i].args[0], action, cases[i].expected);
	}
}

static void newer_calls_do_not_exist(void **state)
{
	auto_release(seccomp_program) struct seccomp_program program = { 0 };

	(void)state;
	compose_default(0, &program);
	assert_int_equal(run_program(&program, 0, 600, NULL), ENOSYS_ACTION);
	assert_int_equal(run_program(&program, 0, 467, NULL), ENOSYS_ACTION);
}

static void other_architectures_are_killed(void **state)
{
	auto_release(seccomp_program) struct seccomp_program program = { 0 };
	struct seccomp_data data = { .nr = 0, .arch = AUDIT_ARCH_PPC };

	(void)state;
	compose_default(0, &program);
	assert_int_equal(run_filter(program.instructions, program.count, &data),
			 SECCOMP_RET_KILL_PROCESS);
}

static void ownership_is_emulated(void **state)
{
	static const struct {
		const char *name;
		uint64_t second, third;
		uint32_t expected;
	} cases[] = {
		{ "fchown", 0, 0, SECCOMP_RET_ERRNO }, { "fchownat", 0, 0, SECCOMP_RET_ERRNO },
		{ "setresuid", 0, 0, SECCOMP_RET_ERRNO }, { "setgroups", 0, 0, SECCOMP_RET_ERRNO },
		{ "mknodat", 0, S_IFCHR | 0644, SECCOMP_RET_ERRNO },
		{ "mknodat", 0, S_IFBLK, SECCOMP_RET_ERRNO },
		{ "mknodat", 0, S_IFIFO | 0644, SECCOMP_RET_ALLOW },
		{ "mknodat", 0, S_IFSOCK, SECCOMP_RET_ALLOW },
		{ "fchmod", 0, 0, SECCOMP_RET_ALLOW }, { "read", 0, 0, SECCOMP_RET_ALLOW },
		{ "getuid", 0, 0, SECCOMP_RET_ALLOW },
	};
	auto_release(seccomp_program) struct seccomp_program program = { 0 };

	(void)state;
	seccomp_compose_emulation(&program);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t action = run_name(&program, cases[i].name, 0, cases[i].second,
					   cases[i].third);

		if (action != cases[i].expected)
			fail_msg("%s: %#x", cases[i].name, action);
	}
}

static const uint64_t interesting[] = {
	0, 1, 2, 7, 8, 9, 0x1f, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000,
	0x100000001, 0x1ffffffff, 0x200000000, 0x7fffffffffffffff, 0x8000000000000000,
	0xfffffffffffffffe, 0xffffffffffffffff, 0x123456789abcdef0,
};

static bool holds(enum seccomp_operator operator, uint64_t left, uint64_t right, uint64_t mask)
{
	switch (operator) {
	case SECCOMP_EQ: return left == right;
	case SECCOMP_NE: return left != right;
	case SECCOMP_LT: return left < right;
	case SECCOMP_LE: return left <= right;
	case SECCOMP_GT: return left > right;
	case SECCOMP_GE: return left >= right;
	case SECCOMP_MASKED_EQ: default: return (left & mask) == right;
	}
}

/* Two conditions at once, so that the jumps over what follows count. */
static void comparisons_are_of_64_bits(void **state)
{
	(void)state;
	for (enum seccomp_operator operator = SECCOMP_EQ; operator <= SECCOMP_MASKED_EQ; operator++) {
		for (size_t v = 0; v < ARRAY_SIZE(interesting); v++) {
			uint64_t mask = 0xff00ff00ff, value = interesting[v];
			struct seccomp_rule rule = {
				.name = "read", .action = SECCOMP_RET_ALLOW, .condition_count = 2,
				.conditions = { { 1, operator, value, mask },
						{ 2, SECCOMP_NE, 5, 0 } },
			};
			auto_release(seccomp_rules) struct seccomp_rules rules = {
				.default_action = EPERM_ACTION,
			};
			auto_release(seccomp_program) struct seccomp_program program = { 0 };
			auto_error err = { 0 };

			seccomp_rules_add(&rules, &rule);
			assert_int_equal(seccomp_compose(&rules, &program, &err), 0);
			for (size_t a = 0; a < ARRAY_SIZE(interesting); a++) {
				bool wanted = holds(operator, interesting[a], value, mask);
				bool got = run_name(&program, "read", 0, interesting[a], 4) ==
					   SECCOMP_RET_ALLOW;

				if (wanted != got)
					fail_msg("operator %d: %llx, %llx", operator,
						 (unsigned long long)interesting[a],
						 (unsigned long long)value);
				assert_int_equal(run_name(&program, "read", 0, interesting[a], 5),
						 EPERM_ACTION);
			}
		}
	}
}

static enum scmp_compare compare_of(enum seccomp_operator operator)
{
	static const enum scmp_compare compares[] = {
		SCMP_CMP_EQ, SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_GT, SCMP_CMP_GE,
		SCMP_CMP_MASKED_EQ,
	};

	return compares[operator];
}

static uint32_t peer_action(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW ? SCMP_ACT_ALLOW :
					     SCMP_ACT_ERRNO(action & SECCOMP_RET_DATA);
}

static void peer_add(scmp_filter_ctx peer, const struct seccomp_rule *rule)
{
	struct scmp_arg_cmp compares[SECCOMP_CONDITIONS_MAX];
	int number = seccomp_syscall_resolve_name(rule->name);

	if (number == __NR_SCMP_ERROR)
		return;
	for (unsigned int i = 0; i < rule->condition_count; i++) {
		const struct seccomp_condition *condition = &rule->conditions[i];
		bool masked = condition->operator == SECCOMP_MASKED_EQ;

		compares[i] = (struct scmp_arg_cmp){
			.arg = condition->argument, .op = compare_of(condition->operator),
			.datum_a = masked ? condition->mask : condition->value,
			.datum_b = masked ? condition->value : 0,
		};
	}
	(void)seccomp_rule_add_array(peer, peer_action(rule->action), number,
				     rule->condition_count, compares);
}

/* libseccomp's filter of the same rules, for all architectures of this machine. */
static size_t peer_compose(const struct seccomp_rules *rules, struct sock_filter *code, size_t room)
{
	scmp_filter_ctx peer = seccomp_init(peer_action(rules->default_action));
	int fd = sys_memfd_create("filter", 0);
	ssize_t size;

	assert_non_null(peer);
	for (size_t i = 1; seccomp_arch_name(i); i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s", seccomp_arch_name(i) + strlen("SCMP_ARCH_"));
		for (char *c = name; *c; c++)
			*c = (char)(*c | (*c >= 'A' && *c <= 'Z' ? 0x20 : 0));
		assert_int_equal(seccomp_arch_add(peer, seccomp_arch_resolve_name(name)), 0);
	}
	for (size_t i = 0; i < rules->count; i++)
		peer_add(peer, &rules->items[i]);
	assert_int_equal(seccomp_export_bpf(peer, fd), 0);
	seccomp_release(peer);
	lseek(fd, 0, SEEK_SET);
	size = fd_read_full(fd, code, room * sizeof(*code));
	close(fd);
	assert_true(size > 0);
	return (size_t)size / sizeof(*code);
}

static bool peer_knows(size_t arch, int number)
{
	uint32_t tokens[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 };
	char *name;

	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		return false;
	name = seccomp_syscall_resolve_num_arch(tokens[arch], number);
	free(name);
	return name != NULL;
}

static int highest_number(const struct seccomp_rules *rules, size_t arch)
{
	int highest = -1;

	for (size_t i = 0; i < rules->count; i++) {
		int number = seccomp_syscall_number(arch, rules->items[i].name);

		if (number > highest)
			highest = number;
	}
	return highest;
}

static void same_as_peer(const struct seccomp_rules *rules)
{
	static struct sock_filter peer[BPF_MAXINSNS];
	auto_release(seccomp_program) struct seccomp_program program = { 0 };
	auto_error err = { 0 };
	size_t count = peer_compose(rules, peer, BPF_MAXINSNS), compared = 0;

	assert_int_equal(seccomp_compose(rules, &program, &err), 0);
	for (size_t arch = 0; seccomp_arch_name(arch); arch++) {
		int first = strcmp(seccomp_arch_name(arch), "SCMP_ARCH_X32") == 0 ? 0x40000000 : 0;
		/* Of x32 libseccomp looks at the low halves only; we are stricter. */
		bool narrow = arch > 0;

		for (int n = 0; n < 600; n++) {
			if (!peer_knows(arch, first + n) ||
			    first + n > highest_number(rules, arch))
				continue;
			for (size_t v = 0; v < ARRAY_SIZE(interesting); v++) {
				uint64_t value = narrow ? (uint32_t)interesting[v] : interesting[v];
				uint64_t args[6] = { value, value, value, value, value, value };
				struct seccomp_data data = { first + n, seccomp_arch_audit(arch), 0,
							     { 0 } };
				uint32_t ours, theirs;

				memcpy(data.args, args, sizeof(args));
				ours = run_program(&program, arch, first + n, args);
				theirs = run_filter(peer, count, &data);
				if (ours != theirs)
					fail_msg("%s %d(%llx): %#x, libseccomp %#x",
						 seccomp_arch_name(arch), n,
						 (unsigned long long)value, ours, theirs);
				compared++;
			}
		}
	}
	assert_true(compared > 10000);
}

static void default_profile_is_what_libseccomp_makes(void **state)
{
	static const uint64_t capabilities[] = { 0, CAPABILITIES_DEFAULT, CAPABILITIES_ALL };

	(void)state;
	if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
		print_message("skipped: compares the tables of x86_64\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		auto_release(seccomp_rules) struct seccomp_rules rules = { 0 };

		seccomp_table_default(capabilities[i], &rules);
		same_as_peer(&rules);
	}
}

static int compose_text(int dir, const char *text, uint64_t capabilities,
			struct seccomp_program *program, struct error *err)
{
	auto_free char *path = xasprintf("%s/profile.json", scratch_path);

	assert_int_equal(file_write(dir, "profile.json", text, strlen(text), 0600, FILE_VOLATILE,
				    err), 0);
	return seccomp_compose_file(path, capabilities, program, err);
}

static void profiles_are_read_from_files(void **state)
{
	static const char text[] =
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 13,"
		" \"architectures\": [\"SCMP_ARCH_X86_64\"], \"syscalls\": ["
		"  {\"names\": [\"read\", \"no_such_call\", \"removexattrat\"],"
		"   \"action\": \"SCMP_ACT_ALLOW\"},"
		"  {\"name\": \"write\", \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0,"
		"   \"value\": 2, \"op\": \"SCMP_CMP_LE\"}]},"
		"  {\"names\": [\"close\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"},"
		"  {\"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ALLOW\","
		"   \"includes\": {\"caps\": [\"CAP_SYS_CHROOT\"]}},"
		"  {\"names\": [\"acct\"], \"action\": \"SCMP_ACT_ALLOW\","
		"   \"excludes\": {\"caps\": [\"CAP_SYS_CHROOT\"]}},"
		"  {\"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\","
		"   \"includes\": {\"minKernel\": \"4.8\"}},"
		"  {\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_ALLOW\","
		"   \"includes\": {\"minKernel\": \"99.0\"}},"
		"  {\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0,"
		"   \"value\": 256, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"}]}]}";
	auto_release(seccomp_program) struct seccomp_program program = { 0 };
	auto_error err = { 0 };

	if (compose_text(scratch_dir(state), text, 1ULL << CAP_SYS_CHROOT, &program, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(run_name(&program, "read", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(run_name(&program, "open", 0, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(run_name(&program, "write", 2, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(run_name(&program, "write", 3, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(run_name(&program, "close", 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(run_name(&program, "chroot", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(run_name(&program, "acct", 0, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(run_name(&program, "ptrace", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(run_name(&program, "bpf", 0, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(run_name(&program, "clone", 255, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(run_name(&program, "clone", 256, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(run_program(&program, 0, 550, NULL), ENOSYS_ACTION);
	if (seccomp_arch_name(1))
		assert_int_equal(run_program(&program, 1, 3, NULL), SECCOMP_RET_KILL_PROCESS);
}

#define PROFILE(syscalls) "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [" syscalls "]}"
#define READ "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\""

static void profiles_not_understood_are_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", "profile.json" }, { "[]", "profile.json" }, { "{}", "defaultAction" },
		{ "{\"defaultAction\": \"SCMP_ACT_MAYBE\"}", "'SCMP_ACT_MAYBE' is not supported" },
		{ "{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", "not supported" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 70000}", "errno" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/x\"}", "listenerPath" },
		{ PROFILE("{\"names\": [1], \"action\": \"SCMP_ACT_ALLOW\"}"), "names" },
		{ PROFILE("{\"names\": [\"read\"]}"), "action" },
		{ PROFILE(READ ", \"args\": [{\"index\": 6, \"value\": 0, \"op\": \"SCMP_CMP_EQ\"}]}"),
		  "out of range" },
		{ PROFILE(READ ", \"args\": [{\"index\": 0, \"value\": 0, \"op\": \"ABOUT\"}]}"),
		  "'ABOUT' is not supported" },
		{ PROFILE(READ "}, {\"names\": [\"read\"], \"action\": \"SCMP_ACT_LOG\"}"),
		  "two different actions for 'read'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(seccomp_program) struct seccomp_program program = { 0 };
		auto_error err = { 0 };

		if (compose_text(scratch_dir(state), cases[i].text, 0, &program, &err) == 0)
			fail_msg("taken: %s", cases[i].text);
		if (!strstr(err.message, cases[i].message))
			fail_msg("'%s' is not in '%s'", cases[i].message, err.message);
	}
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_profile_is_dockers),
		cmocka_unit_test(newer_calls_do_not_exist),
		cmocka_unit_test(other_architectures_are_killed),
		cmocka_unit_test(ownership_is_emulated),
		cmocka_unit_test(comparisons_are_of_64_bits),
		cmocka_unit_test(default_profile_is_what_libseccomp_makes),
		FILE_TEST(profiles_are_read_from_files),
		FILE_TEST(profiles_not_understood_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

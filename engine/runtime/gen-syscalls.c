/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run while building: writes syscall-numbers.h, every system call's name with its
 * number on each architecture, as libseccomp knows them, and the newer ones it may not
 * know yet. The numbers of each machine stand under its own #if, so that
 * the result does not depend on where it was made.
 */
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 1024
#define NUMBER_MAX 1200
#define ARM_PRIVATE 0x0f0000
#define ARM_PRIVATE_COUNT 16
#define X32_BIT 0x40000000
#define ARCHES_MAX 3

struct arch {
	const char *audit;	/* AUDIT_ARCH_* */
	const char *name;	/* as profiles have it after SCMP_ARCH_ */
	uint32_t token;
	int first;		/* added to a small number */
};

struct machine {
	const char *condition;
	struct arch arches[ARCHES_MAX];
};

static const struct machine machines[] = {
	{ "defined(__x86_64__) && !defined(__ILP32__)", {
		{ "AUDIT_ARCH_X86_64", "X86_64", SCMP_ARCH_X86_64, 0 },
		{ "AUDIT_ARCH_I386", "X86", SCMP_ARCH_X86, 0 },
		{ "AUDIT_ARCH_X86_64", "X32", SCMP_ARCH_X32, X32_BIT } } },
	{ "defined(__aarch64__)", {
		{ "AUDIT_ARCH_AARCH64", "AARCH64", SCMP_ARCH_AARCH64, 0 },
		{ "AUDIT_ARCH_ARM", "ARM", SCMP_ARCH_ARM, 0 } } },
	{ "defined(__i386__)", { { "AUDIT_ARCH_I386", "X86", SCMP_ARCH_X86, 0 } } },
	{ "defined(__arm__)", { { "AUDIT_ARCH_ARM", "ARM", SCMP_ARCH_ARM, 0 } } },
	{ "defined(__riscv) && __riscv_xlen == 64", {
		{ "AUDIT_ARCH_RISCV64", "RISCV64", SCMP_ARCH_RISCV64, 0 } } },
	{ "defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)", {
		{ "AUDIT_ARCH_PPC64LE", "PPC64LE", SCMP_ARCH_PPC64LE, 0 } } },
	{ "defined(__s390x__)", {
		{ "AUDIT_ARCH_S390X", "S390X", SCMP_ARCH_S390X, 0 },
		{ "AUDIT_ARCH_S390", "S390", SCMP_ARCH_S390, 0 } } },
};
#define MACHINES (sizeof(machines) / sizeof(machines[0]))

/* From 424 on a call has the same number everywhere. */
static const struct {
	const char *name;
	int number;
} newer[] = {
	{ "set_mempolicy_home_node", 450 }, { "cachestat", 451 }, { "fchmodat2", 452 },
	{ "map_shadow_stack", 453 }, { "futex_wake", 454 }, { "futex_wait", 455 },
	{ "futex_requeue", 456 }, { "statmount", 457 }, { "listmount", 458 },
	{ "lsm_get_self_attr", 459 }, { "lsm_set_self_attr", 460 }, { "lsm_list_modules", 461 },
	{ "mseal", 462 }, { "setxattrat", 463 }, { "getxattrat", 464 }, { "listxattrat", 465 },
	{ "removexattrat", 466 }, { "open_tree_attr", 467 }, { "file_getattr", 468 },
	{ "file_setattr", 469 },
};
#define NEWER (sizeof(newer) / sizeof(newer[0]))

struct name {
	char *text;
	int numbers[MACHINES][ARCHES_MAX];	/* -1: not on this architecture */
};

static struct name names[NAMES_MAX];
static size_t name_count;

static struct name *add_name(const char *text)
{
	struct name *name = &names[name_count];

	for (size_t i = 0; i < name_count; i++) {
		if (strcmp(names[i].text, text) == 0)
			return &names[i];
	}
	if (name_count == NAMES_MAX)
		exit(1);
	name->text = strdup(text);
	if (!name->text)
		exit(1);
	memset(name->numbers, -1, sizeof(name->numbers));
	name_count++;
	return name;
}

/* By number, since by name libseccomp says "multiplexed" of i386's socket, which has one too. */
static void add_number(size_t machine, size_t arch, int number)
{
	char *text = seccomp_syscall_resolve_num_arch(machines[machine].arches[arch].token, number);

	if (text)
		add_name(text)->numbers[machine][arch] = number;
	free(text);
}

static void add_newer(const char *text, size_t machine, size_t arch, int number)
{
	int *slot = &add_name(text)->numbers[machine][arch];

	if (*slot < 0)
		*slot = number | machines[machine].arches[arch].first;
}

static void collect_arch(size_t machine, size_t arch)
{
	const struct arch *at = &machines[machine].arches[arch];

	for (int number = 0; number < NUMBER_MAX; number++)
		add_number(machine, arch, number | at->first);
	for (int i = 0; at->token == SCMP_ARCH_ARM && i < ARM_PRIVATE_COUNT; i++)
		add_number(machine, arch, ARM_PRIVATE + i);
	for (size_t i = 0; i < NEWER; i++)
		add_newer(newer[i].name, machine, arch, newer[i].number);
	/* Of one machine alone, and newer than some libseccomp. */
	if (at->token == SCMP_ARCH_X86_64)
		add_newer("uretprobe", machine, arch, 335);
	if (at->token == SCMP_ARCH_RISCV64)
		add_newer("riscv_hwprobe", machine, arch, 258);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(((const struct name *)left)->text, ((const struct name *)right)->text);
}

static size_t arch_count(const struct machine *machine)
{
	size_t count = 0;

	while (count < ARCHES_MAX && machine->arches[count].audit)
		count++;
	return count;
}

static void print_machine(const struct machine *machine)
{
	size_t count = arch_count(machine);

	printf("#%s %s\n#define SYSCALL_ARCHES %zu\n", machine == machines ? "if" : "elif",
	       machine->condition, count);
	printf("static const struct syscall_arch syscall_arches[SYSCALL_ARCHES] = {\n");
	for (size_t a = 0; a < count; a++)
		printf("\t{ \"SCMP_ARCH_%s\", %s, %#x },\n", machine->arches[a].name,
		       machine->arches[a].audit, (unsigned int)machine->arches[a].first);
	printf("};\nstatic const struct syscall_number syscall_numbers[] = {\n");
	for (size_t i = 0; i < name_count; i++) {
		printf("\t{ \"%s\", {", names[i].text);
		for (size_t a = 0; a < count; a++)
			printf("%s%d", a ? ", " : " ", names[i].numbers[machine - machines][a]);
		printf(" } },\n");
	}
	printf("};\n");
}

int main(void)
{
	for (size_t m = 0; m < MACHINES; m++) {
		for (size_t a = 0; a < arch_count(&machines[m]); a++)
			collect_arch(m, a);
	}
	qsort(names, name_count, sizeof(*names), compare_names);
	printf("/* Made by gen-syscalls from libseccomp's tables. Sorted by name; -1: none. */\n");
	for (size_t m = 0; m < MACHINES; m++)
		print_machine(&machines[m]);
	printf("#else\n#error \"no system call numbers for this machine\"\n#endif\n");
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}

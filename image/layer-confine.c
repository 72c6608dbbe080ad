/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities that unpacking uses are kept: it makes devices, gives files to
 * any owner, and writes overlayfs attributes. Landlock and seccomp bound what
 * they reach. Opening by O_PATH and links in /proc/self/fd work as before, since
 * Landlock looks at neither.
 */
#include "image/layer-confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/syscalls.h"

/* Rights that the headers of the build may not know yet, by the Landlock version they came with. */
#define ACCESS_FIRST ((1ULL << 13) - 1)	/* version 1 */
#define ACCESS_REFER (1ULL << 13)	/* 2 */
#define ACCESS_TRUNCATE (1ULL << 14)	/* 3 */
#define ACCESS_IOCTL_DEV (1ULL << 15)	/* 5 */
#define NET_BIND_CONNECT 3ULL		/* 4 */
#define SCOPE_SOCKET_SIGNAL 3ULL	/* 6 */

struct ruleset {	/* struct landlock_ruleset_attr of version 6 */
	uint64_t handled_access_fs, handled_access_net, scoped;
};

static int create_ruleset(const struct ruleset *rules, size_t size, uint32_t flags)
{
	return (int)syscall(__NR_landlock_create_ruleset, rules, size, flags);
}

static int add_folder_rule(int ruleset, int folder, uint64_t access)
{
	struct landlock_path_beneath_attr below = { .allowed_access = access,
						    .parent_fd = folder };

	return (int)syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
}

static int restrict_files(int folder, struct error *err)
{
	int version = create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset rules = { .handled_access_fs = ACCESS_FIRST | ACCESS_REFER };
	size_t size = sizeof(rules.handled_access_fs);
	auto_fd int ruleset = -1;

	/* Version 1 forbids hard links between directories, which layers have. */
	if (version < 2)
		return 0;
	if (version >= 3)
		rules.handled_access_fs |= ACCESS_TRUNCATE;
	if (version >= 5)
		rules.handled_access_fs |= ACCESS_IOCTL_DEV;
	if (version >= 4) {
		rules.handled_access_net = NET_BIND_CONNECT;
		size += sizeof(rules.handled_access_net);
	}
	if (version >= 6) {
		rules.scoped = SCOPE_SOCKET_SIGNAL;
		size += sizeof(rules.scoped);
	}
	ruleset = create_ruleset(&rules, size, 0);
	if (ruleset < 0 ||
	    add_folder_rule(ruleset, folder, rules.handled_access_fs & ~ACCESS_IOCTL_DEV) < 0 ||
	    syscall(__NR_landlock_restrict_self, ruleset, 0) < 0)
		return error_errno(err, "cannot confine the unpacking process with Landlock");
	return 0;
}

static int drop_capabilities(struct error *err)
{
	static const unsigned int kept[] = {
		CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP,
		CAP_SYS_ADMIN,	/* attributes named trusted.* */
	};
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint32_t mask[2] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		mask[kept[i] / 32] |= 1u << kept[i] % 32;
	if (sys_capget(&header, data) < 0)
		return error_errno(err, "cannot read the capabilities of the unpacking process");
	for (size_t i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].effective &= mask[i];
		data[i].permitted &= mask[i];
		data[i].inheritable = 0;
	}
	if (sys_capset(&header, data) < 0)
		return error_errno(err, "cannot drop capabilities of the unpacking process");
	return 0;
}

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#endif

#ifdef NATIVE_ARCH

#define X32_BIT 0x40000000u
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define FORBID(number)                                              \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),        \
	ANSWER(SECCOMP_RET_ERRNO | EPERM)

#define NAMESPACE_FLAGS                                                                \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |    \
	 CLONE_NEWNET | CLONE_NEWCGROUP)

static const struct sock_filter forbidden_calls[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	/* programs and other processes */
	FORBID(__NR_execve), FORBID(__NR_execveat), FORBID(__NR_ptrace),
	FORBID(__NR_process_vm_readv), FORBID(__NR_process_vm_writev),
	FORBID(__NR_kill), FORBID(__NR_pidfd_open), FORBID(__NR_pidfd_send_signal),
	FORBID(__NR_pidfd_getfd), FORBID(__NR_rt_sigqueueinfo),
	/* networks */
	FORBID(__NR_socket), FORBID(__NR_socketpair), FORBID(__NR_connect), FORBID(__NR_bind),
	FORBID(__NR_listen), FORBID(__NR_accept4),
	/* mounts and namespaces */
	FORBID(__NR_mount), FORBID(__NR_umount2), FORBID(__NR_pivot_root), FORBID(__NR_chroot),
	FORBID(__NR_fsopen), FORBID(__NR_fspick), FORBID(__NR_fsconfig), FORBID(__NR_fsmount),
	FORBID(__NR_open_tree), FORBID(__NR_move_mount), FORBID(__NR_mount_setattr),
	FORBID(__NR_setns), FORBID(__NR_unshare),
	/* ways around permissions, and the kernel itself */
	FORBID(__NR_open_by_handle_at), FORBID(__NR_name_to_handle_at), FORBID(__NR_bpf),
	FORBID(__NR_perf_event_open), FORBID(__NR_keyctl), FORBID(__NR_add_key),
	FORBID(__NR_request_key), FORBID(__NR_io_uring_setup), FORBID(__NR_userfaultfd),
	FORBID(__NR_init_module), FORBID(__NR_finit_module), FORBID(__NR_delete_module),
	FORBID(__NR_kexec_load), FORBID(__NR_reboot), FORBID(__NR_swapon), FORBID(__NR_swapoff),
	FORBID(__NR_acct), FORBID(__NR_quotactl), FORBID(__NR_sethostname),
	FORBID(__NR_setdomainname), FORBID(__NR_settimeofday), FORBID(__NR_clock_settime),
	FORBID(__NR_adjtimex), FORBID(__NR_clock_adjtime), FORBID(__NR_personality),
	/* clone3() hides its flags; the C library takes clone() then */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1),
	ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 3),
	LOAD(args[0]),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACE_FLAGS, 0, 1),
	ANSWER(SECCOMP_RET_ERRNO | EPERM),
	ANSWER(SECCOMP_RET_ALLOW),
};

static int forbid_calls(struct error *err)
{
	struct sock_fprog program = {
		.len = ARRAY_SIZE(forbidden_calls),
		.filter = (struct sock_filter *)forbidden_calls,
	};

	/* A kernel without seccomp is not one that runs containers; there is no way around it. */
	if (sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return error_errno(err, "cannot confine the unpacking process with seccomp");
	return 0;
}

#else

static int forbid_calls(struct error *err)
{
	(void)err;
	return 0;
}

#endif

int confine_to_folder(int folder, struct error *err)
{
	struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot forbid new privileges");
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return error_errno(err, "cannot forbid core dumps");
	if (restrict_files(folder, err) < 0 || drop_capabilities(err) < 0)
		return -1;
	return forbid_calls(err);
}

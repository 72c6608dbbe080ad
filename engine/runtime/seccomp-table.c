/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default profile: what docker lets containers call, as names and conditions.
 * Everything else is refused (EPERM); calls newer than those named here do not exist (ENOSYS),
 * so that programs take their older way.
 *
 * socketcall(2), i386's old way to make sockets, is let through as docker does,
 * although the family cannot be seen behind its pointer: without it programs
 * for i386 have no network.
 */
#include "engine/runtime/seccomp-table.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "engine/runtime/seccomp-compose.h"

/* Whatever the capabilities. */
static const char *const allowed[] = {
	"_llseek", "_newselect", "accept", "accept4", "access", "adjtimex", "alarm", "bind", "brk",
	"cachestat", "capget", "capset", "chdir", "chmod", "chown", "chown32", "clock_adjtime",
	"clock_adjtime64", "clock_getres", "clock_getres_time64", "clock_gettime",
	"clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "close", "close_range",
	"connect", "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create",
	"epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait",
	"epoll_wait_old", "eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group",
	"faccessat", "faccessat2", "fadvise64", "fadvise64_64", "fallocate", "fanotify_mark",
	"fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32", "fchownat", "fcntl",
	"fcntl64", "fdatasync", "fgetxattr", "flistxattr", "flock", "fork", "fremovexattr",
	"fsetxattr", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate",
	"ftruncate64", "futex", "futex_requeue", "futex_time64", "futex_wait", "futex_waitv",
	"futex_wake", "futimesat", "get_robust_list", "get_thread_area", "getcpu", "getcwd",
	"getdents", "getdents64", "getegid", "getegid32", "geteuid", "geteuid32", "getgid",
	"getgid32", "getgroups", "getgroups32", "getitimer", "getpeername", "getpgid", "getpgrp",
	"getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresgid32", "getresuid",
	"getresuid32", "getrlimit", "getrusage", "getsid", "getsockname", "getsockopt", "gettid",
	"gettimeofday", "getuid", "getuid32", "getxattr", "getxattrat", "inotify_add_watch",
	"inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy",
	"io_getevents", "io_pgetevents", "io_pgetevents_time64", "io_setup", "io_submit", "ioctl",
	"ioprio_get", "ioprio_set", "ipc", "kill", "landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "lchown", "lchown32", "lgetxattr", "link", "linkat", "listen",
	"listmount", "listxattr", "listxattrat", "llistxattr", "lremovexattr", "lseek", "lsetxattr",
	"lstat", "lstat64", "madvise", "map_shadow_stack", "membarrier", "memfd_create",
	"memfd_secret", "mincore", "mkdir", "mkdirat", "mknod", "mknodat", "mlock", "mlock2",
	"mlockall", "mmap", "mmap2", "mprotect", "mq_getsetattr", "mq_notify", "mq_open",
	"mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend", "mq_timedsend_time64",
	"mq_unlink", "mremap", "mseal", "msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock",
	"munlockall", "munmap", "name_to_handle_at", "nanosleep", "newfstatat", "open", "openat",
	"openat2", "pause", "pidfd_open", "pidfd_send_signal", "pipe", "pipe2", "pkey_alloc",
	"pkey_free", "pkey_mprotect", "poll", "ppoll", "ppoll_time64", "prctl", "pread64", "preadv",
	"preadv2", "prlimit64", "process_mrelease", "process_vm_readv", "process_vm_writev",
	"pselect6", "pselect6_time64", "ptrace", "pwrite64", "pwritev", "pwritev2", "read",
	"readahead", "readlink", "readlinkat", "readv", "recv", "recvfrom", "recvmmsg",
	"recvmmsg_time64", "recvmsg", "remap_file_pages", "removexattr", "removexattrat", "rename",
	"renameat", "renameat2", "restart_syscall", "riscv_hwprobe", "rmdir", "rseq",
	"rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn",
	"rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_tgsigqueueinfo",
	"sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getattr",
	"sched_getparam", "sched_getscheduler", "sched_rr_get_interval",
	"sched_rr_get_interval_time64", "sched_setaffinity", "sched_setattr", "sched_setparam",
	"sched_setscheduler", "sched_yield", "seccomp", "select", "semctl", "semget", "semop",
	"semtimedop", "semtimedop_time64", "send", "sendfile", "sendfile64", "sendmmsg", "sendmsg",
	"sendto", "set_robust_list", "set_thread_area", "set_tid_address", "setfsgid", "setfsgid32",
	"setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups", "setgroups32", "setitimer",
	"setpgid", "setpriority", "setregid", "setregid32", "setresgid", "setresgid32", "setresuid",
	"setresuid32", "setreuid", "setreuid32", "setrlimit", "setsid", "setsockopt", "setuid",
	"setuid32", "setxattr", "setxattrat", "shmat", "shmctl", "shmdt", "shmget", "shutdown",
	"sigaltstack", "signalfd", "signalfd4", "sigprocmask", "sigreturn", "socketcall",
	"socketpair", "splice", "stat", "stat64", "statfs", "statfs64", "statmount", "statx",
	"symlink", "symlinkat", "sync", "sync_file_range", "syncfs", "sysinfo", "tee", "tgkill",
	"time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
	"timer_gettime64", "timer_settime", "timer_settime64", "timerfd_create", "timerfd_gettime",
	"timerfd_gettime64", "timerfd_settime", "timerfd_settime64", "times", "tkill", "truncate",
	"truncate64", "ugetrlimit", "umask", "uname", "unlink", "unlinkat", "uretprobe", "utime",
	"utimensat", "utimensat_time64", "utimes", "vfork", "vmsplice", "wait4", "waitid",
	"waitpid", "write", "writev",
};

/* What this machine has of its own. */
static const char *const machine_allowed[] = {
#if defined(__x86_64__)
	"arch_prctl", "modify_ldt",
#elif defined(__i386__)
	"modify_ldt",
#elif defined(__aarch64__) || defined(__arm__)
	"arm_fadvise64_64", "arm_sync_file_range", "breakpoint", "cacheflush", "set_tls",
	"sync_file_range2",
#elif defined(__powerpc64__)
	"swapcontext", "sync_file_range2",
#elif defined(__s390x__)
	"s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr",
#elif defined(__riscv)
	"riscv_flush_icache",
#endif
	NULL
};

/* With the capability that the kernel asks for anyway. */
static const struct {
	unsigned int capability;
	const char *names[32];
} gated[] = {
	{ CAP_DAC_READ_SEARCH, { "open_by_handle_at" } },
	{ CAP_SYS_ADMIN, {
		"bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick",
		"lookup_dcookie", "lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr",
		"mount", "mount_setattr", "move_mount", "open_tree", "perf_event_open", "quotactl",
		"quotactl_fd", "setdomainname", "sethostname", "setns", "syslog", "umount",
		"umount2", "unshare" } },
	{ CAP_SYS_BOOT, { "reboot" } },
	{ CAP_SYS_CHROOT, { "chroot" } },
	{ CAP_SYS_MODULE, { "delete_module", "finit_module", "init_module" } },
	{ CAP_SYS_PACCT, { "acct" } },
	{ CAP_SYS_PTRACE, { "kcmp", "pidfd_getfd", "process_madvise" } },
	{ CAP_SYS_RAWIO, { "ioperm", "iopl" } },
	{ CAP_SYS_TIME, { "clock_settime", "clock_settime64", "settimeofday", "stime" } },
	{ CAP_SYS_TTY_CONFIG, { "vhangup" } },
	{ CAP_SYS_NICE, {
		"get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node" } },
	{ CAP_SYSLOG, { "syslog" } },
	{ CAP_BPF, { "bpf" } },
	{ CAP_PERFMON, { "perf_event_open" } },
};

/* Execution domains: PER_LINUX, PER_LINUX32, each with UNAME26 too, and the question for it. */
static const uint64_t personalities[] = { 0, 0x0008, 0x20000, 0x20008, 0xffffffff };

#define CLONE_NAMESPACES                                                                     \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	 CLONE_NEWNET | CLONE_NEWCGROUP)

#if defined(__s390x__)
#define CLONE_FLAGS_ARGUMENT 1
#else
#define CLONE_FLAGS_ARGUMENT 0
#endif

static void allow_if(struct seccomp_rules *rules, const char *name, unsigned int argument,
		     enum seccomp_operator operator, uint64_t value, uint64_t mask)
{
	struct seccomp_rule rule = {
		.name = name, .action = SECCOMP_RET_ALLOW, .condition_count = 1,
		.conditions = { { argument, operator, value, mask } },
	};

	seccomp_rules_add(rules, &rule);
}

/* Without CAP_SYS_ADMIN a process makes no namespaces. clone3's flags are behind a pointer, so it
 * is said not to exist, and libc goes back to clone. */
static void add_clone(struct seccomp_rules *rules)
{
	struct seccomp_rule unknown = {
		.name = "clone3", .action = SECCOMP_RET_ERRNO | ENOSYS,
	};

	allow_if(rules, "clone", CLONE_FLAGS_ARGUMENT, SECCOMP_MASKED_EQ, 0, CLONE_NAMESPACES);
	seccomp_rules_add(rules, &unknown);
}

/*
 * The families that a container may use: not AF_VSOCK, which reaches the hypervisor, not
 * AF_ALG (CVE-2026-31431), nor the forgotten ones. They are listed, not excluded: the kernel takes
 * the low half of the register, and "not 38" would let 38 with high bits pass.
 */
static void add_socket(struct seccomp_rules *rules)
{
	/* Beside those below 12. 43 to 45, newer than some C libraries: SMC, XDP, MCTP. */
	static const uint64_t families[] = {
		AF_NETBEUI, AF_SECURITY, AF_KEY, AF_NETLINK, AF_PACKET, AF_ASH, AF_RDS, AF_SNA,
		AF_PPPOX, AF_LLC, AF_IB, AF_MPLS, AF_CAN, AF_TIPC, AF_BLUETOOTH, AF_IUCV, AF_RXRPC,
		AF_PHONET, AF_IEEE802154, AF_NFC, AF_KCM, AF_QIPCRTR, 43, 44, 45,
	};

	allow_if(rules, "socket", 0, SECCOMP_LT, AF_DECnet, 0);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		allow_if(rules, "socket", 0, SECCOMP_EQ, families[i], 0);
}

static void add_gated(struct seccomp_rules *rules, uint64_t capabilities)
{
	for (size_t i = 0; i < ARRAY_SIZE(gated); i++) {
		if (!(capabilities & (1ULL << gated[i].capability)))
			continue;
		for (size_t n = 0; gated[i].names[n]; n++)
			seccomp_rules_allow(rules, gated[i].names[n]);
	}
}

void seccomp_table_default(uint64_t capabilities, struct seccomp_rules *ret_rules)
{
	struct seccomp_rules rules = {
		.default_action = SECCOMP_RET_ERRNO | EPERM, .newer_are_unknown = true,
	};

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		seccomp_rules_allow(&rules, allowed[i]);
	for (size_t i = 0; machine_allowed[i]; i++)
		seccomp_rules_allow(&rules, machine_allowed[i]);
	for (size_t i = 0; i < ARRAY_SIZE(personalities); i++)
		allow_if(&rules, "personality", 0, SECCOMP_EQ, personalities[i], 0);
	add_socket(&rules);
	add_gated(&rules, capabilities);
	if (!(capabilities & (1ULL << CAP_SYS_ADMIN)))
		add_clone(&rules);
	*ret_rules = rules;
}

/* Calls that change ownership or identity, in each of their widths. */
static const char *const emulated[] = {
	"chown", "chown32", "fchown", "fchown32", "fchownat", "lchown", "lchown32",
	"setfsgid", "setfsgid32", "setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups",
	"setgroups32", "setregid", "setregid32", "setresgid", "setresgid32", "setresuid",
	"setresuid32", "setreuid", "setreuid32", "setuid", "setuid32",
};

static void emulate_mknod(struct seccomp_rules *rules, const char *name, unsigned int mode_argument)
{
	static const uint64_t types[] = { S_IFCHR, S_IFBLK };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct seccomp_rule rule = {
			.name = name, .action = SECCOMP_RET_ERRNO, .condition_count = 1,
			.conditions = { { mode_argument, SECCOMP_MASKED_EQ, types[i], S_IFMT } },
		};

		seccomp_rules_add(rules, &rule);
	}
}

void seccomp_table_emulation(struct seccomp_rules *ret_rules)
{
	struct seccomp_rules rules = { .default_action = SECCOMP_RET_ALLOW };

	for (size_t i = 0; i < ARRAY_SIZE(emulated); i++) {
		/* An errno of 0: success, with nothing done. */
		struct seccomp_rule rule = { .name = emulated[i], .action = SECCOMP_RET_ERRNO };

		seccomp_rules_add(&rules, &rule);
	}
	emulate_mknod(&rules, "mknod", 1);
	emulate_mknod(&rules, "mknodat", 2);
	*ret_rules = rules;
}

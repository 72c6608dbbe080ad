/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the C library lacks: one line each, -1 and errno on failure. Fallbacks
 * for older kernels live with the callers.
 *
 * <sys/mount.h> and <linux/mount.h> exclude one another in some C libraries, so
 * nothing includes the former: mount(2) and umount(2) are here too.
 */
#ifndef BASE_SYSCALLS_H
#define BASE_SYSCALLS_H

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

int sys_openat2(int dir, const char *path, const struct open_how *how);
pid_t sys_clone3(const struct clone_args *args);
int sys_pidfd_open(pid_t pid, unsigned int flags);
int sys_pidfd_send_signal(int pidfd, int signal, const siginfo_t *info, unsigned int flags);
int sys_pidfd_getfd(int pidfd, int fd, unsigned int flags);
int sys_close_range(unsigned int first, unsigned int last, unsigned int flags);
#define UMOUNT_DETACH 2	/* MNT_DETACH */

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	      const void *data);
int sys_umount(const char *target, int flags);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_open_tree(int dir, const char *path, unsigned int flags);
int sys_move_mount(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags);
int sys_fsopen(const char *type, unsigned int flags);
int sys_fsconfig(int fs, unsigned int command, const char *key, const void *value, int aux);
int sys_fsmount(int fs, unsigned int flags, unsigned int attributes);
int sys_mount_setattr(int dir, const char *path, unsigned int flags,
		      const struct mount_attr *attributes, size_t size);
int sys_execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags);
int sys_seccomp(unsigned int operation, unsigned int flags, void *args);
int sys_capset(void *header, const void *data);
int sys_capget(void *header, void *data);
int sys_memfd_create(const char *name, unsigned int flags);
int sys_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags);
int sys_setgroups(size_t count, const gid_t *groups);	/* this thread only, unlike libc's */

/* SIG_DFL for any signal: libc's sigaction() refuses its own two, 32 and 33, which others (make) may
 * have left ignored. */
int sys_reset_signal(int signal);

#endif

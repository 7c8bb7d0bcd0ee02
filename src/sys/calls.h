/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_CALLS_H
#define SOCLE_SYS_CALLS_H

/* System calls that the C libraries have no function for, under the names of their man pages.  Constants come
 * from the kernel's own headers; <sys/mount.h> is never included beside <linux/mount.h>, the two collide. */

#include <asm/unistd.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

long syscall(long number, ...);

static inline int sys_openat2(int dir, const char *path, const struct open_how *how)
{
	return (int)syscall(__NR_openat2, dir, path, how, sizeof(*how));
}
static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(__NR_open_tree, dir, path, flags);
}
static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return (int)syscall(__NR_move_mount, from, from_path, to, to_path, flags);
}
static inline int sys_mount_setattr(int dir, const char *path, unsigned flags, struct mount_attr *attr)
{
	return (int)syscall(__NR_mount_setattr, dir, path, flags, attr, sizeof(*attr));
}
static inline int sys_fsopen(const char *type, unsigned flags)
{
	return (int)syscall(__NR_fsopen, type, flags);
}
static inline int sys_fsconfig(int fs, unsigned command, const char *key, const void *value, int aux)
{
	return (int)syscall(__NR_fsconfig, fs, command, key, value, aux);
}
static inline int sys_fsmount(int fs, unsigned flags, unsigned attrs)
{
	return (int)syscall(__NR_fsmount, fs, flags, attrs);
}
static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(__NR_pivot_root, new_root, put_old);
}
static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(__NR_close_range, first, last, flags);
}
static inline int sys_pidfd_open(int pid, unsigned flags)
{
	return (int)syscall(__NR_pidfd_open, pid, flags);
}
static inline int sys_pidfd_getfd(int pidfd, int fd)
{
	return (int)syscall(__NR_pidfd_getfd, pidfd, fd, 0);
}
static inline int sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int)syscall(__NR_pidfd_send_signal, pidfd, signal, NULL, 0);
}

#endif

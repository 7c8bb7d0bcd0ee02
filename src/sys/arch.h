/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_ARCH_H
#define SOCLE_SYS_ARCH_H

/* One system call without a function around it.  A child that shares its parent's stack (CLONE_VM | CLONE_VFORK)
 * must not return from the function that made the call: the parent still has to.  So the call is made in line.
 * Architectures without a few lines here get SPAWN_SHARES 0 and an ordinary copy of the address space. */

#include <errno.h>

#if defined(__x86_64__)
#define SPAWN_SHARES 1
static inline __attribute__((always_inline)) long call_in_line(long number, void *a, unsigned long b)
{
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "0"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
	return r;
}
#elif defined(__aarch64__)
#define SPAWN_SHARES 1
static inline __attribute__((always_inline)) long call_in_line(long number, void *a, unsigned long b)
{
	register long x8 __asm__("x8") = number;
	register void *x0 __asm__("x0") = a;
	register unsigned long x1 __asm__("x1") = b;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return (long)x0;
}
#else
#include <unistd.h>
#define SPAWN_SHARES 0
static inline long call_in_line(long number, void *a, unsigned long b)
{
	long syscall(long, ...);
	long r = syscall(number, a, b);
	return r < 0 ? -errno : r;
}
#endif

#endif

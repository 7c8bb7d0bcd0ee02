/* SPDX-License-Identifier: Apache-2.0 */
/* `syscall NUMBER [ARGUMENT…]`: makes a system call and prints what came of it: "0", or an errno as "-1".
 * `syscall -3 NUMBER [ARGUMENT…]`: the same as a 32-bit program of the processor's older kind would. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __x86_64__
static long call(const long *n)
{
	long r;
	register long a4 __asm__("r10") = n[4], a5 __asm__("r8") = n[5], a6 __asm__("r9") = n[6];
	__asm__ volatile("syscall" : "=a"(r) : "0"(n[0]), "D"(n[1]), "S"(n[2]), "d"(n[3]), "r"(a4), "r"(a5), "r"(a6)
			 : "rcx", "r11", "memory");
	return r;
}

static long call_32(const long *n)
{
	int r;
	__asm__ volatile("int $0x80" : "=a"(r) : "0"(n[0]), "b"(n[1]), "c"(n[2]), "d"(n[3]) : "r8", "r9", "r10", "r11", "memory");
	return r;
}
#else
#include <errno.h>
static long call(const long *n)
{
	long r = syscall(n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
	return r < 0 ? -errno : r;
}
static long call_32(const long *n)
{
	(void)n;
	exit(3);
}
#endif

int main(int argc, char **argv)
{
	long n[7] = { 0 };
	int old = argc > 1 && strcmp(argv[1], "-3") == 0, first = 1 + old;
	for (int i = first; i < argc && i < first + 7; i++)
		n[i - first] = (long)strtoull(argv[i], NULL, 0);
	printf("%ld\n", old ? call_32(n) : call(n));
	return 0;
}

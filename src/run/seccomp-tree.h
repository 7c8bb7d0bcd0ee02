/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_SECCOMP_TREE_H
#define SOCLE_RUN_SECCOMP_TREE_H

#include <linux/filter.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

#define SECCOMP_X32 0x40000000u /* the bit that makes a number of x86_64 one of x32 */

/* One architecture of a filter. */
struct seccomp_arch {
	uint32_t kernel; /* AUDIT_ARCH_*: x86_64 and x32 have the same */
	uint32_t base;	 /* of its numbers: SECCOMP_X32, or 0 */
	uint32_t end;	 /* behind the largest number that the profile names; 0: it names none */
	bool *known;	 /* numbers up to there that are of a system call */
};

/* A filter as libseccomp wrote it, and what is to be known for a better one. */
struct seccomp_profile {
	struct sock_filter *raw;
	size_t n_raw;
	struct seccomp_arch archs[8];
	size_t n_archs;
	bool newer; /* system calls that are newer than the profile, or not known, fail with ENOSYS */
};

/* The same filter as a search tree over ranges of system calls with the same answer: a third of the length, which
 * is what loading it costs, and a few steps in place of hundreds.  Pure. */
int seccomp_tree(const struct seccomp_profile *p, struct arena *a, struct u32s *ret_program, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_SECCOMP_H
#define SOCLE_RUN_SECCOMP_H

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* /linux/seccomp as a program for the kernel, with libseccomp behind it.  A program is struct sock_filter as pairs of
 * numbers, as the plan carries it.
 *
 * What counts where rules overlap:
 *
 *	a rule with the default action		is left out
 *	a rule without arguments		counts before those with arguments, and before later ones without
 *	the same arguments, another action	is an error
 *	two conditions on one argument		are two rules: either will do
 *	a name that libseccomp does not know	is left out, here or for the architectures that have no such call
 *
 * With an errno as default, a system call that is newer than all that the profile names, or that libseccomp does not
 * know, is answered by ENOSYS: programs then try an older one. */
int seccomp_compile(const struct spec_seccomp *s, struct arena *a, struct u32s *ret_program, struct err *e);

/* The same by way of the cache below `state_root`, NULL: none.  Nothing, where the configuration has no filter. */
int seccomp_program(const struct spec *spec, const char *state_root, struct arena *a, struct u32s *ret_program,
		    struct err *e);

/* Who the program is made by and for, as a part of what it is found by in the cache: "libseccomp 2.5.4 x86_64". */
const char *seccomp_maker(struct arena *a);

#endif

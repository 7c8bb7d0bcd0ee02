/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_NAMES_H
#define SOCLE_PLAN_NAMES_H

#include <stdint.h>

/* Names that the configuration and the command line use for the kernel's numbers.  Each table is
 * indexed by the number; each search returns it, or -1. */

#define N_CAPS	  41
#define N_RLIMITS 16
#define N_SECCOMP_FLAGS 4

extern const char *const cap_names[N_CAPS];       /* "CAP_CHOWN" */
extern const char *const rlimit_names[N_RLIMITS]; /* "RLIMIT_CPU" */

/* Of /linux/seccomp/flags, with the kernel's bits. */
struct seccomp_flag { const char *name; uint32_t bit; };
extern const struct seccomp_flag seccomp_flags[N_SECCOMP_FLAGS];

int cap_find(const char *name);
int rlimit_find(const char *name);

/* "KILL", "SIGKILL", "kill", "9", "RTMIN+3", "SIGRTMAX-1".  0, which only asks whether there is a
 * process, counts. */
int signal_find(const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_PROCESS_H
#define SOCLE_SYS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Other processes.  A pid alone names nobody for long: with the start time it names one process for ever. */
struct process_stat { uint64_t start; /* clock ticks after boot */ char state; /* 'R', 'Z' … */ int parent; };

/* What /proc/PID/stat says.  ENOENT or ESRCH: there is none. */
int process_stat(int64_t pid, struct process_stat *ret, struct err *e);

/* Is that very process alive (and no zombie)? */
bool process_is_alive(int64_t pid, uint64_t start);

/* A pidfd of that very process; -1 with ESRCH if it is gone. */
int process_open(int64_t pid, uint64_t start, struct err *e);

/* The pid behind a pidfd, as the caller sees it. */
int pidfd_pid(int pidfd, struct err *e);

/* Wait for a child; *ret_status is its exit status, or 128 + the signal that ended it. */
int pidfd_wait(int pidfd, int *ret_status, struct err *e);

/* The signal that a child is ending or has ended by, if it ends at once; 0: none.  It is not reaped. */
int pidfd_killed_by(int pidfd);

/* Kill a child and reap it.  Returns its status, as pidfd_wait has it; -1: it was gone already. */
int pidfd_kill_and_reap(int pidfd);

#endif

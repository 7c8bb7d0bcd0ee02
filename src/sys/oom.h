/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_OOM_H
#define SOCLE_SYS_OOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Hears of a cgroup that ran out of memory: by an eventfd in version 1, by the counters of memory.events in version 2. */
struct oom_watch {
	int fd;		/* can be read when there may be news; -1: nothing to hear of */
	int dir;	/* version 2: the cgroup; else -1 */
	uint64_t kills; /* version 2: those that were told of */
};

/* How many processes of the cgroup were killed because it ran out of memory; 0 where nobody counts. */
uint64_t oom_count_kills(int dir);

/* Watch the cgroup `dir` (borrowed).  A cgroup without a memory controller has no news: 1 if it is watched, 0 if not. */
int oom_watch_begin(struct oom_watch *w, int dir, struct err *e);
void oom_watch_done(struct oom_watch *w);

/* `fd` could be read: how often did it happen since?  Does not wait. */
int oom_watch_read(struct oom_watch *w, uint64_t *ret_times, struct err *e);

#endif

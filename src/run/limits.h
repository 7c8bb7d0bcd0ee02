/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_LIMITS_H
#define SOCLE_RUN_LIMITS_H

#include "base/arena.h"
#include "ops/run.h"

/* The host stage's operations on the files of cgroups. */
perform_fn perform_cgroup_set, perform_cgroup_controllers, perform_cgroup_check;

/* What files held before they were written: an `update` that fails puts it back.  Memory is the arena's. */
struct limits_kept {
	struct arena *arena;
	size_t n, room;
	struct limit_kept { int dir; const char *file, *text; } *items; /* dir: the plan's */
};
void limits_put_back(const struct limits_kept *l);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_MEMBERS_H
#define SOCLE_RUN_MEMBERS_H

#include <stdbool.h>

#include "base/arena.h"
#include "spec/state.h"

/* The processes of a container: those of its cgroup.  Where it has none of its own, those of its pid namespace; and
 * where that is ours, init and what descends from it, which loses those whose parents have ended. */

struct members { int *pids; size_t n; }; /* as we see them, in ascending order */

/* Has it a cgroup that is there? */
bool members_have_cgroup(const struct state *s);

int members_list(const struct state *s, struct arena *a, struct members *ret, struct err *e);

#endif

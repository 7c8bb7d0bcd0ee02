/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_FACTS_H
#define SOCLE_RUN_FACTS_H

#include "base/arena.h"
#include "base/err.h"
#include "plan/facts.h"

/* Find out about this host what the planner is told.  Needs no privilege and changes nothing. */
int facts_gather(struct arena *a, struct facts *ret_facts, struct err *e);

/* Mark the hierarchies in which the caller may make no cgroup for a container, or none at all. */
void facts_find_closed(struct facts *f);
void facts_close_all(struct facts *f);
/* Where resctrl is mounted, for who asks for it. */
void facts_find_resctrl(struct arena *a, struct facts *f);

#endif

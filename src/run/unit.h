/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_UNIT_H
#define SOCLE_RUN_UNIT_H

#include "base/arena.h"
#include "ops/run.h"
#include "plan/facts.h"

/* The unit of systemd that a container's cgroup belongs to. */

/* Which systemd makes cgroups for this caller, and where it has its own. */
int unit_facts(struct arena *a, struct facts_systemd **ret, struct err *e);

/* The journal's words for the unit of an OP_UNIT. */
const char *unit_journal(const struct run *r, const struct op_unit *op, struct arena *a);

perform_fn perform_unit, perform_unit_set, perform_unit_attach;

/* What the journal tells of, looked up: whose it is, and the way to it. */
struct unit { struct sdbus *bus; const char *name; bool foreign; };

/* Nobody there to ask is no error: systemd has no units then, nor have they cgroups that count. */
int unit_find(const char *journalled, const char *owner, struct arena *a, struct unit *ret, struct err *e);
/* Stop it, unless it is somebody else's. */
int unit_remove(const struct unit *u, struct err *e);
void unit_done(struct unit *u);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The user namespace: its id maps, and who is root in it. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "plan/parts.h"

bool plan_has_userns(const struct planner *p)
{
	return (p->new_ns | p->join_ns) & CLONE_NEWUSER;
}

enum stage plan_source_stage(const struct planner *p)
{
	return plan_has_userns(p) && p->facts->uid == 0 ? STAGE_HOST : STAGE_INIT;
}

struct text plan_map_text(struct planner *p, const struct spec_id_mappings *maps)
{
	struct buf b = { 0 };
	for (size_t i = 0; i < maps->n; i++)
		buf_printf(&b, "%u %u %u\n", maps->items[i].container_id, maps->items[i].host_id, maps->items[i].size);
	struct text t = plan_text(&p->plan, b.data);
	buf_done(&b);
	return t;
}

/* The child waits for its maps before it executes anything (see sys/spawn.h). */
void plan_id_maps(struct planner *p)
{
	if (!(p->new_ns & CLONE_NEWUSER))
		return;
	struct op_id_maps maps = { plan_map_text(p, &p->linux_->uid_mappings),
				   plan_map_text(p, &p->linux_->gid_mappings) };
	plan_origin(&p->plan, "/linux/uidMappings");
	HOST_ADD(p, OP_ID_MAPS, &maps);
}

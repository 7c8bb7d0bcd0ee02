/* SPDX-License-Identifier: Apache-2.0 */
/* A cgroup of version 2 that belongs to the container's root, who makes others in it and moves processes about.
 *
 * It is the container's own, whose limits stay the host's as their files do.  By annotation it is one below that: init
 * is moved there once it is in its cgroup namespace, whose root is still the container's own, and which is then free
 * to hand its controllers down. */
#define _GNU_SOURCE
#include <linux/mount.h>
#include <sched.h>
#include <string.h>

#include "plan/options.h"
#include "plan/parts.h"

#define ANNOTATION "run.oci.delegate-cgroup"
#define POINTER	   "/annotations/" ANNOTATION
#define LIMIT	   300 /* seconds */

/* The root of a user namespace that is joined is nobody we know. */
static void plan_owner(struct planner *p, struct slot cgroup, const char *dir)
{
	const struct spec_id_mappings *maps = &p->linux_->uid_mappings;
	for (size_t i = 0; p->new_ns & CLONE_NEWUSER && i < maps->n; i++) {
		if (maps->items[i].container_id != 0)
			continue;
		struct op_cgroup_owner owner = { cgroup, plan_text(&p->plan, dir), maps->items[i].host_id };
		HOST_ADD(p, OP_CGROUP_OWNER, &owner);
		return;
	}
}

/* ---- the container's own ---------------------------------------------------------------------------------- */

static bool is_writable(const struct planner *p, const struct spec_mount *m)
{
	struct mount_wishes w;
	if (!m->type || (strcmp(m->type, "cgroup") != 0 && strcmp(m->type, "cgroup2") != 0))
		return false;
	mount_wishes_read(&m->options, p->arena, &w);
	return !(w.set & MOUNT_ATTR_RDONLY);
}

/* A user's own cgroups are the user's already, and nobody else's to be. */
static bool may_own(const struct planner *p)
{
	const char *below = plan_annotation(p, ANNOTATION);
	return p->new_ns & CLONE_NEWUSER && (p->new_ns | p->join_ns) & CLONE_NEWCGROUP && !facts_is_user(p->facts) &&
	       strcmp(p->facts->cgroup_layout, "v2") == 0 && p->cgroups[0].cgroup.n >= 0 && !(below && below[0]);
}

void plan_cgroup_owner(struct planner *p)
{
	if (!may_own(p))
		return;
	for (size_t i = 0; i < p->spec->mounts.n; i++) {
		if (!is_writable(p, &p->spec->mounts.items[i]))
			continue;
		plan_origin(&p->plan, "/mounts/%zu", i);
		plan_owner(p, p->cgroups[0].cgroup, p->cgroups[0].dir);
		return;
	}
}

/* ---- one below it ----------------------------------------------------------------------------------------- */

static int find_hierarchy(struct planner *p, size_t *ret_i)
{
	const struct hierarchies *all = &p->facts->hierarchies;
	for (size_t i = 0; i < all->n; i++) {
		*ret_i = i;
		if (all->items[i].controllers[0] == 0 && !all->items[i].closed)
			return 0;
	}
	return err_rule(p->e, POINTER, "there is no hierarchy of version 2 here in which a cgroup could be made");
}

int plan_delegate(struct planner *p)
{
	static const struct strings none;
	const char *below;
	size_t i = 0;
	TRY(scope_read_below(p->spec, ANNOTATION, p->arena, &below, p->e));
	if (!below[0])
		return 0;
	TRY(find_hierarchy(p, &i));
	const char *dir = arena_fmt(p->arena, "%s%s", p->cgroups[i].dir, below);
	struct slot cgroup = plan_slot(&p->plan, "delegated cgroup"), procs = plan_slot(&p->plan, "cgroup.procs");
	struct op_cgroup make = { .dir = plan_text(&p->plan, dir), .cgroup = plan_fills(cgroup), .procs = plan_fills(procs),
				  .how = { p->scope ? CGROUP_UNIT : 0 } };
	struct op_cgroup_enter enter = { procs, plan_text(&p->plan, "") };

	plan_origin(&p->plan, POINTER);
	plan_sync(&p->plan, STAGE_INIT, STAGE_HOST, SYNC_JOINED, LIMIT);
	HOST_ADD(p, OP_CGROUP, &make);
	HOST_ADD(p, OP_CGROUP_ENTER, &enter);
	plan_hand_down(p, i, dir, &none);
	plan_owner(p, cgroup, dir);
	plan_sync(&p->plan, STAGE_HOST, STAGE_INIT, SYNC_PLACED, LIMIT);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The user namespace: its id maps, who writes them, and who is root in it when. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "plan/parts.h"

void plan_namespace_root(struct planner *p, enum stage stage)
{
	struct op_namespace_root root = { { plan_keeps_groups(p) ? NAMESPACE_ROOT_KEEP_GROUPS : 0 } };
	plan_add(&p->plan, stage, OP_NAMESPACE_ROOT, &root);
}

bool plan_has_userns(const struct planner *p)
{
	return (p->new_ns | p->join_ns) & CLONE_NEWUSER;
}

bool plan_is_in_userns(const struct planner *p)
{
	return plan_has_userns(p) || !facts_is_host_root(p->facts);
}

enum stage plan_source_stage(const struct planner *p)
{
	return plan_has_userns(p) && facts_can_copy_mounts(p->facts) ? STAGE_HOST : STAGE_INIT;
}

bool plan_root_is_late(const struct planner *p)
{
	return plan_has_userns(p) && !facts_can_copy_mounts(p->facts);
}

void plan_late_root(struct planner *p)
{
	if (!plan_root_is_late(p))
		return;
	plan_because(&p->plan, "all that only the caller may reach is open");
	plan_namespace_root(p, STAGE_INIT);
}

/* ---- id maps ---------------------------------------------------------------------------------------------- */

static bool is_mapped(const struct spec_id_mappings *maps, uint32_t id)
{
	for (size_t i = 0; i < maps->n; i++)
		if (id >= maps->items[i].container_id && id - maps->items[i].container_id < maps->items[i].size)
			return true;
	return false;
}

/* The container is set up by the root of its user namespace. */
int plan_check_maps(struct planner *p)
{
	const struct spec_linux *l = p->linux_;
	if (!(p->new_ns & CLONE_NEWUSER))
		return 0;
	if (!(l->uid_mappings.n && l->gid_mappings.n))
		return err_rule(p->e, l->uid_mappings.n ? "/linux/gidMappings" : "/linux/uidMappings",
				"a new user namespace needs mappings of uids and of gids");
	if (!is_mapped(&l->uid_mappings, 0) || !is_mapped(&l->gid_mappings, 0))
		return err_rule(p->e, is_mapped(&l->uid_mappings, 0) ? "/linux/gidMappings" : "/linux/uidMappings",
				"nothing is mapped to the container's id 0, by which it is set up");
	return 0;
}

static bool is_one(const struct spec_id_mappings *maps, uint32_t host_id)
{
	return maps->n == 1 && maps->items[0].size == 1 && maps->items[0].host_id == host_id;
}

/* A user may map its own ids and no others; for those there are programs that ask /etc/subuid and /etc/subgid. */
uint32_t plan_map_writers(const struct planner *p, const struct spec_id_mappings *uids, const struct spec_id_mappings *gids)
{
	if (!facts_is_user(p->facts))
		return 0;
	return (is_one(uids, p->facts->uid) ? 0 : MAPS_UID_HELPER) |
	       (is_one(gids, p->facts->gid) ? MAPS_NO_SETGROUPS : MAPS_GID_HELPER);
}

/* What the kernel would refuse with EINVAL, much later. */
int plan_check_user(struct planner *p, const struct spec_user *user)
{
	const struct spec_linux *l = p->linux_;
	if (!(p->new_ns & CLONE_NEWUSER))
		return 0;
	if (!is_mapped(&l->uid_mappings, user->uid))
		return err_rule(p->e, "/process/user/uid", "%u is not mapped in the user namespace", user->uid);
	if (!is_mapped(&l->gid_mappings, user->gid))
		return err_rule(p->e, "/process/user/gid", "%u is not mapped in the user namespace", user->gid);
	bool denied = plan_map_writers(p, &l->uid_mappings, &l->gid_mappings) & MAPS_NO_SETGROUPS;
	for (size_t i = 0; i < user->additional_gids.n; i++) {
		uint32_t gid = user->additional_gids.items[i];
		if (is_mapped(&l->gid_mappings, gid) && !denied)
			continue;
		err_rule(p->e, NULL, denied ? "cannot set any additional groups (%u): without newgidmap the kernel allows a map "
					      "of one's own group alone, and with that no others"
					    : "%u is not mapped in the user namespace", gid);
		return err_at(p->e, "/process/user/additionalGids/%zu", i);
	}
	return 0;
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
	const struct spec_id_mappings *uids = &p->linux_->uid_mappings, *gids = &p->linux_->gid_mappings;
	if (!(p->new_ns & CLONE_NEWUSER))
		return;
	struct op_id_maps maps = { plan_map_text(p, uids), plan_map_text(p, gids), { plan_map_writers(p, uids, gids) } };
	plan_origin(&p->plan, "/linux/uidMappings");
	HOST_ADD(p, OP_ID_MAPS, &maps);
}

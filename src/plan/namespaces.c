/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: which are new, which are joined, and what each one is given. */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>

#include "plan/namespaces.h"
#include "plan/parts.h"

const struct namespace_row namespace_rows[] = {
	{ "user", CLONE_NEWUSER, "user" },
	{ "pid", CLONE_NEWPID, "pid" },
	{ "network", CLONE_NEWNET, "net" },
	{ "ipc", CLONE_NEWIPC, "ipc" },
	{ "uts", CLONE_NEWUTS, "uts" },
	{ "cgroup", CLONE_NEWCGROUP, "cgroup" },
	{ "time", CLONE_NEWTIME, "time" },
	{ "mount", CLONE_NEWNS, "mnt" }, /* last to be joined: the paths of the others are the host's */
};
const size_t n_namespace_rows = sizeof(namespace_rows) / sizeof(namespace_rows[0]);

const struct namespace_row *namespace_find(const char *type)
{
	for (size_t i = 0; i < n_namespace_rows; i++)
		if (strcmp(namespace_rows[i].type, type) == 0)
			return &namespace_rows[i];
	return NULL;
}

static const struct spec_namespace *wanted(const struct planner *p, const struct namespace_row *row, size_t *ret_i)
{
	for (size_t i = 0; i < p->linux_->namespaces.n; i++)
		if (strcmp(p->linux_->namespaces.items[i].type, row->type) == 0) {
			*ret_i = i;
			return &p->linux_->namespaces.items[i];
		}
	return NULL;
}

int plan_namespaces(struct planner *p)
{
	for (size_t i = 0; i < p->linux_->namespaces.n; i++) {
		const struct spec_namespace *ns = &p->linux_->namespaces.items[i];
		const struct namespace_row *row = namespace_find(ns->type);
		if (!row) {
			err_rule(p->e, NULL, "a %s namespace is not known", ns->type);
			return err_at(p->e, "/linux/namespaces/%zu", i);
		}
		*(ns->path ? &p->join_ns : &p->new_ns) |= row->flag;
	}
	if (p->join_ns & (CLONE_NEWPID | CLONE_NEWUSER) || (p->join_ns && p->new_ns & CLONE_NEWUSER))
		p->first = STAGE_BRIDGE;
	if (p->join_ns & CLONE_NEWNS && p->new_ns & CLONE_NEWUSER)
		return err_rule(p->e, "/linux/namespaces", "a mount namespace that is joined belongs to another user namespace "
				"than the new one, so nothing could be mounted in it");
	return plan_check_maps(p);
}

/* The host opens them all, before anything is made; each is joined by the stage that needs it. */
void plan_open_namespaces(struct planner *p)
{
	for (size_t k = 0; k < n_namespace_rows; k++) {
		size_t i;
		const struct spec_namespace *ns = wanted(p, &namespace_rows[k], &i);
		if (!ns || !ns->path)
			continue;
		plan_origin(&p->plan, "/linux/namespaces/%zu", i);
		p->joined[k] = plan_slot(&p->plan, ns->type);
		struct op_open_ns open = { { namespace_rows[k].flag }, plan_text(&p->plan, ns->path),
					   plan_fills(p->joined[k]) };
		HOST_ADD(p, OP_OPEN_NS, &open);
	}
}

/* A pid namespace is for children, so the bridge joins it.  With a user namespace it joins all: with one that is
 * joined that takes rights in it; in one that is new there are none over what was there before. */
static enum stage join_stage(const struct planner *p, uint64_t flag)
{
	bool bridge = flag == CLONE_NEWPID || plan_has_userns(p);
	return bridge ? STAGE_BRIDGE : STAGE_INIT;
}

/* What the joined user namespace does not own can only be joined before it, and what it owns perhaps only behind. */
static void plan_early_joins(struct planner *p)
{
	for (size_t k = 0; p->join_ns & CLONE_NEWUSER && k < n_namespace_rows; k++) {
		const struct namespace_row *row = &namespace_rows[k];
		size_t i;
		if (!(p->join_ns & row->flag & ~(uint64_t)(CLONE_NEWUSER | CLONE_NEWNS)) || !wanted(p, row, &i))
			continue;
		plan_origin(&p->plan, "/linux/namespaces/%zu", i);
		struct op_ns join = { { row->flag }, p->joined[k], { NS_IF_ALLOWED } };
		plan_add(&p->plan, STAGE_BRIDGE, OP_JOIN, &join);
	}
}

void plan_join(struct planner *p)
{
	plan_early_joins(p);
	for (size_t k = 0; k < n_namespace_rows; k++) {
		const struct namespace_row *row = &namespace_rows[k];
		size_t i;
		if (!(p->join_ns & row->flag) || !wanted(p, row, &i))
			continue;
		plan_origin(&p->plan, "/linux/namespaces/%zu", i);
		struct op_ns join = { { row->flag }, p->joined[k], { 0 } };
		plan_add(&p->plan, join_stage(p, row->flag), OP_JOIN, &join);
		if (row->flag == CLONE_NEWUSER && !plan_root_is_late(p))
			plan_namespace_root(p, STAGE_BRIDGE);
	}
	if (p->new_ns & CLONE_NEWCGROUP) {
		struct op_ns own = { { CLONE_NEWCGROUP }, NO_SLOT, { 0 } };
		plan_because(&p->plan, "its root is the container's cgroup, which init is in by now");
		INIT_ADD(p, OP_UNSHARE, &own);
	}
}

uint64_t plan_clone_namespaces(const struct planner *p)
{
	return p->new_ns & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
}

static void plan_offset(struct planner *p, uint32_t clock, const char *name, const struct spec_time_offset *o)
{
	if (!o)
		return;
	struct op_time_offset op = { plan_own_procfs(p), { clock }, o->secs, o->nanosecs };
	plan_origin(&p->plan, "/linux/timeOffsets/%s", name);
	INIT_ADD(p, OP_TIME_OFFSET, &op);
}

/* The offsets can be written only while nobody is in the namespace: init makes it for its children, writes them, and
 * follows. */
void plan_clocks(struct planner *p)
{
	const struct spec_time_offsets *o = p->linux_->time_offsets;
	struct op_ns new = { { CLONE_NEWTIME }, NO_SLOT };
	if (!(p->new_ns & CLONE_NEWTIME))
		return;
	plan_because(&p->plan, "the clocks of a new time namespace are set before anybody is in it");
	INIT_ADD(p, OP_UNSHARE, &new);
	struct op_clocks own = { plan_own_procfs(p) };
	plan_offset(p, 0, "monotonic", o ? o->monotonic : NULL);
	plan_offset(p, 1, "boottime", o ? o->boottime : NULL);
	plan_because(&p->plan, "the clocks of a new time namespace are set before anybody is in it");
	INIT_ADD(p, OP_CLOCKS, &own);
}

void plan_identity(struct planner *p)
{
	struct op_name name;
	if (p->new_ns & CLONE_NEWNET) {
		plan_because(&p->plan, "a new network namespace has it down");
		INIT_ADD(p, OP_LOOPBACK, NULL);
	}
	if (p->spec->hostname) {
		plan_origin(&p->plan, "/hostname");
		name.name = plan_text(&p->plan, p->spec->hostname);
		INIT_ADD(p, OP_HOSTNAME, &name);
	}
	if (p->spec->domainname) {
		plan_origin(&p->plan, "/domainname");
		name.name = plan_text(&p->plan, p->spec->domainname);
		INIT_ADD(p, OP_DOMAINNAME, &name);
	}
}

/* Before any hook runs.  A namespace that is joined is there already; a new one is init's. */
void plan_net_devices(struct planner *p)
{
	const struct namespace_row *row = namespace_find("network");
	const struct spec_net_devices *devices = &p->linux_->net_devices;
	for (size_t i = 0; i < devices->n; i++) {
		const struct spec_net_device *d = &devices->items[i];
		struct op_net_device op = { plan_text(&p->plan, d->host_name),
					    plan_text(&p->plan, d->name ? d->name : d->host_name),
					    p->join_ns & CLONE_NEWNET ? p->joined[row - namespace_rows] : NO_SLOT };
		plan_origin(&p->plan, "/linux/netDevices/%s", d->host_name);
		HOST_ADD(p, OP_NET_DEVICE, &op);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the specification knows and socle does not carry out yet.  A field that would change the container is
 * refused by its name, never ignored in silence.  A line goes when its feature comes. */
#define _GNU_SOURCE
#include <sched.h>

#include "plan/parts.h"

static int refuse(struct planner *p, bool present, const char *field)
{
	return present ? err_rule(p->e, field, "\"%s\" is not carried out yet", field + 1) : 0;
}

/* Device rules are carried out; limits are not. */
static int refuse_resources(struct planner *p)
{
	const struct spec_resources *r = p->linux_->resources;
	if (!r)
		return 0;
	const struct spec_block_io *b = r->block_io;
	const struct spec_cpu *c = r->cpu;
	const struct spec_memory *m = r->memory;
	TRY(refuse(p, r->unified.n, "/linux/resources/unified"));
	TRY(refuse(p, r->pids && r->pids->limit.set, "/linux/resources/pids/limit"));
	TRY(refuse(p, b && (b->weight.set || b->leaf_weight.set || b->weight_device.n || b->throttle_read_bps.n ||
			    b->throttle_write_bps.n || b->throttle_read_iops.n || b->throttle_write_iops.n),
		   "/linux/resources/blockIO"));
	TRY(refuse(p, c && (c->shares.set || c->period.set || c->burst.set || c->realtime_period.set ||
			    c->quota.set || c->realtime_runtime.set || c->idle.set || c->cpus || c->mems),
		   "/linux/resources/cpu"));
	TRY(refuse(p, r->hugepage_limits.n, "/linux/resources/hugepageLimits"));
	TRY(refuse(p, m && (m->limit.set || m->reservation.set || m->swap.set || m->kernel.set || m->kernel_tcp.set ||
			    m->swappiness.set || m->disable_oom_killer.v || m->use_hierarchy.v),
		   "/linux/resources/memory"));
	TRY(refuse(p, r->network && (r->network->class_id.set || r->network->priorities.n), "/linux/resources/network"));
	return refuse(p, r->rdma.n, "/linux/resources/rdma");
}

static int refuse_linux(struct planner *p)
{
	const struct spec_linux *l = p->linux_;
	TRY(refuse(p, l->net_devices.n, "/linux/netDevices"));
	TRY(refuse(p, l->seccomp, "/linux/seccomp"));
	TRY(refuse(p, l->intel_rdt, "/linux/intelRdt"));
	return refuse_resources(p);
}

/* Nothing is ever mounted in the caller's own namespace. */
static int refuse_without_mount_namespace(struct planner *p)
{
	if ((p->new_ns | p->join_ns) & CLONE_NEWNS)
		return 0;
	const char *field = p->spec->mounts.n		  ? "/mounts"
			    : p->linux_->masked_paths.n	  ? "/linux/maskedPaths"
			    : p->linux_->readonly_paths.n ? "/linux/readonlyPaths"
			    : p->spec->root->readonly	  ? "/root/readonly"
			    : p->linux_->rootfs_propagation ? "/linux/rootfsPropagation"
							  : NULL;
	if (field)
		return err_rule(p->e, field, "needs a mount namespace of the container's own: nothing is mounted in "
					     "the caller's");
	return 0;
}

int plan_refuse(struct planner *p)
{
	TRY(refuse_linux(p));
	return refuse_without_mount_namespace(p);
}

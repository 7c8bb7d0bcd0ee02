/* SPDX-License-Identifier: Apache-2.0 */
/* What the specification knows and socle does not carry out yet.  A field that would change the container is
 * refused by its name, never ignored in silence.  A line goes when its feature comes. */
#define _GNU_SOURCE
#include <sched.h>

#include "plan/parts.h"

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
	return refuse_without_mount_namespace(p);
}

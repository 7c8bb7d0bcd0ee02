/* SPDX-License-Identifier: Apache-2.0 */
/* The socket by which the container's program says that it is ready: socle's own, in the state directory, in the place
 * of the caller's, which the container never sees. */
#include <linux/mount.h>

#include "plan/parts.h"

#define REASON "the caller wants to hear when the program is ready (NOTIFY_SOCKET)"

void plan_notify(struct planner *p)
{
	struct op_notify notify = { { p->request->run ? NOTIFY_LISTEN : 0 } };
	if (!p->request->notify)
		return;
	plan_because(&p->plan, REASON);
	HOST_ADD(p, OP_NOTIFY, &notify);
}

void plan_notify_source(struct planner *p)
{
	if (!p->request->notify)
		return;
	p->notify = plan_slot(&p->plan, "notify socket");
	plan_because(&p->plan, REASON);
	plan_open_source(p, p->request->notify, 0, p->notify);
}

void plan_notify_mount(struct planner *p)
{
	uint32_t private = MS_PRIVATE;
	if (!p->request->notify)
		return;
	struct numbers spread = plan_numbers(&p->plan, &private, 1);
	struct op_mount m = { .tree = p->notify, .source = plan_text(&p->plan, p->request->notify), .keep = NO_FILLS,
			      .idmap = NO_SLOT, .root = p->root, .target = plan_text(&p->plan, NOTIFY_DIR_INSIDE),
			      .spread = { spread.at, spread.n },
			      .set = { MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC } };
	plan_because(&p->plan, REASON);
	INIT_ADD(p, OP_BIND, &m);
}

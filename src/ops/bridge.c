/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge's clone: it has joined the namespaces that exist, and starts init in them and in the new ones.  Init
 * becomes the host's child, not the bridge's, and the host gets its pidfd; then the bridge has done its work. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>

#include "ops/channel.h"
#include "ops/run.h"
#include "sys/fd.h"
#include "sys/spawn.h"

/* Everything that the plan hands over, once more: the channel, the plan and the slots that are still full. */
static size_t collect(const struct run *r, int *fds)
{
	size_t n = 0;
	fds[n++] = r->channel;
	fds[n++] = r->plan_fd;
	for (uint32_t i = 0; i < r->plan->n_slots; i++)
		if (r->slots[i] >= 0)
			fds[n++] = r->slots[i];
	return n;
}

int perform_bridge_clone(struct run *r, const struct op *op, struct err *e)
{
	const struct op_clone *a = ARGS(op_clone, r, op);
	int fds[2 + PLAN_SLOTS];
	char number[16], channel[16];
	snprintf(number, sizeof(number), "%d", r->plan_fd);
	snprintf(channel, sizeof(channel), "%d", r->channel);
	char *argv[] = { "socle-init", number, "init", channel, NULL }, *envp[] = { NULL };
	bool gated = a->namespaces.v & CLONE_NEWUSER;
	struct spawn s = {
		.gate = gated ? r->channel : -1, .failed = channel_spawn_failed, .data = &r->channel,
		.gate_other = -1, .as_caller = a->how.v & CLONE_AS_CALLER,
		.keep_groups = a->how.v & CLONE_KEEP_GROUPS,
		.program = r->plan->program, .argv = argv, .envp = envp, .namespaces = a->namespaces.v,
		.flags = CLONE_PARENT, .cgroup = run_slot(r, a->cgroup), .pass = fds, .n_pass = collect(r, fds),
	};
	_cleanup_close_ int pidfd = -1;
	TRY(spawn(&s, &pidfd, e));
	return channel_tell(r->channel, SYNC_INIT_PID, pidfd, e);
}

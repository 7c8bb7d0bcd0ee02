/* SPDX-License-Identifier: Apache-2.0 */
/* How the kernel treats the process: scheduler, I/O priority, memory policy, execution domain. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/personality.h>

#include "ops/run.h"
#include "sys/affinity.h"
#include "sys/calls.h"

/* struct sched_attr, under a name that no header takes. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

int perform_scheduler(struct run *r, const struct op *op, struct err *e)
{
	const struct op_scheduler *a = ARGS(op_scheduler, r, op);
	struct scheduling s = { sizeof(s), a->policy.v, a->how.v, a->nice, (uint32_t)a->priority,
				a->runtime, a->deadline, a->period };
	return syscall(__NR_sched_setattr, 0, &s, 0) < 0 ? err_call(e, "sched_setattr", NULL) : 0;
}

int perform_io_priority(struct run *r, const struct op *op, struct err *e)
{
	enum { WHO_PROCESS = 1, CLASS_SHIFT = 13 };
	const struct op_io_priority *a = ARGS(op_io_priority, r, op);
	unsigned value = (a->class_.v + 1) << CLASS_SHIFT | (unsigned)a->priority;
	return syscall(__NR_ioprio_set, WHO_PROCESS, 0, value) < 0 ? err_call(e, "ioprio_set", NULL) : 0;
}

int perform_memory_policy(struct run *r, const struct op *op, struct err *e)
{
	const struct op_memory_policy *a = ARGS(op_memory_policy, r, op);
	unsigned long nodes[1024 / (8 * sizeof(unsigned long))] = { 0 };
	for (uint32_t i = 0; i < a->nodes.n; i++) {
		uint32_t node = plan_number_at(r->plan, a->nodes.at, i);
		if (node < 1024)
			nodes[node / (8 * sizeof(unsigned long))] |= 1ul << node % (8 * sizeof(unsigned long));
	}
	if (syscall(__NR_set_mempolicy, a->mode, a->nodes.n ? nodes : NULL, a->nodes.n ? 1024 + 1 : 0) < 0)
		return err_call(e, "set_mempolicy", NULL);
	return 0;
}

int perform_personality(struct run *r, const struct op *op, struct err *e)
{
	return personality(ARGS(op_personality, r, op)->persona) < 0 ? err_call(e, "personality", NULL) : 0;
}

int perform_affinity(struct run *r, const struct op *op, struct err *e)
{
	const struct op_affinity *a = ARGS(op_affinity, r, op);
	return affinity_set(plan_at(r->plan, a->cpus.at), a->cpus.n, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How the kernel is to treat the process: scheduler, I/O priority, memory policy, execution domain. */
#include <stdlib.h>
#include <string.h>

#include "base/numlist.h"
#include "base/table.h"
#include "plan/parts.h"

/* In the order of the kernel's numbers. */
#define POLICIES "SCHED_OTHER SCHED_FIFO SCHED_RR SCHED_BATCH SCHED_ISO SCHED_IDLE SCHED_DEADLINE"
#define SCHED_FLAGS                                                                                                   \
	"SCHED_FLAG_RESET_ON_FORK SCHED_FLAG_RECLAIM SCHED_FLAG_DL_OVERRUN SCHED_FLAG_KEEP_POLICY "                   \
	"SCHED_FLAG_KEEP_PARAMS SCHED_FLAG_UTIL_CLAMP_MIN SCHED_FLAG_UTIL_CLAMP_MAX"
#define IO_CLASSES "IOPRIO_CLASS_RT IOPRIO_CLASS_BE IOPRIO_CLASS_IDLE"
#define MEMORY_MODES                                                                                                  \
	"MPOL_DEFAULT MPOL_PREFERRED MPOL_BIND MPOL_INTERLEAVE MPOL_LOCAL MPOL_PREFERRED_MANY MPOL_WEIGHTED_INTERLEAVE"
#define MEMORY_FLAGS "MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES"
#define MEMORY_FLAG_FIRST 13

/* Each word's bit, by its place in the list. */
static uint32_t bits_of(const struct strings *names, const char *words)
{
	uint32_t bits = 0;
	for (size_t i = 0; i < names->n; i++) {
		int n = words_find(words, names->items[i]);
		bits |= n >= 0 ? 1u << n : 0;
	}
	return bits;
}

static void plan_scheduler(struct planner *p)
{
	const struct spec_scheduler *s = p->spec->process->scheduler;
	if (!s)
		return;
	struct op_scheduler op = { .policy = { (uint32_t)words_find(POLICIES, s->policy) },
				   .how = { bits_of(&s->flags, SCHED_FLAGS) }, .nice = s->nice.v,
				   .priority = s->priority.v, .runtime = s->runtime.v, .deadline = s->deadline.v,
				   .period = s->period.v };
	plan_origin(&p->plan, "/process/scheduler");
	INIT_ADD(p, OP_SCHEDULER, &op);
}

static void plan_io_priority(struct planner *p)
{
	const struct spec_io_priority *s = p->spec->process->io_priority;
	if (!s)
		return;
	struct op_io_priority op = { { (uint32_t)words_find(IO_CLASSES, s->class_) }, s->priority };
	plan_origin(&p->plan, "/process/ioPriority");
	INIT_ADD(p, OP_IO_PRIORITY, &op);
}

/* "0-3,7", which the validation has found to be one. */
static struct numbers node_numbers(struct planner *p, const char *list)
{
	enum { NODES_MAX = 1024 };
	uint32_t *nodes = ARENA_ARRAY(p->arena, uint32_t, NODES_MAX);
	size_t n = 0;
	while (list && *list) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < NODES_MAX && n < NODES_MAX; first++)
			nodes[n++] = (uint32_t)first;
		list = *end == ',' ? end + 1 : end;
	}
	return plan_numbers(&p->plan, nodes, n);
}

/* "0-3,7", which the validation has found to be one. */
struct numbers plan_cpus(struct planner *p, const char *list)
{
	uint32_t *cpus = ARENA_ARRAY(p->arena, uint32_t, CPU_MAX + 1), first, last;
	size_t n = 0;
	while (numlist_next(&list, CPU_MAX, &first, &last) > 0)
		for (; first <= last && n <= CPU_MAX; first++)
			cpus[n++] = first;
	return plan_numbers(&p->plan, cpus, n);
}

void plan_affinity(struct planner *p)
{
	const struct spec_exec_cpu_affinity *cpus = p->spec->process->exec_cpu_affinity;
	p->plan.keep_cpus = cpus && (cpus->initial || cpus->final);
	if (!cpus || !cpus->final)
		return;
	struct op_affinity op = { plan_cpus(p, cpus->final) };
	plan_origin(&p->plan, "/process/execCPUAffinity/final");
	INIT_ADD(p, OP_AFFINITY, &op);
}

static void plan_memory_policy(struct planner *p)
{
	const struct spec_memory_policy *m = p->linux_->memory_policy;
	if (!m)
		return;
	uint32_t mode = (uint32_t)words_find(MEMORY_MODES, m->mode);
	struct op_memory_policy op = { mode | bits_of(&m->flags, MEMORY_FLAGS) << MEMORY_FLAG_FIRST,
				       node_numbers(p, m->nodes) };
	plan_origin(&p->plan, "/linux/memoryPolicy");
	INIT_ADD(p, OP_MEMORY_POLICY, &op);
}

static void plan_personality(struct planner *p)
{
	const struct spec_personality *s = p->linux_->personality;
	if (!s)
		return;
	struct op_personality op = { strcmp(s->domain, "LINUX32") == 0 ? 8 /* PER_LINUX32 */ : 0 };
	plan_origin(&p->plan, "/linux/personality");
	INIT_ADD(p, OP_PERSONALITY, &op);
}

void plan_scheduling(struct planner *p)
{
	plan_scheduler(p);
	plan_io_priority(p);
	plan_memory_policy(p);
	plan_personality(p);
}

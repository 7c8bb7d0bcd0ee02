/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "plan/exec.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/span.h"
#include "plan/namespaces.h"
#include "plan/parts.h"

/* How long one stage waits for another, in seconds. */
#define LIMIT 60

struct exec_planner {
	struct planner p;
	const struct exec_request *request;
	struct slot container; /* pidfd of its init */
	struct slot *procs;    /* version 1 cgroups */
	struct slot cgroup;    /* version 2: the process is born in it */
};

static void plan_open_container(struct exec_planner *x)
{
	x->container = plan_slot(&x->p.plan, "container's init");
	struct op_open_process open = { x->request->pid, x->request->pid_start, plan_fills(x->container) };
	plan_because(&x->p.plan, "its namespaces are joined");
	HOST_ADD(&x->p, OP_OPEN_PROCESS, &open);
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	for (const char *c = list; *c; c += *c == ',') {
		size_t len = span_until(c, ",");
		if (len == n && memcmp(c, word, n) == 0)
			return true;
		c += len;
	}
	return false;
}

/* Does "memory", or "" for any, speak of this hierarchy?  "systemd" is the one that has that name and no controller. */
static bool is_meant(const struct hierarchy *h, const char *controller)
{
	bool named = strncmp(h->controllers, "name=", 5) == 0;
	return controller[0] == 0 || has_word(named ? h->controllers + 5 : h->controllers, controller);
}

static int check_below(struct exec_planner *x, const struct string_pair *below)
{
	const struct hierarchies *all = &x->p.facts->hierarchies;
	bool found = false;
	for (const char *c = below->value; *c; c += *c == '/') {
		size_t n = span_until(c, "/");
		if (n == 2 && c[0] == '.' && c[1] == '.')
			return err_rule(x->p.e, NULL, "cgroup \"%s\": it has to lie within the container's, without \"..\"",
					below->value);
		c += n;
	}
	for (size_t i = 0; i < all->n; i++)
		found |= is_meant(&all->items[i], below->key);
	return found ? 0 : err_rule(x->p.e, NULL, "cgroup \"%s:%s\": no hierarchy of this host has the controller \"%s\"",
				    below->key, below->value, below->key);
}

/* Relative to the container's; NULL where nobody asks for another one, "" where its own is insisted on. */
static const char *path_below(const struct exec_planner *x, const struct hierarchy *h)
{
	const struct string_map *all = &x->request->below;
	for (size_t i = 0; i < all->n; i++)
		if (is_meant(h, all->items[i].key))
			return all->items[i].value + span_of(all->items[i].value, "/");
	return NULL;
}

static int plan_open_cgroups(struct exec_planner *x)
{
	const struct hierarchies *all = &x->p.facts->hierarchies;
	for (size_t i = 0; i < x->request->below.n; i++)
		TRY(check_below(x, &x->request->below.items[i]));
	x->procs = ARENA_ARRAY(x->p.arena, struct slot, all->n);
	plan_because(&x->p.plan, "the container's own");
	for (size_t i = 0; i < all->n && i < x->request->cgroups.n; i++) {
		bool v2 = all->items[i].controllers[0] == 0;
		x->procs[i] = NO_SLOT;
		if (!x->request->cgroups.items[i][0])
			continue; /* it has none of its own there */
		const char *below = path_below(x, &all->items[i]);
		struct slot s = plan_slot(&x->p.plan, v2 ? "cgroup" : "cgroup.procs");
		struct op_open_cgroup open = { .dir = plan_text(&x->p.plan, x->request->cgroups.items[i]),
					       .below = plan_text(&x->p.plan, below && below[0] ? below : NULL),
					       .cgroup = v2 ? plan_fills(s) : NO_FILLS,
					       .procs = v2 ? NO_FILLS : plan_fills(s) };
		if (v2 && !below) {
			open.mount = plan_text(&x->p.plan, all->items[i].mount);
			open.pid = x->request->pid;
		}
		/* Beside version 1, whoever made the cgroup may not have made it in version 2, too. */
		open.how.v = v2 && all->n > 1 ? OPEN_CGROUP_OR_ABOVE : 0;
		x->procs[i] = v2 ? NO_SLOT : s;
		x->cgroup = v2 ? s : x->cgroup;
		HOST_ADD(&x->p, OP_OPEN_CGROUP, &open);
	}
	return 0;
}

static void plan_enter(struct exec_planner *x)
{
	const struct hierarchies *all = &x->p.facts->hierarchies;
	for (size_t i = 0; i < all->n && i < x->request->cgroups.n; i++) {
		struct op_cgroup_enter enter = { x->procs[i], plan_text(&x->p.plan, all->items[i].controllers) };
		if (x->procs[i].n >= 0)
			plan_add(&x->p.plan, STAGE_BRIDGE, OP_CGROUP_ENTER, &enter);
	}
}

/* All at once, by the init's pidfd: the kernel joins the user namespace first. */
static void plan_join_container(struct exec_planner *x)
{
	struct planner *p = &x->p;
	struct op_ns join = { { p->new_ns | p->join_ns }, x->container, { 0 } };
	struct op_clone init = { { 0 }, { STAGE_INIT }, NO_SLOT, { 0 }, { 0 } };
	plan_because(&p->plan, "the process is the container's");
	if (join.type.v)
		plan_add(&p->plan, STAGE_BRIDGE, OP_JOIN, &join);
	if (join.type.v & CLONE_NEWUSER)
		plan_namespace_root(p, STAGE_BRIDGE);
	plan_add(&p->plan, STAGE_BRIDGE, OP_CLONE, &init);
}

/* A user may have a cgroup and nevertheless not be allowed to move a process there from where he is, as from a session
 * of his: systemd may. */
static void plan_attach(struct exec_planner *x)
{
	const char *unit = x->request->user_unit;
	for (size_t i = 0; unit && i < x->request->cgroups.n; i++) {
		const struct hierarchy *h = &x->p.facts->hierarchies.items[i];
		const char *dir = x->request->cgroups.items[i], *found = strstr(dir, unit), *below = path_below(x, h);
		if (h->controllers[0] || !found)
			continue;
		found += strlen(unit);
		const char *path = below && below[0] ? arena_fmt(x->p.arena, "%s/%s", found, below) : found;
		struct op_unit_attach attach = { plan_text(&x->p.plan, unit), plan_text(&x->p.plan, path[0] ? path : NULL) };
		plan_because(&x->p.plan, "unless it was born there");
		HOST_ADD(&x->p, OP_UNIT_ATTACH, &attach);
	}
}

/* From before the container's cgroup is entered, where one asks for it. */
static void plan_start(struct exec_planner *x)
{
	const struct spec_exec_cpu_affinity *cpus = x->p.spec->process->exec_cpu_affinity;
	struct op_clone bridge = { { 0 }, { STAGE_BRIDGE }, x->cgroup, { 0 }, { 0 } };
	if (cpus && cpus->initial) {
		plan_origin(&x->p.plan, "/process/execCPUAffinity/initial");
		bridge.cpus = plan_cpus(&x->p, cpus->initial);
	}
	struct op_sync pid = { .what = { SYNC_INIT_PID }, .peer = { STAGE_BRIDGE }, .limit = LIMIT };
	HOST_ADD(&x->p, OP_CLONE, &bridge);
	if (x->request->user_unit) {
		static const int not_ours[] = { EACCES };
		bridge.cgroup = NO_SLOT;
		plan_otherwise(&x->p.plan, STAGE_HOST, OP_CLONE, &bridge, not_ours, 1);
	}
	HOST_ADD(&x->p, OP_AWAIT, &pid);
	plan_attach(x);
}

static int plan_process(struct exec_planner *x)
{
	struct planner *p = &x->p;
	plan_early_procfs(p);
	plan_session(p, x->request->id, x->request->keyring);
	plan_affinity(p);
	plan_exec_console(p);
	plan_rdt_enter(p, x->request->id);
	plan_oom(p);
	TRY(plan_limits(p));
	TRY(plan_credentials(p));
	plan_because(&p->plan, "nobody has to live for the process to go on");
	INIT_ADD(p, OP_OUTLIVE, NULL);
	plan_seccomp(p, SECCOMP_BEFORE_READY);
	plan_sync(&p->plan, STAGE_HOST, STAGE_INIT, SYNC_GO, LIMIT);
	plan_seccomp(p, SECCOMP_BEFORE_PROGRAM);
	plan_program(p);
	return 0;
}

static int plan_all(struct exec_planner *x)
{
	TRY(plan_namespaces(&x->p));
	TRY(plan_check_labels(&x->p));
	TRY(plan_seccomp_check(&x->p));
	plan_open_container(x);
	TRY(plan_open_cgroups(x));
	plan_start(x);
	plan_taken(&x->p);
	plan_enter(x);
	plan_join_container(x);
	return plan_process(x);
}

int plan_exec(const struct spec *spec, const struct spec_process *process, const struct exec_request *request,
	      const struct facts *facts, struct arena *a, struct problems *warnings,
	      const struct plan_header **ret_plan, struct err *e)
{
	struct spec own = *spec;
	own.process = (struct spec_process *)(uintptr_t)process;
	struct exec_planner x = { .p = { .spec = &own, .facts = facts, .warnings = warnings, .e = e }, .request = request,
				  .container = NO_SLOT, .cgroup = NO_SLOT };
	planner_init(&x.p, a);
	x.p.first = STAGE_BRIDGE;
	x.p.seccomp = request->seccomp;
	x.p.plan.preserve_fds = request->preserve_fds;
	TRY(plan_all(&x));
	return plan_finish(&x.p.plan, ret_plan, e);
}

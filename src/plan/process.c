/* SPDX-License-Identifier: Apache-2.0 */
/* The process: sysctls, limits, credentials, the program. */
#define _GNU_SOURCE
#include <linux/mount.h>
#include <sched.h>
#include <string.h>

#include "plan/names.h"
#include "base/span.h"
#include "plan/parts.h"

/* A procfs to write to: the container's own, where one was mounted just now, or one that nobody else sees. */
static struct slot need_procfs(struct planner *p)
{
	if (p->proc.n < 0) {
		p->proc = plan_slot(&p->plan, "procfs");
		struct op_procfs procfs = { plan_fills(p->proc) };
		INIT_ADD(p, OP_PROCFS, &procfs);
	}
	return p->proc;
}

/* "net.ipv4.ip_forward", or with slashes as sysctl.d(5) has it: whichever comes first separates, and the other
 * one then is part of a name. */
static const char *sysctl_path(struct planner *p, const char *key)
{
	char *path = arena_fmt(p->arena, "sys/%s", key);
	size_t first = span_until(key, "./");
	for (char *c = path + 4; key[first] == '.' && *c; c++)
		*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return path;
}

/* A key with slashes is escaped in a pointer. */
static void sysctl_origin(struct planner *p, const char *key)
{
	struct buf pointer = { 0 };
	place_write(PLACE_KEY(PLACE_KEY(PLACE_KEY(NULL, "linux"), "sysctl"), key), &pointer);
	plan_origin(&p->plan, "%s", pointer.data);
	buf_done(&pointer);
}

void plan_sysctls(struct planner *p)
{
	for (size_t i = 0; i < p->linux_->sysctl.n; i++) {
		const struct string_pair *s = &p->linux_->sysctl.items[i];
		sysctl_origin(p, s->key);
		struct op_sysctl op = { need_procfs(p), plan_text(&p->plan, sysctl_path(p, s->key)),
					plan_text(&p->plan, s->value) };
		INIT_ADD(p, OP_SYSCTL, &op);
	}
}

int plan_limits(struct planner *p)
{
	const struct spec_process *process = p->spec->process;
	for (size_t i = 0; i < process->rlimits.n; i++) {
		const struct spec_rlimit *r = &process->rlimits.items[i];
		int which = rlimit_find(r->type);
		plan_origin(&p->plan, "/process/rlimits/%zu", i);
		if (which < 0) {
			err_rule(p->e, NULL, "\"%s\" is no resource limit", r->type);
			return err_at(p->e, "/process/rlimits/%zu/type", i);
		}
		struct op_rlimit op = { { (uint32_t)which }, r->soft, r->hard };
		INIT_ADD(p, OP_RLIMIT, &op);
	}
	plan_scheduling(p);
	return 0;
}

/* By the host, as soon as there is a process: what the container starts inherits it.  Only the host's root may lower
 * it; who is none gets as far as it goes. */
void plan_oom(struct planner *p)
{
	if (!p->spec->process->oom_score_adj.set)
		return;
	plan_origin(&p->plan, "/process/oomScoreAdj");
	struct op_oom op = { p->spec->process->oom_score_adj.v,
			     { facts_is_host_root(p->facts) ? 0 : OOM_IF_ALLOWED } };
	HOST_ADD(p, OP_OOM, &op);
}

static uint64_t cap_mask(struct planner *p, const char *member, const struct strings *names)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < names->n; i++) {
		int cap = cap_find(names->items[i]);
		if (cap >= 0)
			mask |= 1ull << cap;
		else
			problem_add(p->warnings, p->arena,
				    arena_fmt(p->arena, "/process/capabilities/%s/%zu", member, i),
				    "capability \"%s\" is not known, ignoring it", names->items[i]);
	}
	return mask;
}

/* The specification: what cannot be granted is no reason to fail.  In a user namespace all can be. */
static uint64_t grantable(struct planner *p, uint64_t asked)
{
	uint64_t have = p->facts->capabilities;
	if (!have || (p->new_ns | p->join_ns) & CLONE_NEWUSER || !(asked & ~have))
		return ~0ull;
	struct buf names = { 0 };
	for (int cap = 0; cap < N_CAPS; cap++)
		if (asked & ~have & 1ull << cap)
			buf_printf(&names, "%s%s", names.size ? ", " : "", cap_names[cap]);
	problem_add(p->warnings, p->arena, "/process/capabilities", "the caller has no %s, going on without",
		    names.data);
	buf_done(&names);
	return have;
}

static void plan_capabilities(struct planner *p, struct op_credentials *c)
{
	static const struct spec_capabilities none;
	const struct spec_capabilities *caps = p->spec->process->capabilities;
	if (!caps)
		caps = &none;
	c->how.v |= CRED_CAPABILITIES;
	c->bounding.v = cap_mask(p, "bounding", &caps->bounding);
	c->effective.v = cap_mask(p, "effective", &caps->effective);
	c->permitted.v = cap_mask(p, "permitted", &caps->permitted);
	c->inheritable.v = cap_mask(p, "inheritable", &caps->inheritable);
	c->ambient.v = cap_mask(p, "ambient", &caps->ambient);
	uint64_t can = grantable(p, c->bounding.v | c->permitted.v | c->effective.v | c->inheritable.v);
	c->bounding.v &= can;
	c->effective.v &= can;
	c->permitted.v &= can;
	c->inheritable.v &= can;
	/* The kernel refuses all others.  Who makes nothing inheritable has made up his mind: Buildah and `runc spec`
	 * leave what they list as ambient there, and a warning with every container would be noise. */
	uint64_t possible = c->inheritable.v & c->permitted.v;
	if (c->inheritable.v && c->ambient.v & ~possible)
		problem_add(p->warnings, p->arena, "/process/capabilities/ambient",
			    "only what is inheritable and permitted can be ambient, ignoring the rest");
	c->ambient.v &= possible;
}

/* Of the container itself alone: what `exec` is called by is somebody else. */
bool plan_keeps_groups(const struct planner *p)
{
	const char *keep = p->request ? plan_annotation(p, KEEP_GROUPS) : NULL;
	return keep && strcmp(keep, "1") == 0;
}

/* The groups are exactly the asked ones; the caller's go along only where he asks for it by name (SEC-50). */
static int plan_user(struct planner *p)
{
	const struct spec_user *user = &p->spec->process->user;
	TRY(plan_check_user(p, user));
	struct op_credentials c = { .uid = user->uid, .gid = user->gid,
				    .how = { plan_keeps_groups(p) ? CRED_KEEP_GROUPS : CRED_GROUPS } };
	c.groups = plan_numbers(&p->plan, user->additional_gids.items, user->additional_gids.n);
	plan_capabilities(p, &c);
	plan_origin(&p->plan, "/process/user");
	INIT_ADD(p, OP_CREDENTIALS, &c);
	return 0;
}

int plan_credentials(struct planner *p)
{
	const struct spec_process *process = p->spec->process;
	plan_exec_labels(p);
	plan_because(&p->plan, "what is the host's null device becomes the container's");
	INIT_ADD(p, OP_STDIO, NULL);

	plan_origin(&p->plan, "/process/cwd");
	/* Who asks for a further process names a directory that is there: a wrong name is a mistake. */
	bool is_exec = !p->request;
	struct op_cwd cwd = { NO_SLOT, plan_text(&p->plan, process->cwd), { is_exec ? CWD_THERE : 0 } };
	INIT_ADD(p, OP_CWD, &cwd);

	bool umask_set = process->user.umask.set;
	if (umask_set)
		plan_origin(&p->plan, "/process/user/umask");
	else
		plan_because(&p->plan, "the specification's default");
	struct op_umask umask = { { umask_set ? process->user.umask.v : 0022 } };
	INIT_ADD(p, OP_UMASK, &umask);

	plan_seccomp(p, SECCOMP_WHILE_PRIVILEGED);
	TRY(plan_user(p));
	if (process->no_new_privileges.v) {
		plan_origin(&p->plan, "/process/noNewPrivileges");
		INIT_ADD(p, OP_NO_NEW_PRIVS, NULL);
	}
	plan_origin(&p->plan, "/process/args/0");
	struct op_exec find = { plan_texts(&p->plan, &process->args), plan_texts(&p->plan, &process->env) };
	INIT_ADD(p, OP_FIND, &find);
	return 0;
}

void plan_program(struct planner *p)
{
	const struct spec_process *process = p->spec->process;
	struct op_exec exec = { plan_texts(&p->plan, &process->args), plan_texts(&p->plan, &process->env) };
	plan_origin(&p->plan, "/process/args");
	INIT_ADD(p, OP_EXEC, &exec);
}

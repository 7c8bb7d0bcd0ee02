/* SPDX-License-Identifier: Apache-2.0 */
/* exec: a further process in a container that runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "ops/channel.h"
#include "plan/exec.h"
#include "run/container.h"
#include "run/destroy.h"
#include "run/facts.h"
#include "run/foreground.h"
#include "run/handover.h"
#include "run/host.h"
#include "run/seccomp.h"
#include "run/statedir.h"
#include "sys/fd.h"

/* One process on its way. */
struct execution {
	const struct exec_options *o;
	struct container_info info;
	struct spec *spec;
	struct spec_process process;
	struct container_options host_options; /* what the host stage wants to know */
	struct state state;		       /* of the process, not of the container */
	struct host host;
	struct run run;
};

/* ---- what is to be run ------------------------------------------------------------------------------------ */

static int load_spec(struct execution *x, struct err *e)
{
	struct problems problems = { 0 };
	char *text;
	size_t size;
	_cleanup_close_ int dir = statedir_open(x->o->state_root, x->o->id, e);
	if (dir < 0 || statedir_read_config(dir, x->o->arena, &text, &size, e) < 0)
		return -1;
	return spec_decode(text, size, x->o->arena, &x->spec, &problems, e);
}

static void append(struct strings *list, const struct strings *more, struct arena *a)
{
	const char **items = ARENA_ARRAY(a, const char *, list->n + more->n);
	if (list->n)
		memcpy(items, list->items, list->n * sizeof(*items));
	if (more->n)
		memcpy(items + list->n, more->items, more->n * sizeof(*items));
	list->items = items;
	list->n += more->n;
}

/* A capability is added to the sets that make it usable, and to no others (SEC-45). */
static void add_caps(struct spec_process *p, const struct strings *caps, struct arena *a)
{
	if (caps->n == 0)
		return;
	struct spec_capabilities *c = ARENA_NEW(a, struct spec_capabilities);
	if (p->capabilities)
		*c = *p->capabilities;
	append(&c->bounding, caps, a);
	append(&c->effective, caps, a);
	append(&c->permitted, caps, a);
	p->capabilities = c;
}

/* The container's own process is where it starts from; what is asked for is laid over it. */
static void override(struct execution *x)
{
	const struct exec_options *o = x->o;
	struct spec_process *p = &x->process;
	*p = *x->spec->process;
	p->args = o->args;
	p->terminal = o->tty;
	if (o->cwd)
		p->cwd = o->cwd;
	if (o->has_user) {
		p->user.uid = o->uid;
		p->user.gid = o->gid;
		p->user.additional_gids = (struct u32s){ 0 };
	}
	if (o->additional_gids.n)
		p->user.additional_gids = o->additional_gids;
	p->env = env_override(&p->env, &o->env, o->arena);
	add_caps(p, &o->caps, o->arena);
	if (o->no_new_privs)
		p->no_new_privileges = (struct opt_bool){ true, true };
	if (o->apparmor)
		p->apparmor_profile = o->apparmor;
	if (o->process_label)
		p->selinux_label = o->process_label;
}

/* What a process object leaves out is the container's: leaving something out never gains a process anything (SEC-62). */
static void inherit(struct spec_process *p, const struct spec_process *container)
{
	if (!p->capabilities)
		p->capabilities = container->capabilities;
	if (!p->no_new_privileges.set)
		p->no_new_privileges = container->no_new_privileges;
	if (!p->apparmor_profile)
		p->apparmor_profile = container->apparmor_profile;
	if (!p->selinux_label)
		p->selinux_label = container->selinux_label;
	if (p->rlimits.n == 0)
		p->rlimits = container->rlimits;
	if (!p->oom_score_adj.set)
		p->oom_score_adj = container->oom_score_adj;
	if (!p->scheduler)
		p->scheduler = container->scheduler;
	if (!p->io_priority)
		p->io_priority = container->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = container->exec_cpu_affinity;
}

static int choose_process(struct execution *x, struct err *e)
{
	struct problems problems = { 0 };
	struct spec_process *given;
	if (!x->o->process_text) {
		override(x);
		return 0;
	}
	TRY(spec_decode_process(x->o->process_text, strlen(x->o->process_text), x->o->arena, &given, &problems, e));
	TRY(spec_validate_process(given, x->o->arena, &problems, e));
	x->process = *given;
	inherit(&x->process, x->spec->process);
	return 0;
}

/* ---- starting it ------------------------------------------------------------------------------------------ */

static int check_status(struct execution *x, struct err *e)
{
	int status = x->info.status;
	if (status == STATUS_RUNNING || status == STATUS_CREATED || (status == STATUS_PAUSED && x->o->ignore_paused))
		return 0;
	if (status == STATUS_PAUSED)
		return err_rule(e, NULL, "cannot exec in container \"%s\": container is paused", x->o->id);
	return err_rule(e, NULL, "cannot exec in container \"%s\": container is not running (its status is \"%s\")",
			x->o->id, status_names[status]);
}

static int make_exec_plan(struct execution *x, struct err *e)
{
	struct facts facts;
	struct problems warnings = { 0 };
	const struct state *s = x->info.state;
	struct exec_request request = { .id = x->o->id, .keyring = !s->no_new_keyring, .pid = s->pid,
					.pid_start = s->pid_start, .cgroups = s->cgroups, .user_unit = s->user_unit ? s->unit : NULL, .below = x->o->cgroups,
					.preserve_fds = x->o->preserve_fds };
	TRY(facts_gather(x->o->arena, &facts, e));
	if (x->info.state->rdt)
		facts_find_resctrl(x->o->arena, &facts);
	TRY(seccomp_program(x->spec, x->o->state_root, x->o->arena, &request.seccomp, e));
	TRY(plan_exec(x->spec, &x->process, &request, &facts, x->o->arena, &warnings, &x->run.plan, e));
	for (const struct problem *p = warnings.first; p && x->o->warn.warn; p = p->next)
		x->o->warn.warn(x->o->warn.data, arena_fmt(x->o->arena, "%s: %s", p->pointer, p->text));
	return 0;
}

static int start(struct execution *x, struct err *e)
{
	x->host = (struct host){ .options = &x->host_options, .state = &x->state, .container = x->info.state,
				 .container_status = x->info.status, .dir = -1, .pidfd = -1, .init_pidfd = -1,
				 .console = -1, .child_channel = -1, .devices = NO_MOVED_DEVICES,
				 .notify = NO_NOTIFY, .warn = x->o->warn };
	x->run.own = &x->host;
	x->run.slots = malloc((x->run.plan->n_slots + 1) * sizeof(int));
	if (!x->run.slots)
		return err_call(e, "malloc", NULL);
	for (uint32_t i = 0; i < x->run.plan->n_slots; i++)
		x->run.slots[i] = -1;
	TRY(host_run(&x->run, e));
	if (x->o->pid_file)
		TRY(pid_file_write(x->o->pid_file, x->state.pid, e));
	return channel_await_end(&(struct channel_wait){ x->run.channel, x->run.interrupt, 0 }, e);
}

static int run_all(struct execution *x, struct err *e)
{
	const struct exec_options *o = x->o;
	if (o->tty && o->detach && !o->console_socket)
		return err_rule(e, NULL, "a terminal needs --console-socket, as nobody stays to show it");
	TRY(fd_close_on_exec_from(3 + o->preserve_fds, e));
	TRY(container_state(o->state_root, o->id, o->arena, &x->info, e));
	TRY(check_status(x, e));
	TRY(load_spec(x, e));
	TRY(choose_process(x, e));
	TRY(make_exec_plan(x, e));
	return start(x, e);
}

int container_exec(const struct exec_options *o, int *ret_status, struct err *e)
{
	struct execution x = {
		.o = o,
		.host_options = { .state_root = o->state_root, .id = o->id, .console_socket = o->console_socket,
				  .preserve_fds = o->preserve_fds, .arena = o->arena },
		.state = { .rootfs = "" },
		.run = { .channel = -1, .interrupt = -1, .plan_fd = -1 },
	};
	sigset_t old;
	*ret_status = EXEC_FAILED;
	TRY(preserved_check(o->preserve_fds, e));
	if (!o->detach)
		TRY(foreground_block(&old, e));
	_cleanup_close_ int interrupt = x.run.interrupt = o->detach ? -1 : foreground_interrupt(e);
	int r = interrupt < 0 && !o->detach ? -1 : run_all(&x, e);
	if (r == 0 && o->detach) {
		*ret_status = 0;
	} else if (r == 0) {
		struct foreground f = { x.host.init_pidfd, x.host.console, &x.host.notify, &x.host.warn };
		r = foreground_wait(&f, ret_status, e);
	}
	if (x.run.slots)
		host_done(&x.run);
	if (!o->detach)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

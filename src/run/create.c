/* SPDX-License-Identifier: Apache-2.0 */
/* create, run and plan: from a bundle to a container, or to the print of what would be done. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "ops/channel.h"
#include "plan/create.h"
#include "plan/print.h"
#include "run/container.h"
#include "run/destroy.h"
#include "run/facts.h"
#include "run/foreground.h"
#include "run/handover.h"
#include "run/hooks.h"
#include "run/host.h"
#include "run/seccomp.h"
#include "run/statedir.h"
#include "run/unit.h"
#include "sys/cred.h"
#include "sys/fd.h"

#define CONFIG_MAX (100u << 20)

/* All that the commands of this file start from. */
struct bundle {
	const char *path; /* absolute */
	const char *state_root;
	char *text; /* of config.json */
	size_t size;
	struct spec *spec;
	struct facts facts;
	const struct plan_header *plan;
};

/* ---- reading the bundle ----------------------------------------------------------------------------------- */

static int read_config(const char *path, struct arena *a, char **ret_text, size_t *ret_size, struct err *e)
{
	_cleanup_close_ int fd = fd_open(path, O_RDONLY | O_NONBLOCK, e);
	struct stat st;
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_call(e, "fstat", path);
	if (!S_ISREG(st.st_mode))
		return err_rule(e, NULL, "\"%s\" is no regular file", path);
	if (st.st_size >= CONFIG_MAX)
		return err_rule(e, NULL, "\"%s\" has %lld bytes, more than %u", path, (long long)st.st_size, CONFIG_MAX);
	*ret_text = arena_alloc_raw(a, (size_t)st.st_size + 1);
	ssize_t n = fd_read_text(fd, *ret_text, (size_t)st.st_size + 1, path, e);
	*ret_size = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

/* The bundle by an absolute path, as it was given: symlinks in it are the caller's. */
static int find_bundle(const char *path, struct arena *a, const char **ret, struct err *e)
{
	char here[PATH_MAX];
	_cleanup_close_ int dir = fd_open(path, O_PATH | O_DIRECTORY, e);
	if (dir < 0)
		return -1;
	if (path[0] == '/') {
		*ret = path;
		return 0;
	}
	if (!getcwd(here, sizeof(here)))
		return err_call(e, "getcwd", NULL);
	*ret = strcmp(path, ".") == 0 ? arena_strdup(a, here) : arena_fmt(a, "%s/%s", here, path);
	return 0;
}

static int load(const struct container_options *o, struct bundle *b, struct err *e)
{
	struct problems own = { 0 };
	struct problems *problems = o->problems ? o->problems : &own;
	if (find_bundle(o->bundle ? o->bundle : ".", o->arena, &b->path, e) < 0)
		return err_note(e, "opening the bundle");
	const char *config = o->config ? o->config : arena_fmt(o->arena, "%s/config.json", b->path);
	if (read_config(config, o->arena, &b->text, &b->size, e) < 0)
		return err_note(e, "reading the configuration");
	if (spec_decode(b->text, b->size, o->arena, &b->spec, problems, e) < 0)
		return e->field[0] ? -1 : err_note(e, "reading \"%s\"", config); /* JSON that is none has no pointer */
	return spec_validate(b->spec, o->arena, problems, e);
}

int container_load(const struct container_options *o, struct spec **ret_spec, const char **ret_bundle, struct err *e)
{
	struct bundle b = { 0 };
	TRY(load(o, &b, e));
	*ret_spec = b.spec;
	*ret_bundle = b.path;
	return 0;
}

/* ---- planning --------------------------------------------------------------------------------------------- */

static void tell_warnings(const struct container_options *o, const struct problems *warnings)
{
	for (const struct problem *p = warnings->first; p && o->warn; p = p->next)
		o->warn(o->warn_data, arena_fmt(o->arena, "%s: %s", p->pointer, p->text));
}

static bool has_user_namespace(const struct spec *spec)
{
	for (size_t i = 0; spec->linux_ && i < spec->linux_->namespaces.n; i++)
		if (strcmp(spec->linux_->namespaces.items[i].type, "user") == 0)
			return true;
	return false;
}

/* Who names no cgroup gets one where that is possible; who names one gets that or an error. */
static void settle_cgroups(const struct container_options *o, struct bundle *b)
{
	const char *path = b->spec->linux_ ? b->spec->linux_->cgroups_path : NULL;
	bool rootless = o->rootless == ROOTLESS_AUTO ? !facts_is_host_root(&b->facts) : o->rootless == ROOTLESS_YES;
	if (b->facts.systemd) {
		/* A user's systemd has no say in version 1. */
		for (size_t i = 0; b->facts.systemd->user && i < b->facts.hierarchies.n; i++)
			b->facts.hierarchies.items[i].closed = b->facts.hierarchies.items[i].controllers[0];
		return;
	}
	if (o->no_cgroups)
		facts_close_all(&b->facts);
	else if (rootless && !(path && path[0]))
		facts_find_closed(&b->facts);
}

/* What the program is told of its sockets.  It is the first process of its pid namespace. */
static void more_environment(const struct container_options *o, struct strings *env)
{
	*env = (struct strings){ 0, ARENA_ARRAY(o->arena, const char *, 4) };
	if (o->notify_socket)
		env->items[env->n++] = "NOTIFY_SOCKET=" NOTIFY_INSIDE;
	if (o->listen_fds == 0)
		return;
	env->items[env->n++] = arena_fmt(o->arena, "LISTEN_FDS=%u", o->listen_fds);
	env->items[env->n++] = "LISTEN_PID=1";
	if (o->listen_names)
		env->items[env->n++] = arena_fmt(o->arena, "LISTEN_FDNAMES=%s", o->listen_names);
}

/* `cache`: the state root, for compiled filters; NULL: nothing is written. */
static int make_plan(const struct container_options *o, bool run, const char *cache, struct bundle *b, struct err *e)
{
	struct problems warnings = { 0 };
	TRY(container_id_check(o->id, e));
	TRY(load(o, b, e));
	TRY(facts_gather(o->arena, &b->facts, e));
	if (b->spec->linux_ && b->spec->linux_->intel_rdt)
		facts_find_resctrl(o->arena, &b->facts);
	if (o->systemd_cgroup)
		TRY(unit_facts(o->arena, &b->facts.systemd, e));
	/* What a user can only show and not create is shown as root would create it. */
	if (facts_is_user(&b->facts) && !has_user_namespace(b->spec))
		b->facts.caller = NULL;
	settle_cgroups(o, b);
	struct create_request request = {
		.id = o->id, .state_root = o->state_root, .bundle = b->path, .run = run, .no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring, .preserve_fds = o->preserve_fds,
		.notify = o->notify_socket ? arena_fmt(o->arena, "%s/%s/" NOTIFY_DIR, o->state_root, o->id) : NULL,
	};
	more_environment(o, &request.env);
	TRY(seccomp_program(b->spec, cache, o->arena, &request.seccomp, e));
	TRY(plan_create(b->spec, &request, &b->facts, o->arena, &warnings, &b->plan, e));
	tell_warnings(o, &warnings);
	return 0;
}

int container_plan(const struct container_options *o, bool json, struct buf *out, struct err *e)
{
	struct bundle b = { 0 };
	TRY(make_plan(o, false, NULL, &b, e));
	json ? plan_print_json(b.plan, out) : plan_print_text(b.plan, out);
	return 0;
}

/* ---- carrying it out -------------------------------------------------------------------------------------- */

static int check_privilege(const struct spec *spec, struct err *e)
{
	uint64_t effective, permitted, inheritable;
	TRY(cred_get_caps(&effective, &permitted, &inheritable, e));
	if (effective >> CAP_SYS_ADMIN & 1 || has_user_namespace(spec))
		return 0;
	return err_rule(e, "/linux/namespaces", "no privilege to create namespaces and mounts (CAP_SYS_ADMIN): run as root, or "
			"with a user namespace, as `socle spec --rootless` writes it");
}

static int check_terminal(const struct container_options *o, const struct spec *spec, bool foreground, struct err *e)
{
	bool terminal = spec->process && spec->process->terminal;
	if (terminal && !foreground && !o->console_socket)
		return err_rule(e, "/process/terminal", "a terminal needs --console-socket, as nobody stays to show it");
	if (!terminal && o->console_socket)
		return err_rule(e, "/process/terminal", "--console-socket is given, and no terminal is asked for");
	return 0;
}

static const char *now(struct arena *a)
{
	struct timespec t;
	char text[TIMESTAMP_SIZE];
	clock_gettime(CLOCK_REALTIME, &t);
	timestamp_format(text, t.tv_sec, t.tv_nsec);
	return arena_strdup(a, text);
}

static void joined_namespaces(const struct spec *spec, struct arena *a, struct strings *ret)
{
	size_t n = spec->linux_ ? spec->linux_->namespaces.n : 0;
	*ret = (struct strings){ 0, ARENA_ARRAY(a, const char *, n) };
	for (size_t i = 0; i < n; i++) {
		const struct spec_namespace *ns = &spec->linux_->namespaces.items[i];
		if (ns->path)
			ret->items[ret->n++] = arena_fmt(a, "%s:%s", ns->type, ns->path);
	}
}

static void fill_state(const struct container_options *o, const struct bundle *b, struct state *s)
{
	const char *root = b->spec->root->path;
	*s = (struct state){
		.version = STATE_VERSION, .oci_version = b->spec->oci_version, .id = o->id, .bundle = b->path,
		.rootfs = root[0] == '/' ? root : arena_fmt(o->arena, "%s/%s", b->path, root),
		.created = now(o->arena), .owner = geteuid(), .no_new_keyring = o->no_new_keyring, .annotations = b->spec->annotations,
		.unit = plan_unit_name(b->spec, o->id, &b->facts, o->arena), .user_unit = b->facts.systemd && b->facts.systemd->user,
		.rdt = plan_rdt_dir(b->spec, o->id, &b->facts, o->arena),
		.rdt_monitor = plan_rdt_monitor(b->spec, o->id, &b->facts, o->arena),
		.cgroups = plan_cgroup_paths(b->spec, o->id, &b->facts, o->arena),
	};
	if (b->spec->hooks) {
		s->poststart = b->spec->hooks->poststart;
		s->poststop = b->spec->hooks->poststop;
	}
	joined_namespaces(b->spec, o->arena, &s->namespaces);
}

/* One container on its way. */
struct creation {
	struct bundle bundle;
	struct state state;
	struct host host;
	struct run run;
};

static int begin(const struct container_options *o, bool run, int interrupt, struct creation *c, struct err *e)
{
	*c = (struct creation){
		.host = { .options = o, .dir = -1, .pidfd = -1, .init_pidfd = -1, .console = -1, .child_channel = -1,
			  .devices = NO_MOVED_DEVICES,
			  .notify = { -1, o->notify_socket }, .warn = { o->warn, o->warn_data } },
		.run = { .channel = -1, .interrupt = interrupt, .plan_fd = -1 },
	};
	TRY(fd_close_on_exec_from(3 + o->preserve_fds, e));
	TRY(make_plan(o, run, o->state_root, &c->bundle, e));
	TRY(check_terminal(o, c->bundle.spec, run && !o->detach, e));
	TRY(check_privilege(c->bundle.spec, e));
	fill_state(o, &c->bundle, &c->state);
	c->host.spec = c->bundle.spec;
	c->host.config = c->bundle.text;
	c->host.config_size = c->bundle.size;
	c->host.state = &c->state;
	c->run.plan = c->bundle.plan;
	c->run.own = &c->host;
	c->run.slots = malloc((c->run.plan->n_slots + 1) * sizeof(int));
	if (!c->run.slots)
		return err_call(e, "malloc", NULL);
	for (uint32_t i = 0; i < c->run.plan->n_slots; i++)
		c->run.slots[i] = -1;
	return host_run(&c->run, e);
}

static void end(struct creation *c)
{
	if (c->run.plan)
		host_done(&c->run);
}

int container_create(const struct container_options *o, struct err *e)
{
	struct creation c;
	TRY(preserved_check(o->preserve_fds, e));
	int r = begin(o, false, -1, &c, e);
	if (r == 0 && statedir_finish(c.host.dir, e) < 0) {
		host_undo(&c.run, e);
		r = -1;
	}
	end(&c);
	return r;
}

/* Init has heard "go": the end of the channel without a word is the program's beginning. */
static int await_program(struct creation *c, struct err *e)
{
	if (channel_await_end(&(struct channel_wait){ c->run.channel, c->run.interrupt, 0 }, e) < 0) {
		host_undo(&c->run, e);
		return -1;
	}
	if (statedir_finish(c->host.dir, e) < 0) {
		host_undo(&c->run, e);
		return -1;
	}
	hooks_run("poststart", &c->state.poststart, &c->state, STATUS_RUNNING, &c->host.warn);
	return 0;
}

static int stay(struct creation *c, int *ret_status, struct err *e)
{
	const struct container_options *o = c->host.options;
	struct foreground f = { c->host.init_pidfd, c->host.console, &c->host.notify, &c->host.warn };
	/* Whoever wants to kill or delete it meanwhile must not find it locked. */
	TRY(statedir_unlock(c->host.dir, e));
	TRY(foreground_wait(&f, ret_status, e));
	if (o->keep)
		return 0;
	int locked = statedir_lock(c->host.dir, LOCK_WAIT, e);
	if (locked <= 0)
		return locked;
	TRY(container_destroy(o->state_root, o->id, c->host.dir, o->arena, e));
	hooks_run("poststop", &c->state.poststop, &c->state, STATUS_STOPPED, &c->host.warn);
	return 0;
}

/* Whoever waits for the program to be ready has no other way to hear of it once we have ended. */
static int stay_until_ready(struct creation *c, struct err *e)
{
	if (c->host.notify.socket < 0)
		return 0;
	TRY(statedir_unlock(c->host.dir, e));
	notify_until_ready(&c->host.notify, c->host.init_pidfd, (long)c->state.pid, &c->host.warn);
	return 0;
}

static int run_all(const struct container_options *o, int interrupt, struct creation *c, int *ret_status, struct err *e)
{
	TRY(begin(o, true, interrupt, c, e));
	TRY(await_program(c, e));
	host_settled(&c->run);
	*ret_status = 0;
	if (o->detach)
		return stay_until_ready(c, e);
	if (stay(c, ret_status, e) == 0)
		return 0;
	host_undo(&c->run, e);
	return -1;
}

int container_run(const struct container_options *o, int *ret_status, struct err *e)
{
	struct creation c = { 0 };
	sigset_t old;
	TRY(preserved_check(o->preserve_fds, e));
	if (!o->detach) {
		TRY(foreground_block(&old, e));
		if (!o->no_subreaper)
			prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	}
	_cleanup_close_ int interrupt = o->detach ? -1 : foreground_interrupt(e);
	int r = interrupt < 0 && !o->detach ? -1 : run_all(o, interrupt, &c, ret_status, e);
	end(&c);
	if (!o->detach)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

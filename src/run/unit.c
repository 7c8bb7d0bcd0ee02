/* SPDX-License-Identifier: Apache-2.0 */
/* The container's unit is made with its init in it, and known again by a mark among its documentation: another one of
 * the same name may have been made meanwhile, and is left alone. */
#include "run/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/variant.h"
#include "plan/scope.h"
#include "run/host.h"
#include "sys/fd.h"
#include "sys/sdbus.h"

static const char *const managers[] = { [UNIT_SYSTEM] = "system", [UNIT_USER] = "user" };

/* ---- facts ------------------------------------------------------------------------------------------------ */

/* Root of a user namespace is root for its own systemd, if it has one, and for no other. */
static bool is_root(void)
{
	char map[64];
	struct err ignored = { 0 };
	if (geteuid() != 0)
		return false;
	if (access("/run/systemd/private", W_OK) == 0)
		return true;
	return fd_read_file_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map), &ignored) < 0 ||
	       strcmp(map, "         0          0 4294967295\n") == 0;
}

int unit_facts(struct arena *a, struct facts_systemd **ret, struct err *e)
{
	char group[4096];
	struct sdbus *bus = NULL;
	bool user = !is_root();
	if (!user && access("/run/systemd/system", F_OK) < 0)
		return err_rule(e, NULL, "systemd is not what this host runs (there is no \"/run/systemd/system\"), so it can "
					 "make no cgroups: leave out --systemd-cgroup, or take --cgroup-manager cgroupfs");
	int r = sdbus_open(user, SDBUS_WAIT(-1), &bus, e);
	if (r == 0)
		r = sdbus_manager_text(bus, "ControlGroup", group, sizeof(group), e);
	sdbus_close(&bus);
	if (r < 0)
		return err_note(e, "asking %s to make cgroups", user ? "the user's systemd" : "systemd");
	*ret = ARENA_NEW(a, struct facts_systemd);
	**ret = (struct facts_systemd){ user, arena_strdup(a, group) };
	return 0;
}

/* ---- making --------------------------------------------------------------------------------------------- */

const char *unit_journal(const struct run *r, const struct op_unit *op, struct arena *a)
{
	return arena_fmt(a, "%s %s", managers[op->manager.v], run_str(r, op->name));
}

static int read_properties(const struct run *r, struct params params, struct arena *a, struct sdbus_property *list,
			   struct err *e)
{
	for (uint32_t i = 0; i < params.n; i++) {
		const struct param *p = plan_param_at(r->plan, params, i);
		struct variant v;
		TRY(variant_read(plan_str(r->plan, p->value), a, &v, e));
		list[i] = (struct sdbus_property){ plan_str(r->plan, p->key), v.signature, v.words.items, v.words.n };
	}
	return 0;
}

/* One that failed before is kept by systemd until somebody forgets it. */
static int start(struct sdbus *bus, const struct sdbus_unit *unit, int pid, struct err *e)
{
	char state[32];
	struct err second = { 0 };
	if (sdbus_start(bus, unit, pid, e) == 0)
		return 0;
	if (!err_is(e, EEXIST))
		return -1;
	if (sdbus_unit_text(bus, unit->name, "Unit", "ActiveState", state, sizeof(state), &second) < 0 ||
	    strcmp(state, "failed") != 0)
		return err_note(e, "a unit of that name is there already, and a container gets one of its own");
	memset(e, 0, sizeof(*e));
	TRY(sdbus_stop(bus, unit->name, e));
	return sdbus_start(bus, unit, pid, e);
}

/* The plan goes by where systemd puts units; were that another place, init's limits would go nowhere. */
static int check_place(struct sdbus *bus, const struct run *r, const struct op_unit *op, struct err *e)
{
	char group[4096];
	const char *name = run_str(r, op->name), *expected = run_str(r, op->cgroup);
	TRY(sdbus_unit_text(bus, name, op->how.v & UNIT_SLICE ? "Slice" : "Scope", "ControlGroup", group, sizeof(group), e));
	if (strcmp(group, expected) == 0)
		return 0;
	if (!group[0])
		return err_rule(e, NULL, "it ended as soon as it was started: systemd has no cgroup for it any more");
	return err_rule(e, NULL, "systemd has its cgroup at \"%s\", and \"%s\" was expected", group, expected);
}

int perform_unit(struct run *r, const struct op *op, struct err *e)
{
	const struct op_unit *a = ARGS(op_unit, r, op);
	struct host *h = r->own;
	struct arena *arena = h->options->arena;
	struct sdbus_property *properties = ARENA_ARRAY(arena, struct sdbus_property, a->properties.n);
	struct sdbus_unit unit = { run_str(r, a->name), properties, a->properties.n };
	_cleanup_(sdbus_close) struct sdbus *bus = NULL;
	TRY(read_properties(r, a->properties, arena, properties, e));
	TRY(sdbus_open(a->manager.v == UNIT_USER, SDBUS_WAIT(r->interrupt), &bus, e));
	TRY(start(bus, &unit, a->how.v & UNIT_SLICE ? 0 : (int)h->state->pid, e));
	return check_place(bus, r, a, e);
}

int perform_unit_set(struct run *r, const struct op *op, struct err *e)
{
	const struct op_unit_set *a = ARGS(op_unit_set, r, op);
	struct arena *arena = ((struct host *)r->own)->options->arena;
	struct sdbus_property *properties = ARENA_ARRAY(arena, struct sdbus_property, a->properties.n);
	struct sdbus_unit unit = { run_str(r, a->name), properties, a->properties.n };
	_cleanup_(sdbus_close) struct sdbus *bus = NULL;
	TRY(read_properties(r, a->properties, arena, properties, e));
	TRY(sdbus_open(a->manager.v == UNIT_USER, SDBUS_WAIT(r->interrupt), &bus, e));
	return sdbus_set(bus, &unit, e);
}

int perform_unit_attach(struct run *r, const struct op *op, struct err *e)
{
	const struct op_unit_attach *a = ARGS(op_unit_attach, r, op);
	const char *unit = run_str(r, a->name), *below = run_str(r, a->below);
	int pid = (int)((struct host *)r->own)->state->pid;
	char path[64], groups[8192];
	_cleanup_(sdbus_close) struct sdbus *bus = NULL;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (fd_read_file_at(AT_FDCWD, path, groups, sizeof(groups), e) < 0)
		return -1;
	if (strstr(groups, unit))
		return 0;
	TRY(sdbus_open(true, SDBUS_WAIT(r->interrupt), &bus, e));
	return sdbus_attach(bus, unit, below ? below : "", pid, e);
}

/* ---- undoing ---------------------------------------------------------------------------------------------- */

/* It ended, and took its units with it. */
static bool is_absent(const struct err *e)
{
	return err_is(e, ENOENT) || err_is(e, ECONNREFUSED);
}

int unit_find(const char *journalled, const char *owner, struct arena *a, struct unit *ret, struct err *e)
{
	const char *space = strchr(journalled, ' ');
	char found[4096];
	*ret = (struct unit){ .name = space ? space + 1 : journalled };
	bool user = strncmp(journalled, managers[UNIT_USER], strlen(managers[UNIT_USER])) == 0;
	if (sdbus_open(user, SDBUS_WAIT(-1), &ret->bus, e) < 0) {
		if (!is_absent(e))
			return -1;
		memset(e, 0, sizeof(*e));
		return 0;
	}
	TRY(sdbus_unit_text(ret->bus, ret->name, "Unit", "Documentation", found, sizeof(found), e));
	if (strcmp(found, scope_mark(owner, a)) == 0)
		return 0;
	TRY(sdbus_unit_text(ret->bus, ret->name, "Unit", "ActiveState", found, sizeof(found), e));
	ret->foreign = strcmp(found, "inactive") != 0; /* as is one that is not there */
	return 0;
}

int unit_remove(const struct unit *u, struct err *e)
{
	return u->bus && !u->foreign ? sdbus_stop(u->bus, u->name, e) : 0;
}

void unit_done(struct unit *u)
{
	sdbus_close(&u->bus);
}

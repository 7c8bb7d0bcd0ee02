/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of /linux/resources as operations: controllers handed down, files written. */
#include <errno.h>
#include <string.h>

#include "base/span.h"
#include "plan/parts.h"

static bool is_v2(const struct planner *p, size_t hierarchy)
{
	return p->facts->hierarchies.items[hierarchy].controllers[0] == 0;
}

/* ---- controllers of version 2 ----------------------------------------------------------------------------- */

static bool has_string(const struct strings *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i], s) == 0)
			return true;
	return false;
}

/* Those that a limit is set of.  The files of a controller are named for it. */
static struct strings needed_controllers(struct planner *p, size_t hierarchy)
{
	struct strings l = { 0, ARENA_ARRAY(p->arena, const char *, p->limits.n) };
	for (size_t i = 0; i < p->limits.n; i++) {
		const struct resource_setting *s = &p->limits.items[i];
		const char *name = arena_fmt(p->arena, "%.*s", (int)span_until(s->file, "."), s->file);
		if (s->hierarchy == hierarchy && strcmp(name, "cgroup") != 0 && !has_string(&l, name))
			l.items[l.n++] = name;
	}
	return l;
}

/* All others too, as far as they can be had: what is used is counted by them. */
static struct strings other_controllers(struct planner *p, const char *available, const struct strings *needed)
{
	struct strings l = { 0, ARENA_ARRAY(p->arena, const char *, 64) };
	while (*available && l.n < 64) {
		size_t n = span_until(available, " \n");
		const char *name = arena_fmt(p->arena, "%.*s", (int)n, available);
		if (n && !has_string(needed, name))
			l.items[l.n++] = name;
		available += n + (available[n] != 0);
	}
	return l;
}

void plan_hand_down(struct planner *p, size_t i, const char *dir, const struct strings *needed)
{
	const struct hierarchy *h = &p->facts->hierarchies.items[i];
	struct strings wished = { 0 };
	if (p->request && h->available) /* not for `update` */
		wished = other_controllers(p, h->available, needed);
	if (needed->n + wished.n == 0)
		return;
	struct op_cgroup_controllers op = { plan_text(&p->plan, h->mount), plan_text(&p->plan, dir),
					    plan_texts(&p->plan, needed), plan_texts(&p->plan, &wished) };
	HOST_ADD(p, OP_CGROUP_CONTROLLERS, &op);
}

static void plan_controllers(struct planner *p)
{
	for (size_t i = 0; i < p->facts->hierarchies.n; i++) {
		const struct hierarchy *h = &p->facts->hierarchies.items[i];
		if (!is_v2(p, i) || !h->available || p->cgroups[i].cgroup.n < 0)
			continue;
		struct strings needed = needed_controllers(p, i);
		if (needed.n)
			plan_origin(&p->plan, "/linux/resources");
		else
			plan_because(&p->plan, "what is used is counted by them");
		plan_hand_down(p, i, p->cgroups[i].dir, &needed);
	}
}

/* ---- limits ----------------------------------------------------------------------------------------------- */

/* One write a line. */
static struct texts lines(struct planner *p, const char *text)
{
	struct strings l = { 0, ARENA_ARRAY(p->arena, const char *, strlen(text) + 1) };
	do {
		size_t n = span_until(text, "\n");
		if (n || l.n == 0)
			l.items[l.n++] = text[n] ? arena_fmt(p->arena, "%.*s", (int)n, text) : text;
		text += n + (text[n] != 0);
	} while (*text);
	return plan_texts(&p->plan, &l);
}

/* Version 1 refuses a limit below what is used; version 2 kills until it fits. */
static void plan_check_usage(struct planner *p, const struct resource_setting *s, const struct spec_memory *m)
{
	struct op_cgroup_check check = { p->cgroups[s->hierarchy].cgroup, plan_text(&p->plan, "memory.current"), s->value.n };
	if (!m || !m->check_before_update.v || strcmp(s->file, "memory.max") != 0 || s->value.unlimited)
		return;
	plan_origin(&p->plan, "/linux/resources/memory/checkBeforeUpdate");
	HOST_ADD(p, OP_CGROUP_CHECK, &check);
}

static void plan_setting(struct planner *p, const struct resource_setting *s)
{
	static const int absent[] = { ENOENT };
	struct op_cgroup_set set = { .cgroup = p->cgroups[s->hierarchy].cgroup, .file = plan_text(&p->plan, s->file),
				     .values = lines(p, s->text) };
	set.how.v = (s->row->how & RESOURCE_ADVANCE ? CGROUP_SET_TRY : 0) | (s->value.optional ? CGROUP_SET_OPTIONAL : 0);
	plan_origin(&p->plan, "%s", s->origin);
	HOST_ADD(p, OP_CGROUP_SET, &set);
	if (!s->else_file || !s->else_text)
		return;
	set.file = plan_text(&p->plan, s->else_file);
	set.values = lines(p, s->else_text);
	plan_otherwise(&p->plan, STAGE_HOST, OP_CGROUP_SET, &set, absent, 1);
}

/* With no process allowed the container's own would not come to be, whichever field says so. */
static bool is_late(const struct resource_setting *s)
{
	return strcmp(s->file, "pids.max") == 0;
}

static void plan_settings(struct planner *p, bool late)
{
	const struct spec_resources *r = p->linux_->resources;
	for (size_t i = 0; i < p->limits.n; i++) {
		const struct resource_setting *s = &p->limits.items[i];
		if (is_late(s) != late)
			continue;
		plan_check_usage(p, s, r->memory);
		plan_setting(p, s);
	}
}

/* A limit is a cgroup's. */
static int check_open(struct planner *p)
{
	for (size_t i = 0; i < p->limits.n; i++) {
		const struct resource_setting *s = &p->limits.items[i];
		const struct hierarchy *h = &p->facts->hierarchies.items[s->hierarchy];
		if (!h->closed)
			continue;
		err_rule(p->e, NULL, "a limit needs a cgroup, and there may be none of the container's own in \"%s%s\"", h->mount,
			 strcmp(h->own, "/") == 0 ? "" : h->own);
		return err_at(p->e, "%s", s->origin);
	}
	return 0;
}

int plan_settle(struct planner *p, const struct spec_resources *now)
{
	const struct resources_asked asked = { now, p->linux_->resources, p->arena };
	if (now)
		TRY(resources_settle(&asked, p->facts, p->warnings, &p->limits, p->e));
	return check_open(p);
}

void plan_resources(struct planner *p)
{
	plan_controllers(p);
	plan_settings(p, false);
}

void plan_late_resources(struct planner *p)
{
	plan_settings(p, true);
}

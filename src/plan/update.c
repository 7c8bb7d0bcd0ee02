/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/update.h"

#include <string.h>

#include "plan/parts.h"

/* The container's directory in a hierarchy; NULL: it has none there. */
static const char *directory_in(const struct strings *cgroups, const char *mount)
{
	size_t n = strlen(mount);
	for (size_t i = 0; i < cgroups->n; i++)
		if (strncmp(cgroups->items[i], mount, n) == 0 && cgroups->items[i][n] == '/')
			return cgroups->items[i];
	return NULL;
}

static bool wants_devices(const struct planner *p, const struct hierarchy *h)
{
	return resources_has_word(h->controllers, "devices") ||
	       (h->controllers[0] == 0 && strcmp(p->facts->cgroup_layout, "v2") == 0);
}

static bool is_used(const struct planner *p, const struct spec_resources *now, size_t hierarchy)
{
	if (now->devices.n && wants_devices(p, &p->facts->hierarchies.items[hierarchy]))
		return true;
	for (size_t i = 0; i < p->limits.n; i++)
		if (p->limits.items[i].hierarchy == hierarchy)
			return true;
	return false;
}

/* Only what is going to be written to. */
static int open_cgroups(struct planner *p, const struct update_request *request)
{
	const struct hierarchies *all = &p->facts->hierarchies;
	p->cgroups = ARENA_ARRAY(p->arena, struct cgroup_plan, all->n);
	plan_because(&p->plan, "the container's own");
	for (size_t i = 0; i < all->n; i++) {
		struct cgroup_plan *c = &p->cgroups[i];
		*c = (struct cgroup_plan){ NO_SLOT, NO_SLOT, NO_SLOT, directory_in(&request->cgroups, all->items[i].mount) };
		if (!is_used(p, request->now, i))
			continue;
		if (!c->dir)
			return err_rule(p->e, NULL, "the container has no cgroup in \"%s\"", all->items[i].mount);
		c->cgroup = plan_slot(&p->plan, "cgroup");
		struct op_open_cgroup open = { .dir = plan_text(&p->plan, c->dir), .cgroup = plan_fills(c->cgroup),
					       .procs = NO_FILLS };
		HOST_ADD(p, OP_OPEN_CGROUP, &open);
	}
	return 0;
}

static int plan_all(struct planner *p, const struct update_request *request)
{
	TRY(plan_settle(p, request->now));
	if (request->unit)
		plan_unit_update(p, request->unit, request->user_unit, request->now->devices.n);
	TRY(open_cgroups(p, request));
	plan_resources(p);
	plan_late_resources(p);
	return request->now->devices.n ? plan_cgroup_settings(p) : 0;
}

int plan_update(const struct spec *spec, const struct update_request *request, const struct facts *facts, struct arena *a,
		struct problems *warnings, const struct plan_header **ret_plan, struct err *e)
{
	struct planner p = { .spec = spec, .facts = facts, .warnings = warnings, .e = e };
	planner_init(&p, a);
	TRY(plan_all(&p, request));
	return plan_finish(&p.plan, ret_plan, e);
}

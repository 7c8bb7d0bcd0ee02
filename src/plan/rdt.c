/* SPDX-License-Identifier: Apache-2.0 */
/* Intel RDT: the container's class of service, a directory of resctrl, and a group in it that is monitored. */
#include "plan/parts.h"

const char *plan_rdt_dir(const struct spec *spec, const char *id, const struct facts *f, struct arena *a)
{
	const struct spec_intel_rdt *r = spec->linux_ ? spec->linux_->intel_rdt : NULL;
	if (!r || !f->resctrl)
		return NULL;
	const char *class_ = r->clos_id ? r->clos_id : id;
	return class_[0] == '/' ? f->resctrl : arena_fmt(a, "%s/%s", f->resctrl, class_);
}

const char *plan_rdt_monitor(const struct spec *spec, const char *id, const struct facts *f, struct arena *a)
{
	const char *dir = plan_rdt_dir(spec, id, f, a);
	return dir && spec->linux_->intel_rdt->enable_monitoring ? arena_fmt(a, "%s/mon_groups/%s", dir, id) : NULL;
}

/* l3CacheSchema, memBwSchema, then schemata: in this order (configLinuxIntelRdt). */
static struct texts plan_lines(struct planner *p, const struct spec_intel_rdt *r)
{
	struct strings lines = { 0, ARENA_ARRAY(p->arena, const char *, r->schemata.n + 2) };
	if (r->l3_cache_schema)
		lines.items[lines.n++] = r->l3_cache_schema;
	if (r->mem_bw_schema)
		lines.items[lines.n++] = r->mem_bw_schema;
	for (size_t i = 0; i < r->schemata.n; i++)
		lines.items[lines.n++] = r->schemata.items[i];
	return plan_texts(&p->plan, &lines);
}

int plan_rdt_group(struct planner *p)
{
	const struct spec_intel_rdt *r = p->linux_->intel_rdt;
	if (!r)
		return 0;
	if (!p->facts->resctrl)
		return err_rule(p->e, "/linux/intelRdt", "no resctrl file system is mounted on this host (mount -t resctrl "
							 "resctrl /sys/fs/resctrl)");
	const char *dir = plan_rdt_dir(p->spec, p->request->id, p->facts, p->arena);
	const char *monitor = plan_rdt_monitor(p->spec, p->request->id, p->facts, p->arena);
	struct op_rdt_group group = { plan_text(&p->plan, dir), plan_text(&p->plan, monitor), plan_lines(p, r), { 0 } };
	if (!r->clos_id)
		group.how.v = RDT_OWN;
	else if (group.lines.n == 0)
		group.how.v = RDT_THERE;
	plan_origin(&p->plan, "/linux/intelRdt");
	HOST_ADD(p, OP_RDT_GROUP, &group);
	return 0;
}

void plan_rdt_enter(struct planner *p, const char *id)
{
	const char *dir = plan_rdt_dir(p->spec, id, p->facts, p->arena);
	if (!dir)
		return;
	const char *monitor = plan_rdt_monitor(p->spec, id, p->facts, p->arena);
	struct op_rdt_enter enter = { plan_text(&p->plan, dir), plan_text(&p->plan, monitor) };
	plan_origin(&p->plan, "/linux/intelRdt");
	HOST_ADD(p, OP_RDT_ENTER, &enter);
}

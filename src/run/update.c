/* SPDX-License-Identifier: Apache-2.0 */
/* update: the limits of a container that is there.
 *
 * Some fields make one file with others that the caller does not name, so what was asked for before is kept: in the
 * configuration, and from the first update on in a file of its own. */
#include "run/update.h"

#include <stdlib.h>
#include <string.h>

#include "plan/update.h"
#include "run/facts.h"
#include "run/host.h"
#include "run/rdt.h"
#include "run/statedir.h"
#include "spec/tables.h"

/* ---- what counts afterwards ------------------------------------------------------------------------------- */

static int read_spec(int dir, struct arena *a, struct spec **ret, struct err *e)
{
	struct problems problems = { 0 };
	char *text;
	size_t size;
	TRY(statedir_read_config(dir, a, &text, &size, e));
	return spec_decode(text, size, a, ret, &problems, e);
}

static int read_resources(int dir, const struct spec *spec, struct arena *a, struct spec_resources *ret, struct err *e)
{
	struct problems problems = { 0 };
	struct spec_resources *read = spec->linux_ ? spec->linux_->resources : NULL;
	char *text;
	size_t size;
	TRY(statedir_read_resources(dir, a, &text, &size, e));
	if (text && spec_decode_resources(text, size, a, &read, &problems, e) < 0)
		return err_note(e, "reading \"" RESOURCES_FILE "\"");
	*ret = read ? *read : (struct spec_resources){ 0 };
	return 0;
}

static int keep_resources(int dir, const struct spec_resources *r, struct err *e)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	struct writer w = { .out = &out, .indent = 1, .wrap = 1 };
	table_write(&resources_table, r, &w);
	return statedir_write_resources(dir, out.data, out.size, e);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_number(struct opt_i64 a, struct opt_i64 b)
{
	return a.set == b.set && (!a.set || a.v == b.v);
}

static bool same_rules(const struct spec_device_rules *a, const struct spec_device_rules *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct spec_device_rule *x = &a->items[i], *y = &b->items[i];
		if (x->allow != y->allow || !same_text(x->type, y->type) || !same_text(x->access, y->access) ||
		    !same_number(x->major, y->major) || !same_number(x->minor, y->minor))
			return false;
	}
	return true;
}

/* No limit of memory is none of swap either, unless one is named.  Engines hand over all that they know: rules that
 * count already are not set again, as version 1 cannot do so without a moment in which nothing is allowed. */
static void merge(struct spec_resources *now, struct spec_resources *all, struct arena *a)
{
	if (same_rules(&now->devices, &all->devices))
		now->devices = (struct spec_device_rules){ 0 };
	table_overlay(&resources_table, all, now, a);
	const struct spec_memory *m = now->memory;
	if (m && m->limit.set && m->limit.v == -1 && !(m->swap.set && m->swap.v))
		all->memory->swap = (struct opt_i64){ true, -1 };
}

/* ---- carrying it out -------------------------------------------------------------------------------------- */

static int carry_out(const struct update_options *o, const struct plan_header *plan, struct err *e)
{
	struct container_options options = { .state_root = o->state_root, .id = o->id, .arena = o->arena };
	struct state state = { .rootfs = "" };
	struct limits_kept kept = { .arena = o->arena };
	struct host host = { .options = &options, .state = &state, .dir = -1, .pidfd = -1, .init_pidfd = -1, .console = -1,
			     .kept = &kept, .child_channel = -1 };
	struct run run = { .plan = plan, .own = &host, .channel = -1, .interrupt = -1, .plan_fd = -1 };
	run.slots = malloc((plan->n_slots + 1) * sizeof(int));
	if (!run.slots)
		return err_call(e, "malloc", NULL);
	for (uint32_t i = 0; i < plan->n_slots; i++)
		run.slots[i] = -1;
	int r = host_run(&run, e);
	if (r < 0)
		limits_put_back(&kept);
	host_done(&run);
	return r;
}

static void tell_warnings(const struct update_options *o, const struct problems *warnings)
{
	for (const struct problem *p = warnings->first; p && o->warn.warn; p = p->next)
		o->warn.warn(o->warn.data, arena_fmt(o->arena, "%s: %s", p->pointer, p->text));
}

/* The container's class of service; without one of its own it would be everybody's that is changed. */
static int update_rdt(const struct update_options *o, const struct state *state, struct err *e)
{
	const char *items[2];
	struct strings lines = { 0, items };
	if (o->l3_cache_schema)
		items[lines.n++] = o->l3_cache_schema;
	if (o->mem_bw_schema)
		items[lines.n++] = o->mem_bw_schema;
	for (size_t i = 0; i < lines.n; i++)
		if (strchr(items[i], '\n'))
			return err_rule(e, NULL, "a schema is one line");
	if (lines.n && !state->rdt)
		return err_rule(e, NULL, "the container has no class of service (/linux/intelRdt), so its schemata cannot be changed");
	return lines.n ? rdt_write(state->rdt, &lines, e) : 0;
}

int update_limits(const struct update_options *o, int dir, const struct state *state, struct err *e)
{
	struct problems warnings = { 0 };
	struct spec_resources now = *o->now, all;
	struct spec_linux linux_ = { 0 };
	struct update_request request = { &now, state->cgroups, state->unit, state->user_unit };
	const struct plan_header *plan;
	struct facts facts;
	struct spec *spec;
	TRY(update_rdt(o, state, e));
	TRY(read_spec(dir, o->arena, &spec, e));
	TRY(read_resources(dir, spec, o->arena, &all, e));
	merge(&now, &all, o->arena);
	if (spec->linux_)
		linux_ = *spec->linux_;
	linux_.resources = &all;
	spec->linux_ = &linux_;
	TRY(facts_gather(o->arena, &facts, e));
	TRY(plan_update(spec, &request, &facts, o->arena, &warnings, &plan, e));
	tell_warnings(o, &warnings);
	TRY(carry_out(o, plan, e));
	return keep_resources(dir, &all, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The executor: one loop over a stage's list.  The same for every stage and every command. */
#include "ops/run.h"

#include <stdio.h>
#include <string.h>

#include "sys/fd.h"

void run_fill(struct run *r, struct fills slot, int *fd)
{
	if (slot.n >= 0) {
		fd_closep(&r->slots[slot.n]);
		r->slots[slot.n] = fd_take(fd);
	}
	fd_closep(fd);
}

void run_empty(struct run *r, struct slot s)
{
	if (s.n >= 0)
		fd_closep(&r->slots[s.n]);
}

void init_begin(struct init *i)
{
	*i = (struct init){ .mask_dir = -1, .mask_null = -1, .cwd = -1, .listener = -1, .start_error = -1, .dir = -1 };
}

void init_done(struct init *i)
{
	fd_closep(&i->mask_dir);
	fd_closep(&i->mask_null);
	fd_closep(&i->cwd);
	fd_closep(&i->listener);
	fd_closep(&i->start_error);
	fd_closep(&i->dir);
	made_done(&i->made);
}

static bool has_alternative(const struct op *op, const struct err *e)
{
	if (op->otherwise == 0)
		return false;
	for (size_t i = 0; i < sizeof(op->otherwise_on); i++)
		if (op->otherwise_on[i] && err_is(e, op->otherwise_on[i]))
			return true;
	return false;
}

/* An error gains its operation and its origin here, once; one that another stage sent has its own. */
static void set_origin(const struct plan_header *p, const struct op *op, struct err *e)
{
	if (e->step[0])
		return;
	op_step(p, op, e->step, sizeof(e->step));
	const char *origin = plan_str(p, op->origin);
	if (!e->field[0] && origin)
		snprintf(e->field, sizeof(e->field), "%s", origin);
}

static int run_op(struct run *r, const struct op *op, perform_fn *const table[N_OPS], struct err *e)
{
	for (;;) {
		if (!table[op->kind])
			err_rule(e, NULL, "this stage cannot carry it out");
		else if (table[op->kind](r, op, e) == 0)
			return 0;
		if (!has_alternative(op, e))
			break;
		memset(e, 0, sizeof(*e));
		op = plan_op_at(r->plan, op->otherwise - 1);
	}
	set_origin(r->plan, op, e);
	return -1;
}

int run_list(struct run *r, enum stage stage, perform_fn *const table[N_OPS], struct err *e)
{
	struct plan_list l = r->plan->lists[stage];
	for (uint32_t i = l.first; i < l.first + l.n; i++)
		TRY(run_op(r, plan_op_at(r->plan, i), table, e));
	return 0;
}

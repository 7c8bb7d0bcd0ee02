/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/check.h"

#include <string.h>

#define QUEUE_MAX 64

/* The stages of one plan, as far as each has got. */
struct walk {
	const struct plan_header *p;
	uint32_t at[N_STAGES];
	bool begun[N_STAGES];
	struct { uint8_t from, to, what; } told[QUEUE_MAX]; /* and not yet heard, in order */
	uint32_t n_told;
	uint8_t filled[PLAN_SLOTS];
	struct err *e;
};

static int wrong(const struct walk *w, const struct op *op, const char *what)
{
	return err_rule(w->e, NULL, "plan: %s \"%s\": %s", stage_names[op->stage], op_defs[op->kind].name, what);
}

/* The oldest message to this stage; the socket keeps their order. */
static bool hear(struct walk *w, uint8_t from, uint8_t to, uint32_t what)
{
	for (uint32_t i = 0; i < w->n_told; i++) {
		if (w->told[i].to != to)
			continue;
		if (w->told[i].from != from || w->told[i].what != what)
			return false;
		memmove(&w->told[i], &w->told[i + 1], (w->n_told - i - 1) * sizeof(w->told[0]));
		w->n_told--;
		return true;
	}
	return false;
}

static int tell(struct walk *w, const struct op *op, uint8_t to, uint32_t what)
{
	if (w->n_told == QUEUE_MAX)
		return wrong(w, op, "too many messages on their way");
	w->told[w->n_told].from = op->stage;
	w->told[w->n_told].to = to;
	w->told[w->n_told++].what = (uint8_t)what;
	return 0;
}

static int check_slots(struct walk *w, const struct op *op)
{
	const struct op_def *d = &op_defs[op->kind];
	for (const struct op_field *f = d->fields; f && f->name; f++) {
		int32_t n;
		if (f->type != T_SLOT && f->type != T_FILLS)
			continue;
		memcpy(&n, (const char *)plan_at(w->p, op->args) + f->offset, sizeof(n));
		if (n >= 0 && f->type == T_SLOT && !w->filled[n])
			return wrong(w, op, "uses a descriptor that nothing has filled");
		if (n >= 0 && f->type == T_FILLS)
			w->filled[n] = 1;
	}
	return 0;
}

static bool has_listener(const struct walk *w, const struct op *op)
{
	return ((const struct op_seccomp *)plan_at(w->p, op->args))->how.v & SECCOMP_LISTENER;
}

/* One operation of a stage, unless it has to wait.  Returns 1 if it was done, 0 if not, -1. */
static int step(struct walk *w, const struct op *op)
{
	const struct op_sync *sync = op->args ? plan_at(w->p, op->args) : NULL;
	if (op->kind == OP_AWAIT)
		return hear(w, (uint8_t)sync->peer.v, op->stage, sync->what.v);
	if (op->kind == OP_LISTENER)
		return hear(w, STAGE_INIT, op->stage, SYNC_LISTENER);
	TRY(check_slots(w, op));
	for (const struct op *o = op; o->otherwise;) {
		o = plan_op_at(w->p, o->otherwise - 1);
		TRY(check_slots(w, o));
	}
	if (op->kind == OP_TELL)
		TRY(tell(w, op, (uint8_t)sync->peer.v, sync->what.v));
	if (op->kind == OP_CONSOLE)
		TRY(tell(w, op, STAGE_HOST, SYNC_CONSOLE));
	if (op->kind == OP_SECCOMP && has_listener(w, op))
		TRY(tell(w, op, STAGE_HOST, SYNC_LISTENER));
	if (op->kind == OP_CLONE) {
		uint32_t stage = ((const struct op_clone *)plan_at(w->p, op->args))->stage.v;
		if (stage <= op->stage || w->begun[stage])
			return wrong(w, op, "clones a stage that has begun");
		w->begun[stage] = true;
		if (op->stage == STAGE_BRIDGE)
			TRY(tell(w, op, STAGE_HOST, SYNC_INIT_PID));
	}
	return 1;
}

static bool at_end(const struct walk *w, int stage)
{
	return w->at[stage] == w->p->lists[stage].n;
}

static const struct op *current(const struct walk *w, int stage)
{
	return plan_op_at(w->p, w->p->lists[stage].first + w->at[stage]);
}

/* As far as this stage gets by itself.  Returns whether it got anywhere. */
static int advance(struct walk *w, int stage)
{
	int moved = 0;
	while (w->begun[stage] && !at_end(w, stage)) {
		int done = step(w, current(w, stage));
		if (done < 0)
			return -1;
		if (done == 0)
			break;
		w->at[stage]++;
		moved = 1;
	}
	return moved;
}

static int check_ends(struct walk *w)
{
	for (int s = 0; s < N_STAGES; s++)
		if (!at_end(w, s))
			return wrong(w, current(w, s), w->begun[s] ? "waits for ever" : "its stage never begins");
	if (w->n_told)
		return err_rule(w->e, NULL, "plan: %s tells \"%s\" and nobody awaits it",
				stage_names[w->told[0].from], sync_names[w->told[0].what]);
	return 0;
}

int plan_check_order(const struct plan_header *p, struct err *e)
{
	struct walk w = { .p = p, .e = e };
	w.begun[STAGE_HOST] = true;
	w.begun[STAGE_INIT] = p->alone;
	for (int moved = 1; moved;) {
		moved = 0;
		for (int s = 0; s < N_STAGES; s++) {
			int r = advance(&w, s);
			if (r < 0)
				return -1;
			moved |= r;
		}
	}
	return check_ends(&w);
}

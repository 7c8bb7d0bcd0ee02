/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plan/check.h"

void plan_init(struct plan *p, struct arena *a)
{
	*p = (struct plan){ .arena = a, .size = sizeof(struct plan_header) };
}

/* Room for `n` more bytes at the given alignment; returns their offset, or 0 once the plan is full. */
static uint32_t reserve(struct plan *p, size_t n, uint32_t align)
{
	uint32_t at = (p->size + align - 1) & ~(align - 1);
	if (p->full || n > PLAN_MAX - at) {
		p->full = true;
		return 0;
	}
	if (at + n > p->room) {
		uint32_t room = p->room ? p->room : 32768;
		while (room < at + n)
			room *= 2;
		char *data = arena_alloc_raw(p->arena, room);
		if (p->data)
			memcpy(data, p->data, p->size);
		p->data = data;
		p->room = room;
	}
	memset(p->data + p->size, 0, at - p->size);
	p->size = at + (uint32_t)n;
	return at;
}

static uint32_t add_bytes(struct plan *p, const void *bytes, size_t n, uint32_t align)
{
	uint32_t at = n ? reserve(p, n, align) : 0;
	if (at)
		memcpy(p->data + at, bytes, n);
	return at;
}

struct text plan_text(struct plan *p, const char *s)
{
	return (struct text){ s ? add_bytes(p, s, strlen(s) + 1, 1) : 0 };
}

ERR_PRINTF(2, 0) static struct text vfmt(struct plan *p, const char *fmt, va_list ap)
{
	char text[4096 + 256];
	vsnprintf(text, sizeof(text), fmt, ap);
	return plan_text(p, text);
}

struct text plan_fmt(struct plan *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct text t = vfmt(p, fmt, ap);
	va_end(ap);
	return t;
}

void plan_origin(struct plan *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	p->origin = vfmt(p, fmt, ap);
	va_end(ap);
	p->because = (struct text){ 0 };
}

void plan_because(struct plan *p, const char *reason)
{
	p->origin = (struct text){ 0 };
	p->because = plan_text(p, reason);
}

struct texts plan_texts(struct plan *p, const struct strings *s)
{
	struct texts l = { 0, (uint32_t)s->n };
	if (s->n == 0)
		return l;
	struct text *t = ARENA_ARRAY(p->arena, struct text, s->n);
	for (size_t i = 0; i < s->n; i++)
		t[i] = plan_text(p, s->items[i]);
	l.at = add_bytes(p, t, s->n * sizeof(*t), 4);
	return l;
}

struct numbers plan_numbers(struct plan *p, const uint32_t *numbers, size_t n)
{
	return (struct numbers){ add_bytes(p, numbers, n * sizeof(*numbers), 4), (uint32_t)n };
}

struct filter plan_filter(struct plan *p, const uint32_t *numbers, size_t n)
{
	return (struct filter){ add_bytes(p, numbers, n * sizeof(*numbers), 4), (uint32_t)n / 2 };
}

struct params plan_params(struct plan *p, const struct param *params, size_t n)
{
	return (struct params){ add_bytes(p, params, n * sizeof(*params), 4), (uint32_t)n };
}

struct slot plan_slot(struct plan *p, const char *name)
{
	if (p->n_slots >= PLAN_SLOTS) {
		p->full = true;
		return NO_SLOT;
	}
	if (p->n_slots == p->slots_room) {
		uint32_t room = p->slots_room ? p->slots_room * 2 : 32;
		struct plan_slot *slots = ARENA_ARRAY(p->arena, struct plan_slot, room);
		if (p->n_slots)
			memcpy(slots, p->slots, p->n_slots * sizeof(*slots));
		p->slots = slots;
		p->slots_room = room;
	}
	p->slots[p->n_slots] = (struct plan_slot){ plan_text(p, name), -1 };
	return (struct slot){ (int32_t)p->n_slots++ };
}

static struct op *append(struct plan *p, struct plan_ops *l)
{
	if (l->n == l->room) {
		uint32_t room = l->room ? l->room * 2 : 64;
		struct op *items = ARENA_ARRAY(p->arena, struct op, room);
		if (l->n)
			memcpy(items, l->items, l->n * sizeof(*items));
		l->items = items;
		l->room = room;
	}
	return &l->items[l->n++];
}

static struct op make_op(struct plan *p, enum stage stage, enum op_kind kind, const void *args)
{
	return (struct op){
		.kind = (uint16_t)kind,
		.stage = (uint8_t)stage,
		.origin = p->origin,
		.because = p->because,
		.args = add_bytes(p, args, op_defs[kind].size, 8),
	};
}

void plan_add(struct plan *p, enum stage stage, enum op_kind kind, const void *args)
{
	struct op op = make_op(p, stage, kind, args);
	*append(p, &p->lists[stage]) = op;
}

/* Until plan_finish, `otherwise` counts within the alternatives. */
void plan_otherwise(struct plan *p, enum stage stage, enum op_kind kind, const void *args, const int *errnos,
		    size_t n)
{
	struct plan_ops *l = &p->lists[stage];
	struct op *last = &l->items[l->n - 1];
	while (last->otherwise)
		last = &p->alternatives.items[last->otherwise - 1];
	for (size_t i = 0; i < n && i < sizeof(last->otherwise_on); i++)
		last->otherwise_on[i] = (uint8_t)errnos[i];
	last->otherwise = p->alternatives.n + 1;
	struct op op = make_op(p, stage, kind, args);
	op.instead = 1;
	*append(p, &p->alternatives) = op;
}

void plan_sync(struct plan *p, enum stage from, enum stage to, enum sync what, uint32_t limit)
{
	struct op_sync tell = { .what = { what }, .peer = { to } };
	struct op_sync await = { .what = { what }, .peer = { from }, .limit = limit };
	plan_add(p, from, OP_TELL, &tell);
	plan_add(p, to, OP_AWAIT, &await);
}

/* Alternatives stand behind all lists, so what they were counted from moves by the same amount. */
static uint32_t copy_ops(struct op *to, const struct plan_ops *l, uint32_t n_listed)
{
	for (uint32_t i = 0; i < l->n; i++) {
		to[i] = l->items[i];
		if (to[i].otherwise)
			to[i].otherwise += n_listed;
	}
	return l->n;
}

static void lay_out(struct plan *p, struct plan_header *h)
{
	struct op *ops = ARENA_ARRAY(p->arena, struct op, h->n_ops + 1);
	uint32_t n = 0, n_listed = h->n_ops - p->alternatives.n;
	for (int s = 0; s < N_STAGES; s++) {
		h->lists[s] = (struct plan_list){ n, p->lists[s].n };
		n += copy_ops(ops + n, &p->lists[s], n_listed);
	}
	copy_ops(ops + n, &p->alternatives, n_listed);
	h->ops = add_bytes(p, ops, h->n_ops * sizeof(*ops), 8);
	h->slots = add_bytes(p, p->slots, p->n_slots * sizeof(*p->slots), 8);
}

int plan_finish(struct plan *p, const struct plan_header **ret_plan, struct err *e)
{
	struct plan_header h = { .magic = PLAN_MAGIC, .version = PLAN_VERSION, .channel = -1, .program = -1,
				 .preserve_fds = p->preserve_fds, .keep_cpus = p->keep_cpus, .n_slots = p->n_slots,
				 .n_ops = p->alternatives.n, .alone = p->alone };
	for (int s = 0; s < N_STAGES; s++)
		h.n_ops += p->lists[s].n;
	reserve(p, 0, 1); /* the header alone, where nothing else is */
	lay_out(p, &h);
	if (p->full)
		return err_rule(e, NULL, "the configuration asks for more than one plan can hold (%u descriptors, "
					 "%u MB)", PLAN_SLOTS, PLAN_MAX >> 20);
	h.size = p->size;
	memcpy(p->data, &h, sizeof(h));
	*ret_plan = (const struct plan_header *)p->data;
	TRY(plan_check_shape(p->data, p->size, e));
	return plan_check_order(*ret_plan, e);
}

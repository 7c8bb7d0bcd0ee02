/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_BUILD_H
#define SOCLE_PLAN_BUILD_H

#include "base/arena.h"
#include "base/err.h"
#include "plan/op.h"
#include "spec/spec.h"

/* A plan being written.  Operations are added stage by stage in their order; texts and lists go into one growing
 * buffer at once; plan_finish puts all together.  Everything lives in the arena. */
struct plan_ops { struct op *items; uint32_t n, room; };

struct plan {
	struct arena *arena;
	char *data; /* behind room for the header; offsets are those of the finished plan */
	uint32_t size, room;
	struct plan_ops lists[N_STAGES], alternatives;
	struct plan_slot *slots;
	uint32_t n_slots, slots_room;
	struct text origin, because; /* of the operations that are added next */
	bool full;		     /* PLAN_MAX or PLAN_SLOTS reached: plan_finish refuses */
	uint32_t preserve_fds;
	bool keep_cpus;
	bool alone;
};

void plan_init(struct plan *p, struct arena *a);

/* Who asks for what is added next: a JSON pointer (printf), or a reason where nobody asked. */
void plan_origin(struct plan *p, const char *fmt, ...) ERR_PRINTF(2, 3);
void plan_because(struct plan *p, const char *reason);

struct text plan_text(struct plan *p, const char *s); /* NULL: none */
struct text plan_fmt(struct plan *p, const char *fmt, ...) ERR_PRINTF(2, 3);
struct texts plan_texts(struct plan *p, const struct strings *s);
struct numbers plan_numbers(struct plan *p, const uint32_t *numbers, size_t n);
struct filter plan_filter(struct plan *p, const uint32_t *numbers, size_t n); /* pairs of numbers */
struct params plan_params(struct plan *p, const struct param *params, size_t n);

/* A new descriptor of the plan.  Who fills it has it as plan_fills(). */
struct slot plan_slot(struct plan *p, const char *name);
static inline struct fills plan_fills(struct slot s)
{
	return (struct fills){ s.n };
}
#define NO_SLOT	 ((struct slot){ -1 })
#define NO_FILLS ((struct fills){ -1 })

/* Add an operation; `args` is a struct op_<kind>, or NULL where the kind has none. */
void plan_add(struct plan *p, enum stage stage, enum op_kind kind, const void *args);

/* What to do in place of the operation added last to this stage, if it fails with one of up to four errnos.
 * Called again, it gives the alternative an alternative. */
void plan_otherwise(struct plan *p, enum stage stage, enum op_kind kind, const void *args, const int *errnos,
		    size_t n);

/* Both halves of one stage telling another, so neither can be forgotten.  `limit`: seconds that the wait may last. */
void plan_sync(struct plan *p, enum stage from, enum stage to, enum sync what, uint32_t limit);

/* The finished plan, checked.  It lives in the arena. */
int plan_finish(struct plan *p, const struct plan_header **ret_plan, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The check that stands between a buffer and everything that reads plans: it refuses what is damaged, and what it
 * lets through can be walked and printed without leaving the buffer. */
#include "plan/op.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/check.h"
#include "plan/print.h"
#include "plan/sample.test.h"

/* A plan in a block of exactly its size, so that a sanitizer sees every byte beyond. */
struct copy {
	struct arena arena;
	const struct plan_header *plan; /* whole */
	char *bytes;			/* to be damaged */
	size_t size;
};

static void copy_make(struct copy *c, const char *config, const struct facts *facts)
{
	struct err e = { 0 };
	*c = (struct copy){ 0 };
	assert_int_equal(sample_plan(config, facts, &c->arena, &c->plan, &e), 0);
	c->size = c->plan->size;
	c->bytes = malloc(c->size);
	memcpy(c->bytes, c->plan, c->size);
}

static void copy_done(struct copy *c)
{
	free(c->bytes);
	arena_done(&c->arena);
}

static struct plan_header *header(struct copy *c)
{
	return (struct plan_header *)c->bytes;
}

/* Everything that trusts the check. */
static void use(const void *bytes)
{
	const struct plan_header *p = bytes;
	struct buf out = { 0 };
	struct err e = { 0 };
	char step[64];
	plan_print_text(p, &out);
	plan_print_json(p, &out);
	plan_check_order(p, &e);
	for (uint32_t i = 0; i < p->n_ops; i++)
		op_step(p, plan_op_at(p, i), step, sizeof(step));
	buf_done(&out);
}

static int check(struct copy *c)
{
	struct err e = { 0 };
	int r = plan_check_shape(c->bytes, c->size, &e);
	assert_int_equal(r < 0, err_is_set(&e));
	return r;
}

static void whole(void **state)
{
	(void)state;
	struct copy c;
	copy_make(&c, SAMPLE_FULL, &sample_hybrid);
	assert_int_equal(check(&c), 0);
	use(c.bytes);
	copy_done(&c);
}

/* Whatever is cut off, and whether or not the header owns up to it. */
static void cut_short(void **state)
{
	(void)state;
	struct copy c;
	struct err e = { 0 };
	copy_make(&c, SAMPLE_FULL, &sample_hybrid);
	for (size_t n = 0; n < c.size; n++) {
		char *part = malloc(n ? n : 1);
		memcpy(part, c.plan, n);
		assert_int_equal(plan_check_shape(part, n, &e), -1);
		if (n >= sizeof(struct plan_header)) {
			((struct plan_header *)part)->size = (uint32_t)n;
			assert_int_equal(plan_check_shape(part, n, &e), -1);
		}
		free(part);
	}
	copy_done(&c);
}

static void each_byte_flipped(void **state)
{
	static const unsigned char masks[] = { 0xff, 0x01, 0x80 };
	(void)state;
	struct copy c;
	size_t refused = 0;
	copy_make(&c, SAMPLE_SMALL("", ""), &sample_none);
	for (size_t i = 0; i < c.size; i++) {
		for (size_t k = 0; k < sizeof(masks); k++) {
			c.bytes[i] ^= (char)masks[k];
			if (check(&c) < 0)
				refused++;
			else if (k == 0)
				use(c.bytes);
			c.bytes[i] ^= (char)masks[k];
		}
	}
	assert_memory_equal(c.bytes, c.plan, c.size);
	assert_true(refused > 0);
	copy_done(&c);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Numbers that an offset, a count or a slot could go wrong with, at any place, several at once. */
static void random_numbers(void **state)
{
	(void)state;
	struct copy c;
	uint32_t seed = 1;
	copy_make(&c, SAMPLE_FULL, &sample_unified);
	const uint32_t values[] = { 0, 1, 4, sizeof(struct plan_header), (uint32_t)c.size - 1, (uint32_t)c.size,
				    (uint32_t)c.size - 8, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe };
	const size_t n_values = sizeof(values) / sizeof(values[0]);
	for (int round = 0; round < 20000; round++) {
		memcpy(c.bytes, c.plan, c.size);
		for (uint32_t n = 1 + next_random(&seed) % 3; n > 0; n--) {
			size_t at = next_random(&seed) % (c.size / 4) * 4;
			uint32_t which = next_random(&seed) % (n_values + 2);
			uint32_t v = which < n_values ? values[which] : next_random(&seed) % (uint32_t)c.size;
			memcpy(c.bytes + at, &v, sizeof(v));
		}
		if (check(&c) == 0 && round % 16 == 0)
			use(c.bytes);
	}
	copy_done(&c);
}

/* ---- damage of one kind each ------------------------------------------------------------------------------ */

static struct op *op_of(struct copy *c, enum op_kind kind)
{
	for (uint32_t i = 0; i < header(c)->n_ops; i++) {
		struct op *op = (struct op *)(c->bytes + header(c)->ops) + i;
		if (op->kind == kind)
			return op;
	}
	fail_msg("no operation of kind %d", kind);
	return NULL;
}

static void *args_of(struct copy *c, enum op_kind kind)
{
	return c->bytes + op_of(c, kind)->args;
}

#define REFUSED(damage, message) \
	do { \
		struct err e = { 0 }; \
		memcpy(c.bytes, c.plan, c.size); \
		damage; \
		assert_int_equal(plan_check_shape(c.bytes, c.size, &e), -1); \
		if (!strstr(e.text, message)) \
			fail_msg("%s: %s", #damage, e.text); \
	} while (0)

#define MOUNT ((struct op_mount *)args_of(&c, OP_MOUNT))

static void damaged_header(void **state)
{
	(void)state;
	struct copy c;
	copy_make(&c, SAMPLE_FULL, &sample_hybrid);
	struct plan_header *h = header(&c);
	uint32_t size = (uint32_t)c.size;
	REFUSED(h->magic[0] = 'S', "this is none");
	REFUSED(h->version++, "version 2");
	REFUSED(h->size--, "wrong size");
	REFUSED(h->size++, "wrong size");
	REFUSED(h->ops = 0, "offset out of range");
	REFUSED(h->ops += 4, "offset out of range");
	REFUSED(h->ops = size, "offset out of range");
	REFUSED(h->n_ops = 0xffffffff, "offset out of range");
	REFUSED(h->n_ops = 0, "list out of range");
	REFUSED(h->slots = 8, "offset out of range");
	REFUSED(h->n_slots = PLAN_SLOTS + 1, "too many slots");
	REFUSED(h->n_slots = PLAN_SLOTS, "offset out of range");
	REFUSED(h->n_slots = 0, "no such slot");
	REFUSED(h->lists[STAGE_HOST].n = 0xffffffff, "list out of range");
	REFUSED(h->lists[STAGE_INIT].first = h->n_ops + 1, "list out of range");
	REFUSED(h->lists[STAGE_HOST].n++, "list of two stages");
	REFUSED(((struct plan_slot *)(c.bytes + h->slots))->name.at = size, "text out of range");
	REFUSED(((struct plan_slot *)(c.bytes + h->slots))->name.at = 0, "slot without a name");
	copy_done(&c);
}

static void damaged_operations(void **state)
{
	(void)state;
	struct copy c;
	copy_make(&c, SAMPLE_FULL, &sample_hybrid);
	struct op *first = (struct op *)(c.bytes + header(&c)->ops);
	REFUSED(first->kind = OP_NONE, "unknown operation");
	REFUSED(first->kind = N_OPS, "unknown operation");
	REFUSED(first->stage = N_STAGES, "wrong stage");
	REFUSED(first->stage = STAGE_INIT, "wrong stage");
	REFUSED(first->args = 0, "no arguments");
	REFUSED(first->args += 4, "offset out of range");
	REFUSED(first->args = (uint32_t)c.size & ~7u, "offset out of range");
	REFUSED(first->origin.at = 4, "text out of range");
	REFUSED(first->because.at = (uint32_t)c.size, "text out of range");
	REFUSED(op_of(&c, OP_SESSION)->args = first->args, "arguments where none belong");
	struct op *node = op_of(&c, OP_NODE);
	REFUSED(node->otherwise = header(&c)->n_ops + 1, "alternative out of range");
	REFUSED(node->otherwise = (uint32_t)(node - first) + 1, "alternative out of range");
	REFUSED(node->otherwise = 1, "alternative out of range");
	REFUSED(first->otherwise = node->otherwise, "alternative of another stage");
	copy_done(&c);
}

static void damaged_arguments(void **state)
{
	(void)state;
	struct copy c;
	copy_make(&c, SAMPLE_FULL, &sample_hybrid);
	uint32_t size = (uint32_t)c.size;
	struct op_state_dir *dir = args_of(&c, OP_STATE_DIR);
	struct op_exec *exec = args_of(&c, OP_EXEC);
	struct op_credentials *cred = args_of(&c, OP_CREDENTIALS);
	struct op_sync *tell = args_of(&c, OP_TELL);
	REFUSED(dir->id.at = 0, "state directory without \"id\"");
	REFUSED(dir->id.at = size, "text out of range");
	REFUSED(dir->id.at = 4, "text out of range");
	REFUSED(dir->id.at = size - 1; c.bytes[size - 1] = 'x', "text out of range");
	REFUSED(MOUNT->root.n = -1, "mount without \"root\"");
	REFUSED(MOUNT->root.n = -2, "without");
	REFUSED(MOUNT->tree.n = -2, "no such slot");
	REFUSED(MOUNT->root.n = (int32_t)header(&c)->n_slots, "no such slot");
	REFUSED(MOUNT->how.v = 1u << 31, "how");
	REFUSED(MOUNT->options = ((struct params){ size, 1 }), "offset out of range");
	REFUSED(MOUNT->spread = ((struct spreads){ size - 4, 2 }), "offset out of range");
	REFUSED(tell->what.v = N_SYNC, "(");
	REFUSED(tell->peer.v = N_STAGES, "peer");
	REFUSED(exec->args.n = 0, "without \"\"");
	REFUSED(exec->args.n = 0x40000001, "offset out of range"); /* 4 n would be 4 in 32 bits */
	REFUSED(exec->args.at += 2, "offset out of range");
	REFUSED(*(uint32_t *)(c.bytes + exec->args.at) = 0, "missing text in a list");
	REFUSED(*(uint32_t *)(c.bytes + exec->env.at) = size, "text out of range");
	REFUSED(cred->groups.at = 8, "offset out of range");
	copy_done(&c);
}

static void names_of_steps(void **state)
{
	(void)state;
	struct copy c;
	char step[64];
	copy_make(&c, SAMPLE_FULL, &sample_hybrid);
	static const struct { enum op_kind kind; const char *step; } rows[] = {
		{ OP_MOUNT, "mount proc" },	     { OP_CLONE, "clone bridge" },   { OP_RLIMIT, "rlimit NOFILE" },
		{ OP_SESSION, "session" },	     { OP_JOIN, "join pid" },	     { OP_UNSHARE, "unshare cgroup" },
		{ OP_CHANGE_ROOT, "change root pivot_root" }, { OP_BIND, "bind" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		op_step(c.plan, op_of(&c, rows[i].kind), step, sizeof(step));
		assert_string_equal(step, rows[i].step);
	}
	op_step(c.plan, op_of(&c, OP_MOUNT), step, 4);
	assert_string_equal(step, "mou");
	copy_done(&c);
}

/* Each kind is described: a name, the stages, and where it has arguments, all of their members in order. */
static void table(void **state)
{
	(void)state;
	for (int k = OP_NONE + 1; k < N_OPS; k++) {
		const struct op_def *d = &op_defs[k];
		assert_non_null(d->name);
		assert_true(d->stages != 0 && d->stages < 1u << N_STAGES);
		assert_int_equal(d->size == 0, d->fields == NULL);
		for (const struct op_field *f = d->fields; f && f->name; f++) {
			assert_true(f->offset < d->size);
			assert_int_equal(f->type == T_CHOICE || f->type == T_FLAGS, f->names != NULL);
			for (const struct op_field *g = d->fields; g < f; g++) {
				assert_int_not_equal(g->offset, f->offset);
				if (strcmp(g->name, f->name) == 0)
					fail_msg("%s: \"%s\" twice", d->name, f->name);
			}
		}
		for (int other = OP_NONE + 1; other < k; other++)
			assert_string_not_equal(d->name, op_defs[other].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(each_byte_flipped),
		cmocka_unit_test(random_numbers),
		cmocka_unit_test(damaged_header),
		cmocka_unit_test(damaged_operations),
		cmocka_unit_test(damaged_arguments),
		cmocka_unit_test(names_of_steps),
		cmocka_unit_test(table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

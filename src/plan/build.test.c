/* SPDX-License-Identifier: Apache-2.0 */
/* What is added to a plan is what one reads of it, however much it is. */
#include "plan/build.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture { struct arena arena; struct plan plan; };

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){ 0 };
	plan_init(&f.plan, &f.arena);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	arena_done(&((struct fixture *)*state)->arena);
	return 0;
}

static void clone_init(struct plan *p)
{
	struct op_clone clone = { { 0 }, { STAGE_INIT }, NO_SLOT };
	plan_add(p, STAGE_HOST, OP_CLONE, &clone);
}

static const struct plan_header *finish(struct plan *p)
{
	const struct plan_header *done = NULL;
	struct err e = { 0 };
	if (plan_finish(p, &done, &e) < 0)
		fail_msg("%s", e.text);
	return done;
}

static void empty(void **state)
{
	const struct plan_header *p = finish(&((struct fixture *)*state)->plan);
	assert_string_equal(p->magic, PLAN_MAGIC);
	assert_int_equal(p->size, sizeof(*p));
	assert_int_equal(p->n_ops, 0);
	assert_int_equal(p->channel, -1);
	assert_int_equal(p->program, -1);
}

static void lists_and_texts(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	struct strings args = { 3, (const char *[]){ "sh", "", "a\nb" } };
	const uint32_t groups[] = { 7, 0, UINT32_MAX };
	struct op_exec exec = { plan_texts(p, &args), plan_texts(p, &(struct strings){ 0 }) };
	struct op_credentials cred = { .groups = plan_numbers(p, groups, 3) };
	struct op_name name = { plan_fmt(p, "%s-%d", "h", 5) };

	clone_init(p);
	plan_origin(p, "/process/%s", "user");
	plan_add(p, STAGE_INIT, OP_CREDENTIALS, &cred);
	plan_because(p, "reason");
	plan_add(p, STAGE_INIT, OP_HOSTNAME, &name);
	plan_add(p, STAGE_INIT, OP_EXEC, &exec);
	const struct plan_header *h = finish(p);

	assert_int_equal(h->n_ops, 4);
	assert_int_equal(h->lists[STAGE_HOST].n, 1);
	assert_int_equal(h->lists[STAGE_BRIDGE].n, 0);
	assert_int_equal(h->lists[STAGE_INIT].n, 3);
	const struct op *op = plan_op_at(h, h->lists[STAGE_INIT].first);
	const struct op_credentials *c = plan_at(h, op->args);
	assert_string_equal(plan_str(h, op->origin), "/process/user");
	assert_null(plan_str(h, op->because));
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(plan_number_at(h, c->groups.at, i), groups[i]);
	op++;
	assert_null(plan_str(h, op->origin));
	assert_string_equal(plan_str(h, op->because), "reason");
	assert_string_equal(plan_str(h, ((const struct op_name *)plan_at(h, op->args))->name), "h-5");
	op++;
	const struct op_exec *x = plan_at(h, op->args);
	assert_int_equal(x->args.n, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_string_equal(plan_str_at(h, x->args, i), args.items[i]);
	assert_int_equal(x->env.n, 0);
}

/* Alternatives stand behind all lists; a chain leads from one to the next, whatever was added in between. */
static void alternatives(void **state)
{
	static const int first[] = { EPERM, EACCES }, second[] = { EROFS };
	struct plan *p = &((struct fixture *)*state)->plan;
	struct slot s = plan_slot(p, "root");
	struct op_root root = { plan_text(p, "/r"), NO_SLOT, plan_fills(s), { 0 } };
	clone_init(p);
	plan_add(p, STAGE_INIT, OP_ROOT, &root);
	for (uint32_t i = 0; i < 100; i++) { /* more than the lists have room for at first */
		struct op_node node = { .root = s, .path = plan_fmt(p, "/dev/n%u", i), .major = i };
		plan_add(p, STAGE_INIT, OP_NODE, &node);
		if (i % 2)
			continue;
		plan_otherwise(p, STAGE_INIT, OP_BIND_NODE, &node, first, 2);
		node.minor = i;
		plan_otherwise(p, STAGE_INIT, OP_NODE, &node, second, 1);
	}
	const struct plan_header *h = finish(p);
	const struct op *op = plan_op_at(h, h->lists[STAGE_INIT].first + 1);
	for (uint32_t i = 0; i < 100; i++, op++) {
		assert_int_equal(((const struct op_node *)plan_at(h, op->args))->major, i);
		assert_int_equal(op->instead, 0);
		if (i % 2) {
			assert_int_equal(op->otherwise, 0);
			continue;
		}
		assert_int_equal(op->otherwise_on[0], EPERM);
		assert_int_equal(op->otherwise_on[1], EACCES);
		assert_int_equal(op->otherwise_on[2], 0);
		const struct op *bind = plan_op_at(h, op->otherwise - 1);
		assert_int_equal(bind->kind, OP_BIND_NODE);
		assert_int_equal(bind->instead, 1);
		assert_int_equal(bind->otherwise_on[0], EROFS);
		const struct op *last = plan_op_at(h, bind->otherwise - 1);
		assert_int_equal(last->kind, OP_NODE);
		assert_int_equal(last->otherwise, 0);
		assert_int_equal(((const struct op_node *)plan_at(h, last->args))->minor, i);
	}
}

static void both_halves(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_init(p);
	plan_sync(p, STAGE_INIT, STAGE_HOST, SYNC_READY, 9);
	const struct plan_header *h = finish(p);
	const struct op *await = plan_op_at(h, h->lists[STAGE_HOST].first + 1);
	const struct op *tell = plan_op_at(h, h->lists[STAGE_INIT].first);
	const struct op_sync *a = plan_at(h, await->args), *t = plan_at(h, tell->args);
	assert_int_equal(await->kind, OP_AWAIT);
	assert_int_equal(tell->kind, OP_TELL);
	assert_int_equal(a->what.v, SYNC_READY);
	assert_int_equal(t->what.v, SYNC_READY);
	assert_int_equal(a->peer.v, STAGE_INIT);
	assert_int_equal(t->peer.v, STAGE_HOST);
	assert_int_equal(a->limit, 9);
	assert_int_equal(t->limit, 0);
}

static void slots(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	for (uint32_t i = 0; i < PLAN_SLOTS; i++)
		assert_int_equal(plan_slot(p, i % 2 ? "odd" : "even").n, i);
	const struct plan_header *h = finish(p);
	assert_int_equal(h->n_slots, PLAN_SLOTS);
	for (uint32_t i = 0; i < PLAN_SLOTS; i++) {
		assert_string_equal(plan_str(h, plan_slot_at(h, i)->name), i % 2 ? "odd" : "even");
		assert_int_equal(plan_slot_at(h, i)->fd, -1);
	}
}

static void refused_when_full(struct plan *p)
{
	const struct plan_header *done;
	struct err e = { 0 };
	assert_int_equal(plan_finish(p, &done, &e), -1);
	assert_non_null(strstr(e.text, "more than one plan can hold"));
}

static void too_many_slots(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	for (uint32_t i = 0; i < PLAN_SLOTS; i++)
		plan_slot(p, "s");
	assert_int_equal(plan_slot(p, "one more").n, -1);
	refused_when_full(p);
}

static void too_large(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	const size_t size = 1 << 20;
	char *text = malloc(size + 1);
	memset(text, 'x', size);
	text[size] = 0;
	for (uint32_t i = 0; i < (PLAN_MAX >> 20) - 1; i++)
		assert_int_not_equal(plan_text(p, text).at, 0);
	assert_int_equal(plan_text(p, text).at, 0);
	assert_int_equal(plan_text(p, "").at, 0); /* full stays full */
	free(text);
	refused_when_full(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty), TEST(lists_and_texts), TEST(alternatives), TEST(both_halves),
		TEST(slots), TEST(too_many_slots),  TEST(too_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

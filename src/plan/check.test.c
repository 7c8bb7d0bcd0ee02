/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that nobody could carry out. */
#include "plan/check.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "plan/build.h"
#include "plan/sample.test.h"

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

static void clone_stage(struct plan *p, enum stage from, enum stage to)
{
	struct op_clone clone = { { 0 }, { to }, NO_SLOT };
	plan_add(p, from, OP_CLONE, &clone);
}

static void half(struct plan *p, enum stage stage, enum op_kind kind, enum sync what, enum stage peer)
{
	struct op_sync sync = { { what }, { peer }, 0 };
	plan_add(p, stage, kind, &sync);
}

/* NULL: it can be carried out. */
static void expect(struct plan *p, const char *message)
{
	const struct plan_header *done;
	struct err e = { 0 };
	int r = plan_finish(p, &done, &e);
	if (message)
		assert_string_equal(e.text, message);
	else if (r < 0)
		fail_msg("%s", e.text);
	assert_int_equal(r, message ? -1 : 0);
}

static void pairs(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	plan_sync(p, STAGE_INIT, STAGE_HOST, SYNC_READY, 1);
	plan_sync(p, STAGE_HOST, STAGE_INIT, SYNC_GO, 1);
	expect(p, NULL);
}

static void three_stages(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_BRIDGE);
	clone_stage(p, STAGE_BRIDGE, STAGE_INIT);
	half(p, STAGE_HOST, OP_AWAIT, SYNC_INIT_PID, STAGE_BRIDGE);
	plan_sync(p, STAGE_INIT, STAGE_HOST, SYNC_READY, 1);
	expect(p, NULL);
}

static void nobody_hears_the_pid(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_BRIDGE);
	clone_stage(p, STAGE_BRIDGE, STAGE_INIT);
	expect(p, "plan: bridge tells \"init's pid\" and nobody awaits it");
}

static void circle(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	half(p, STAGE_HOST, OP_AWAIT, SYNC_READY, STAGE_INIT);
	half(p, STAGE_INIT, OP_AWAIT, SYNC_GO, STAGE_HOST);
	half(p, STAGE_HOST, OP_TELL, SYNC_GO, STAGE_INIT);
	half(p, STAGE_INIT, OP_TELL, SYNC_READY, STAGE_HOST);
	expect(p, "plan: host \"await\": waits for ever");
}

static void circle_of_three(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_BRIDGE);
	clone_stage(p, STAGE_BRIDGE, STAGE_INIT);
	half(p, STAGE_HOST, OP_AWAIT, SYNC_INIT_PID, STAGE_BRIDGE);
	half(p, STAGE_HOST, OP_AWAIT, SYNC_READY, STAGE_INIT);
	half(p, STAGE_HOST, OP_TELL, SYNC_MAPPED, STAGE_BRIDGE);
	half(p, STAGE_BRIDGE, OP_AWAIT, SYNC_MAPPED, STAGE_HOST);
	half(p, STAGE_BRIDGE, OP_TELL, SYNC_GO, STAGE_INIT);
	half(p, STAGE_INIT, OP_AWAIT, SYNC_GO, STAGE_BRIDGE);
	half(p, STAGE_INIT, OP_TELL, SYNC_READY, STAGE_HOST);
	expect(p, "plan: host \"await\": waits for ever");
}

static void untold(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	half(p, STAGE_INIT, OP_AWAIT, SYNC_GO, STAGE_HOST);
	expect(p, "plan: init \"await\": waits for ever");
}

static void unheard(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	half(p, STAGE_INIT, OP_TELL, SYNC_READY, STAGE_HOST);
	expect(p, "plan: init tells \"ready\" and nobody awaits it");
}

/* One socket keeps its order: what was told first is heard first. */
static void wrong_order(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	half(p, STAGE_INIT, OP_TELL, SYNC_MOUNTED, STAGE_HOST);
	half(p, STAGE_INIT, OP_TELL, SYNC_READY, STAGE_HOST);
	half(p, STAGE_HOST, OP_AWAIT, SYNC_READY, STAGE_INIT);
	half(p, STAGE_HOST, OP_AWAIT, SYNC_MOUNTED, STAGE_INIT);
	expect(p, "plan: host \"await\": waits for ever");
}

static void too_many_messages(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	for (int i = 0; i < 100; i++)
		half(p, STAGE_HOST, OP_TELL, SYNC_GO, STAGE_INIT);
	expect(p, "plan: host \"tell\": too many messages on their way");
}

static void told_by_another(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	half(p, STAGE_HOST, OP_TELL, SYNC_GO, STAGE_INIT);
	half(p, STAGE_INIT, OP_AWAIT, SYNC_GO, STAGE_BRIDGE);
	expect(p, "plan: init \"await\": waits for ever");
}

/* The terminal's master is a message, too. */
static void console(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	struct slot root = plan_slot(p, "root");
	struct op_root make = { plan_text(p, "/r"), NO_SLOT, plan_fills(root), { 0 } };
	struct op_console console = { .root = root, .devpts = NO_SLOT };
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	plan_add(p, STAGE_INIT, OP_ROOT, &make);
	plan_add(p, STAGE_INIT, OP_CONSOLE, &console);
	expect(p, "plan: init tells \"console\" and nobody awaits it");
}

static void never_begun(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	plan_add(p, STAGE_INIT, OP_SESSION, NULL);
	expect(p, "plan: init \"session\": its stage never begins");
}

static void begun_twice(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	expect(p, "plan: host \"clone\": clones a stage that has begun");
}

static void clones_its_parent(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_HOST);
	expect(p, "plan: host \"clone\": clones a stage that has begun");
}

static void unfilled(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	struct op_attributes attr = { plan_slot(p, "root"), { 1 }, 0 };
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	plan_add(p, STAGE_INIT, OP_ATTRIBUTES, &attr);
	expect(p, "plan: init \"mount attributes\": uses a descriptor that nothing has filled");
}

static void filled_too_late(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	struct slot s = plan_slot(p, "root");
	struct op_attributes attr = { s, { 1 }, 0 };
	struct op_root root = { plan_text(p, "/r"), NO_SLOT, plan_fills(s), { 0 } };
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	plan_add(p, STAGE_INIT, OP_ATTRIBUTES, &attr);
	plan_add(p, STAGE_INIT, OP_ROOT, &root);
	expect(p, "plan: init \"mount attributes\": uses a descriptor that nothing has filled");
}

static void alternative_unfilled(void **state)
{
	static const int errnos[] = { EPERM };
	struct plan *p = &((struct fixture *)*state)->plan;
	struct slot s = plan_slot(p, "root"), none = plan_slot(p, "none");
	struct op_root root = { plan_text(p, "/r"), NO_SLOT, plan_fills(s), { 0 } };
	struct op_node node = { .root = s, .path = plan_text(p, "/dev/null") }, bound = node;
	bound.root = none;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	plan_add(p, STAGE_INIT, OP_ROOT, &root);
	plan_add(p, STAGE_INIT, OP_NODE, &node);
	plan_otherwise(p, STAGE_INIT, OP_BIND_NODE, &bound, errnos, 1);
	expect(p, "plan: init \"bind device node\": uses a descriptor that nothing has filled");
}

static void add_seccomp(struct plan *p, uint32_t how)
{
	static const uint32_t allow[] = { 6, 0x7fff0000 };
	struct op_seccomp op = { plan_filter(p, allow, 2), { how } };
	plan_add(p, STAGE_INIT, OP_SECCOMP, &op);
}

static void add_listener(struct plan *p)
{
	struct op_listener op = { plan_text(p, "/agent"), { 0 }, 10 };
	plan_add(p, STAGE_HOST, OP_LISTENER, &op);
}

static void listener(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	add_seccomp(p, SECCOMP_LISTENER);
	add_listener(p);
	plan_sync(p, STAGE_HOST, STAGE_INIT, SYNC_GO, 10);
	expect(p, NULL);
}

static void listener_of_nobody(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	add_seccomp(p, SECCOMP_TSYNC);
	add_listener(p);
	expect(p, "plan: host \"seccomp listener\": waits for ever");
}

static void listener_that_nobody_takes(void **state)
{
	struct plan *p = &((struct fixture *)*state)->plan;
	clone_stage(p, STAGE_HOST, STAGE_INIT);
	add_seccomp(p, SECCOMP_LISTENER);
	expect(p, "plan: init tells \"listener\" and nobody awaits it");
}

static void the_planners_own(void **state)
{
	struct fixture *f = *state;
	static const struct facts *const facts[] = { &sample_hybrid, &sample_unified };
	for (size_t i = 0; i < 2; i++) {
		const struct plan_header *plan;
		struct err e = { 0 };
		if (sample_plan(SAMPLE_FULL, facts[i], &f->arena, &plan, &e) < 0)
			fail_msg("%s", e.text);
		assert_int_equal(plan_check_order(plan, &e), 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pairs), TEST(three_stages), TEST(nobody_hears_the_pid), TEST(circle), TEST(circle_of_three),
		TEST(untold), TEST(unheard), TEST(wrong_order), TEST(too_many_messages), TEST(told_by_another),
		TEST(console), TEST(never_begun), TEST(begun_twice), TEST(clones_its_parent), TEST(unfilled),
		TEST(filled_too_late), TEST(alternative_unfilled), TEST(listener), TEST(listener_of_nobody),
		TEST(listener_that_nobody_takes), TEST(the_planners_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

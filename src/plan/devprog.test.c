/* SPDX-License-Identifier: Apache-2.0 */

/* The device program against the sentence that defines it: an interpreter of the instructions it
 * may consist of, a model that is as simple as it can be, and every device and access of a small
 * world. */
#include "plan/devprog.h"

#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct request {
	unsigned type, access;
	uint32_t major, minor;
};

/* ---- what the kernel would do ---------------------------------------------------------------- */

static uint64_t load(const struct request *r, int off)
{
	switch (off) {
	case 0: return r->access << 16 | r->type;
	case 4: return r->major;
	case 8: return r->minor;
	default: fail_msg("load at %d", off); return 0;
	}
}

static bool jumps(unsigned op, uint32_t value, uint32_t imm)
{
	switch (op) {
	case BPF_JEQ: return value == imm;
	case BPF_JNE: return value != imm;
	case BPF_JSET: return value & imm;
	default: fail_msg("jump %#x", op); return false;
	}
}

static uint64_t alu(unsigned op, uint64_t old, uint32_t operand)
{
	switch (op) {
	case BPF_MOV: return operand;
	case BPF_AND: return (uint32_t)old & operand;
	case BPF_RSH: return (uint32_t)old >> operand;
	default: fail_msg("operation %#x", op); return 0;
	}
}

/* `seen`: which instructions have been reached. */
static bool interpret(const uint64_t *program, size_t n, const struct request *r, bool *seen)
{
	const struct bpf_insn *insns = (const struct bpf_insn *)program;
	uint64_t reg[16] = {};

	for (size_t at = 0; at < n; at++) {
		const struct bpf_insn *i = &insns[at];

		seen[at] = true;
		switch (BPF_CLASS(i->code)) {
		case BPF_LDX:
			assert_int_equal(i->code, BPF_LDX | BPF_MEM | BPF_W);
			assert_int_equal(i->src_reg, 1);
			reg[i->dst_reg] = load(r, i->off);
			break;
		case BPF_ALU:
			reg[i->dst_reg] = alu(BPF_OP(i->code), reg[i->dst_reg],
					      BPF_SRC(i->code) == BPF_X ? (uint32_t)reg[i->src_reg]
									: (uint32_t)i->imm);
			break;
		case BPF_JMP32:
			if (jumps(BPF_OP(i->code), (uint32_t)reg[i->dst_reg], (uint32_t)i->imm))
				at += (size_t)i->off;
			break;
		case BPF_JMP:
			if (i->code == (BPF_JMP | BPF_EXIT))
				return reg[0];
			assert_int_equal(i->code, BPF_JMP | BPF_JA);
			at += (size_t)i->off;
			break;
		default: fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("fell off the end");
	return false;
}

/* What the verifier looks at first: jumps go forward and stay inside, and everything can be
 * reached. */
static void check_shape(const uint64_t *program, size_t n)
{
	const struct bpf_insn *insns = (const struct bpf_insn *)program;
	bool *reached = calloc(n + 1, sizeof(bool));

	reached[0] = true;
	for (size_t i = 0; i < n; i++) {
		bool is_jump = BPF_CLASS(insns[i].code) == BPF_JMP ||
			       BPF_CLASS(insns[i].code) == BPF_JMP32;
		bool goes_on = !is_jump || BPF_CLASS(insns[i].code) == BPF_JMP32;

		assert_true(reached[i]);
		if (is_jump && insns[i].code != (BPF_JMP | BPF_EXIT)) {
			assert_true(insns[i].off >= 0 && i + 1 + (size_t)insns[i].off < n);
			reached[i + 1 + (size_t)insns[i].off] = true;
		}
		if (goes_on)
			reached[i + 1] = true;
	}
	assert_false(reached[n]);
	free(reached);
}

/* ---- what the rules say ---------------------------------------------------------------------- */

static bool says(const struct spec_device_rule *rule, const struct request *r, unsigned access)
{
	static const char letters[] = { [1] = 'm', [2] = 'r', [4] = 'w' };
	char type = r->type == BPF_DEVCG_DEV_BLOCK ? 'b' : 'c';

	if (rule->type && rule->type[0] != 'a' && rule->type[0] != type)
		return false;
	if (rule->major.set && rule->major.v != -1 && rule->major.v != r->major)
		return false;
	if (rule->minor.set && rule->minor.v != -1 && rule->minor.v != r->minor)
		return false;
	return !rule->access || strchr(rule->access, letters[access]);
}

static bool model(const struct spec_device_rule *rules, size_t n, const struct request *r)
{
	for (unsigned access = 1; access <= 4; access <<= 1) {
		bool allowed = !(r->access & access);

		for (size_t i = 0; i < n; i++)
			if (r->access & access && says(&rules[i], r, access))
				allowed = rules[i].allow;
		if (!allowed)
			return false;
	}
	return true;
}

/* ---- a small world --------------------------------------------------------------------------- */

static const int64_t numbers[] = { 0, 1, 5, 0xfffffffe, -1 };
#define N_NUMBERS 4 /* those that a device can have */

static struct opt_i64 pick_number(unsigned *seed)
{
	unsigned i = (unsigned)rand_r(seed) % 7;

	return (struct opt_i64){ .set = i < 5, .v = i < 5 ? numbers[i] : 99 };
}

static struct spec_device_rule pick_rule(unsigned *seed)
{
	static const char *const types[] = { NULL, "a", "b", "c", "c", "b" };
	static const char *const accesses[] = {
		NULL, "rwm", "r", "w", "m", "rw", "mr", "wm", "rr"
	};
	struct spec_device_rule rule = { .allow = rand_r(seed) % 3 > 0 };

	rule.type = types[(unsigned)rand_r(seed) % 6];
	rule.major = pick_number(seed);
	rule.minor = pick_number(seed);
	rule.access = accesses[(unsigned)rand_r(seed) % 9];
	return rule;
}

static void compare_at(const struct spec_device_rule *rules, size_t n, const uint64_t *program,
		       size_t n_insns, const struct request *r)
{
	bool seen[512] = {};

	assert_true(n_insns <= 512);
	assert_int_equal(interpret(program, n_insns, r, seen), model(rules, n, r));
}

static size_t compare(const struct spec_device_rule *rules, size_t n)
{
	_cleanup_(arena_done) struct arena a = {};
	struct err e = {};
	uint64_t *program;
	size_t n_insns;

	assert_int_equal(devprog_build(rules, n, &a, &program, &n_insns, &e), 0);
	check_shape(program, n_insns);
	for (unsigned i = 0; i < N_NUMBERS * N_NUMBERS * 2 * 8; i++) {
		struct request r = {
			.type = i & 1 ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK,
			.access = i >> 1 & 7,
			.major = (uint32_t)numbers[i >> 4 & 3],
			.minor = (uint32_t)numbers[i >> 6 & 3],
		};

		compare_at(rules, n, program, n_insns, &r);
	}
	return n_insns;
}

static void test_random_lists(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		struct spec_device_rule rules[24];
		size_t n = (unsigned)rand_r(&seed) % 24;

		for (size_t i = 0; i < n; i++)
			rules[i] = pick_rule(&seed);
		compare(rules, n);
	}
}

/* ---- certain lists --------------------------------------------------------------------------- */

#define AT(n)             \
	{                 \
		true, (n) \
	}

static void test_edges(void **state)
{
	struct spec_device_rule nothing[1] = {};
	struct spec_device_rule all[] = { { .allow = true } };
	struct spec_device_rule all_in_halves[] = {
		{ true, "a", AT(1), AT(5), "r" },
		{ true, "b", {}, {}, NULL },
		{ true, "c", AT(-1), AT(-1), "rwm" },
	};
	struct spec_device_rule deny_after_all[] = { { .allow = true },
						     { false, "c", AT(1), {}, "w" } };

	(void)state;
	assert_int_equal(compare(nothing, 0), 11);
	assert_int_equal(compare(nothing, 1), 11);
	assert_int_equal(compare(all, 1), 2);
	assert_int_equal(compare(all_in_halves, 3), 2);
	compare(deny_after_all, 2);
}

static void test_size_of_default(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	struct spec_device_rule deny_all[] = { { .allow = false, .access = "rwm" } };
	struct spec_device_rules config = { 1, deny_all }, rules;

	(void)state;
	devprog_default_rules(&config, &(struct spec_devices){}, &a, &rules);
	assert_int_equal(rules.n, 11);
	assert_true(compare(rules.items, rules.n) <= 48);
}

static void test_longest(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	struct spec_device_rule *rules =
		ARENA_ARRAY(&a, struct spec_device_rule, DEVPROG_RULES_MAX + 1);
	struct err e = {};
	uint64_t *program;
	size_t n;

	(void)state;
	for (int i = 0; i <= DEVPROG_RULES_MAX; i++)
		rules[i] = (struct spec_device_rule){ i % 2, "c", AT(i / 4), AT(i / 2 % 2 + 7),
						      i % 2 ? "rw" : "r" };
	assert_int_equal(devprog_build(rules, DEVPROG_RULES_MAX, &a, &program, &n, &e), 0);
	check_shape(program, n);
	assert_int_equal(devprog_build(rules, DEVPROG_RULES_MAX + 1, &a, &program, &n, &e), -1);
	assert_string_equal(e.field, "/linux/resources/devices");
}

static void expect_refusal(struct spec_device_rule bad, const char *member)
{
	_cleanup_(arena_done) struct arena a = {};
	struct spec_device_rule rules[] = { { .allow = true }, bad };
	struct err e = {};
	char field[64];
	uint64_t *program;
	size_t n;

	snprintf(field, sizeof(field), "/linux/resources/devices/1/%s", member);
	assert_int_equal(devprog_build(rules, 2, &a, &program, &n, &e), -1);
	assert_string_equal(e.field, field);
}

static void test_refusals(void **state)
{
	(void)state;
	expect_refusal((struct spec_device_rule){ .type = "p" }, "type");
	expect_refusal((struct spec_device_rule){ .type = "" }, "type");
	expect_refusal((struct spec_device_rule){ .type = "cb" }, "type");
	expect_refusal((struct spec_device_rule){ .access = "" }, "access");
	expect_refusal((struct spec_device_rule){ .access = "rwx" }, "access");
	expect_refusal((struct spec_device_rule){ .major = AT(-2) }, "major");
	expect_refusal((struct spec_device_rule){ .major = AT(UINT32_MAX) }, "major");
	expect_refusal((struct spec_device_rule){ .minor = AT(INT64_MAX) }, "minor");
	expect_refusal((struct spec_device_rule){ .minor = AT(INT64_MIN) }, "minor");
}

/* ---- the rules of every container ------------------------------------------------------------ */

static bool allows(const struct spec_device_rules *rules, char type, int major, int minor,
		   unsigned access)
{
	struct request r = { type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, access,
			     (uint32_t)major, (uint32_t)minor };

	return model(rules->items, rules->n, &r);
}

/* `--device /dev/sda:r`: the node must not bring back the writing that the rule leaves out. */
static void test_nodes(void **state)
{
	_cleanup_(arena_done) struct arena a = {};
	struct spec_device nodes_[] = {
		{ .type = "b", .path = "/dev/sda", .major = AT(8), .minor = AT(0) },
		{ .type = "c", .path = "/dev/fuse", .major = AT(10), .minor = AT(229) },
		{ .type = "u", .path = "/dev/u", .major = AT(240), .minor = AT(0) },
		{ .type = "p", .path = "/dev/fifo" },
	};
	struct spec_device_rule config_[] = { { .allow = false },
					      { true, "b", AT(8), AT(0), "r" } };
	struct spec_devices nodes = { 4, nodes_ };
	struct spec_device_rules config = { 2, config_ }, rules;

	(void)state;
	devprog_default_rules(&config, &nodes, &a, &rules);
	assert_int_equal(rules.n, 2 + 10 + 2);
	assert_true(allows(&rules, 'b', 8, 0, BPF_DEVCG_ACC_READ));
	assert_false(allows(&rules, 'b', 8, 0, BPF_DEVCG_ACC_WRITE));
	assert_true(allows(&rules, 'c', 10, 229, 7));
	assert_true(allows(&rules, 'c', 240, 0, 7));
	assert_false(allows(&rules, 'b', 8, 1, BPF_DEVCG_ACC_READ));
	assert_true(allows(&rules, 'b', 8, 1, BPF_DEVCG_ACC_MKNOD));
	assert_true(allows(&rules, 'c', 1, 3, 7));
	assert_true(allows(&rules, 'c', 136, 77, 7));
	compare(rules.items, rules.n);
}

/* ---- version 1 ------------------------------------------------------------------------------- */

static void expect_v1(struct spec_device_rule *rules, size_t n, bool allow_all, const char *lines)
{
	_cleanup_(arena_done) struct arena a = {};
	struct spec_device_rules list = { n, rules };
	struct devprog_v1 v1;
	struct err e = {};
	char text[512] = "";

	assert_int_equal(devprog_v1(&list, &a, &v1, &e), 0);
	assert_int_equal(v1.allow_all, allow_all);
	for (size_t i = 0; i < v1.exceptions.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s;", v1.exceptions.items[i]);
	assert_string_equal(text, lines);
}

#define EXPECT_V1(allow_all, lines, ...)                                                \
	expect_v1((struct spec_device_rule[]){ __VA_ARGS__ },                           \
		  sizeof((struct spec_device_rule[]){ __VA_ARGS__ }) / sizeof(struct spec_device_rule), allow_all, lines)

static void test_v1_lines(void **state)
{
	(void)state;
	EXPECT_V1(false, "", { 0 });
	EXPECT_V1(true, "", { true, "a", AT(-1), {}, "mwr" });
	EXPECT_V1(false, "c 1:3 rwm;", { true, "c", AT(1), AT(3), "rwm" });
	EXPECT_V1(false, "b *:* m;c *:* m;", { true, NULL, {}, {}, "m" });
	EXPECT_V1(false, "b 4294967294:4294967294 rwm;c 4294967294:4294967294 rwm;",
		  { true, "a", AT(4294967294), AT(4294967294), NULL });
	/* taken back whole, or in accesses; repeated; narrowed after allowing everything */
	EXPECT_V1(false, "", { true, "c", AT(1), AT(3), "rwm" }, { false, "c", {}, {}, "rwm" });
	EXPECT_V1(false, "c 1:3 r;", { true, "c", AT(1), AT(3), "rwm" }, { false, "c", AT(1), AT(3), "wm" });
	EXPECT_V1(true, "b 8:0 rwm;", { false, NULL, {}, {}, NULL }, { true, NULL, {}, {}, NULL },
		  { false, "b", AT(8), AT(0), "rwm" });
}

/* A hole in what was allowed: the kernel would take the line and go on allowing. */
static void test_v1_refusal(void **state)
{
	struct spec_device_rule rules[] = { { true, "b", AT(8), {}, "rwm" }, { false, "b", AT(8), AT(0), "w" } };
	_cleanup_(arena_done) struct arena a = {};
	struct spec_device_rules list = { 2, rules };
	struct devprog_v1 v1;
	struct err e = {};

	(void)state;
	assert_int_equal(devprog_v1(&list, &a, &v1, &e), -1);
	assert_string_equal(e.field, "/linux/resources/devices/1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),    cmocka_unit_test(test_random_lists),
		cmocka_unit_test(test_longest),  cmocka_unit_test(test_size_of_default),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_v1_lines), cmocka_unit_test(test_v1_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

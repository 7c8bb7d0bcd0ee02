/* SPDX-License-Identifier: Apache-2.0 */
/* Both prints, for every kind of operation.  What the plans of real configurations look like is in tests/golden. */
#include "plan/print.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "plan/build.h"
#include "plan/sample.test.h"

/* One operation of a kind in each stage where it may stand, its members filled by the table: every text is
 * "x y", every list has an item, every number is 1. */
static void fill_member(struct plan *p, const struct op_field *f, char *m, struct slot slot)
{
	struct strings one = { 1, (const char *[]){ "x \"y\"" } };
	struct param param = { plan_text(p, "key"), plan_text(p, "value") };
	const uint32_t number = 1u << 18, filter[] = { 32, 0, 6, 0x50026, 6, 0x50fff, 6, 0x7fff0000, 6, 0x50026, 6, 0 };
	switch (f->type) {
	case T_TEXT:
		*(struct text *)m = plan_text(p, "x \"y\"");
		break;
	case T_TEXTS:
		*(struct texts *)m = plan_texts(p, &one);
		break;
	case T_PARAMS:
		*(struct params *)m = plan_params(p, &param, 1);
		break;
	case T_NUMBERS:
	case T_SPREADS:
		*(struct numbers *)m = plan_numbers(p, &number, 1);
		break;
	case T_FILTER:
		*(struct filter *)m = plan_filter(p, filter, sizeof(filter) / sizeof(filter[0]));
		break;
	case T_SLOT:
	case T_FILLS:
		*(struct slot *)m = slot;
		break;
	case T_ATTRS:
	case T_CAPS:
	case T_U64:
	case T_I64:
		*(uint64_t *)m = 1;
		break;
	case T_NS:
		*(uint64_t *)m = 0x20000;
		break;
	default:
		*(uint32_t *)m = 1;
	}
}

static void add_kind(struct plan *p, enum op_kind kind, struct slot slot)
{
	_Alignas(8) char args[512] = { 0 };
	const struct op_def *d = &op_defs[kind];
	assert_true(d->size <= sizeof(args));
	for (const struct op_field *f = d->fields; f && f->name; f++)
		fill_member(p, f, args + f->offset, slot);
	for (int s = 0; s < N_STAGES; s++)
		if (d->stages & 1u << s)
			plan_add(p, (enum stage)s, kind, args);
}

/* Such a plan cannot be carried out, so plan_finish's last check says no; its shape is sound, and it is there. */
static const struct plan_header *every_kind(struct arena *a)
{
	struct plan plan;
	struct err e = { 0 };
	const struct plan_header *p = NULL;
	plan_init(&plan, a);
	struct slot slot = plan_slot(&plan, "slot");
	plan_origin(&plan, "/origin");
	for (int k = OP_NONE + 1; k < N_OPS; k++)
		add_kind(&plan, (enum op_kind)k, slot);
	plan_finish(&plan, &p, &e);
	assert_non_null(p);
	assert_int_equal(plan_check_shape(p, p->size, &e), 0);
	return p;
}

static void every_kind_as_text(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	_cleanup_(buf_done) struct buf out = { 0 };
	(void)state;
	const struct plan_header *p = every_kind(&a);
	plan_print_text(p, &out);
	size_t lines = 0;
	for (const char *c = out.data; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, p->n_ops);
	for (int k = OP_NONE + 1; k < N_OPS; k++)
		if (!strstr(out.data, op_defs[k].name))
			fail_msg("\"%s\" is not printed", op_defs[k].name);
}

/* Each answer once; a number that is no errno as it is. */
static void a_filter(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	_cleanup_(buf_done) struct buf out = { 0 };
	(void)state;
	plan_print_text(every_kind(&a), &out);
	assert_non_null(strstr(out.data, " 6 instructions: errno(ENOSYS), errno(4095), allow, kill-thread "));
}

static const struct json *must(const struct json *object, const char *key)
{
	const struct json *j = json_member(object, key);
	if (!j)
		fail_msg("no \"%s\"", key);
	return j;
}

static struct json *parse(const struct buf *out)
{
	struct json *j = NULL;
	struct err e = { 0 };
	if (json_parse(out->data, out->size, &j, &e) < 0)
		fail_msg("%s", e.text);
	return j;
}

/* Every member of every kind is there by its name. */
static void every_kind_as_json(void **state)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	_cleanup_(buf_done) struct buf out = { 0 };
	(void)state;
	const struct plan_header *p = every_kind(&a);
	plan_print_json(p, &out);
	_cleanup_(json_freep) struct json *j = parse(&out);
	assert_int_equal(json_u64(must(j, "version")), PLAN_VERSION);
	const struct json *ops = must(j, "operations");
	assert_int_equal(json_size(ops), p->n_ops);
	for (size_t i = 0; i < p->n_ops; i++) {
		const struct json *o = json_item(ops, i);
		const struct op *op = plan_op_at(p, (uint32_t)i);
		assert_string_equal(json_string(must(o, "operation")), op_defs[op->kind].name);
		assert_string_equal(json_string(must(o, "stage")), stage_names[op->stage]);
		assert_string_equal(json_string(must(o, "origin")), "/origin");
		for (const struct op_field *f = op_defs[op->kind].fields; f && f->name; f++)
			must(o, f->name[0] ? f->name : "what");
	}
}

static void alternatives(void **state)
{
	static const int first[] = { EPERM, EROFS }, second[] = { ENOENT };
	_cleanup_(arena_done) struct arena a = { 0 };
	_cleanup_(buf_done) struct buf text = { 0 }, json = { 0 };
	struct plan plan;
	struct err e = { 0 };
	const struct plan_header *p;
	(void)state;
	plan_init(&plan, &a);
	struct op_clone clone = { { 0 }, { STAGE_INIT }, NO_SLOT };
	plan_add(&plan, STAGE_HOST, OP_CLONE, &clone);
	plan_because(&plan, "why");
	struct op_name name = { plan_text(&plan, "a") };
	plan_add(&plan, STAGE_INIT, OP_HOSTNAME, &name);
	plan_otherwise(&plan, STAGE_INIT, OP_DOMAINNAME, &name, first, 2);
	plan_otherwise(&plan, STAGE_INIT, OP_SESSION, NULL, second, 1);
	assert_int_equal(plan_finish(&plan, &p, &e), 0);

	plan_print_text(p, &text);
	const char *or = strstr(text.data, "or (EPERM,EROFS) domainname");
	assert_non_null(or);
	assert_non_null(strstr(or, "or (ENOENT) session"));

	plan_print_json(p, &json);
	_cleanup_(json_freep) struct json *j = parse(&json);
	const struct json *o = json_item(must(j, "operations"), 1);
	assert_string_equal(json_string(must(o, "otherwiseOn")), "EPERM,EROFS");
	o = must(o, "otherwise");
	assert_string_equal(json_string(must(o, "operation")), "domainname");
	assert_string_equal(json_string(must(o, "otherwiseOn")), "ENOENT");
	o = must(o, "otherwise");
	assert_string_equal(json_string(must(o, "operation")), "session");
	assert_string_equal(json_string(must(o, "because")), "why");
	assert_null(json_member(o, "otherwise"));
}

/* One line stays one line and valid JSON, whatever the texts hold. */
static void odd_texts(void **state)
{
	static const char *const rows[] = { "", "a b", "\"", "\\", "\n", "\x7f", "\t", "\xc3\xa9", "\xff\xfe", "\x1b[31m" };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(arena_done) struct arena a = { 0 };
		_cleanup_(buf_done) struct buf text = { 0 }, json = { 0 };
		struct plan plan;
		struct err e = { 0 };
		const struct plan_header *p;
		plan_init(&plan, &a);
		struct op_state_dir dir = { plan_text(&plan, rows[i]), plan_text(&plan, "id") };
		plan_origin(&plan, "%s", "/o");
		plan_add(&plan, STAGE_HOST, OP_STATE_DIR, &dir);
		assert_int_equal(plan_finish(&plan, &p, &e), 0);
		plan_print_text(p, &text);
		assert_ptr_equal(strchr(text.data, '\n'), text.data + text.size - 1);
		for (const char *c = text.data; c < text.data + text.size - 1; c++)
			assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
		plan_print_json(p, &json);
		_cleanup_(json_freep) struct json *j = parse(&json);
		const char *root = json_string(must(json_item(must(j, "operations"), 0), "root"));
		assert_string_equal(root, strcmp(rows[i], "\xff\xfe") == 0 ? "\xef\xbf\xbd\xef\xbf\xbd" : rows[i]);
	}
}

static void whole_plans(void **state)
{
	static const struct facts *const facts[] = { &sample_hybrid, &sample_unified };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(arena_done) struct arena a = { 0 };
		_cleanup_(buf_done) struct buf out = { 0 };
		const struct plan_header *p;
		struct err e = { 0 };
		assert_int_equal(sample_plan(SAMPLE_FULL, facts[i], &a, &p, &e), 0);
		plan_print_json(p, &out);
		_cleanup_(json_freep) struct json *j = parse(&out);
		uint32_t listed = p->lists[0].n + p->lists[1].n + p->lists[2].n;
		assert_int_equal(json_size(must(j, "operations")), listed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_as_text), cmocka_unit_test(every_kind_as_json),
		cmocka_unit_test(alternatives),	      cmocka_unit_test(odd_texts),
		cmocka_unit_test(whole_plans),	      cmocka_unit_test(a_filter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles are compiled and their programs run here, as the kernel runs them. */
#include "run/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>
#include <seccomp.h>

#include "base/buf.h"
#include "run/seccomp-tree.h"
#include "spec/tables.h"

static struct arena arena;
static struct err error;

static int clear(void **state)
{
	(void)state;
	arena_done(&arena);
	memset(&error, 0, sizeof(error));
	return 0;
}

/* Quotes are written as ' here. */
static struct spec_seccomp *profile(const char *text)
{
	struct problems p = { 0 };
	char *json = arena_strdup(&arena, text);
	void *object;
	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	assert_int_equal(table_read(&seccomp_table, json, strlen(json), &arena, &object, &p, &error), 0);
	return object;
}

static struct u32s compiled(const char *text)
{
	struct u32s program;
	int r = seccomp_compile(profile(text), &arena, &program, &error);
	if (r < 0)
		fail_msg("%s: %s", text, error.text[0] ? error.text : error.call);
	assert_in_range(program.n / 2, 1, BPF_MAXINSNS);
	return program;
}

static uint32_t run_at(const struct u32s *p, const struct seccomp_data *d)
{
	const struct sock_filter *f = (const struct sock_filter *)p->items;
	uint32_t a = 0;
	for (size_t at = 0; at < p->n / 2; at++) {
		uint32_t k = f[at].k;
		switch (f[at].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(k <= sizeof(*d) - 4 && k % 4 == 0);
			memcpy(&a, (const char *)d + k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= k;
			break;
		case BPF_RET | BPF_K:
			return k;
		case BPF_JMP | BPF_JA:
			at += k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == k ? f[at].jt : f[at].jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += a > k ? f[at].jt : f[at].jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= k ? f[at].jt : f[at].jf;
			break;
		default:
			fail_msg("instruction %zu: %#x", at, f[at].code);
		}
	}
	fail_msg("the program has no end");
	return 0;
}

static uint32_t native(const struct u32s *p, long number, uint64_t first)
{
	return run_at(p, &(struct seccomp_data){ .nr = (int)number, .arch = seccomp_arch_native(), .args = { first } });
}

static void answers(const char *text, long number, uint64_t first, uint32_t wanted)
{
	struct u32s p = compiled(text);
	assert_int_equal(native(&p, number, first), wanted);
}

/* ---- actions ------------------------------------------------------------------------------------------------ */

static void every_action(void **state)
{
	static const struct { const char *name; uint32_t value; } rows[] = {
		{ "'SCMP_ACT_KILL'", SECCOMP_RET_KILL_THREAD },
		{ "'SCMP_ACT_KILL_THREAD'", SECCOMP_RET_KILL_THREAD },
		{ "'SCMP_ACT_KILL_PROCESS'", SECCOMP_RET_KILL_PROCESS },
		{ "'SCMP_ACT_TRAP'", SECCOMP_RET_TRAP },
		{ "'SCMP_ACT_ERRNO'", SECCOMP_RET_ERRNO | EPERM },
		{ "'SCMP_ACT_ERRNO', 'errnoRet': 5", SECCOMP_RET_ERRNO | 5 },
		{ "'SCMP_ACT_ERRNO', 'errnoRet': 0", SECCOMP_RET_ERRNO },
		{ "'SCMP_ACT_TRACE'", SECCOMP_RET_TRACE | EPERM },
		{ "'SCMP_ACT_TRACE', 'errnoRet': 65535", SECCOMP_RET_TRACE | 65535 },
		{ "'SCMP_ACT_LOG'", SECCOMP_RET_LOG },
		{ "'SCMP_ACT_NOTIFY'", SECCOMP_RET_USER_NOTIF },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = arena_fmt(&arena, "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': "
						     "['mkdirat'], 'action': %s}]}", rows[i].name);
		answers(text, __NR_mkdirat, 0, rows[i].value);
		answers(text, __NR_read, 0, SECCOMP_RET_ALLOW);
	}
}

static void every_default(void **state)
{
	static const struct { const char *name; uint32_t value; } rows[] = {
		{ "'SCMP_ACT_KILL'", SECCOMP_RET_KILL_THREAD },
		{ "'SCMP_ACT_KILL_PROCESS'", SECCOMP_RET_KILL_PROCESS },
		{ "'SCMP_ACT_TRAP'", SECCOMP_RET_TRAP },
		{ "'SCMP_ACT_ERRNO'", SECCOMP_RET_ERRNO | EPERM },
		{ "'SCMP_ACT_ERRNO', 'defaultErrnoRet': 38", SECCOMP_RET_ERRNO | ENOSYS },
		{ "'SCMP_ACT_TRACE', 'defaultErrnoRet': 7", SECCOMP_RET_TRACE | 7 },
		{ "'SCMP_ACT_LOG'", SECCOMP_RET_LOG },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = arena_fmt(&arena, "{'defaultAction': %s, 'syscalls': [{'names': ['mkdirat', "
						     "'openat2'], 'action': 'SCMP_ACT_ALLOW'}]}", rows[i].name);
		answers(text, __NR_mkdirat, 0, SECCOMP_RET_ALLOW);
		answers(text, __NR_close, 0, rows[i].value);
		text = arena_fmt(&arena, "{'defaultAction': %s}", rows[i].name);
		answers(text, __NR_close, 0, rows[i].value);
	}
}

/* ---- arguments ----------------------------------------------------------------------------------------------- */

/* One condition on argument 0. */
static void on_argument(const char *condition, uint64_t value, bool wanted)
{
	const char *text = arena_fmt(&arena, "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['mkdirat'], "
					     "'action': 'SCMP_ACT_TRAP', 'args': [{'index': 0, %s}]}]}", condition);
	answers(text, __NR_mkdirat, value, wanted ? SECCOMP_RET_TRAP : SECCOMP_RET_ALLOW);
}

static void every_operator(void **state)
{
	const uint64_t values[] = { 0, 4, 5, 6, 5 | 1ull << 32, 4 | 1ull << 33, UINT64_MAX };
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint64_t v = values[i];
		on_argument("'value': 5, 'op': 'SCMP_CMP_NE'", v, v != 5);
		on_argument("'value': 5, 'op': 'SCMP_CMP_LT'", v, v < 5);
		on_argument("'value': 5, 'op': 'SCMP_CMP_LE'", v, v <= 5);
		on_argument("'value': 5, 'op': 'SCMP_CMP_EQ'", v, v == 5);
		on_argument("'value': 5, 'op': 'SCMP_CMP_GE'", v, v >= 5);
		on_argument("'value': 5, 'op': 'SCMP_CMP_GT'", v, v > 5);
		on_argument("'value': 6, 'valueTwo': 4, 'op': 'SCMP_CMP_MASKED_EQ'", v, (v & 6) == 4);
		on_argument("'value': 4294967301, 'op': 'SCMP_CMP_EQ'", v, v == 4294967301);
	}
}

static void all_arguments_together(void **state)
{
	static const char text[] = "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['mkdirat'], 'action': "
				   "'SCMP_ACT_TRAP', 'args': [{'index': 5, 'value': 1, 'op': 'SCMP_CMP_EQ'}, "
				   "{'index': 2, 'value': 2, 'op': 'SCMP_CMP_GT'}]}]}";
	(void)state;
	struct u32s p = compiled(text);
	struct seccomp_data d = { .nr = __NR_mkdirat, .arch = seccomp_arch_native(), .args = { [2] = 3, [5] = 1 } };
	assert_int_equal(run_at(&p, &d), SECCOMP_RET_TRAP);
	d.args[2] = 2;
	assert_int_equal(run_at(&p, &d), SECCOMP_RET_ALLOW);
	d.args[2] = 3;
	d.args[5] = 0;
	assert_int_equal(run_at(&p, &d), SECCOMP_RET_ALLOW);
}

/* As runc and crun have it: libseccomp takes an argument once a rule. */
static void one_argument_twice(void **state)
{
	static const char text[] = "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['mkdirat'], 'action': "
				   "'SCMP_ACT_TRAP', 'args': [{'index': 0, 'value': 1, 'op': 'SCMP_CMP_EQ'}, "
				   "{'index': 0, 'value': 7, 'op': 'SCMP_CMP_EQ'}]}]}";
	(void)state;
	answers(text, __NR_mkdirat, 1, SECCOMP_RET_TRAP);
	answers(text, __NR_mkdirat, 7, SECCOMP_RET_TRAP);
	answers(text, __NR_mkdirat, 2, SECCOMP_RET_ALLOW);
}

/* ---- rules that overlap ---------------------------------------------------------------------------------------- */

#define RULE(action)	   "{'names': ['mkdirat'], 'action': 'SCMP_ACT_" action "'}"
#define RULE_AT(action, n) "{'names': ['mkdirat'], 'action': 'SCMP_ACT_" action "', 'args': [{'index': 0, 'value': " n \
			   ", 'op': 'SCMP_CMP_EQ'}]}"
#define PROFILE(action, ...) "{'defaultAction': 'SCMP_ACT_" action "', 'syscalls': [" __VA_ARGS__ "]}"

static void precedence(void **state)
{
	(void)state;
	answers(PROFILE("ALLOW", RULE("TRAP") "," RULE("LOG")), __NR_mkdirat, 0, SECCOMP_RET_TRAP);
	answers(PROFILE("ALLOW", RULE("LOG") "," RULE("TRAP")), __NR_mkdirat, 0, SECCOMP_RET_LOG);
	answers(PROFILE("ALLOW", RULE_AT("LOG", "1") "," RULE("TRAP")), __NR_mkdirat, 1, SECCOMP_RET_TRAP);
	answers(PROFILE("ALLOW", RULE("TRAP") "," RULE_AT("LOG", "1")), __NR_mkdirat, 1, SECCOMP_RET_TRAP);
	answers(PROFILE("ALLOW", RULE("ALLOW") "," RULE("TRAP")), __NR_mkdirat, 1, SECCOMP_RET_TRAP);
	answers(PROFILE("ALLOW", RULE_AT("LOG", "1") "," RULE_AT("TRAP", "2")), __NR_mkdirat, 2, SECCOMP_RET_TRAP);
}

static void contradiction(void **state)
{
	struct u32s program;
	(void)state;
	assert_int_equal(seccomp_compile(profile(PROFILE("ALLOW", RULE_AT("LOG", "1") "," RULE_AT("TRAP", "1"))), &arena,
					 &program, &error), -1);
	assert_string_equal(error.field, "/linux/seccomp/syscalls/1");
	assert_non_null(strstr(error.text, "contradicts"));
}

static void too_long(void **state)
{
	struct buf b = { 0 };
	struct u32s program;
	(void)state;
	buf_str(&b, "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [");
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%s{'names': ['mkdirat'], 'action': 'SCMP_ACT_LOG', 'args': [{'index': %d, 'value': %d, "
			       "'op': 'SCMP_CMP_EQ'}]}", i ? "," : "", i % 6, i + 1);
	buf_str(&b, "]}");
	assert_int_equal(seccomp_compile(profile(b.data), &arena, &program, &error), -1);
	assert_string_equal(error.field, "/linux/seccomp");
	buf_done(&b);
}

/* ---- names and architectures ----------------------------------------------------------------------------------- */

static void unknown_names(void **state)
{
	static const char text[] = "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['no_such_call', 'mkdirat'], "
				   "'action': 'SCMP_ACT_TRAP'}, {'names': ['nor_this'], 'action': 'SCMP_ACT_LOG'}]}";
	struct string_pair must = { "run.oci.seccomp_fail_unknown_syscall", "1" };
	struct spec_linux linux_ = { .seccomp = profile(text) };
	struct spec spec = { .linux_ = &linux_ };
	struct u32s program;
	(void)state;
	answers(text, __NR_mkdirat, 0, SECCOMP_RET_TRAP);
	assert_int_equal(seccomp_program(&spec, NULL, &arena, &program, &error), 0);
	spec.annotations = (struct string_map){ 1, &must };
	assert_int_equal(seccomp_program(&spec, NULL, &arena, &program, &error), -1);
	assert_string_equal(error.field, "/linux/seccomp/syscalls/0/names/0");
	must.value = "0";
	assert_int_equal(seccomp_program(&spec, NULL, &arena, &program, &error), 0);
}

#define NEWER(default_action) "{" default_action ", 'syscalls': [{'names': ['mkdirat', 'close_range', 'made_up'], " \
			      "'action': 'SCMP_ACT_ALLOW'}]}"

static void newer_than_the_profile(void **state)
{
	(void)state;
	static const char errno_[] = NEWER("'defaultAction': 'SCMP_ACT_ERRNO'");
	answers(errno_, __NR_close_range, 0, SECCOMP_RET_ALLOW);
	answers(errno_, __NR_close_range + 1, 0, SECCOMP_RET_ERRNO | ENOSYS);
	answers(errno_, 1000, 0, SECCOMP_RET_ERRNO | ENOSYS);
	answers(errno_, __NR_read, 0, SECCOMP_RET_ERRNO | EPERM);
	answers(errno_, 400, 0, SECCOMP_RET_ERRNO | ENOSYS); /* nobody's on 64-bit machines */
	answers(NEWER("'defaultAction': 'SCMP_ACT_ERRNO', 'defaultErrnoRet': 13"), 1000, 0, SECCOMP_RET_ERRNO | ENOSYS);
	answers(NEWER("'defaultAction': 'SCMP_ACT_KILL'"), 1000, 0, SECCOMP_RET_KILL_THREAD);
	answers(NEWER("'defaultAction': 'SCMP_ACT_TRAP'"), 1000, 0, SECCOMP_RET_TRAP);
	answers("{'defaultAction': 'SCMP_ACT_ERRNO'}", 1000, 0, SECCOMP_RET_ERRNO | EPERM);
}

#ifdef __x86_64__
static uint32_t x86(const struct u32s *p, uint32_t arch, uint32_t number)
{
	return run_at(p, &(struct seccomp_data){ .nr = (int)number, .arch = arch });
}

static void architectures(void **state)
{
	static const char all[] = "'architectures': ['SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_X86_64', 'SCMP_ARCH_ARM', "
				  "'SCMP_ARCH_MIPS', 'SCMP_ARCH_LOONGARCH64'], ";
	const char *rest = "'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': [{'names': ['mkdir', 'waitpid', 'close_range'], "
			   "'action': 'SCMP_ACT_ALLOW'}]}";
	enum { MKDIR_I386 = 39, WAITPID_I386 = 7, READ_I386 = 3, MKDIR = 83 };
	(void)state;
	struct u32s p = compiled(arena_fmt(&arena, "{%s%s", all, rest));
	assert_int_equal(x86(&p, AUDIT_ARCH_I386, MKDIR_I386), SECCOMP_RET_ALLOW);
	assert_int_equal(x86(&p, AUDIT_ARCH_I386, WAITPID_I386), SECCOMP_RET_ALLOW);
	assert_int_equal(x86(&p, AUDIT_ARCH_I386, READ_I386), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(x86(&p, AUDIT_ARCH_I386, 1000), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(x86(&p, AUDIT_ARCH_X86_64, MKDIR), SECCOMP_RET_ALLOW);
	assert_int_equal(x86(&p, AUDIT_ARCH_X86_64, MKDIR_I386), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(x86(&p, AUDIT_ARCH_X86_64, SECCOMP_X32 | MKDIR), SECCOMP_RET_ALLOW);
	assert_int_equal(x86(&p, AUDIT_ARCH_X86_64, SECCOMP_X32), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(x86(&p, AUDIT_ARCH_X86_64, SECCOMP_X32 | 1000), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(x86(&p, AUDIT_ARCH_ARM, 0), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(x86(&p, 0, MKDIR), SECCOMP_RET_KILL_THREAD);
	/* Without any there is the native one, and the others may call nothing. */
	p = compiled(arena_fmt(&arena, "{%s", rest));
	assert_int_equal(x86(&p, AUDIT_ARCH_X86_64, MKDIR), SECCOMP_RET_ALLOW);
	assert_int_equal(x86(&p, AUDIT_ARCH_I386, MKDIR_I386), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(x86(&p, AUDIT_ARCH_X86_64, SECCOMP_X32 | MKDIR), SECCOMP_RET_KILL_THREAD);
	/* The native one is there without being named. */
	p = compiled(arena_fmt(&arena, "{'architectures': ['SCMP_ARCH_X86'], %s", rest));
	assert_int_equal(x86(&p, AUDIT_ARCH_X86_64, MKDIR), SECCOMP_RET_ALLOW);
	assert_int_equal(x86(&p, AUDIT_ARCH_I386, MKDIR_I386), SECCOMP_RET_ALLOW);
}
#endif

/* ---- against a naive model -------------------------------------------------------------------------------------- */

enum { MODEL_CALLS = 460 };
struct model { uint32_t whole[MODEL_CALLS]; uint32_t at[MODEL_CALLS]; uint64_t value[MODEL_CALLS]; };

static const struct { const char *name; uint32_t value; } model_actions[] = {
	{ "'SCMP_ACT_TRAP'", SECCOMP_RET_TRAP }, { "'SCMP_ACT_LOG'", SECCOMP_RET_LOG },
	{ "'SCMP_ACT_KILL_PROCESS'", SECCOMP_RET_KILL_PROCESS }, { "'SCMP_ACT_ERRNO', 'errnoRet': 9", SECCOMP_RET_ERRNO | 9 },
};

static void add_random(struct buf *b, struct model *m, unsigned *seed, int number)
{
	char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number);
	unsigned how = (unsigned)rand_r(seed) % 8, which = (unsigned)rand_r(seed) % 4;
	m->whole[number] = m->at[number] = SECCOMP_RET_ALLOW;
	if (name && how < 5) {
		buf_printf(b, "%s{'names': ['%s'], 'action': %s", b->data[b->size - 1] == '[' ? "" : ", ", name,
			   model_actions[which].name);
		m->at[number] = model_actions[which].value;
		m->value[number] = (uint64_t)rand_r(seed) << 8;
		if (how > 0)
			m->whole[number] = m->at[number];
		else
			buf_printf(b, ", 'args': [{'index': 0, 'value': %llu, 'op': 'SCMP_CMP_EQ'}]",
				   (unsigned long long)m->value[number]);
		buf_str(b, "}");
	}
	free(name);
}

static void random_profiles(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		struct model m = { 0 };
		struct buf b = { 0 };
		unsigned seed = round;
		buf_str(&b, "{'defaultAction': 'SCMP_ACT_ALLOW', 'architectures': ['SCMP_ARCH_X86', 'SCMP_ARCH_X32', "
			    "'SCMP_ARCH_ARM'], 'syscalls': [");
		for (int n = 0; n < MODEL_CALLS; n++)
			add_random(&b, &m, &seed, n);
		buf_str(&b, "]}");
		struct u32s p = compiled(b.data);
		for (int n = 0; n < MODEL_CALLS; n++) {
			assert_int_equal(native(&p, n, m.value[n]), m.at[n]);
			assert_int_equal(native(&p, n, m.value[n] + 1), m.whole[n]);
		}
		buf_done(&b);
		clear(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_action, clear),
		cmocka_unit_test_teardown(every_default, clear),
		cmocka_unit_test_teardown(every_operator, clear),
		cmocka_unit_test_teardown(all_arguments_together, clear),
		cmocka_unit_test_teardown(one_argument_twice, clear),
		cmocka_unit_test_teardown(precedence, clear),
		cmocka_unit_test_teardown(contradiction, clear),
		cmocka_unit_test_teardown(too_long, clear),
		cmocka_unit_test_teardown(unknown_names, clear),
		cmocka_unit_test_teardown(newer_than_the_profile, clear),
#ifdef __x86_64__
		cmocka_unit_test_teardown(architectures, clear),
#endif
		cmocka_unit_test_teardown(random_profiles, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

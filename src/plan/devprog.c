/* SPDX-License-Identifier: Apache-2.0 */

/* Device rules, made into a program.
 *
 * The program walks the rules from the last to the first with the set of accesses that are still
 * undecided: a matching allow takes its accesses out, and when none is left the answer is yes; a
 * matching deny that finds one of its own still in the set answers no.  What no rule decides is
 * denied.  Rules that cannot change an answer are dropped before, so that the usual configuration
 * ends up with a dozen of them.
 *
 * A rule of type "a" that also has numbers or fewer accesses means just these, as its text says
 * (runc and cgroup version 1 take it for everything). */
#include "plan/devprog.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

enum {
	TYPE_BLOCK = 1u << BPF_DEVCG_DEV_BLOCK,
	TYPE_CHAR = 1u << BPF_DEVCG_DEV_CHAR,
	TYPE_ALL = TYPE_BLOCK | TYPE_CHAR,
	ACCESS_ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE,
};

#define ANY (-1)

/* A rule once its text has been read. */
struct match {
	bool allow;
	unsigned types;       /* TYPE_* */
	unsigned access;      /* BPF_DEVCG_ACC_*; 0: dropped */
	int64_t major, minor; /* or ANY */
};

/* ---- reading the rules ----------------------------------------------------------------------- */

static int rule_error(struct err *e, size_t i, const char *member, const char *text)
{
	char field[sizeof(e->field)];

	snprintf(field, sizeof(field), "/linux/resources/devices/%zu%s%s", i, member[0] ? "/" : "", member);
	return err_rule(e, field, "%s", text);
}

static int read_type(const char *type, size_t i, unsigned *ret_types, struct err *e)
{
	if (!type || strcmp(type, "a") == 0)
		*ret_types = TYPE_ALL;
	else if (strcmp(type, "b") == 0)
		*ret_types = TYPE_BLOCK;
	else if (strcmp(type, "c") == 0)
		*ret_types = TYPE_CHAR;
	else
		return rule_error(e, i, "type", "a device rule is for \"a\", \"b\" or \"c\"");
	return 0;
}

static unsigned access_bit(char letter)
{
	switch (letter) {
	case 'r': return BPF_DEVCG_ACC_READ;
	case 'w': return BPF_DEVCG_ACC_WRITE;
	case 'm': return BPF_DEVCG_ACC_MKNOD;
	default: return 0;
	}
}

static int read_access(const char *access, size_t i, unsigned *ret_access, struct err *e)
{
	unsigned bits = access ? 0 : ACCESS_ALL;

	if (access && !access[0])
		return rule_error(e, i, "access", "a device rule is about at least one access");
	for (const char *s = access; s && *s; s++) {
		if (!access_bit(*s))
			return rule_error(e, i, "access",
					  "access consists of the letters r, w and m");
		bits |= access_bit(*s);
	}
	*ret_access = bits;
	return 0;
}

/* The greatest 32-bit number is the kernel's own "any" of version 1, so a rule must not slip it
 * in. */
static int read_number(struct opt_i64 number, size_t i, const char *member, int64_t *ret_number,
		       struct err *e)
{
	if (number.set && (number.v < ANY || number.v >= UINT32_MAX))
		return rule_error(e, i, member, "no such device number");
	*ret_number = number.set ? number.v : ANY;
	return 0;
}

static int read_rule(const struct spec_device_rule *rule, size_t i, struct match *ret_match,
		     struct err *e)
{
	struct match m = { .allow = rule->allow };

	TRY(read_type(rule->type, i, &m.types, e));
	TRY(read_number(rule->major, i, "major", &m.major, e));
	TRY(read_number(rule->minor, i, "minor", &m.minor, e));
	TRY(read_access(rule->access, i, &m.access, e));
	*ret_match = m;
	return 0;
}

/* ---- leaving out what cannot matter ---------------------------------------------------------- */

static bool number_covers(int64_t outer, int64_t inner)
{
	return outer == ANY || outer == inner;
}

static bool number_meets(int64_t a, int64_t b)
{
	return a == ANY || b == ANY || a == b;
}

/* Does `outer` match each device that `inner` matches? */
static bool covers(const struct match *outer, const struct match *inner)
{
	return (inner->types & ~outer->types) == 0 && number_covers(outer->major, inner->major) &&
	       number_covers(outer->minor, inner->minor);
}

/* Is there a device and an access that both decide? */
static bool meets(const struct match *a, const struct match *b)
{
	return a->access & b->access && a->types & b->types && number_meets(a->major, b->major) &&
	       number_meets(a->minor, b->minor);
}

/* Accesses that later rules decide anyway, for every device of this one. */
static void drop_overruled(struct match *m, size_t n)
{
	for (size_t i = n; i-- > 0;)
		for (size_t later = i + 1; later < n && m[i].access; later++)
			if (covers(&m[later], &m[i]))
				m[i].access &= ~m[later].access;
}

/* A deny that no earlier allow could contradict repeats the default. */
static void drop_idle_denials(struct match *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool matters = m[i].allow;

		for (size_t j = 0; j < i && !matters; j++)
			matters = m[j].allow && meets(&m[j], &m[i]);
		if (!matters)
			m[i].access = 0;
	}
}

static bool joins(const struct match *a, const struct match *b)
{
	bool types = a->types == b->types, access = a->access == b->access;

	return a->allow == b->allow && a->major == b->major && a->minor == b->minor &&
	       (types || access);
}

/* Two rules in a row with the same answer that differ in nothing but the type, or the accesses, are
 * one. */
static size_t compact(struct match *m, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (!m[i].access)
			continue;
		if (kept > 0 && joins(&m[kept - 1], &m[i])) {
			m[kept - 1].types |= m[i].types;
			m[kept - 1].access |= m[i].access;
		} else {
			m[kept++] = m[i];
		}
	}
	return kept;
}

/* ---- instructions ---------------------------------------------------------------------------- */

enum { R_ANSWER, R_CONTEXT, R_TYPE, R_ACCESS, R_MAJOR, R_MINOR };
enum { GOTO_DENY = -1, GOTO_ALLOW = -2 }; /* offsets to be filled in once the program has its end */

struct program {
	struct bpf_insn *insns;
	size_t n;
};

static struct bpf_insn *emit(struct program *p, unsigned code, unsigned dst, unsigned src, int off,
			     int imm)
{
	struct bpf_insn *insn = &p->insns[p->n++];

	*insn = (struct bpf_insn){ .code = (uint8_t)code,
				   .dst_reg = dst & 15u,
				   .src_reg = src & 15u,
				   .off = (int16_t)off,
				   .imm = imm };
	return insn;
}

static void emit_load(struct program *p, unsigned dst, size_t offset)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, dst, R_CONTEXT, (int)offset, 0);
}

static void emit_alu(struct program *p, unsigned op, unsigned dst, unsigned imm)
{
	emit(p, BPF_ALU | op | BPF_K, dst, 0, 0, (int)imm);
}

/* 32-bit jumps: an immediate is sign-extended for the others, and a device number may have the top
 * bit. */
static void emit_jump(struct program *p, unsigned op, unsigned dst, uint32_t imm, int target)
{
	emit(p, BPF_JMP32 | op | BPF_K, dst, 0, target, (int)imm);
}

static void emit_context(struct program *p)
{
	emit_load(p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(p, BPF_ALU | BPF_MOV | BPF_X, R_ACCESS, R_TYPE, 0, 0);
	emit_alu(p, BPF_RSH, R_ACCESS, 16);
	emit_alu(p, BPF_AND, R_TYPE, 0xffff);
	emit_load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

/* The jumps past the rule are patched here, as it is known now where it ends. */
static void emit_rule(struct program *p, const struct match *m)
{
	struct bpf_insn *past[3];
	size_t n = 0;

	if (m->types != TYPE_ALL)
		past[n++] = emit(p, BPF_JMP32 | BPF_JNE | BPF_K, R_TYPE, 0, 0,
				 m->types == TYPE_BLOCK ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (m->major != ANY)
		past[n++] = emit(p, BPF_JMP32 | BPF_JNE | BPF_K, R_MAJOR, 0, 0,
				 (int)(uint32_t)m->major);
	if (m->minor != ANY)
		past[n++] = emit(p, BPF_JMP32 | BPF_JNE | BPF_K, R_MINOR, 0, 0,
				 (int)(uint32_t)m->minor);

	if (!m->allow) {
		emit_jump(p, BPF_JSET, R_ACCESS, m->access, GOTO_DENY);
	} else if (m->access == ACCESS_ALL) {
		emit(p, BPF_JMP | BPF_JA, 0, 0, GOTO_ALLOW, 0);
	} else {
		emit_alu(p, BPF_AND, R_ACCESS, ~m->access);
		emit_jump(p, BPF_JEQ, R_ACCESS, 0, GOTO_ALLOW);
	}
	for (size_t i = 0; i < n; i++)
		past[i]->off = (int16_t)(&p->insns[p->n] - past[i] - 1);
}

static bool is_everything(const struct match *m)
{
	return m->types == TYPE_ALL && m->major == ANY && m->minor == ANY &&
	       m->access == ACCESS_ALL;
}

static size_t emit_answer(struct program *p, bool allow)
{
	emit(p, BPF_ALU | BPF_MOV | BPF_K, R_ANSWER, 0, 0, allow);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return p->n - 2;
}

/* Point the jumps that wait for this answer at it.  Unless one falls into it, the answer is written
 * only if some jump needs it: the kernel refuses a program with instructions that nothing
 * reaches. */
static void emit_target(struct program *p, int waiting, bool allow, bool fall_through)
{
	size_t end = p->n, answer = fall_through ? emit_answer(p, allow) : 0;

	for (size_t i = 0; i < end; i++) {
		if (p->insns[i].off != waiting)
			continue;
		if (!answer)
			answer = emit_answer(p, allow);
		p->insns[i].off = (int16_t)(answer - i - 1);
	}
}

/* Rules before one that allows everything are never reached. */
static size_t first_reached(const struct match *m, size_t n)
{
	for (size_t i = n; i-- > 0;)
		if (m[i].allow && is_everything(&m[i]))
			return i + 1;
	return 0;
}

/* `m` in the configuration's order.  A request for no access at all (executing a device) is
 * allowed, as without a program: the test stands in front only where the end would deny it. */
static void emit_program(struct program *p, const struct match *m, size_t n)
{
	size_t first = first_reached(m, n);
	bool end_allows = first > 0;

	if (!end_allows || n > first)
		emit_context(p);
	if (!end_allows)
		emit_jump(p, BPF_JEQ, R_ACCESS, 0, GOTO_ALLOW);
	for (size_t i = n; i-- > first;)
		emit_rule(p, &m[i]);
	emit_target(p, end_allows ? GOTO_ALLOW : GOTO_DENY, end_allows, true);
	emit_target(p, end_allows ? GOTO_DENY : GOTO_ALLOW, !end_allows, false);
}

int devprog_build(const struct spec_device_rule *rules, size_t n, struct arena *a,
		  uint64_t **ret_insns, size_t *ret_n, struct err *e)
{
	_Static_assert(sizeof(struct bpf_insn) == sizeof(uint64_t), "an instruction is 64 bits");
	enum { PER_RULE = 5, AROUND = 6 + 1 + 4 };
	_Static_assert(DEVPROG_RULES_MAX * PER_RULE + AROUND < INT16_MAX, "jumps have 16 bits");
	struct match *m;
	struct program p = {};

	if (n > DEVPROG_RULES_MAX)
		return err_rule(e, "/linux/resources/devices", "more than %d device rules",
				DEVPROG_RULES_MAX);
	m = ARENA_ARRAY(a, struct match, n);
	for (size_t i = 0; i < n; i++)
		TRY(read_rule(&rules[i], i, &m[i], e));
	drop_overruled(m, n);
	drop_idle_denials(m, n);
	n = compact(m, n);

	*ret_insns = ARENA_ARRAY(a, uint64_t, n * PER_RULE + AROUND);
	p.insns = (struct bpf_insn *)*ret_insns;
	emit_program(&p, m, n);
	*ret_n = p.n;
	return 0;
}

/* ---- the rules of every container ------------------------------------------------------------ */

#define ALLOW(type, major, minor, access) \
	{ true, type, { major != ANY, major }, { minor != ANY, minor }, access }

/* In runc's order.  The console is a terminal of the container's own devpts, hence 136. */
static const struct spec_device_rule defaults[] = {
	ALLOW("c", ANY, ANY, "m"),
	ALLOW("b", ANY, ANY, "m"),
	ALLOW("c", 1, 3, "rwm"),     /* null */
	ALLOW("c", 1, 8, "rwm"),     /* random */
	ALLOW("c", 1, 7, "rwm"),     /* full */
	ALLOW("c", 5, 0, "rwm"),     /* tty */
	ALLOW("c", 1, 5, "rwm"),     /* zero */
	ALLOW("c", 1, 9, "rwm"),     /* urandom */
	ALLOW("c", 136, ANY, "rwm"), /* pts */
	ALLOW("c", 5, 2, "rwm"),     /* ptmx */
};
#define N_DEFAULTS (sizeof(defaults) / sizeof(defaults[0]))

/* NULL for a fifo, which no device rule is about. */
static const char *rule_type(const struct spec_device *node)
{
	if (!node->type || !node->major.set || !node->minor.set)
		return NULL;
	if (strcmp(node->type, "b") == 0)
		return "b";
	return strcmp(node->type, "c") == 0 || strcmp(node->type, "u") == 0 ? "c" : NULL;
}

static bool is_wild(struct opt_i64 number)
{
	return !number.set || number.v == ANY;
}

/* Rules with a major number are about certain devices; "deny everything", with which lists begin,
 * is not. */
static bool has_own_rule(const struct spec_device *node, const char *type,
			 const struct spec_device_rules *config)
{
	for (size_t i = 0; i < config->n; i++) {
		const struct spec_device_rule *r = &config->items[i];

		if (r->type && strcmp(r->type, "a") != 0 && strcmp(r->type, type) != 0)
			continue;
		if (!is_wild(r->major) && r->major.v == node->major.v &&
		    (is_wild(r->minor) || r->minor.v == node->minor.v))
			return true;
	}
	return false;
}

void devprog_default_rules(const struct spec_device_rules *config, const struct spec_devices *nodes,
			   struct arena *a, struct spec_device_rules *ret_rules)
{
	size_t n = config->n;
	struct spec_device_rule *rules =
		ARENA_ARRAY(a, struct spec_device_rule, n + N_DEFAULTS + nodes->n);

	if (n > 0)
		memcpy(rules, config->items, n * sizeof(*rules));
	memcpy(rules + n, defaults, sizeof(defaults));
	n += N_DEFAULTS;
	for (size_t i = 0; i < nodes->n; i++) {
		const struct spec_device *node = &nodes->items[i];
		const char *type = rule_type(node);

		if (type && !has_own_rule(node, type, config))
			rules[n++] = (struct spec_device_rule){ true, type, node->major,
								node->minor, "rwm" };
	}
	*ret_rules = (struct spec_device_rules){ .n = n, .items = rules };
}

/* ---- version 1 ------------------------------------------------------------------------------- */

static void put_number(int64_t number, char buf[12])
{
	if (number == ANY)
		memcpy(buf, "*", 2);
	else
		snprintf(buf, 12, "%u", (unsigned)number);
}

/* The type as version 1 needs it: "a" means everything there, so only everything may be called
 * so. */
static const char *v1_type(const struct match *m, unsigned i)
{
	if (is_everything(m))
		return i == 0 ? "a" : NULL;
	if (i == 0)
		return m->types & TYPE_BLOCK ? "b" : "c";
	return i == 1 && m->types == TYPE_ALL ? "c" : NULL;
}

/* "c 1:3 rwm"; NULL where there is no i-th line for this rule. */
static const char *v1_line(const struct match *m, unsigned i, struct arena *a)
{
	char major[12], minor[12];

	if (!v1_type(m, i))
		return NULL;
	put_number(m->major, major);
	put_number(m->minor, minor);
	return arena_fmt(a, "%s %s:%s %s%s%s", v1_type(m, i), major, minor,
			 m->access & BPF_DEVCG_ACC_READ ? "r" : "",
			 m->access & BPF_DEVCG_ACC_WRITE ? "w" : "",
			 m->access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

/* Version 1 has one answer for everything and a list of exceptions.  An exception to an exception it would accept
 * and pay no heed to, so that is refused here. */
static int check_v1(const struct match *m, size_t n, bool allow_all, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!m[i].access || m[i].allow != allow_all)
			continue;
		for (size_t j = 0; j < i; j++)
			if (m[j].access && m[j].allow != allow_all && meets(&m[j], &m[i]))
				return rule_error(e, i, "", "takes back a part of an earlier rule, which cgroup "
							    "version 1 cannot express");
	}
	return 0;
}

int devprog_v1(const struct spec_device_rules *rules, struct arena *a, struct devprog_v1 *ret, struct err *e)
{
	struct match *m = ARENA_ARRAY(a, struct match, rules->n);
	size_t n = rules->n;

	for (size_t i = 0; i < n; i++)
		TRY(read_rule(&rules->items[i], i, &m[i], e));
	drop_overruled(m, n);
	drop_idle_denials(m, n);
	*ret = (struct devprog_v1){ .exceptions.items = ARENA_ARRAY(a, const char *, 2 * n) };
	for (size_t i = 0; i < n; i++)
		ret->allow_all |= m[i].allow && m[i].access && is_everything(&m[i]);
	TRY(check_v1(m, n, ret->allow_all, e));
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; m[i].access && m[i].allow != ret->allow_all && v1_line(&m[i], k, a); k++)
			ret->exceptions.items[ret->exceptions.n++] = v1_line(&m[i], k, a);
	return 0;
}

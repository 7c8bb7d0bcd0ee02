/* SPDX-License-Identifier: Apache-2.0 */
/* A plan for people and for programs: two walks over the table of operations. */
#include "plan/print.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "plan/names.h"

/* ---- values ----------------------------------------------------------------------------------------------- */

struct bit { uint64_t bit; const char *name; };

static const struct bit attr_bits[] = {
	{ MOUNT_ATTR_RDONLY, "ro" },	       { MOUNT_ATTR_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, "nodev" },	       { MOUNT_ATTR_NOEXEC, "noexec" },
	{ MOUNT_ATTR_NODIRATIME, "nodiratime" }, { MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
	{ MOUNT_ATTR_IDMAP, "idmap" },
};

static void add_word(struct buf *b, const char *word, bool *first)
{
	if (!*first)
		buf_char(b, ',');
	buf_str(b, word);
	*first = false;
}

static void add_attrs(struct buf *b, uint64_t v)
{
	bool first = true;
	for (size_t i = 0; i < sizeof(attr_bits) / sizeof(attr_bits[0]); i++)
		if (v & attr_bits[i].bit)
			add_word(b, attr_bits[i].name, &first);
	if ((v & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME)
		add_word(b, "atime-mode", &first);
	else if (v & MOUNT_ATTR__ATIME)
		add_word(b, v & MOUNT_ATTR_NOATIME ? "noatime" : "strictatime", &first);
}

static void add_spreads(struct buf *b, const struct plan_header *p, struct spreads l)
{
	static const struct bit bits[] = { { 1u << 17, "unbindable" }, { 1u << 18, "private" },
					   { 1u << 19, "slave" },      { 1u << 20, "shared" } };
	bool first = true;
	for (uint32_t i = 0; i < l.n; i++) {
		uint32_t v = plan_number_at(p, l.at, i);
		for (size_t k = 0; k < 4; k++) {
			if (!(v & bits[k].bit))
				continue;
			add_word(b, v & 16384 ? "r" : "", &first);
			buf_str(b, bits[k].name);
		}
	}
}

static void add_namespaces(struct buf *b, uint64_t v)
{
	bool first = true;
	for (int i = 0; i < 64; i++)
		if (v >> i & 1)
			add_word(b, ns_flag_name(1ull << i), &first);
}

static void add_caps(struct buf *b, uint64_t v)
{
	bool first = true;
	for (int i = 0; i < 64; i++)
		if (v >> i & 1)
			add_word(b, i < N_CAPS ? cap_names[i] + 4 : "?", &first);
}

static void add_flags(struct buf *b, const struct op_field *f, uint32_t v)
{
	bool first = true;
	for (int i = 0; f->names[i]; i++)
		if (v >> i & 1)
			add_word(b, f->names[i], &first);
}

static void add_params(struct buf *b, const struct plan_header *p, struct params l)
{
	for (uint32_t i = 0; i < l.n; i++) {
		const struct param *m = plan_param_at(p, l, i);
		const char *value = plan_str(p, m->value);
		buf_printf(b, "%s%s%s%s", i ? "," : "", plan_str(p, m->key), value ? "=" : "", value ? value : "");
	}
}

static void add_numbers(struct buf *b, const struct plan_header *p, struct numbers l)
{
	for (uint32_t i = 0; i < l.n; i++)
		buf_printf(b, "%s%u", i ? "," : "", plan_number_at(p, l.at, i));
}

/* What a seccomp filter can answer: the kernel's SECCOMP_RET_*, without the number that comes with two of them. */
static const struct answer { uint32_t value; const char *name; bool number; } answers[] = {
	{ 0x80000000, "kill-process", false }, { 0x00000000, "kill-thread", false }, { 0x00030000, "trap", false },
	{ 0x00050000, "errno", true },	       { 0x7fc00000, "notify", false },	     { 0x7ff00000, "trace", true },
	{ 0x7ffc0000, "log", false },	       { 0x7fff0000, "allow", false },
};
#define N_ANSWERS  (sizeof(answers) / sizeof(answers[0]))
#define RET_NUMBER 6 /* BPF_RET | BPF_K */

static void add_answer(struct buf *b, uint32_t value)
{
	const struct answer *a = answers;
	while (a < answers + N_ANSWERS - 1 && a->value != (value & 0xffff0000))
		a++;
	const char *name = strerrorname_np((int)(value & 0xffff));
	buf_str(b, a->name);
	if (a->number && name)
		buf_printf(b, "(%s)", name);
	else if (a->number)
		buf_printf(b, "(%u)", value & 0xffff);
}

/* An instruction is a pair of numbers: the code with its jumps, and a constant. */
static bool is_return(const struct plan_header *p, struct filter l, uint32_t i, uint32_t *ret_value)
{
	*ret_value = plan_number_at(p, l.at, 2 * i + 1);
	return (plan_number_at(p, l.at, 2 * i) & 0xffff) == RET_NUMBER;
}

static void add_filter(struct buf *b, const struct plan_header *p, struct filter l)
{
	uint32_t value, other;
	const char *between = ": ";
	buf_printf(b, "%u instructions", l.n);
	for (uint32_t i = 0; i < l.n; i++) {
		bool found = is_return(p, l, i, &value);
		for (uint32_t k = 0; found && k < i; k++)
			found = !(is_return(p, l, k, &other) && other == value);
		if (!found)
			continue;
		buf_str(b, between);
		add_answer(b, value);
		between = ", ";
	}
}

static void add_limit(struct buf *b, uint64_t v)
{
	if (v == UINT64_MAX)
		buf_str(b, "unlimited");
	else
		buf_printf(b, "%llu", (unsigned long long)v);
}

/* What a member holds, as one text.  Lists of texts are the caller's. */
static void add_value(struct buf *b, const struct plan_header *p, const struct op_field *f, const void *m)
{
	int32_t n;
	switch (f->type) {
	case T_TEXT:
		buf_str(b, plan_str(p, *(const struct text *)m));
		break;
	case T_NUMBERS:
		add_numbers(b, p, *(const struct numbers *)m);
		break;
	case T_FILTER:
		add_filter(b, p, *(const struct filter *)m);
		break;
	case T_PARAMS:
		add_params(b, p, *(const struct params *)m);
		break;
	case T_SLOT:
	case T_FILLS:
		memcpy(&n, m, sizeof(n));
		buf_printf(b, "#%d", n);
		break;
	case T_ATTRS:
		add_attrs(b, ((const struct mount_attrs *)m)->v);
		break;
	case T_SPREADS:
		add_spreads(b, p, *(const struct spreads *)m);
		break;
	case T_NS:
		add_namespaces(b, ((const struct ns_flags *)m)->v);
		break;
	case T_CAPS:
		add_caps(b, ((const struct cap_set *)m)->v);
		break;
	case T_MODE:
		buf_printf(b, "%04o", ((const struct mode *)m)->v);
		break;
	case T_CHOICE:
		buf_str(b, f->names[((const struct choice *)m)->v]);
		break;
	case T_FLAGS:
		add_flags(b, f, ((const struct flags *)m)->v);
		break;
	case T_I32:
		buf_printf(b, "%d", *(const int32_t *)m);
		break;
	case T_U32:
		buf_printf(b, "%u", *(const uint32_t *)m);
		break;
	case T_I64:
		buf_printf(b, "%lld", (long long)*(const int64_t *)m);
		break;
	case T_U64:
		add_limit(b, *(const uint64_t *)m);
		break;
	}
}

/* Is there anything to say of this member? */
static bool is_empty(const struct op_field *f, const void *m)
{
	switch (f->type) {
	case T_TEXT:
	case T_FLAGS:
		return *(const uint32_t *)m == 0;
	case T_TEXTS:
	case T_NUMBERS:
	case T_FILTER:
	case T_PARAMS:
	case T_SPREADS:
		return ((const struct texts *)m)->n == 0;
	case T_SLOT:
	case T_FILLS:
		return *(const int32_t *)m < 0;
	case T_ATTRS:
	case T_NS:
	case T_CAPS:
		return *(const uint64_t *)m == 0;
	default:
		return false;
	}
}

/* ---- text ------------------------------------------------------------------------------------------------- */

/* A word of the text: quoted where it would not be told from the rest. */
static void add_word_quoted(struct buf *out, const char *s)
{
	bool plain = *s != 0;
	for (const char *c = s; *c; c++)
		plain &= (unsigned char)*c > ' ' && *c != '"' && *c != '\\' && (unsigned char)*c != 0x7f;
	if (plain)
		buf_str(out, s);
	else
		buf_json_string(out, s);
}

static void text_member(struct buf *out, const struct plan_header *p, const struct op_field *f, const void *m)
{
	if (is_empty(f, m) || f->type == T_SLOT || f->type == T_FILLS)
		return;
	if (f->type == T_NUMBERS && ((const struct numbers *)m)->n > 64) {
		buf_printf(out, " %s=(%u numbers)", f->name, ((const struct numbers *)m)->n);
		return;
	}
	buf_printf(out, " %s%s", f->name, f->name[0] ? "=" : "");
	if (f->type == T_TEXTS) {
		const struct texts *l = m;
		for (uint32_t i = 0; i < l->n; i++) {
			buf_str(out, i ? " " : "");
			add_word_quoted(out, plan_str_at(p, *l, i));
		}
		return;
	}
	struct buf value = { 0 };
	add_value(&value, p, f, m);
	if (f->type == T_FILTER)
		buf_str(out, value.data);
	else
		add_word_quoted(out, value.data ? value.data : "");
	buf_done(&value);
}

static void text_args(struct buf *out, const struct plan_header *p, const struct op *op)
{
	for (const struct op_field *f = op_defs[op->kind].fields; f && f->name; f++)
		text_member(out, p, f, (const char *)plan_at(p, op->args) + f->offset);
}

static const char *errno_name(int num)
{
	static const struct { int num; const char *name; } rows[] = {
		{ EPERM, "EPERM" }, { EACCES, "EACCES" }, { EBUSY, "EBUSY" }, { EINVAL, "EINVAL" },
		{ ENODEV, "ENODEV" }, { ENOENT, "ENOENT" }, { EROFS, "EROFS" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].num == num)
			return rows[i].name;
	return "?";
}

/* "or, if it fails with EPERM:", the list of errnos alone. */
static void add_errnos(struct buf *out, const struct op *op)
{
	bool first = true;
	for (size_t i = 0; i < sizeof(op->otherwise_on); i++)
		if (op->otherwise_on[i])
			add_word(out, errno_name(op->otherwise_on[i]), &first);
}

/* The column of arguments ends here, where they are not longer than that. */
#define COLUMN 96

static void text_line(struct buf *out, const struct plan_header *p, const struct op *op)
{
	size_t start = out->size;
	buf_printf(out, "%-17s", op_defs[op->kind].name);
	text_args(out, p, op);
	const char *origin = plan_str(p, op->origin), *because = plan_str(p, op->because);
	if (!origin && !because) {
		buf_char(out, '\n');
		return;
	}
	do
		buf_char(out, ' ');
	while (out->size - start < COLUMN);
	buf_printf(out, origin ? "%s\n" : "(%s)\n", origin ? origin : because);
}

static void text_alternatives(struct buf *out, const struct plan_header *p, const struct op *op)
{
	while (op->otherwise) {
		buf_str(out, "             or (");
		add_errnos(out, op);
		buf_str(out, ") ");
		op = plan_op_at(p, op->otherwise - 1);
		text_line(out, p, op);
	}
}

void plan_print_text(const struct plan_header *p, struct buf *out)
{
	for (int s = 0; s < N_STAGES; s++) {
		struct plan_list l = p->lists[s];
		for (uint32_t i = 0; i < l.n; i++) {
			const struct op *op = plan_op_at(p, l.first + i);
			buf_printf(out, "%-6s %4u  ", stage_names[s], i + 1);
			text_line(out, p, op);
			text_alternatives(out, p, op);
		}
	}
}

/* ---- JSON ------------------------------------------------------------------------------------------------- */

static void json_texts(struct buf *out, const struct plan_header *p, struct texts l)
{
	buf_char(out, '[');
	for (uint32_t i = 0; i < l.n; i++) {
		buf_str(out, i ? ", " : "");
		buf_json_string(out, plan_str_at(p, l, i));
	}
	buf_char(out, ']');
}

static bool is_number(const struct op_field *f)
{
	return f->type == T_U32 || f->type == T_I32 || f->type == T_U64 || f->type == T_I64;
}

static void json_number(struct buf *out, const struct op_field *f, const void *m)
{
	if (f->type == T_U64)
		buf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)m);
	else if (f->type == T_I64)
		buf_printf(out, "%lld", (long long)*(const int64_t *)m);
	else if (f->type == T_I32)
		buf_printf(out, "%d", *(const int32_t *)m);
	else
		buf_printf(out, "%u", *(const uint32_t *)m);
}

static void json_slot(struct buf *out, const struct plan_header *p, const void *m)
{
	int32_t n = *(const int32_t *)m;
	buf_printf(out, "{\"slot\": %d, \"name\": ", n);
	buf_json_string(out, plan_str(p, plan_slot_at(p, (uint32_t)n)->name));
	buf_char(out, '}');
}

static void json_member(struct buf *out, const struct plan_header *p, const struct op_field *f, const void *m)
{
	buf_str(out, ", ");
	buf_json_string(out, f->name[0] ? f->name : "what");
	buf_str(out, ": ");
	if (f->type == T_TEXTS) {
		json_texts(out, p, *(const struct texts *)m);
	} else if (is_number(f)) {
		json_number(out, f, m);
	} else if (f->type == T_SLOT || f->type == T_FILLS) {
		json_slot(out, p, m);
	} else {
		struct buf value = { 0 };
		add_value(&value, p, f, m);
		buf_json_string(out, value.data ? value.data : "");
		buf_done(&value);
	}
}

static void json_op(struct buf *out, const struct plan_header *p, const struct op *op)
{
	const char *origin = plan_str(p, op->origin), *because = plan_str(p, op->because);
	buf_printf(out, "{\"stage\": \"%s\", \"operation\": \"%s\"", stage_names[op->stage], op_defs[op->kind].name);
	for (const struct op_field *f = op_defs[op->kind].fields; f && f->name; f++) {
		const void *m = (const char *)plan_at(p, op->args) + f->offset;
		if (!is_empty(f, m))
			json_member(out, p, f, m);
	}
	if (origin || because) {
		buf_printf(out, ", \"%s\": ", origin ? "origin" : "because");
		buf_json_string(out, origin ? origin : because);
	}
}

void plan_print_json(const struct plan_header *p, struct buf *out)
{
	bool first = true;
	buf_printf(out, "{\n  \"version\": %u,\n  \"operations\": [", p->version);
	for (int s = 0; s < N_STAGES; s++) {
		for (uint32_t i = 0; i < p->lists[s].n; i++) {
			const struct op *op = plan_op_at(p, p->lists[s].first + i);
			int depth = 0;
			buf_str(out, first ? "\n    " : ",\n    ");
			first = false;
			json_op(out, p, op);
			for (; op->otherwise; depth++) {
				buf_str(out, ", \"otherwiseOn\": \"");
				add_errnos(out, op);
				buf_str(out, "\", \"otherwise\": ");
				op = plan_op_at(p, op->otherwise - 1);
				json_op(out, p, op);
			}
			for (; depth >= 0; depth--)
				buf_char(out, '}');
		}
	}
	buf_str(out, "\n  ]\n}\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A seccomp filter, made shorter.
 *
 * libseccomp asks for one system call after the other.  Here its program is followed for every architecture and
 * every number that it could tell apart, up to the answer, or to where an argument is looked at.  Numbers next to
 * each other with the same outcome become a range, the ranges a tree of comparisons.  Of libseccomp's program only
 * the parts that look at arguments stay, as they are:
 *
 *	which architecture?
 *	for each: tree over the numbers ─▶ answer, or on to …
 *	… the arguments of single system calls */
#include "run/seccomp-tree.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER	  offsetof(struct seccomp_data, nr)
#define ARCH	  offsetof(struct seccomp_data, arch)
#define JUMP_MAX  255 /* of a conditional one */
#define LOAD	  (BPF_LD | BPF_W | BPF_ABS)
#define ALWAYS	  (BPF_JMP | BPF_JA)
#define RETURN	  (BPF_RET | BPF_K)
#define AT_LEAST  (BPF_JMP | BPF_JGE | BPF_K)
#define EQUAL	  (BPF_JMP | BPF_JEQ | BPF_K)
#define MORE_THAN (BPF_JMP | BPF_JGT | BPF_K)

/* An answer; or the instruction of the raw program that first looks at an argument. */
struct outcome { bool is_argument; uint32_t value; };

struct range { uint32_t first; struct outcome outcome; };

struct tree {
	const struct seccomp_profile *p;
	uint32_t *numbers; /* at which an outcome may change, ascending */
	size_t n_numbers;
	struct range *ranges; /* of the architecture at hand */
	size_t n_ranges;
	struct sock_filter *out;
	size_t n_out, room;
	uint32_t *entries;   /* written jumps into the raw part */
	size_t n_entries;
	bool *kept;	     /* raw instructions that stay, … */
	uint32_t *moved;     /* … and where they stand among those */
	struct arena *arena;
	struct err *e;
};

/* ---- following the raw program ------------------------------------------------------------------------------ */

static int not_understood(struct tree *t, size_t at)
{
	return err_rule(t->e, "/linux/seccomp", "instruction %zu of libseccomp's program (code %#x) is not understood", at,
			at < t->p->n_raw ? t->p->raw[at].code : 0);
}

static int follow(struct tree *t, uint32_t arch, uint32_t number, struct outcome *ret)
{
	uint32_t a = 0;
	for (size_t at = 0; at < t->p->n_raw; at++) {
		const struct sock_filter *f = &t->p->raw[at];
		bool taken = false;
		switch (f->code) {
		case LOAD:
			if (f->k != NUMBER && f->k != ARCH) {
				*ret = (struct outcome){ true, (uint32_t)at };
				return 0;
			}
			a = f->k == NUMBER ? number : arch;
			continue;
		case RETURN:
			*ret = (struct outcome){ false, f->k };
			return 0;
		case ALWAYS:
			at += f->k;
			continue;
		case EQUAL:
			taken = a == f->k;
			break;
		case MORE_THAN:
			taken = a > f->k;
			break;
		case AT_LEAST:
			taken = a >= f->k;
			break;
		default:
			return not_understood(t, at);
		}
		at += taken ? f->jt : f->jf;
	}
	return not_understood(t, t->p->n_raw);
}

/* ---- ranges ------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Each constant of a comparison and the number behind it, and all numbers that the profile reaches. */
static void find_numbers(struct tree *t)
{
	size_t n = 1, room = 1 + 2 * t->p->n_raw;
	for (size_t i = 0; i < t->p->n_archs; i++)
		room += t->p->archs[i].end + 1;
	t->numbers = ARENA_ARRAY(t->arena, uint32_t, room);
	for (size_t i = 0; i < t->p->n_raw; i++) {
		const struct sock_filter *f = &t->p->raw[i];
		if (BPF_CLASS(f->code) != BPF_JMP || f->code == ALWAYS)
			continue;
		t->numbers[n++] = f->k;
		t->numbers[n++] = f->k + 1;
	}
	for (size_t i = 0; i < t->p->n_archs; i++)
		for (uint32_t k = 0; k <= t->p->archs[i].end; k++)
			t->numbers[n++] = t->p->archs[i].base + k;
	qsort(t->numbers, n, sizeof(*t->numbers), by_value);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || t->numbers[i] != t->numbers[t->n_numbers - 1])
			t->numbers[t->n_numbers++] = t->numbers[i];
}

/* Is there no such system call, as far as profile and libseccomp know? */
static bool is_newer(const struct seccomp_profile *p, uint32_t kernel, uint32_t number)
{
	for (size_t i = 0; i < p->n_archs; i++) {
		const struct seccomp_arch *a = &p->archs[i];
		bool x32 = kernel == AUDIT_ARCH_X86_64 && number & SECCOMP_X32;
		if (a->kernel != kernel || a->base != (x32 ? SECCOMP_X32 : 0) || a->end == 0)
			continue;
		return number - a->base >= a->end || !a->known[number - a->base];
	}
	return false;
}

static bool is_same(struct outcome a, struct outcome b)
{
	return a.is_argument == b.is_argument && a.value == b.value;
}

static int find_ranges(struct tree *t, uint32_t kernel)
{
	t->n_ranges = 0;
	for (size_t i = 0; i < t->n_numbers; i++) {
		struct outcome o;
		TRY(follow(t, kernel, t->numbers[i], &o));
		if (t->p->newer && is_newer(t->p, kernel, t->numbers[i]))
			o = (struct outcome){ false, SECCOMP_RET_ERRNO | ENOSYS };
		if (t->n_ranges == 0 || !is_same(t->ranges[t->n_ranges - 1].outcome, o))
			t->ranges[t->n_ranges++] = (struct range){ t->numbers[i], o };
	}
	return 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static void put(struct tree *t, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (t->n_out == t->room) {
		size_t room = t->room ? t->room * 2 : 512;
		struct sock_filter *more = ARENA_ARRAY(t->arena, struct sock_filter, room);
		if (t->n_out)
			memcpy(more, t->out, t->n_out * sizeof(*more));
		t->out = more;
		t->room = room;
	}
	t->out[t->n_out++] = (struct sock_filter){ code, jt, jf, k };
}

/* A jump into the raw part is written with the raw instruction's index, and set right in the end. */
static void put_outcome(struct tree *t, struct outcome o)
{
	put(t, o.is_argument ? ALWAYS : RETURN, 0, 0, o.value);
	if (!o.is_argument)
		return;
	t->entries[t->n_entries++] = (uint32_t)t->n_out - 1;
	t->kept[o.value] = true;
}

/* Left of the middle first; the way to the right is longer than a conditional jump if the left is large. */
static void put_ranges(struct tree *t, const struct range *r, size_t n)
{
	if (n == 1) {
		put_outcome(t, r->outcome);
		return;
	}
	size_t half = n / 2, at = t->n_out;
	bool far = 2 * half - 1 > JUMP_MAX;
	put(t, AT_LEAST, 0, far ? 1 : 0, r[half].first);
	if (far)
		put(t, ALWAYS, 0, 0, 0);
	put_ranges(t, r, half);
	if (far)
		t->out[at + 1].k = (uint32_t)(t->n_out - at - 2);
	else
		t->out[at].jt = (uint8_t)(t->n_out - at - 1);
	put_ranges(t, r + half, n - half);
}

static bool is_first_of_kernel(const struct seccomp_profile *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (p->archs[k].kernel == p->archs[i].kernel)
			return false;
	return true;
}

static int put_arch(struct tree *t, uint32_t kernel)
{
	TRY(find_ranges(t, kernel));
	put(t, EQUAL, 1, 0, kernel);
	size_t at = t->n_out;
	put(t, ALWAYS, 0, 0, 0);
	put(t, LOAD, 0, 0, NUMBER);
	put_ranges(t, t->ranges, t->n_ranges);
	t->out[at].k = (uint32_t)(t->n_out - at - 1);
	return 0;
}

/* All jumps lead forward, so one pass finds what can be reached. */
static void keep_reached(struct tree *t)
{
	for (size_t i = 0; i < t->p->n_raw; i++) {
		const struct sock_filter *f = &t->p->raw[i];
		if (!t->kept[i] || BPF_CLASS(f->code) == BPF_RET)
			continue;
		bool jump = BPF_CLASS(f->code) == BPF_JMP;
		size_t next[2] = { i + 1, i + 1 };
		if (jump && f->code == ALWAYS)
			next[0] = next[1] = i + 1 + f->k;
		else if (jump)
			next[0] += f->jt, next[1] += f->jf;
		for (int k = 0; k < 2; k++)
			if (next[k] < t->p->n_raw)
				t->kept[next[k]] = true;
	}
}

static uint32_t distance(const struct tree *t, size_t from, size_t to)
{
	return t->moved[to] - t->moved[from] - 1;
}

/* Only shorter do the jumps become. */
static void put_raw(struct tree *t)
{
	uint32_t n = 0;
	keep_reached(t);
	for (size_t i = 0; i < t->p->n_raw; i++) {
		t->moved[i] = n;
		n += t->kept[i];
	}
	size_t end = t->n_out;
	for (size_t i = 0; i < t->p->n_raw; i++) {
		struct sock_filter f = t->p->raw[i];
		if (!t->kept[i])
			continue;
		if (f.code == ALWAYS) {
			f.k = distance(t, i, i + 1 + f.k);
		} else if (BPF_CLASS(f.code) == BPF_JMP) {
			f.jt = (uint8_t)distance(t, i, i + 1 + f.jt);
			f.jf = (uint8_t)distance(t, i, i + 1 + f.jf);
		}
		put(t, f.code, f.jt, f.jf, f.k);
	}
	for (size_t i = 0; i < t->n_entries; i++) {
		struct sock_filter *f = &t->out[t->entries[i]];
		f->k = (uint32_t)(end + t->moved[f->k] - t->entries[i] - 1);
	}
}

int seccomp_tree(const struct seccomp_profile *p, struct arena *a, struct u32s *ret_program, struct err *e)
{
	struct tree t = { .p = p, .arena = a, .e = e, .kept = ARENA_ARRAY(a, bool, p->n_raw),
			  .moved = ARENA_ARRAY(a, uint32_t, p->n_raw) };
	struct outcome elsewhere;
	find_numbers(&t);
	t.ranges = ARENA_ARRAY(a, struct range, t.n_numbers);
	t.entries = ARENA_ARRAY(a, uint32_t, t.n_numbers * p->n_archs + 1);
	put(&t, LOAD, 0, 0, ARCH);
	for (size_t i = 0; i < p->n_archs; i++)
		if (is_first_of_kernel(p, i))
			TRY(put_arch(&t, p->archs[i].kernel));
	TRY(follow(&t, 0, 0, &elsewhere)); /* no architecture is 0 */
	put_outcome(&t, elsewhere);
	put_raw(&t);
	*ret_program = (struct u32s){ 2 * t.n_out, ARENA_ARRAY(a, uint32_t, 2 * t.n_out) };
	memcpy(ret_program->items, t.out, t.n_out * sizeof(*t.out));
	return 0;
}

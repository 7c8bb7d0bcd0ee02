/* SPDX-License-Identifier: Apache-2.0 */
/* Which file of which hierarchy a limit goes to on the host at hand, and what of it cannot be had there. */
#include <string.h>

#include "base/span.h"
#include "plan/resources.h"

#define SHARES_MIN 2
#define SHARES_MAX 262144

/* ---- where it goes ---------------------------------------------------------------------------------------- */

bool resources_has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	while (list && *list) {
		size_t size = span_until(list, ", \n");
		if (size == n && memcmp(list, word, n) == 0)
			return true;
		list += size + (list[size] != 0);
	}
	return false;
}

size_t resources_hierarchy(const struct facts *f, const char *controller, bool v2)
{
	for (size_t i = 0; i < f->hierarchies.n; i++) {
		const struct hierarchy *h = &f->hierarchies.items[i];
		if ((h->controllers[0] == 0) != v2)
			continue;
		/* "cgroup" are the files that every cgroup has. */
		if (resources_has_word(v2 ? h->available : h->controllers, controller) ||
		    (v2 && strcmp(controller, "cgroup") == 0))
			return i;
	}
	return SIZE_MAX;
}

/* One thing that is asked for, on its way. */
struct settling {
	const struct resources_asked *r;
	const struct facts *f;
	struct problems *warnings;
	struct resource_settings *out;
	struct err *e;
	const struct resource_row *row;
	struct resource_value value;
	size_t item;
};

/* RFC 6901: '~' and '/' of a key stand as "~0" and "~1". */
static const char *escaped(const char *key, struct arena *a)
{
	char *out = arena_alloc(a, 2 * strlen(key) + 1), *end = out;
	for (; *key; key++) {
		if (*key != '~' && *key != '/') {
			*end++ = *key;
			continue;
		}
		*end++ = '~';
		*end++ = *key == '~' ? '0' : '1';
	}
	return out;
}

/* `pattern` with its '*' replaced. */
static const char *filled_in(const char *pattern, const char *name, struct arena *a)
{
	const char *star = strchr(pattern, '*');
	if (!star)
		return pattern;
	return arena_fmt(a, "%.*s%s%s", (int)(star - pattern), pattern, name, star + 1);
}

static const char *pointer_of(const struct settling *s)
{
	struct arena *a = s->r->arena;
	const char *item = s->row->how & RESOURCE_KEYED ? escaped(s->value.name, a) : arena_fmt(a, "%zu", s->item);
	return arena_fmt(a, "/linux/resources/%s", filled_in(s->row->field, item, a));
}

/* That of a key of "unified" is what stands before the point. */
static const char *controller_of(const struct settling *s, const struct resource_file *file)
{
	if (!file->controller || file->controller[0] != '*')
		return file->controller;
	return arena_fmt(s->r->arena, "%.*s", (int)span_until(s->value.name, "."), s->value.name);
}

static const char *text_of(struct settling *s, const struct resource_file *file)
{
	return file->text ? file->text(s->r, &s->value) : NULL;
}

static int refuse(struct settling *s)
{
	const struct resource_row *row = s->row;
	const char *v1 = controller_of(s, &row->v1), *v2 = controller_of(s, &row->v2), *at = pointer_of(s);
	if (!v1 && resources_hierarchy(s->f, v2, false) != SIZE_MAX)
		return err_rule(s->e, at, "\"%s\" needs the controller \"%s\" in cgroup version 2, and this host has it in "
				"version 1", s->value.name, v2);
	if (!v1)
		return err_rule(s->e, at, "\"%s\" cannot be set: controller \"%s\" is not available in a cgroup version 2 "
				"hierarchy of this host", s->value.name, v2);
	if (!v2)
		return err_rule(s->e, at, "needs the controller \"%s\" of cgroup version 1, which this host does not have: %s",
				v1, row->lacks);
	return err_rule(s->e, at, "needs the cgroup controller \"%s\", which this host does not have",
			strcmp(s->f->cgroup_layout, "v2") == 0 ? v2 : v1);
}

/* Neither version of this host has it.  Some things need not be had. */
static int settle_lacking(struct settling *s)
{
	const struct resource_row *row = s->row;
	const struct resource_file *file = row->v1.controller ? &row->v2 : &row->v1;
	if (!file->controller && file->text && !text_of(s, file))
		return 0;
	if (!(row->how & RESOURCE_IGNORED))
		return refuse(s);
	problem_add(s->warnings, s->r->arena, pointer_of(s), "ignored: %s", row->lacks);
	return 0;
}

static struct resource_setting *add_setting(struct resource_settings *l, struct arena *a)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 32;
		struct resource_setting *items = ARENA_ARRAY(a, struct resource_setting, room);
		if (l->n)
			memcpy(items, l->items, l->n * sizeof(*items));
		l->items = items;
		l->room = room;
	}
	return &l->items[l->n++];
}

static void settle_in(struct settling *s, size_t hierarchy, const struct resource_file *file,
		      const struct resource_file *other)
{
	struct arena *a = s->r->arena;
	const char *text = file->file ? text_of(s, file) : NULL, *name = s->value.name ? s->value.name : "";
	if (!text)
		return;
	struct resource_setting *one = add_setting(s->out, a);
	*one = (struct resource_setting){ .row = s->row, .value = s->value, .hierarchy = hierarchy, .origin = pointer_of(s),
					  .file = filled_in(file->file, name, a), .text = text };
	if (other->file) {
		one->else_file = filled_in(other->file, name, a);
		one->else_text = text_of(s, other);
	}
}

static int settle_one(struct settling *s)
{
	const struct resource_row *row = s->row;
	const char *v1 = controller_of(s, &row->v1), *v2 = controller_of(s, &row->v2);
	size_t first = v1 ? resources_hierarchy(s->f, v1, false) : SIZE_MAX;
	size_t second = v2 ? resources_hierarchy(s->f, v2, true) : SIZE_MAX;
	if (first != SIZE_MAX)
		settle_in(s, first, &row->v1, &row->v1_else);
	else if (second != SIZE_MAX)
		settle_in(s, second, &row->v2, &row->v2_else);
	else
		return settle_lacking(s);
	return 0;
}

/* ---- what goes together ----------------------------------------------------------------------------------- */

static int check_memory(const struct resources_asked *r, struct err *e)
{
	const struct spec_memory *m = r->all->memory;
	if (!m || resources_number(m->swap) <= 0)
		return 0;
	if (resources_number(m->limit) <= 0)
		return err_rule(e, "/linux/resources/memory/swap", "a limit of memory and swap together needs "
								  "\"memory/limit\" as well");
	if (m->swap.v < m->limit.v)
		return err_rule(e, "/linux/resources/memory/swap", "%lld is below the limit of memory, %lld: it counts memory "
				"and swap together", (long long)m->swap.v, (long long)m->limit.v);
	return 0;
}

static int check_cpu(const struct resources_asked *r, const struct facts *f, struct err *e)
{
	const struct spec_cpu *c = r->all->cpu;
	if (!c)
		return 0;
	if (c->burst.set && resources_number(c->quota) > 0 && c->burst.v > (uint64_t)c->quota.v)
		return err_rule(e, "/linux/resources/cpu/burst", "%llu is above the quota, %lld",
				(unsigned long long)c->burst.v, (long long)c->quota.v);
	bool v1 = resources_hierarchy(f, "cpu", false) != SIZE_MAX;
	if (v1 && c->shares.set && c->shares.v && (c->shares.v < SHARES_MIN || c->shares.v > SHARES_MAX))
		return err_rule(e, "/linux/resources/cpu/shares", "%llu is not from %d to %d, which the kernel takes",
				(unsigned long long)c->shares.v, SHARES_MIN, SHARES_MAX);
	return 0;
}

int resources_settle(const struct resources_asked *r, const struct facts *f, struct problems *warnings,
		     struct resource_settings *ret, struct err *e)
{
	struct settling s = { .r = r, .f = f, .warnings = warnings, .out = ret, .e = e };
	*ret = (struct resource_settings){ 0 };
	TRY(check_memory(r, e));
	TRY(check_cpu(r, f, e));
	for (size_t k = 0; k < n_resource_rows; k++) {
		s.row = &resource_rows[k];
		for (s.item = 0; s.row->get(s.row, r, s.item, &s.value); s.item++)
			TRY(settle_one(&s));
	}
	return 0;
}

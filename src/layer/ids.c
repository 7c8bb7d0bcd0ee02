/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/ids.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

int layer_id_check(const char *id, struct err *e)
{
	size_t n = strlen(id);
	if (n == 0)
		return err_rule(e, NULL, "the layer's id is empty");
	if (n > NAME_MAX)
		return err_rule(e, NULL, "the layer's id has %zu bytes, more than %d", n, NAME_MAX);
	if (id[0] == '.')
		return err_rule(e, NULL, "the layer's id \"%s\" begins with \".\"", id);
	for (const char *s = id; *s; s++)
		if (*s == '/' || (unsigned char)*s < ' ' || *s == 0x7f)
			return err_rule(e, NULL, "the layer's id \"%s\" has a %s in it", id,
					*s == '/' ? "slash" : "control character");
	return 0;
}

struct id_range {
	uint32_t container, host, size;
};

#define RANGES_MAX 340 /* as many as the kernel takes */

static bool read_number(const char **s, uint32_t *ret)
{
	uint32_t n = 0;
	const char *begin = *s;
	for (; **s >= '0' && **s <= '9'; ++*s)
		if (__builtin_mul_overflow(n, 10u, &n) || __builtin_add_overflow(n, (uint32_t)(**s - '0'), &n))
			return false;
	*ret = n;
	return *s > begin;
}

static bool read_range(const char **s, struct id_range *r)
{
	return read_number(s, &r->container) && *(*s)++ == ':' && read_number(s, &r->host) && *(*s)++ == ':' &&
	       read_number(s, &r->size) && (**s == ',' || **s == 0);
}

/* The last id, 4294967295, is nobody's. */
static bool fits(const struct id_range *r)
{
	return r->size > 0 && r->container <= UINT32_MAX - r->size && r->host <= UINT32_MAX - r->size;
}

static bool overlap(uint32_t a, uint32_t size_a, uint32_t b, uint32_t size_b)
{
	return a < b ? b - a < size_a : a - b < size_b;
}

static bool collide(const struct id_range *a, const struct id_range *b)
{
	return overlap(a->container, a->size, b->container, b->size) || overlap(a->host, a->size, b->host, b->size);
}

int id_map_root(const char *map, const char *what, uint32_t *ret_host, struct err *e)
{
	struct id_range ranges[RANGES_MAX];
	bool found = false;
	size_t n = 0;
	for (const char *s = map;; s++) {
		struct id_range *r = &ranges[n];
		if (n == RANGES_MAX)
			return err_rule(e, NULL, "%s has more than %d ranges", what, RANGES_MAX);
		if (!read_range(&s, r))
			return err_rule(e, NULL, "%s \"%.100s\" is no list of CONTAINER:HOST:SIZE", what, map);
		if (!fits(r))
			return err_rule(e, NULL, "%s: %u ids from %u (%u) on are none or too many", what, r->size, r->container,
					r->host);
		for (size_t i = 0; i < n; i++)
			if (collide(&ranges[i], r))
				return err_rule(e, NULL, "%s: range %zu overlaps range %zu", what, n + 1, i + 1);
		if (r->container == 0) {
			*ret_host = r->host;
			found = true;
		}
		n++;
		if (*s == 0)
			break;
	}
	return found ? 0 : err_rule(e, NULL, "%s has no place for 0, who is to own the layer", what);
}

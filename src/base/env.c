/* SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"

#include <stdbool.h>
#include <string.h>

#include "base/span.h"

static bool is_named(const struct strings *list, size_t from, const char *variable)
{
	size_t n = span_until(variable, "=");
	for (size_t i = from; i < list->n; i++)
		if (strncmp(list->items[i], variable, n) == 0 && (list->items[i][n] == '=' || list->items[i][n] == 0))
			return true;
	return false;
}

struct strings env_override(const struct strings *base, const struct strings *more, struct arena *a)
{
	struct strings all = { 0, ARENA_ARRAY(a, const char *, base->n + more->n) };
	for (size_t i = 0; i < base->n; i++)
		if (!is_named(more, 0, base->items[i]))
			all.items[all.n++] = base->items[i];
	for (size_t i = 0; i < more->n; i++)
		if (!is_named(more, i + 1, more->items[i]))
			all.items[all.n++] = more->items[i];
	return all;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* Reading options, in the forms that people and engines write them: "-b DIR", "-bDIR", "-df",
 * "--bundle DIR", "--bundle=DIR", "--detach=false", before or behind other arguments, up to "--".
 * Names are never abbreviated: an option that is added one day must not change what a script
 * means. */
#include "cli/options.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/span.h"

static int bad_option(struct err *e, const char *option, size_t n, const char *text)
{
	return err_rule(e, NULL, "option \"%.*s\" %s", (int)n, option, text);
}

static int set_switch(bool *on, const char *value)
{
	if (value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return -1;
	*on = !value || strcmp(value, "true") == 0;
	return 0;
}

static int set_number(unsigned *number, const char *value)
{
	unsigned n = 0;

	for (const char *s = value; *s; s++)
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (unsigned)(*s - '0'), &n))
			return -1;
	*number = n;
	return *value ? 0 : -1;
}

static void add_text(struct option_list *l, const char *value)
{
	const char **items = realloc(l->items, (l->n + 1) * sizeof(*items));

	if (!items)
		out_of_memory();
	items[l->n++] = value;
	l->items = items;
}

/* `option` (of n bytes) is how it was written, for the error. */
static int set(const struct option_def *def, void *values, const char *value, const char *option,
	       size_t n, struct err *e)
{
	void *member = (char *)values + def->offset;

	switch (def->type) {
	case OPTION_SWITCH:
		if (set_switch(member, value) < 0)
			return bad_option(e, option, n, "is true or false");
		break;
	case OPTION_NUMBER:
		if (set_number(member, value) < 0)
			return bad_option(e, option, n, "takes a number");
		break;
	case OPTION_TEXT: *(const char **)member = value; break;
	case OPTION_TEXTS: add_text(member, value); break;
	}
	return 0;
}

static const struct option_def *find_name(const struct option_def *defs, const char *name, size_t n)
{
	for (; defs->name; defs++)
		if (strncmp(defs->name, name, n) == 0 && !defs->name[n])
			return defs;
	return NULL;
}

static const struct option_def *find_letter(const struct option_def *defs, char letter)
{
	for (; defs->name; defs++)
		if (defs->letter == letter)
			return defs;
	return NULL;
}

/* "--name", "--name=value", or "--name" and `next`.  Returns how many arguments that were. */
static int read_long(const struct option_def *defs, void *values, const char *option,
		     const char *next, struct err *e)
{
	size_t n = span_until(option, "=");
	const char *value = option[n] ? option + n + 1 : NULL;
	const struct option_def *def = find_name(defs, option + 2, n - 2);
	int taken = 1;

	if (!def)
		return bad_option(e, option, n, "is unknown");
	if (!value && def->type != OPTION_SWITCH) {
		value = next;
		taken = 2;
	}
	if (!value && def->type != OPTION_SWITCH)
		return bad_option(e, option, n, "needs an argument");
	TRY(set(def, values, value, option, n, e));
	return taken;
}

/* "-a", "-abc", "-xvalue", or "-x" and `next`.  Returns how many arguments that were; 0: -h is
 * among them. */
static int read_short(const struct option_def *defs, void *values, const char *option,
		      const char *next, struct err *e)
{
	for (const char *s = option + 1; *s; s++) {
		char written[3] = { '-', *s };
		const struct option_def *def = find_letter(defs, *s);
		const char *value = s[1] ? s + 1 : next;

		if (!def && *s == 'h')
			return 0;
		if (!def)
			return bad_option(e, written, 2, "is unknown");
		if (def->type != OPTION_SWITCH && !value)
			return bad_option(e, written, 2, "needs an argument");
		if (def->type != OPTION_SWITCH) {
			TRY(set(def, values, value, written, 2, e));
			return s[1] ? 1 : 2;
		}
		TRY(set(def, values, NULL, written, 2, e));
	}
	return 1;
}

/* One option at `items`; returns as read_short does. */
static int read_option(const struct option_def *defs, void *values, char **items, struct err *e)
{
	if (items[0][1] != '-')
		return read_short(defs, values, items[0], items[1], e);
	if (strcmp(items[0], "--help") == 0)
		return 0;
	return read_long(defs, values, items[0], items[1], e);
}

/* `items` ends with a NULL, as main's does. */
int options_read(const struct option_def *defs, void *values, struct arguments *args, struct err *e)
{
	int kept = 0, i = 0;

	while (i < args->n) {
		char *item = args->items[i];

		if (strcmp(item, "--") == 0) {
			i++;
			break;
		}
		if (item[0] == '-' && item[1]) {
			int taken = read_option(defs, values, args->items + i, e);

			TRY(taken);
			args->help = taken == 0;
			if (args->help)
				return 0;
			i += taken;
		} else if (args->stop_at == kept + 1) {
			break;
		} else {
			args->items[kept++] = args->items[i++];
		}
	}
	while (i < args->n)
		args->items[kept++] = args->items[i++];
	args->items[kept] = NULL;
	args->n = kept;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A property is what the text of a file says: so what "unified" sets is known to systemd, too. */
#include "plan/properties.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define INFINITE "uint64 18446744073709551615"

struct making {
	struct unit_properties *out;
	struct arena *arena;
	const char *quota, *period; /* version 1 has two files for what is one property */
};

static void add(struct making *m, const char *name, const char *value)
{
	m->out->items[m->out->n++] = (struct unit_property){ name, value };
}

/* A whole number alone; false for anything else. */
static bool read_number(const char *text, uint64_t *ret)
{
	size_t n = span_of(text, "0123456789");
	errno = 0;
	*ret = strtoull(text, NULL, 10);
	return n > 0 && n == strlen(text) && errno == 0;
}

/* ---- what a text says ------------------------------------------------------------------------------------- */

/* "max" and -1 are no limit. */
static const char *or_infinite(const char *text, struct arena *a)
{
	uint64_t n;
	if (strcmp(text, "max") == 0 || strcmp(text, "-1") == 0)
		return INFINITE;
	return read_number(text, &n) ? arena_fmt(a, "uint64 %llu", (unsigned long long)n) : NULL;
}

/* systemd has no limit of 0 tasks, and no weight of 0. */
static const char *above_zero(const char *text, struct arena *a)
{
	return strcmp(text, "0") == 0 ? NULL : or_infinite(text, a);
}

/* "default 100" is the same as "100"; "8:0 100" is about one device. */
static const char *io_weight(const char *text, struct arena *a)
{
	static const char word[] = "default ";
	return above_zero(strncmp(text, word, strlen(word)) == 0 ? text + strlen(word) : text, a);
}

#define BITS_MAX 8192

/* One of "0-3,5"; 0 at the end, -1 if it is none. */
static int read_range(const char **at, unsigned long *first, unsigned long *last)
{
	char *end;
	*at += span_of(*at, ", \n");
	if (!**at)
		return 0;
	*first = *last = strtoul(*at, &end, 10);
	if (end == *at)
		return -1;
	if (*end == '-') {
		const char *second = end + 1;
		*last = strtoul(second, &end, 10);
		if (end == second)
			return -1;
	}
	*at = end;
	return (*end && !strchr(", \n", *end)) || *first > *last || *last >= BITS_MAX ? -1 : 1;
}

/* A bit for each processor or node, the lowest first. */
static const char *bits(const char *text, struct arena *a)
{
	unsigned char mask[BITS_MAX / 8] = { 0 };
	unsigned long first, last, n = 0;
	int r;
	while ((r = read_range(&text, &first, &last)) > 0)
		for (unsigned long i = first; i <= last; i++) {
			mask[i / 8] |= (unsigned char)(1u << i % 8);
			n = i / 8 >= n ? i / 8 + 1 : n;
		}
	if (r < 0 || n == 0)
		return NULL;
	const char *out = "";
	for (unsigned long i = 0; i < n; i++)
		out = arena_fmt(a, "%s%s%u", out, i ? ", " : "", mask[i]);
	return arena_fmt(a, "@ay [%s]", out);
}

/* ---- time of the processor -------------------------------------------------------------------------------- */

/* Microseconds of each second.  systemd keeps whole percents, so that is rounded up to them. */
static void add_quota(struct making *m, const char *quota, const char *period)
{
	uint64_t q, p = 100000;
	if (period && read_number(period, &p) && p)
		add(m, "CPUQuotaPeriodUSec", arena_fmt(m->arena, "uint64 %llu", (unsigned long long)p));
	if (!quota || !p)
		return;
	if (strcmp(quota, "max") == 0 || strcmp(quota, "-1") == 0) {
		add(m, "CPUQuotaPerSecUSec", INFINITE);
		return;
	}
	if (!read_number(quota, &q) || q > UINT64_MAX / 1000000)
		return;
	uint64_t percents = (q * 1000000 / p + 9999) / 10000;
	add(m, "CPUQuotaPerSecUSec", arena_fmt(m->arena, "uint64 %llu", (unsigned long long)percents * 10000));
}

/* "QUOTA PERIOD", or the first alone. */
static void add_cpu_max(struct making *m, const char *text)
{
	size_t n = span_until(text, " ");
	add_quota(m, arena_strndup(m->arena, text, n), text[n] ? text + n + 1 : NULL);
}

static void keep_quota(struct making *m, const char *text)
{
	m->quota = text;
}

static void keep_period(struct making *m, const char *text)
{
	m->period = text;
}

/* ---- the table -------------------------------------------------------------------------------------------- */

static const struct row {
	const char *file;
	const char *property;
	const char *(*value)(const char *text, struct arena *a); /* NULL: nothing that systemd could be told */
	void (*special)(struct making *m, const char *text);
} rows[] = {
	{ "memory.max", "MemoryMax", or_infinite, NULL },
	{ "memory.high", "MemoryHigh", or_infinite, NULL },
	{ "memory.low", "MemoryLow", or_infinite, NULL },
	{ "memory.min", "MemoryMin", or_infinite, NULL },
	{ "memory.swap.max", "MemorySwapMax", or_infinite, NULL },
	{ "memory.limit_in_bytes", "MemoryLimit", or_infinite, NULL },
	{ "cpu.weight", "CPUWeight", above_zero, NULL },
	{ "cpu.shares", "CPUShares", above_zero, NULL },
	{ "cpu.max", NULL, NULL, add_cpu_max },
	{ "cpu.cfs_quota_us", NULL, NULL, keep_quota },
	{ "cpu.cfs_period_us", NULL, NULL, keep_period },
	{ "cpuset.cpus", "AllowedCPUs", bits, NULL },
	{ "cpuset.mems", "AllowedMemoryNodes", bits, NULL },
	{ "io.weight", "IOWeight", io_weight, NULL },
	{ "io.bfq.weight", "IOWeight", io_weight, NULL },
	{ "blkio.weight", "BlockIOWeight", above_zero, NULL },
	{ "blkio.bfq.weight", "BlockIOWeight", above_zero, NULL },
	{ "pids.max", "TasksMax", above_zero, NULL },
};

static void add_setting(struct making *m, const struct resource_setting *s)
{
	const struct row *row = NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].file, s->file) == 0)
			row = &rows[i];
	if (!row || s->row->how & RESOURCE_ADVANCE)
		return;
	if (row->special) {
		row->special(m, s->text);
		return;
	}
	const char *value = row->value(s->text, m->arena);
	if (value)
		add(m, row->property, value);
}

struct unit_properties properties_of(const struct resource_settings *settings, struct arena *a)
{
	struct unit_properties out = { 0, ARENA_ARRAY(a, struct unit_property, 2 * settings->n + 2) };
	struct making m = { &out, a, NULL, NULL };
	for (size_t i = 0; i < settings->n; i++)
		add_setting(&m, &settings->items[i]);
	add_quota(&m, m.quota, m.period);
	return out;
}

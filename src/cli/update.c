/* SPDX-License-Identifier: Apache-2.0 */
/* The options become the JSON text that a file of them would be, so both are read by the same tables. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "base/writer.h"
#include "cli/command.h"
#include "run/container.h"
#include "spec/decode.h"
#include "spec/tables.h"
#include "sys/fd.h"

struct update_line {
	const char *resources, *blkio_weight, *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_rt_period,
		*cpu_rt_runtime, *cpu_idle, *cpuset_cpus, *cpuset_mems, *kernel_memory, *kernel_memory_tcp, *memory,
		*memory_reservation, *memory_swap, *pids_limit, *l3_cache_schema, *mem_bw_schema;
};
OPTIONS_FIT(struct update_line);

enum kind { NUMBER, SIZE, LIST };

#define LIMIT(o, name, member, k) { offsetof(struct update_line, member), o, name, k }
static const struct limit { size_t offset; const char *object, *name; enum kind kind; } limits[] = {
	LIMIT("blockIO", "weight", blkio_weight, NUMBER),
	LIMIT("cpu", "period", cpu_period, NUMBER),
	LIMIT("cpu", "quota", cpu_quota, NUMBER),
	LIMIT("cpu", "burst", cpu_burst, NUMBER),
	LIMIT("cpu", "shares", cpu_share, NUMBER),
	LIMIT("cpu", "realtimePeriod", cpu_rt_period, NUMBER),
	LIMIT("cpu", "realtimeRuntime", cpu_rt_runtime, NUMBER),
	LIMIT("cpu", "idle", cpu_idle, NUMBER),
	LIMIT("cpu", "cpus", cpuset_cpus, LIST),
	LIMIT("cpu", "mems", cpuset_mems, LIST),
	LIMIT("memory", "kernel", kernel_memory, SIZE),
	LIMIT("memory", "kernelTCP", kernel_memory_tcp, SIZE),
	LIMIT("memory", "limit", memory, SIZE),
	LIMIT("memory", "reservation", memory_reservation, SIZE),
	LIMIT("memory", "swap", memory_swap, SIZE),
	LIMIT("pids", "limit", pids_limit, NUMBER),
};
#define N_LIMITS (sizeof(limits) / sizeof(limits[0]))

static const char *given(const struct update_line *l, const struct limit *limit)
{
	return *(const char *const *)((const char *)l + limit->offset);
}

/* How many bits a letter stands for: "k" is 1024. */
static int shift_of(const char *unit)
{
	static const char letters[] = "bkmgtp";
	size_t n = strlen(unit);
	const char *at = n ? strchr(letters, unit[0] | 0x20) : NULL;
	if (n == 0)
		return 0;
	if (!at || n > 3 || (n > 1 && (unit[n - 1] | 0x20) != 'b') || (n == 3 && (unit[1] | 0x20) != 'i'))
		return -1;
	return 10 * (int)(at - letters);
}

/* -1, and for sizes "64m", "1G", "2GiB". */
static int read_number(const char *text, bool size, int64_t *ret)
{
	bool negative = text[0] == '-';
	const char *s = text + negative, *end = s + span_of(s, "0123456789");
	int64_t n = 0;
	int shift = size ? shift_of(end) : *end ? -1 : 0;
	if (end == s || shift < 0 || (negative && *end))
		return -1;
	for (; s < end; s++)
		if (__builtin_mul_overflow(n, (int64_t)10, &n) || __builtin_add_overflow(n, (int64_t)(*s - '0'), &n))
			return -1;
	if (n > INT64_MAX >> shift)
		return -1;
	*ret = negative ? -n : n * ((int64_t)1 << shift);
	return 0;
}

static const char *option_name(const struct limit *limit);

static int write_limit(struct cli *c, const struct limit *limit, const char *text, struct writer *w, struct err *e)
{
	int64_t n;
	writer_key(w, limit->name);
	if (limit->kind == LIST) {
		writer_string(w, text);
		return 0;
	}
	if (read_number(text, limit->kind == SIZE, &n) < 0)
		return cli_misuse(c, e, "--%s: \"%s\" is no %s", option_name(limit), text,
				  limit->kind == SIZE ? "size such as 64m, 1g or -1" : "number, or too large");
	writer_i64(w, n);
	return 0;
}

/* The options as the text of a resources object. */
static int write_options(struct cli *c, const struct update_line *l, struct buf *out, struct err *e)
{
	struct writer w = { .out = out };
	const char *open = NULL;
	writer_open(&w, '{');
	for (size_t i = 0; i < N_LIMITS; i++) {
		const char *text = given(l, &limits[i]);
		if (!text)
			continue;
		if (open && strcmp(open, limits[i].object) != 0)
			writer_close(&w, '}');
		if (!open || strcmp(open, limits[i].object) != 0) {
			writer_key(&w, limits[i].object);
			writer_open(&w, '{');
		}
		open = limits[i].object;
		TRY(write_limit(c, &limits[i], text, &w, e));
	}
	if (open)
		writer_close(&w, '}');
	writer_close(&w, '}');
	return 0;
}

static int decode(struct cli *c, const char *text, size_t size, const char *what, struct spec_resources **ret, struct err *e)
{
	if (spec_decode_resources(text, size, &c->arena, ret, &c->problems, e) < 0 ||
	    spec_validate_resources(*ret, &c->arena, &c->problems, e) < 0)
		return err_note(e, "reading %s", what);
	return 0;
}

static int read_file(struct cli *c, const char *path, struct spec_resources **ret, struct err *e)
{
	enum { RESOURCES_MAX = 16 << 20 };
	_cleanup_close_ int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : fd_open(path, O_RDONLY, e);
	if (fd < 0)
		return err_is_set(e) ? -1 : err_call(e, "dup", "standard input");
	char *text = arena_alloc_raw(&c->arena, RESOURCES_MAX);
	ssize_t n = fd_read_text(fd, text, RESOURCES_MAX, path, e);
	return n < 0 ? -1 : decode(c, text, (size_t)n, arena_fmt(&c->arena, "\"%s\"", path), ret, e);
}

/* What the options name is laid over what the file says. */
static int read_resources(struct cli *c, const struct update_line *l, struct spec_resources *ret, struct err *e)
{
	_cleanup_(buf_done) struct buf text = {};
	struct spec_resources *options, *file;
	TRY(write_options(c, l, &text, e));
	TRY(decode(c, text.data, text.size, "the options", &options, e));
	*ret = (struct spec_resources){ 0 };
	if (l->resources) {
		TRY(read_file(c, l->resources, &file, e));
		*ret = *file;
	}
	table_overlay(&resources_table, ret, options, &c->arena);
	return 0;
}

static int update_run(struct cli *c, void *options, struct err *e)
{
	const struct update_line *l = options;
	struct spec_resources now;
	struct update_options o = { .id = c->args[0], .now = &now, .warn = { .warn = cli_warn, .data = c }, .arena = &c->arena };

	o.l3_cache_schema = l->l3_cache_schema;
	o.mem_bw_schema = l->mem_bw_schema;
	TRY(read_resources(c, l, &now, e));
	TRY(cli_root(c, &o.state_root, e));
	return container_update(&o, e);
}

#define UPDATE_OPTION(member, letter, name, arg, help) OPTION(struct update_line, member, letter, name, arg, help)

const struct command command_update = {
	.name = "update",
	.args = "ID",
	.summary = "change the limits of a container",
	.options = OPTIONS(
		UPDATE_OPTION(resources, 'r', "resources", "FILE", "limits as a resources object; - is standard input"),
		UPDATE_OPTION(blkio_weight, 0, "blkio-weight", "N", "weight of block I/O, 10 to 1000"),
		UPDATE_OPTION(cpu_period, 0, "cpu-period", "US", "the period that the quota is for, in microseconds"),
		UPDATE_OPTION(cpu_quota, 0, "cpu-quota", "US", "processor time in a period; -1: no limit"),
		UPDATE_OPTION(cpu_burst, 0, "cpu-burst", "US", "what can be saved up beyond the quota"),
		UPDATE_OPTION(cpu_share, 0, "cpu-share", "N", "share of the processors, 2 to 262144"),
		UPDATE_OPTION(cpu_rt_period, 0, "cpu-rt-period", "US", "the period of realtime"),
		UPDATE_OPTION(cpu_rt_runtime, 0, "cpu-rt-runtime", "US", "realtime in a period"),
		UPDATE_OPTION(cpu_idle, 0, "cpu-idle", "N", "1: only when nobody else wants the processors"),
		UPDATE_OPTION(cpuset_cpus, 0, "cpuset-cpus", "LIST", "processors that may be used, 0-3,7"),
		UPDATE_OPTION(cpuset_mems, 0, "cpuset-mems", "LIST", "memory nodes that may be used"),
		UPDATE_OPTION(kernel_memory, 0, "kernel-memory", "SIZE", "ignored: Linux does not have it any more"),
		UPDATE_OPTION(kernel_memory_tcp, 0, "kernel-memory-tcp", "SIZE", "memory of TCP (version 1)"),
		UPDATE_OPTION(memory, 0, "memory", "SIZE", "memory: 64m, 1g; -1: no limit"),
		UPDATE_OPTION(memory_reservation, 0, "memory-reservation", "SIZE", "memory that is left to it when there is little"),
		UPDATE_OPTION(memory_swap, 0, "memory-swap", "SIZE", "memory and swap together; -1: no limit"),
		UPDATE_OPTION(pids_limit, 0, "pids-limit", "N", "how many processes; -1: no limit"),
		UPDATE_OPTION(l3_cache_schema, 0, "l3-cache-schema", "TEXT", "share of the cache, L3:0=7f0;1=1f"),
		UPDATE_OPTION(mem_bw_schema, 0, "mem-bw-schema", "TEXT", "memory bandwidth, MB:0=20;1=70")),
	.run = update_run,
};

static const char *option_name(const struct limit *limit)
{
	for (const struct option_def *d = command_update.options; d->name; d++)
		if (d->offset == limit->offset)
			return d->name;
	return limit->name;
}

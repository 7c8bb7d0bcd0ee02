/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a container's cgroups.
 *
 * A figure is a row: its key, where version 1 has it and where version 2 does.  The rows stand in the order of the
 * output, and those that open and close an object stand among them.  Names and units are those of runc, whose readers
 * know them: version 2's microseconds become nanoseconds, its swap without memory becomes swap with memory. */
#include "run/stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "run/rdt.h"
#include "sys/fd.h"

#define DIRS_MAX 64
#define TEXT_MAX (64u << 10)

/* The container's directories, opened: those of version 1, and the one of version 2. */
struct view { int v1[DIRS_MAX], v2; size_t n; char *text; };

/* A number in a file, or behind a word of a file. */
struct place { const char *file, *word; uint64_t scale; /* 0: 1 */ };

struct row {
	void (*write)(const struct view *v, const struct row *row, struct writer *w);
	const char *key;
	struct place v1, v2;
	const char *more; /* a version 2 file whose number is added */
};

/* ---- reading ---------------------------------------------------------------------------------------------- */

static void view_open(struct view *v, const struct strings *dirs)
{
	*v = (struct view){ .v2 = -1, .text = malloc(TEXT_MAX) };
	for (size_t i = 0; v->text && i < dirs->n && v->n < DIRS_MAX; i++) {
		struct err ignored = { 0 };
		int fd = fd_open(dirs->items[i], O_RDONLY | O_DIRECTORY, &ignored);
		if (fd < 0)
			continue;
		if (v->v2 < 0 && faccessat(fd, "cgroup.controllers", F_OK, 0) == 0)
			v->v2 = fd;
		else
			v->v1[v->n++] = fd;
	}
}

static void view_done(struct view *v)
{
	for (size_t i = 0; i < v->n; i++)
		fd_closep(&v->v1[i]);
	fd_closep(&v->v2);
	free(v->text);
}

static bool read_at(const struct view *v, int dir, const char *file)
{
	struct err ignored = { 0 };
	return dir >= 0 && v->text && fd_read_file_at(dir, file, v->text, TEXT_MAX, &ignored) >= 0;
}

static bool read_v1(const struct view *v, const char *file)
{
	for (size_t i = 0; file && i < v->n; i++)
		if (read_at(v, v->v1[i], file))
			return true;
	return false;
}

static bool read_v2(const struct view *v, const char *file)
{
	return file && read_at(v, v->v2, file);
}

/* Where the value of "WORD VALUE" begins, on a line of its own; a file without words is one value. */
static const char *find_value(const char *text, const char *word)
{
	size_t n = word ? strlen(word) : 0;
	while (word && *text && !(strncmp(text, word, n) == 0 && text[n] == ' ')) {
		text += span_until(text, "\n");
		text += *text == '\n';
	}
	return word && !*text ? NULL : text + n + (word != NULL);
}

/* "max" is as much as there is, and so is what does not fit. */
static bool parse(const char *text, const struct place *p, uint64_t *ret)
{
	const char *value = find_value(text, p->word);
	uint64_t scale = p->scale ? p->scale : 1;
	char *end;
	if (!value)
		return false;
	*ret = strncmp(value, "max", 3) == 0 ? UINT64_MAX : strtoull(value, &end, 10);
	*ret = *ret > UINT64_MAX / scale ? UINT64_MAX : *ret * scale;
	return true;
}

static uint64_t number(const struct view *v, const struct row *row)
{
	uint64_t n = 0, more = 0;
	if (read_v1(v, row->v1.file) && parse(v->text, &row->v1, &n))
		return n;
	if (!read_v2(v, row->v2.file) || !parse(v->text, &row->v2, &n))
		return 0;
	if (row->more && read_v2(v, row->more))
		parse(v->text, &(struct place){ 0 }, &more);
	return n > UINT64_MAX - more ? UINT64_MAX : n + more;
}

/* ---- kinds of rows ---------------------------------------------------------------------------------------- */

static void write_open(const struct view *v, const struct row *row, struct writer *w)
{
	(void)v;
	writer_key(w, row->key);
	writer_open(w, '{');
}

static void write_close(const struct view *v, const struct row *row, struct writer *w)
{
	(void)v, (void)row;
	writer_close(w, '}');
}

static void write_number(const struct view *v, const struct row *row, struct writer *w)
{
	writer_key(w, row->key);
	writer_u64(w, number(v, row));
}

static void write_signed(const struct view *v, const struct row *row, struct writer *w)
{
	writer_key(w, row->key);
	writer_i64(w, read_v1(v, row->v1.file) ? strtoll(v->text, NULL, 10) : 0);
}

static void write_if_any(const struct view *v, const struct row *row, struct writer *w)
{
	uint64_t n = number(v, row);
	if (n == 0)
		return;
	writer_key(w, row->key);
	writer_u64(w, n);
}

/* No limit is none, not a large one. */
static void write_if_limited(const struct view *v, const struct row *row, struct writer *w)
{
	uint64_t n = number(v, row);
	if (n == 0 || n == UINT64_MAX)
		return;
	writer_key(w, row->key);
	writer_u64(w, n);
}

/* "123 456": a number a processor. */
static void write_numbers(const struct view *v, const struct row *row, struct writer *w)
{
	if (!read_v1(v, row->v1.file))
		return;
	writer_key(w, row->key);
	writer_open(w, '[');
	for (char *s = v->text + span_of(v->text, " \n"); *s; s += span_of(s, " \n"))
		writer_u64(w, strtoull(s, &s, 10));
	writer_close(w, ']');
}

/* A column of a table "cpu user system", by its heading. */
static void write_column(const struct view *v, const struct row *row, struct writer *w)
{
	if (!read_v1(v, row->v1.file))
		return;
	int column = strncmp(row->v1.word, "user", 4) == 0 ? 1 : 2;
	writer_key(w, row->key);
	writer_open(w, '[');
	const char *s = v->text + span_until(v->text, "\n");
	for (s += *s == '\n'; *s; s += span_until(s, "\n"), s += *s == '\n') {
		const char *word = s;
		for (int i = 0; i < column; i++) {
			word += span_until(word, " \n");
			word += *word == ' ';
		}
		writer_u64(w, strtoull(word, NULL, 10));
	}
	writer_close(w, ']');
}

/* "0-3,7" as what it stands for. */
static void write_list(const struct view *v, const struct row *row, struct writer *w)
{
	char *s = v->text;
	if (!read_v1(v, row->v1.file) || *s < '0' || *s > '9')
		return;
	writer_key(w, row->key);
	writer_open(w, '[');
	while (*s >= '0' && *s <= '9') {
		unsigned long from = strtoul(s, &s, 10), to = *s == '-' ? strtoul(s + 1, &s, 10) : from;
		for (unsigned long i = from; i <= to && to < 65536; i++)
			writer_u64(w, i);
		s += *s == ',';
	}
	writer_close(w, ']');
}

/* All words of a file with their numbers, in the order of the words, as Go writes a map. */
static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void write_words(const struct view *v, const struct row *row, struct writer *w)
{
	char *lines[512];
	size_t n = 0;
	if (!read_v1(v, row->v1.file) && !read_v2(v, row->v2.file))
		return;
	for (char *s = v->text, *end; *s && n < 512; s = end) {
		end = s + span_until(s, "\n");
		if (*end)
			*end++ = 0;
		lines[n++] = s;
	}
	qsort(lines, n, sizeof(*lines), by_text);
	writer_key(w, row->key);
	writer_open(w, '{');
	for (size_t i = 0; i < n; i++) {
		char *space = strchr(lines[i], ' ');
		if (!space)
			continue;
		*space = 0;
		writer_key(w, lines[i]);
		writer_u64(w, strtoull(space + 1, NULL, 10));
	}
	writer_close(w, '}');
}

/* ---- block devices ---------------------------------------------------------------------------------------- */

static void write_entry(unsigned major, unsigned minor, const char *op, uint64_t value, struct writer *w)
{
	const struct { const char *key; uint64_t value; } numbers[] = { { "major", major }, { "minor", minor } };
	writer_open(w, '{');
	for (size_t i = 0; i < 2; i++) {
		if (numbers[i].value == 0)
			continue;
		writer_key(w, numbers[i].key);
		writer_u64(w, numbers[i].value);
	}
	if (op[0]) {
		writer_key(w, "op");
		writer_string(w, op);
	}
	if (value) {
		writer_key(w, "value");
		writer_u64(w, value);
	}
	writer_close(w, '}');
}

/* One line of version 1: "8:0 Read 4096", or "8:0 4096"; sums are no devices'. */
static bool parse_v1(const char *line, unsigned *major, unsigned *minor, char op[32], uint64_t *value)
{
	unsigned long long n;
	op[0] = 0;
	if (sscanf(line, "%u:%u %31[A-Za-z] %llu", major, minor, op, &n) != 4) {
		op[0] = 0;
		if (sscanf(line, "%u:%u %llu", major, minor, &n) != 3)
			return false;
	}
	*value = n;
	return true;
}

static void write_lines(const struct view *v, const struct row *row, struct writer *w)
{
	bool open = false;
	unsigned major, minor;
	uint64_t value;
	char op[32];
	for (const char *s = v->text; *s; s += span_until(s, "\n"), s += *s == '\n') {
		if (!parse_v1(s, &major, &minor, op, &value))
			continue;
		if (!open) {
			writer_key(w, row->key);
			writer_open(w, '[');
		}
		open = true;
		write_entry(major, minor, op, value, w);
	}
	if (open)
		writer_close(w, ']');
}

/* The first of the schedulers' counters that has any; the limits' own counters come last. */
static const char *family(const struct view *v)
{
	static const char *const names[] = { "blkio.bfq.", "blkio.", "blkio.throttle." };
	char file[64];
	unsigned major, minor;
	for (size_t i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%sio_serviced_recursive", names[i]);
		if (read_v1(v, file) && sscanf(v->text, "%u:%u", &major, &minor) == 2)
			return names[i];
	}
	return NULL;
}

/* "8:0 rbytes=1 wbytes=2 rios=3 …": what version 1 has for it, reads before writes. */
static void write_io_v2(const struct view *v, const struct row *row, struct writer *w)
{
	const char *const words[2] = { row->v2.word, row->v2.word + strlen(row->v2.word) + 1 };
	bool open = false;
	unsigned major, minor;
	for (const char *s = v->text; *s; s += span_until(s, "\n"), s += *s == '\n') {
		const char *end = s + span_until(s, "\n");
		if (sscanf(s, "%u:%u", &major, &minor) != 2)
			continue;
		for (int i = 0; i < 2; i++) {
			const char *word = strstr(s, words[i]);
			if (!word || word > end)
				continue;
			if (!open) {
				writer_key(w, row->key);
				writer_open(w, '[');
			}
			open = true;
			write_entry(major, minor, i ? "Write" : "Read", strtoull(word + strlen(words[i]), NULL, 10), w);
		}
	}
	if (open)
		writer_close(w, ']');
}

static void write_io(const struct view *v, const struct row *row, struct writer *w)
{
	char file[64];
	const char *prefix = family(v);
	if (prefix) {
		snprintf(file, sizeof(file), "%s%s", prefix, row->v1.file);
		if (read_v1(v, file))
			write_lines(v, row, w);
	} else if (read_v2(v, row->v2.file)) {
		write_io_v2(v, row, w);
	}
}

/* ---- pressure --------------------------------------------------------------------------------------------- */

/* "12.50" is no JSON of Go's, which leaves out zeros at the end. */
static void write_fraction(const char *s, struct writer *w)
{
	size_t n = span_of(s, "0123456789."), point = span_until(s, ". \n");
	if (n == 0)
		return writer_u64(w, 0);
	while (n > point && (s[n - 1] == '0' || s[n - 1] == '.'))
		n--;
	writer_literal(w, s, n);
}

static void write_pressure_line(const char *line, const char *name, struct writer *w)
{
	static const char *const keys[] = { "avg10", "avg60", "avg300", "total" };
	writer_key(w, name);
	writer_open(w, '{');
	for (size_t i = 0; i < 4; i++) {
		const char *at = strstr(line, keys[i]);
		writer_key(w, keys[i]);
		write_fraction(at ? at + strlen(keys[i]) + 1 : "", w);
	}
	writer_close(w, '}');
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and the same for "full". */
static void write_pressure(const struct view *v, const struct row *row, struct writer *w)
{
	if (v->n > 0 || !read_v2(v, row->v2.file))
		return; /* a hybrid host's version 2 counts nothing else, and nobody expects it there */
	const char *full = strstr(v->text, "full ");
	writer_key(w, row->key);
	writer_open(w, '{');
	write_pressure_line(v->text, "some", w);
	write_pressure_line(full ? full : "", "full", w);
	writer_close(w, '}');
}

/* ---- huge pages ------------------------------------------------------------------------------------------- */

struct sizes { char items[16][32]; size_t n; };

/* The sizes are where the files are: "hugetlb.2MB.usage_in_bytes". */
static void find_sizes(int dir, const char *ending, struct sizes *l)
{
	struct err ignored = { 0 };
	int copy = fd_open_at(dir, ".", O_RDONLY | O_DIRECTORY, 0, &ignored);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	for (struct dirent *entry; d && l->n < 16 && (entry = readdir(d)) != NULL;) {
		const char *size = strncmp(entry->d_name, "hugetlb.", 8) == 0 ? entry->d_name + 8 : NULL;
		size_t n = size ? span_until(size, ".") : 0;
		if (n > 0 && n < sizeof(l->items[0]) && strcmp(size + n, ending) == 0)
			snprintf(l->items[l->n++], sizeof(l->items[0]), "%.*s", (int)n, size);
	}
	if (d)
		closedir(d);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static const char *huge_file(char file[96], const char *size, const char *middle, const char *name)
{
	snprintf(file, 96, "hugetlb.%s.%s%s", size, middle, name);
	return file;
}

/* What is reserved is what is limited, where the kernel tells the two apart. */
static void write_huge(const struct view *v, const struct row *row, struct writer *w)
{
	static const struct { const char *key, *v1, *v2, *word; bool always; } figures[] = {
		{ "usage", "usage_in_bytes", "current", NULL, false },
		{ "max", "max_usage_in_bytes", NULL, NULL, false },
		{ "failcnt", "failcnt", "events", "max", true },
	};
	struct sizes sizes = { .n = 0 };
	char one[96], two[96];
	for (size_t i = 0; i < v->n && sizes.n == 0; i++)
		find_sizes(v->v1[i], ".usage_in_bytes", &sizes);
	if (sizes.n == 0 && v->v2 >= 0)
		find_sizes(v->v2, ".current", &sizes);
	qsort(sizes.items, sizes.n, sizeof(sizes.items[0]), by_name);
	writer_key(w, row->key);
	writer_open(w, '{');
	for (size_t i = 0; i < sizes.n; i++) {
		const char *size = sizes.items[i];
		bool reserved = read_v1(v, huge_file(one, size, "rsvd.", "usage_in_bytes")) ||
				read_v2(v, huge_file(two, size, "rsvd.", "current"));
		writer_key(w, size);
		writer_open(w, '{');
		for (size_t k = 0; k < 3; k++) {
			const char *middle = reserved ? "rsvd." : "";
			struct row figure = { .key = figures[k].key, .v1 = { huge_file(one, size, middle, figures[k].v1) } };
			if (figures[k].v2)
				figure.v2 = (struct place){ huge_file(two, size, middle, figures[k].v2), figures[k].word, 0 };
			(figures[k].always ? write_number : write_if_any)(v, &figure, w);
		}
		writer_close(w, '}');
	}
	writer_close(w, '}');
}

/* ---- the table -------------------------------------------------------------------------------------------- */

#define TICK 10000000 /* nanoseconds: cpuacct.stat counts hundredths of a second, whatever the kernel's own clock */

#define OPEN(key)		      { write_open, key, { 0 }, { 0 }, NULL }
#define CLOSE			      { write_close, NULL, { 0 }, { 0 }, NULL }
#define ALWAYS(key, v1, v2)	      { write_number, key, v1, v2, NULL }
#define ANY(key, v1, v2)	      { write_if_any, key, v1, v2, NULL }
#define FLAG(key, v1)		      { write_number, key, { v1, NULL, 0 }, { 0 }, NULL }
#define IO(key, v1, v2)		      { write_io, key, { v1, NULL, 0 }, { "io.stat", v2, 0 }, NULL }
#define IO_V1(key, v1)		      { write_io, key, { v1, NULL, 0 }, { 0 }, NULL }
#define PRESSURE(v2)		      { write_pressure, "psi", { 0 }, { v2, NULL, 0 }, NULL }
#define AT(...)			      { __VA_ARGS__ }
#define NOWHERE			      { 0 }

static const struct row rows[] = {
	OPEN("cpu"),
	OPEN("usage"),
	ANY("total", AT("cpuacct.usage"), AT("cpu.stat", "usage_usec", 1000)),
	{ write_numbers, "percpu", { "cpuacct.usage_percpu", NULL, 0 }, NOWHERE, NULL },
	{ write_column, "percpu_kernel", { "cpuacct.usage_all", "system", 0 }, NOWHERE, NULL },
	{ write_column, "percpu_user", { "cpuacct.usage_all", "user", 0 }, NOWHERE, NULL },
	ALWAYS("kernel", AT("cpuacct.stat", "system", TICK), AT("cpu.stat", "system_usec", 1000)),
	ALWAYS("user", AT("cpuacct.stat", "user", TICK), AT("cpu.stat", "user_usec", 1000)),
	CLOSE,
	OPEN("throttling"),
	ANY("periods", AT("cpu.stat", "nr_periods"), AT("cpu.stat", "nr_periods")),
	ANY("throttledPeriods", AT("cpu.stat", "nr_throttled"), AT("cpu.stat", "nr_throttled")),
	ANY("throttledTime", AT("cpu.stat", "throttled_time"), AT("cpu.stat", "throttled_usec", 1000)),
	CLOSE,
	PRESSURE("cpu.pressure"),
	CLOSE,
	OPEN("cpuset"),
	{ write_list, "cpus", { "cpuset.cpus", NULL, 0 }, NOWHERE, NULL },
	FLAG("cpu_exclusive", "cpuset.cpu_exclusive"),
	{ write_list, "mems", { "cpuset.mems", NULL, 0 }, NOWHERE, NULL },
	FLAG("mem_hardwall", "cpuset.mem_hardwall"),
	FLAG("mem_exclusive", "cpuset.mem_exclusive"),
	FLAG("memory_migrate", "cpuset.memory_migrate"),
	FLAG("memory_spread_page", "cpuset.memory_spread_page"),
	FLAG("memory_spread_slab", "cpuset.memory_spread_slab"),
	FLAG("memory_pressure", "cpuset.memory_pressure"),
	FLAG("sched_load_balance", "cpuset.sched_load_balance"),
	{ write_signed, "sched_relax_domain_level", { "cpuset.sched_relax_domain_level", NULL, 0 }, NOWHERE, NULL },
	CLOSE,
	OPEN("memory"),
	ANY("cache", AT("memory.stat", "cache"), AT("memory.stat", "file")),
	OPEN("usage"),
	ALWAYS("limit", AT("memory.limit_in_bytes"), AT("memory.max")),
	ANY("usage", AT("memory.usage_in_bytes"), AT("memory.current")),
	ANY("max", AT("memory.max_usage_in_bytes"), AT("memory.peak")),
	ALWAYS("failcnt", AT("memory.failcnt"), NOWHERE),
	CLOSE,
	OPEN("swap"),
	{ write_number, "limit", { "memory.memsw.limit_in_bytes", NULL, 0 }, { "memory.swap.max", NULL, 0 }, "memory.max" },
	{ write_if_any, "usage", { "memory.memsw.usage_in_bytes", NULL, 0 }, { "memory.swap.current", NULL, 0 },
	  "memory.current" },
	ANY("max", AT("memory.memsw.max_usage_in_bytes"), NOWHERE),
	ALWAYS("failcnt", AT("memory.memsw.failcnt"), NOWHERE),
	CLOSE,
	OPEN("kernel"),
	ALWAYS("limit", AT("memory.kmem.limit_in_bytes"), NOWHERE),
	ANY("usage", AT("memory.kmem.usage_in_bytes"), NOWHERE),
	ANY("max", AT("memory.kmem.max_usage_in_bytes"), NOWHERE),
	ALWAYS("failcnt", AT("memory.kmem.failcnt"), NOWHERE),
	CLOSE,
	OPEN("kernelTCP"),
	ALWAYS("limit", AT("memory.kmem.tcp.limit_in_bytes"), NOWHERE),
	ANY("usage", AT("memory.kmem.tcp.usage_in_bytes"), NOWHERE),
	ANY("max", AT("memory.kmem.tcp.max_usage_in_bytes"), NOWHERE),
	ALWAYS("failcnt", AT("memory.kmem.tcp.failcnt"), NOWHERE),
	CLOSE,
	{ write_words, "raw", { "memory.stat", NULL, 0 }, { "memory.stat", NULL, 0 }, NULL },
	PRESSURE("memory.pressure"),
	CLOSE,
	OPEN("pids"),
	ANY("current", AT("pids.current"), AT("pids.current")),
	{ write_if_limited, "limit", { "pids.max", NULL, 0 }, { "pids.max", NULL, 0 }, NULL },
	CLOSE,
	OPEN("blkio"),
	IO("ioServiceBytesRecursive", "io_service_bytes_recursive", "rbytes=\0wbytes="),
	IO("ioServicedRecursive", "io_serviced_recursive", "rios=\0wios="),
	IO_V1("ioQueueRecursive", "io_queued_recursive"),
	IO_V1("ioServiceTimeRecursive", "io_service_time_recursive"),
	IO_V1("ioWaitTimeRecursive", "io_wait_time_recursive"),
	IO_V1("ioMergedRecursive", "io_merged_recursive"),
	IO_V1("ioTimeRecursive", "time_recursive"),
	IO_V1("sectorsRecursive", "sectors_recursive"),
	PRESSURE("io.pressure"),
	CLOSE,
	{ write_huge, "hugetlb", NOWHERE, NOWHERE, NULL },
};

void stats_write(const struct strings *dirs, const char *rdt, const char *rdt_monitor, struct writer *w)
{
	struct view v;
	view_open(&v, dirs);
	writer_open(w, '{');
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rows[i].write(&v, &rows[i], w);
	writer_key(w, "intel_rdt");
	writer_open(w, '{');
	rdt_stats(rdt, rdt_monitor, w);
	writer_close(w, '}');
	writer_key(w, "network_interfaces");
	writer_string(w, NULL);
	writer_close(w, '}');
	view_done(&v);
}

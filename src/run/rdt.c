/* SPDX-License-Identifier: Apache-2.0 */
#include "run/rdt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/span.h"
#include "run/host.h"
#include "sys/fd.h"

#define TEXT_MAX 16384

/* What the kernel has to say about the last write or mkdir, in the file system's own root.  "ok" is no news. */
static void add_kernel_words(int dir, struct err *e)
{
	static const char *const files[] = { "info/last_cmd_status", "../info/last_cmd_status", "../../../info/last_cmd_status" };
	char text[256];
	struct err ignored = { 0 };
	for (size_t i = 0; i < 3; i++) {
		if (fd_read_file_at(dir, files[i], text, sizeof(text), &ignored) <= 0)
			continue;
		text[span_until(text, "\n")] = 0;
		if (strcmp(text, "ok") != 0)
			snprintf(e->kernel, sizeof(e->kernel), "%s", text);
		return;
	}
}

int rdt_write(const char *path, const struct strings *lines, struct err *e)
{
	char line[4096];
	_cleanup_close_ int dir = fd_open(path, O_RDONLY | O_DIRECTORY, e);
	if (dir < 0 || lines->n == 0)
		return dir < 0 ? -1 : 0;
	_cleanup_close_ int fd = fd_open_at(dir, "schemata", O_WRONLY, 0, e);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < lines->n; i++) {
		TRY(buf_fmt(line, sizeof(line), e, "%s\n", lines->items[i]));
		if (write(fd, line, strlen(line)) >= 0)
			continue;
		err_call(e, "write", "schemata");
		add_kernel_words(dir, e);
		return err_note(e, "setting \"%s\" in \"%s\"", lines->items[i], path);
	}
	return 0;
}

/* ---- comparing -------------------------------------------------------------------------------------------- */

/* "ID=VALUE": the id's length, and the value without the zeros that it may begin with. */
struct item { const char *id, *value; size_t n_id, n_value; };

static const char *read_item(const char *s, struct item *ret)
{
	s += span_of(s, " \t;");
	ret->id = s;
	ret->n_id = span_until(s, "=;\n");
	if (s[ret->n_id] != '=')
		return NULL;
	s += ret->n_id + 1;
	s += span_of(s, " \t");
	while (*s == '0' && s[1] && !strchr(" \t;\n", s[1]))
		s++;
	ret->value = s;
	ret->n_value = span_until(s, " \t;\n");
	return s + ret->n_value;
}

static bool line_has(const char *line, const struct item *wanted)
{
	struct item i;
	for (const char *s = line; (s = read_item(s, &i)) != NULL;)
		if (i.n_id == wanted->n_id && memcmp(i.id, wanted->id, i.n_id) == 0)
			return i.n_value == wanted->n_value && strncasecmp(i.value, wanted->value, i.n_value) == 0;
	return false;
}

bool rdt_has(const char *text, const char *line)
{
	line += span_of(line, " \t");
	size_t n = span_until(line, ":\n");
	if (line[n] != ':')
		return false;
	while (*text) {
		text += span_of(text, " \t\n");
		if (strncmp(text, line, n + 1) == 0) {
			struct item wanted;
			for (const char *s = line + n + 1; (s = read_item(s, &wanted)) != NULL;)
				if (!line_has(text + n + 1, &wanted))
					return false;
			return true;
		}
		text += span_until(text, "\n");
	}
	return false;
}

static int check_lines(const char *path, const struct strings *lines, struct err *e)
{
	char text[TEXT_MAX];
	_cleanup_close_ int dir = fd_open(path, O_RDONLY | O_DIRECTORY, e);
	if (dir < 0 || fd_read_file_at(dir, "schemata", text, sizeof(text), e) < 0)
		return -1;
	for (size_t i = 0; i < lines->n; i++)
		if (!rdt_has(text, lines->items[i]))
			return err_rule(e, NULL, "the class of service \"%s\" is there already and does not have \"%s\"", path,
					lines->items[i]);
	return 0;
}

/* ---- making, entering, removing --------------------------------------------------------------------------- */

static int make_dir(const char *path, struct err *e)
{
	if (mkdir(path, 0755) == 0)
		return 0;
	err_call(e, "mkdir", path);
	if (err_is(e, ENOSPC))
		return err_note(e, "the processor has no group of resctrl left");
	return -1;
}

static int make_class(const char *dir, const struct strings *lines, unsigned how, struct err *e)
{
	bool there = access(dir, F_OK) == 0;
	if (how & RDT_THERE)
		return there ? 0 : err_rule(e, "/linux/intelRdt/closID", "the class of service \"%s\" is not there, and no "
					    "schema says how to make it", dir);
	if (there && !(how & RDT_OWN))
		return check_lines(dir, lines, e);
	TRY(make_dir(dir, e)); /* one of the container's own must be new */
	if (rdt_write(dir, lines, e) == 0)
		return 0;
	rmdir(dir);
	return -1;
}

int rdt_group_make(const char *dir, const char *monitor, const struct strings *lines, unsigned how, struct err *e)
{
	bool there = access(dir, F_OK) == 0;
	TRY(make_class(dir, lines, how, e));
	if (!monitor || make_dir(monitor, e) == 0)
		return 0;
	if (!there)
		rmdir(dir);
	return err_note(e, "making the group that is monitored");
}

int rdt_enter(const char *path, int64_t pid, struct err *e)
{
	char text[32];
	_cleanup_close_ int dir = path ? fd_open(path, O_RDONLY | O_DIRECTORY, e) : -1;
	if (dir < 0)
		return path ? -1 : 0;
	snprintf(text, sizeof(text), "%lld", (long long)pid);
	if (fd_write_file_at(dir, "tasks", text, e) == 0)
		return 0;
	add_kernel_words(dir, e);
	return err_note(e, "entering \"%s\"", path);
}

int rdt_remove(const char *dir, struct err *e)
{
	return rmdir(dir) == 0 || errno == ENOENT ? 0 : err_call(e, "rmdir", dir);
}

/* ---- operations ------------------------------------------------------------------------------------------- */

int perform_rdt_group(struct run *r, const struct op *op, struct err *e)
{
	const struct op_rdt_group *a = ARGS(op_rdt_group, r, op);
	const struct host *h = r->own;
	struct strings lines = { a->lines.n, ARENA_ARRAY(h->options->arena, const char *, a->lines.n) };
	for (uint32_t i = 0; i < a->lines.n; i++)
		lines.items[i] = plan_str_at(r->plan, a->lines, i);
	return rdt_group_make(run_str(r, a->dir), run_str(r, a->monitor), &lines, a->how.v, e);
}

int perform_rdt_enter(struct run *r, const struct op *op, struct err *e)
{
	const struct op_rdt_enter *a = ARGS(op_rdt_enter, r, op);
	const struct host *h = r->own;
	TRY(rdt_enter(run_str(r, a->dir), h->state->pid, e));
	return rdt_enter(run_str(r, a->monitor), h->state->pid, e);
}

/* ---- figures ---------------------------------------------------------------------------------------------- */

static void write_schema(int dir, const char *name, const char *key, struct writer *w)
{
	char text[TEXT_MAX];
	struct err ignored = { 0 };
	if (dir < 0 || fd_read_file_at(dir, "schemata", text, sizeof(text), &ignored) < 0)
		return;
	for (char *s = text, *end; *s; s = end) {
		s += span_of(s, " \t\n");
		end = s + span_until(s, "\n");
		if (strncmp(s, name, strlen(name)) != 0)
			continue;
		*end = 0;
		writer_key(w, key);
		writer_string(w, s);
		return;
	}
}

static bool read_number(int dir, const char *file, int base, uint64_t *ret)
{
	char text[64];
	struct err ignored = { 0 };
	if (dir < 0 || fd_read_file_at(dir, file, text, sizeof(text), &ignored) <= 0 || text[0] < '0' || text[0] > '9')
		return false; /* "Unavailable" is no figure */
	*ret = strtoull(text, NULL, base);
	return true;
}

/* What the processor has to share, from the root's info. */
static void write_info(int root, const char *key, const char *const *files, size_t n, struct writer *w)
{
	char text[64];
	bool open = false;
	struct err ignored = { 0 };
	for (size_t i = 0; i < n; i++) {
		if (root < 0 || fd_read_file_at(root, files[i], text, sizeof(text), &ignored) <= 0)
			continue;
		if (!open) {
			writer_key(w, key);
			writer_open(w, '{');
		}
		open = true;
		text[span_until(text, "\n")] = 0;
		writer_key(w, strrchr(files[i], '/') + 1);
		if (strstr(files[i], "cbm_mask"))
			writer_string(w, text);
		else
			writer_u64(w, strtoull(text, NULL, 10));
	}
	if (open)
		writer_close(w, '}');
}

/* One figure of each cache: of `keys` those that are there. */
static void write_domains(int group, const char *key, const char *const *keys, size_t n, struct writer *w)
{
	struct err ignored = { 0 };
	bool open = false;
	char file[64];
	for (unsigned id = 0; group >= 0 && id < 64; id++) {
		uint64_t value;
		bool any = false;
		for (size_t i = 0; i < n; i++) {
			if (buf_fmt(file, sizeof(file), &ignored, "mon_data/mon_L3_%02u/%s", id, keys[i]) < 0 ||
			    !read_number(group, file, 10, &value))
				continue;
			if (!open) {
				writer_key(w, key);
				writer_open(w, '[');
			}
			open = true;
			if (!any)
				writer_open(w, '{');
			any = true;
			writer_key(w, keys[i]);
			writer_u64(w, value);
		}
		if (any)
			writer_close(w, '}');
	}
	if (open)
		writer_close(w, ']');
}

void rdt_stats(const char *path, const char *monitor, struct writer *w)
{
	static const char *const l3[] = { "info/L3/cbm_mask", "info/L3/min_cbm_bits", "info/L3/num_closids" };
	static const char *const mb[] = { "info/MB/bandwidth_gran", "info/MB/delay_linear", "info/MB/min_bandwidth",
					  "info/MB/num_closids" };
	static const char *const traffic[] = { "mbm_total_bytes", "mbm_local_bytes" }, *const occupancy[] = { "llc_occupancy" };
	struct err ignored = { 0 };
	_cleanup_close_ int dir = path ? fd_open(path, O_RDONLY | O_DIRECTORY, &ignored) : -1;
	_cleanup_close_ int group = monitor ? fd_open(monitor, O_RDONLY | O_DIRECTORY, &ignored) : -1;
	bool is_root = dir >= 0 && faccessat(dir, "info", F_OK, 0) == 0;
	_cleanup_close_ int root = dir < 0 ? -1 : fd_open_at(dir, is_root ? "." : "..", O_RDONLY | O_DIRECTORY, 0, &ignored);
	write_info(root, "l3_cache_info", l3, 3, w);
	write_schema(root, "L3:", "l3_cache_schema_root", w);
	write_schema(dir, "L3:", "l3_cache_schema", w);
	write_info(root, "mem_bw_info", mb, 4, w);
	write_schema(root, "MB:", "mem_bw_schema_root", w);
	write_schema(dir, "MB:", "mem_bw_schema", w);
	write_domains(group >= 0 ? group : dir, "mbm_stats", traffic, 2, w);
	write_domains(group >= 0 ? group : dir, "cmt_stats", occupancy, 1, w);
}

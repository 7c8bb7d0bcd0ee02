/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, written; and why not, where the kernel has but a number for it. */
#include "run/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/span.h"
#include "run/host.h"
#include "sys/controllers.h"
#include "sys/fd.h"

/* ---- why not ---------------------------------------------------------------------------------------------- */

/* What a refusal means: by the beginning of the file's name.  `shows`: what holds the number that explains it. */
static const struct reason { const char *file; int num; const char *why, *shows; } reasons[] = {
	{ "memory.limit_in_bytes", EBUSY, "unable to set memory limit: more is used already, and cannot be reclaimed",
	  "memory.usage_in_bytes" },
	{ "memory.memsw.limit_in_bytes", EBUSY, "more is used already, and cannot be reclaimed", "memory.memsw.usage_in_bytes" },
	{ "memory.limit_in_bytes", EINVAL, "it may not be above that of memory and swap together", "memory.memsw.limit_in_bytes" },
	{ "memory.memsw.limit_in_bytes", EINVAL, "it may not be below that of memory", "memory.limit_in_bytes" },
	{ "memory.memsw.", ENOENT, "this kernel does not count swap (\"swapaccount=1\" on its command line)", NULL },
	{ "memory.swap.", ENOENT, "this kernel has no swap", NULL },
	{ "memory.use_hierarchy", EINVAL, "since Linux 5.11 what is below a cgroup is always counted", NULL },
	{ "memory.swappiness", EINVAL, "it is from 0 to 100", NULL },
	{ "cpuset.cpus", EACCES, "the cgroup above does not have all of these processors", "../cpuset.cpus" },
	{ "cpuset.mems", EACCES, "the cgroup above does not have all of these memory nodes", "../cpuset.mems" },
	{ "cpuset.cpus", EINVAL, "this is no list of processors, or the machine lacks some of them", "../cpuset.cpus" },
	{ "cpuset.mems", EINVAL, "this is no list of memory nodes, or the machine lacks some of them", "../cpuset.mems" },
	{ "cpuset.cpus", ERANGE, "the machine lacks some of these processors", "../cpuset.cpus" },
	{ "cpuset.mems", ERANGE, "the machine lacks some of these memory nodes", "../cpuset.mems" },
	{ "cpuset.", EBUSY, "a cgroup below uses what would be taken away", NULL },
	{ "cpuset.", ENOSPC, "the processes in it would be left without", NULL },
	{ "cpu.cfs_quota_us", EINVAL, "it is at least 1000, and in relation to the period no more than the cgroup above has",
	  "../cpu.cfs_quota_us" },
	{ "cpu.cfs_period_us", EINVAL, "it is from 1000 to 1000000, and the quota in relation to it no more than the cgroup "
	  "above has", "../cpu.cfs_quota_us" },
	{ "cpu.max", EINVAL, "quota and period are at least 1000, and the period at most 1000000", "../cpu.max" },
	{ "cpu.cfs_burst_us", EINVAL, "it may not be above the quota", "cpu.cfs_quota_us" },
	{ "cpu.rt_", EINVAL, "the cgroup above has not that much of realtime", "../cpu.rt_runtime_us" },
	{ "cpu.rt_", ENOENT, "this kernel gives cgroups no share of realtime (CONFIG_RT_GROUP_SCHED)", NULL },
	{ "cpu.shares", EINVAL, "a cgroup that is idle takes no shares", "cpu.idle" },
	{ "cpu.weight", EINVAL, "a cgroup that is idle takes no weight", "cpu.idle" },
	{ "blkio.leaf_weight", ENOENT, "Linux has no such weight since 5.0", NULL },
	{ "blkio.bfq.", ENOENT, "no I/O scheduler of this kernel goes by weights", NULL },
	{ "io.weight", ENOENT, "no I/O scheduler of this kernel goes by weights", NULL },
	{ "blkio.", ENODEV, "there is no such block device, or it is a partition", NULL },
	{ "io.", ENODEV, "there is no such block device, or it is a partition", NULL },
	{ "blkio.", EOPNOTSUPP, "the I/O scheduler of this device does not go by weights", NULL },
	{ "io.", EOPNOTSUPP, "the I/O scheduler of this device does not go by weights", NULL },
	{ "blkio.", ERANGE, "it is out of range", NULL },
	{ "io.", ERANGE, "it is out of range", NULL },
	{ "hugetlb.", ENOENT, "the kernel has no huge pages of that size", NULL },
	{ "net_prio.ifpriomap", ENODEV, "there is no such network device", NULL },
	{ "rdma.max", ENODEV, "there is no such RDMA device", NULL },
	{ "devices.", EINVAL, "a cgroup that has others below cannot be changed as a whole", NULL },
	{ "", ENOENT, "the kernel has no such file here", NULL },
	{ "", EACCES, "this cgroup is not ours to limit", NULL },
	{ "", EPERM, "this cgroup is not ours to limit", NULL },
	{ "", EROFS, "the cgroup file system is mounted read-only", NULL },
};

static const struct reason *find_reason(const char *file, int num)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].num == num && strncmp(file, reasons[i].file, strlen(reasons[i].file)) == 0)
			return &reasons[i];
	return NULL;
}

static void add_shown(int dir, const char *name, char *why, size_t size)
{
	char text[64];
	size_t used = strlen(why);
	struct err ignored = { 0 };
	if (!name || fd_read_file_at(dir, name, text, sizeof(text), &ignored) <= 0)
		return;
	text[strcspn(text, "\n")] = 0;
	snprintf(why + used, size - used, " (\"%s\" has \"%s\")", name, text);
}

/* "setting "1000" in "/sys/fs/cgroup/memory/c1": …" */
static int explain(int dir, const char *file, const char *value, struct err *e)
{
	char why[256] = "", path[PATH_MAX];
	const struct reason *known = find_reason(file, e->num);
	if (known) {
		snprintf(why, sizeof(why), ": %s", known->why);
		add_shown(dir, known->shows, why, sizeof(why));
	}
	return err_note(e, "setting \"%.100s\" in \"%.200s\"%s", value, fd_path(dir, path, sizeof(path)), why);
}

/* ---- what was there before -------------------------------------------------------------------------------- */

/* A file that cannot be read, as the device rules cannot, is not put back. */
static void keep(struct limits_kept *l, int dir, const char *file)
{
	char text[4096];
	struct err ignored = { 0 };
	if (!l || fd_read_file_at(dir, file, text, sizeof(text), &ignored) < 0)
		return;
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		struct limit_kept *items = ARENA_ARRAY(l->arena, struct limit_kept, room);
		if (l->n)
			memcpy(items, l->items, l->n * sizeof(*items));
		l->items = items;
		l->room = room;
	}
	l->items[l->n++] = (struct limit_kept){ dir, file, arena_strdup(l->arena, text) };
}

/* A line is a write; an empty file had no value. */
static void put_back(const struct limit_kept *k, struct arena *a)
{
	struct err ignored = { 0 };
	const char *line = k->text;
	do {
		size_t n = span_until(line, "\n");
		fd_write_file_at(k->dir, k->file, n ? arena_strndup(a, line, n) : "\n", &ignored);
		line += n + (line[n] != 0);
	} while (*line);
}

/* Backwards, by the same states that it came through: each was one that the kernel allowed. */
void limits_put_back(const struct limits_kept *l)
{
	for (size_t i = l->n; i-- > 0;)
		put_back(&l->items[i], l->arena);
}

/* ---- operations ------------------------------------------------------------------------------------------- */

static int set_all(struct run *r, const struct op_cgroup_set *a, const char **value, struct err *e)
{
	const char *file = run_str(r, a->file);
	*value = plan_str_at(r->plan, a->values, 0);
	_cleanup_close_ int fd = fd_open_at(run_slot(r, a->cgroup), file, O_WRONLY, 0, e);
	if (fd < 0)
		return -1;
	keep(((const struct host *)r->own)->kept, run_slot(r, a->cgroup), file);
	for (uint32_t i = 0; i < a->values.n; i++) {
		*value = plan_str_at(r->plan, a->values, i);
		ssize_t n;
		do
			n = write(fd, *value, strlen(*value));
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return err_call(e, "write", file);
	}
	return 0;
}

int perform_cgroup_set(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cgroup_set *a = ARGS(op_cgroup_set, r, op);
	const char *value;
	if (set_all(r, a, &value, e) == 0)
		return 0;
	if ((a->how.v & CGROUP_SET_TRY) || (a->how.v & CGROUP_SET_OPTIONAL && err_is(e, ENOENT))) {
		memset(e, 0, sizeof(*e));
		return 0;
	}
	return explain(run_slot(r, a->cgroup), run_str(r, a->file), value, e);
}

static struct strings strings_of(const struct run *r, struct texts l, const char **items)
{
	for (uint32_t i = 0; i < l.n; i++)
		items[i] = plan_str_at(r->plan, l, i);
	return (struct strings){ l.n, items };
}

int perform_cgroup_controllers(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cgroup_controllers *a = ARGS(op_cgroup_controllers, r, op);
	enum { MAX = 64 };
	const char *items[2 * MAX];
	if (a->needed.n > MAX || a->wished.n > MAX)
		return err_rule(e, NULL, "more than %d controllers", MAX);
	struct strings needed = strings_of(r, a->needed, items), wished = strings_of(r, a->wished, items + MAX);
	return controllers_hand_down(run_str(r, a->top), run_str(r, a->dir), &needed, &wished, e);
}

int perform_cgroup_check(struct run *r, const struct op *op, struct err *e)
{
	const struct op_cgroup_check *a = ARGS(op_cgroup_check, r, op);
	const char *file = run_str(r, a->file);
	char text[64];
	TRY((int)fd_read_file_at(run_slot(r, a->cgroup), file, text, sizeof(text), e));
	unsigned long long used = strtoull(text, NULL, 10);
	if (used < a->limit)
		return 0;
	return err_rule(e, NULL, "rejecting memory limit %llu: %llu are used", (unsigned long long)a->limit, used);
}

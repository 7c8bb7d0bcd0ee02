/* SPDX-License-Identifier: Apache-2.0 */
#include "run/members.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/cgroupfs.h"
#include "sys/fd.h"
#include "sys/process.h"

struct list { struct arena *arena; int *items; size_t n, room; };

static int add(void *data, int pid)
{
	struct list *l = data;
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		int *items = ARENA_ARRAY(l->arena, int, room);
		if (l->n)
			memcpy(items, l->items, l->n * sizeof(*items));
		l->items = items;
		l->room = room;
	}
	l->items[l->n++] = pid;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

bool members_have_cgroup(const struct state *s)
{
	for (size_t i = 0; i < s->cgroups.n; i++)
		if (access(s->cgroups.items[i], F_OK) == 0)
			return true;
	return false;
}

/* ---- without a cgroup ------------------------------------------------------------------------------------- */

/* Every process that we see. */
static int list_all(struct list *l, struct err *e)
{
	int fd = fd_open("/proc", O_RDONLY | O_DIRECTORY, e);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return fd < 0 ? -1 : err_call(e, "fdopendir", "/proc");
	for (struct dirent *entry; (entry = readdir(d)) != NULL;)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			add(l, atoi(entry->d_name));
	closedir(d);
	return 0;
}

static bool pid_namespace(int64_t pid, struct stat *ret)
{
	char path[64];
	if (pid)
		snprintf(path, sizeof(path), "/proc/%lld/ns/pid", (long long)pid);
	return stat(pid ? path : "/proc/self/ns/pid", ret) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void keep_namespace(struct list *l, const struct stat *ns)
{
	size_t n = 0;
	struct stat st;
	for (size_t i = 0; i < l->n; i++)
		if (pid_namespace(l->items[i], &st) && is_same(&st, ns))
			l->items[n++] = l->items[i];
	l->n = n;
}

static bool has(const struct list *l, int pid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i] == pid)
			return true;
	return false;
}

/* A parent may have a larger number than its child: looked through until nobody comes in any more. */
static void keep_descendants(struct list *all, int init)
{
	struct list in = { .arena = all->arena };
	add(&in, init);
	for (size_t before = 0; before < in.n;) {
		before = in.n;
		for (size_t i = 0; i < all->n; i++) {
			struct err ignored = { 0 };
			struct process_stat st;
			if (!has(&in, all->items[i]) && process_stat(all->items[i], &st, &ignored) == 0 &&
			    has(&in, st.parent))
				add(&in, all->items[i]);
		}
	}
	*all = in;
}

static int list_without_cgroup(const struct state *s, struct list *l, struct err *e)
{
	struct stat own, its;
	if (!process_is_alive(s->pid, s->pid_start) || !pid_namespace(s->pid, &its))
		return 0;
	TRY(list_all(l, e));
	if (pid_namespace(0, &own) && !is_same(&own, &its))
		keep_namespace(l, &its);
	else
		keep_descendants(l, (int)s->pid);
	return 0;
}

/* All hierarchies list the same processes: the first that has some will do. */
int members_list(const struct state *s, struct arena *a, struct members *ret, struct err *e)
{
	struct list l = { .arena = a };
	for (size_t i = 0; l.n == 0 && i < s->cgroups.n; i++)
		if (access(s->cgroups.items[i], F_OK) == 0)
			TRY(cgroup_each_process(s->cgroups.items[i], add, &l, e));
	if (!members_have_cgroup(s))
		TRY(list_without_cgroup(s, &l, e));
	if (l.n)
		qsort(l.items, l.n, sizeof(*l.items), by_number);
	*ret = (struct members){ l.items, l.n };
	return 0;
}

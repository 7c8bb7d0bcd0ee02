/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/controllers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "sys/fd.h"

#define SUBTREE "cgroup.subtree_control"
#define LIST_MAX 1024

/* Is it one of "cpuset cpu io\n"? */
static bool is_in(const char *list, const char *name)
{
	size_t n = strlen(name);
	for (const char *c = list; (c = strstr(c, name)) != NULL; c += n)
		if ((c == list || c[-1] == ' ') && (c[n] == ' ' || c[n] == '\n' || c[n] == 0))
			return true;
	return false;
}

static bool all_in(const char *list, const struct strings *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (!is_in(list, names->items[i]))
			return false;
	return true;
}

/* One cgroup on the way. */
struct level {
	const char *path;
	int dir;
	char has[LIST_MAX], gives[LIST_MAX]; /* cgroup.controllers, cgroup.subtree_control */
};

static void without_newline(char *s)
{
	size_t n = strlen(s);
	if (n && s[n - 1] == '\n')
		s[n - 1] = 0;
}

/* What kind of cgroup is it?  The root has no type. */
static const char *read_type(int dir, char *buf, size_t size)
{
	struct err ignored = { 0 };
	if (fd_read_file_at(dir, "cgroup.type", buf, size, &ignored) < 0)
		return "";
	without_newline(buf);
	return buf;
}

static int explain(const struct level *l, const char *name, struct err *e)
{
	char type[64];
	int num = e->num;
	if (num == EBUSY)
		return err_note(e, "\"%s\" holds processes itself and therefore cannot hand the controller \"%s\" down", l->path,
				name);
	if (num == EOPNOTSUPP)
		return err_note(e, "\"%s\" is \"%s\" and therefore cannot hand the controller \"%s\" down", l->path,
				read_type(l->dir, type, sizeof(type)), name);
	if (num == EACCES || num == EPERM || num == EROFS)
		return err_note(e, "\"%s\" is not ours to hand the controller \"%s\" down", l->path, name);
	return err_note(e, "handing the controller \"%s\" down from \"%s\"", name, l->path);
}

static int hand_one(const struct level *l, const char *name, struct err *e)
{
	char line[64];
	TRY(buf_fmt(line, sizeof(line), e, "+%s", name));
	return fd_write_file_at(l->dir, SUBTREE, line, e);
}

/* Each by itself: one of them cannot be had, and the others are not to suffer. */
static int hand_each(const struct level *l, const struct strings *names, bool needed, struct err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		struct err one = { 0 };
		const char *name = names->items[i];
		if (is_in(l->gives, name))
			continue;
		if (needed && !is_in(l->has, name))
			return err_rule(e, NULL, "controller \"%s\" is not available in \"%s\", which has \"%s\"", name, l->path,
					l->has);
		if (!is_in(l->has, name) || hand_one(l, name, &one) == 0 || !needed)
			continue;
		*e = one;
		return explain(l, name, e);
	}
	return 0;
}

static void add_missing(const struct level *l, const struct strings *names, char *line, size_t size)
{
	for (size_t i = 0; i < names->n; i++) {
		size_t used = strlen(line);
		if (!is_in(l->gives, names->items[i]) && is_in(l->has, names->items[i]))
			snprintf(line + used, size - used, "+%s ", names->items[i]);
	}
}

static int hand_level(struct level *l, const struct strings *needed, const struct strings *wished, struct err *e)
{
	char line[2 * LIST_MAX] = "";
	struct err ignored = { 0 };
	if (fd_read_file_at(l->dir, SUBTREE, l->gives, sizeof(l->gives), e) < 0 ||
	    fd_read_file_at(l->dir, "cgroup.controllers", l->has, sizeof(l->has), e) < 0)
		return err_note(e, "looking which controllers \"%s\" has", l->path);
	without_newline(l->has);
	add_missing(l, needed, line, sizeof(line));
	add_missing(l, wished, line, sizeof(line));
	if (all_in(l->has, needed) && (!line[0] || fd_write_file_at(l->dir, SUBTREE, line, &ignored) == 0))
		return 0;
	TRY(hand_each(l, needed, true, e));
	return hand_each(l, wished, false, e);
}

static int hand_path(const char *path, const struct strings *needed, const struct strings *wished, struct err *e)
{
	struct level l = { .path = path };
	_cleanup_close_ int dir = l.dir = fd_open(path, O_RDONLY | O_DIRECTORY, e);
	return dir < 0 ? -1 : hand_level(&l, needed, wished, e);
}

/* Mostly all is as it should be, which the last one tells. */
static bool is_done(const char *last, const struct strings *needed, const struct strings *wished)
{
	char gives[LIST_MAX];
	struct err ignored = { 0 };
	_cleanup_close_ int dir = fd_open(last, O_RDONLY | O_DIRECTORY, &ignored);
	return dir >= 0 && fd_read_file_at(dir, SUBTREE, gives, sizeof(gives), &ignored) >= 0 && all_in(gives, needed) &&
	       all_in(gives, wished);
}

int controllers_hand_down(const char *top, const char *dir, const struct strings *needed, const struct strings *wished,
			  struct err *e)
{
	char path[PATH_MAX];
	size_t n = strlen(top);
	TRY(buf_fmt(path, sizeof(path), e, "%s", dir));
	char *end = strrchr(path, '/');
	if (!end || strncmp(path, top, n) != 0 || (size_t)(end - path) < n)
		return err_rule(e, NULL, "\"%s\" is no cgroup below \"%s\"", dir, top);
	*end = 0;
	if (is_done(path, needed, wished))
		return 0;
	for (size_t at = n; at <= (size_t)(end - path); at++) {
		char kept = path[at];
		if (kept && kept != '/')
			continue;
		path[at] = 0;
		if (hand_path(path, needed, wished, e) < 0)
			return needed->n ? -1 : 0;
		path[at] = kept;
	}
	return 0;
}

int controllers_explain_entry(int dir, struct err *e)
{
	char type[64], gives[LIST_MAX];
	struct err ignored = { 0 };
	if (err_is(e, EOPNOTSUPP))
		return err_note(e, "a cgroup that is \"%s\" takes no such process", read_type(dir, type, sizeof(type)));
	if (!err_is(e, EBUSY) || fd_read_file_at(dir, SUBTREE, gives, sizeof(gives), &ignored) < 0)
		return -1;
	without_newline(gives);
	return err_note(e, "a cgroup that hands controllers down (\"%s\") takes no process itself", gives);
}

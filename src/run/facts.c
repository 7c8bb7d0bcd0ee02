/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the host, each from the cheapest source: /proc/self/cgroup names all hierarchies in one read, and
 * each is where everybody mounts it.  mountinfo, which on a busy host has thousands of lines, is read only where
 * one is not there. */
#include "run/facts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/span.h"
#include "sys/cred.h"
#include "sys/fd.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

static bool is_fs(const char *path, long magic)
{
	struct statfs st;
	return statfs(path, &st) == 0 && (long)st.f_type == magic;
}

/* "memory" at /sys/fs/cgroup/memory, "name=systemd" at /sys/fs/cgroup/systemd, version 2 in either place. */
static const char *usual_mount(const char *controllers, struct arena *a)
{
	if (controllers[0] == 0)
		return is_fs(CGROUP_ROOT, CGROUP2_SUPER_MAGIC)		? CGROUP_ROOT
		       : is_fs(CGROUP_ROOT "/unified", CGROUP2_SUPER_MAGIC) ? CGROUP_ROOT "/unified"
									    : NULL;
	if (strncmp(controllers, "name=", 5) == 0)
		controllers += 5;
	const char *path = arena_fmt(a, CGROUP_ROOT "/%s", controllers);
	return is_fs(path, CGROUP_SUPER_MAGIC) ? path : NULL;
}

/* One option of a mount's super block: is "memory" in "rw,memory"? */
static bool has_word(const char *list, const char *word, size_t n)
{
	for (const char *c = list; c; c = strchr(c, ','), c = c ? c + 1 : NULL)
		if (strncmp(c, word, n) == 0 && (c[n] == ',' || c[n] == 0 || c[n] == '\n'))
			return true;
	return false;
}

static bool is_line_of(const char *line, const char *controllers, char point[4096])
{
	char type[32], super[512];
	const char *tail = strstr(line, " - ");
	if (!tail || sscanf(tail, " - %31s %*s %511s", type, super) != 2)
		return false;
	if (strcmp(type, controllers[0] ? "cgroup" : "cgroup2") != 0)
		return false;
	for (const char *c = controllers; *c;) {
		size_t n = span_until(c, ",");
		if (!has_word(super, c, n))
			return false;
		c += n + (c[n] == ',');
	}
	return sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1;
}

static const char *search_mountinfo(const char *controllers, struct arena *a)
{
	struct err ignored = { 0 };
	_cleanup_close_ int fd = fd_open("/proc/self/mountinfo", O_RDONLY, &ignored);
	FILE *f = fd < 0 ? NULL : fdopen(fd_take(&fd), "r");
	char *line = NULL, point[4096];
	size_t room = 0;
	const char *found = NULL;
	while (f && !found && getline(&line, &room, f) > 0)
		if (is_line_of(line, controllers, point))
			found = arena_strdup(a, point);
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* The controllers that version 2 has; NULL: none. */
static const char *available(const char *mount, struct arena *a)
{
	char text[1024];
	struct err ignored = { 0 };
	_cleanup_close_ int dir = fd_open(mount, O_PATH | O_DIRECTORY, &ignored);
	if (dir < 0 || fd_read_file_at(dir, "cgroup.controllers", text, sizeof(text), &ignored) <= 0)
		return NULL;
	text[span_until(text, "\n")] = 0;
	return text[0] ? arena_strdup(a, text) : NULL;
}

/* "4:cpu,cpuacct:/user.slice" */
static void add_hierarchy(struct facts *f, char *line, struct arena *a)
{
	char *controllers = strchr(line, ':');
	char *own = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!own)
		return;
	*own = 0;
	const char *mount = usual_mount(controllers + 1, a);
	if (!mount)
		mount = search_mountinfo(controllers + 1, a);
	if (mount)
		f->hierarchies.items[f->hierarchies.n++] = (struct hierarchy){
			arena_strdup(a, controllers + 1), mount, arena_strdup(a, own + 1),
			controllers[1] ? NULL : available(mount, a)
		};
}

static const char *layout(const struct hierarchies *h)
{
	bool v1 = false, v2 = false;
	for (size_t i = 0; i < h->n; i++)
		*(h->items[i].controllers[0] ? &v1 : &v2) = true;
	return v1 && v2 ? "hybrid" : v1 ? "v1" : v2 ? "v2" : "none";
}

static int gather_cgroups(struct facts *f, struct arena *a, struct err *e)
{
	char text[8192];
	TRY((int)fd_read_file_at(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text), e));
	f->hierarchies.items = ARENA_ARRAY(a, struct hierarchy, 64);
	for (char *line = text, *end; f->hierarchies.n < 64 && *line; line = end) {
		end = line + span_until(line, "\n");
		if (*end)
			*end++ = 0;
		add_hierarchy(f, line, a);
	}
	f->cgroup_layout = layout(&f->hierarchies);
	return 0;
}

/* Without securityfs, which a container may lack. */
static bool has_apparmor(void)
{
	char text[4];
	struct err ignored = { 0 };
	return fd_read_file_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", text, sizeof(text), &ignored) > 0 &&
	       text[0] == 'Y';
}

/* What root executes is permitted what it is permitted itself. */
static uint64_t own_capabilities(void)
{
	struct err ignored = { 0 };
	uint64_t effective, permitted = 0, inheritable;
	return cred_get_caps(&effective, &permitted, &inheritable, &ignored) < 0 ? 0 : permitted;
}

int facts_gather(struct arena *a, struct facts *f, struct err *e)
{
	*f = (struct facts){ .uid = geteuid(), .selinux = is_fs("/sys/fs/selinux", SELINUX_MAGIC), .apparmor = has_apparmor(),
			      .kcore = access("/proc/kcore", F_OK) == 0,
			      .capabilities = own_capabilities() };
	return gather_cgroups(f, a, e);
}

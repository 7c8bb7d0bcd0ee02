/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the host, each from the cheapest source: /proc/self/cgroup names all hierarchies in one read, and
 * each is where everybody mounts it.  mountinfo, which on a busy host has thousands of lines, is read only where
 * one is not there. */
#include "run/facts.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
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

/* The first mount of that type, wherever it is. */
static const char *search_type(const char *type, struct arena *a)
{
	struct err ignored = { 0 };
	_cleanup_close_ int fd = fd_open("/proc/self/mountinfo", O_RDONLY, &ignored);
	FILE *f = fd < 0 ? NULL : fdopen(fd_take(&fd), "r");
	char *line = NULL, point[4096], word[32];
	size_t room = 0;
	const char *found = NULL;
	while (f && !found && getline(&line, &room, f) > 0) {
		const char *tail = strstr(line, " - ");
		if (tail && sscanf(tail, " - %31s", word) == 1 && strcmp(word, type) == 0 &&
		    sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1)
			found = arena_strdup(a, point);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
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

/* ---- who we are ------------------------------------------------------------------------------------------- */

/* The number of the first user namespace, in every kernel. */
#define HOST_USER_NS 0xEFFFFFFDu

static bool is_in_host_userns(void)
{
	struct stat st;
	return stat("/proc/self/ns/user", &st) < 0 || st.st_ino == HOST_USER_NS;
}

/* A mount namespace of one's own belongs to one's own user namespace. */
static bool mounts_are_foreign(void)
{
	struct err ignored = { 0 };
	struct stat own, owner;
	_cleanup_close_ int ns = fd_open("/proc/self/ns/mnt", O_RDONLY, &ignored);
	_cleanup_close_ int user = ns < 0 ? -1 : ioctl(ns, NS_GET_USERNS);
	return user < 0 || fstat(user, &owner) < 0 || stat("/proc/self/ns/user", &own) < 0 || own.st_ino != owner.st_ino;
}

static int find_caller(struct facts *f, struct err *e)
{
	uint64_t effective, permitted, inheritable;
	TRY(cred_get_caps(&effective, &permitted, &inheritable, e));
	f->uid = geteuid();
	f->gid = getegid();
	f->capabilities = permitted; /* what root executes is permitted what it is permitted itself */
	f->caller = !(effective >> CAP_SYS_ADMIN & 1) ? "user" : is_in_host_userns() ? "root" : "namespace-root";
	f->foreign_mounts = strcmp(f->caller, "namespace-root") == 0 && mounts_are_foreign();
	return 0;
}

/* ---- where one may make cgroups --------------------------------------------------------------------------- */

/* A process is moved by who may write both where it is put and where that and its old place meet. */
static bool is_open(const char *mount, const char *dir, int n)
{
	char path[PATH_MAX];
	struct err ignored = { 0 };
	if (buf_fmt(path, sizeof(path), &ignored, "%s%.*s", mount, n, dir) < 0 ||
	    faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0)
		return false;
	return buf_fmt(path, sizeof(path), &ignored, "%s%.*s/cgroup.procs", mount, n, dir) == 0 &&
	       faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

static void find_closed(struct hierarchy *h, bool unified)
{
	int own = strcmp(h->own, "/") == 0 ? 0 : (int)strlen(h->own), beside = own;
	while (beside > 0 && h->own[beside - 1] != '/')
		beside--;
	beside -= beside > 0;
	if (unified && own && is_open(h->mount, h->own, beside))
		return;
	h->inside = unified && own;
	h->closed = !is_open(h->mount, h->own, own);
}

void facts_find_closed(struct facts *f)
{
	for (size_t i = 0; i < f->hierarchies.n; i++)
		find_closed(&f->hierarchies.items[i], strcmp(f->cgroup_layout, "v2") == 0);
}

void facts_close_all(struct facts *f)
{
	for (size_t i = 0; i < f->hierarchies.n; i++)
		f->hierarchies.items[i].closed = true;
}

void facts_find_resctrl(struct arena *a, struct facts *f)
{
	const char *usual = "/sys/fs/resctrl";
	f->resctrl = is_fs(usual, 0x7655821 /* RDTGROUP_SUPER_MAGIC */) ? usual : search_type("resctrl", a);
}

int facts_gather(struct arena *a, struct facts *f, struct err *e)
{
	*f = (struct facts){ .selinux = is_fs("/sys/fs/selinux", SELINUX_MAGIC), .apparmor = has_apparmor(),
			      .kcore = access("/proc/kcore", F_OK) == 0 };
	TRY(find_caller(f, e));
	return gather_cgroups(f, a, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's mounts, masks and read-only paths. */
#define _GNU_SOURCE
#include <linux/mount.h>
#include <sched.h>
#include <string.h>

#include "plan/options.h"
#include "base/span.h"
#include "plan/parts.h"

/* A destination without doubled or trailing slashes and without "."; ".." is refused, as it would have to be
 * resolved here and is resolved in the root. */
static const char *clean_path(struct planner *p, const char *path)
{
	char *out = arena_alloc(p->arena, strlen(path) + 2), *to = out;
	while (*path) {
		size_t n = span_until(path, "/");
		if (n > 0 && !(n == 1 && path[0] == '.')) {
			*to++ = '/';
			memcpy(to, path, n);
			to += n;
		}
		path += n + (path[n] == '/');
	}
	if (to == out)
		*to++ = '/';
	return out;
}

static bool has_dotdot(const char *clean)
{
	const char *s = clean;
	while ((s = strstr(s, "/..")) != NULL) {
		if (s[3] == 0 || s[3] == '/')
			return true;
		s += 3;
	}
	return false;
}

/* The files of procfs that may be covered (R5). */
static bool is_proc_file(const char *path)
{
	static const char *const files[] = {
		"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",  "/proc/stat",
		"/proc/swaps",	 "/proc/uptime",    "/proc/loadavg",  "/proc/slabinfo",
		"/proc/net/dev", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(path, files[i]) == 0)
			return true;
	return false;
}

struct mount_line {
	size_t i; /* /mounts/i */
	const struct spec_mount *spec;
	const char *target;
	struct mount_wishes wishes;
	bool bind, recursive;
};

static const char *type_of(const struct spec_mount *m)
{
	return m->type ? m->type : "";
}

static void read_line(struct planner *p, size_t i, struct mount_line *l)
{
	const struct spec_mount *m = &p->spec->mounts.items[i];
	*l = (struct mount_line){ .i = i, .spec = m, .target = clean_path(p, m->destination) };
	mount_wishes_read(&m->options, p->arena, &l->wishes);
	l->recursive = l->wishes.recursive || strcmp(type_of(m), "rbind") == 0;
	l->bind = l->wishes.bind || l->recursive || strcmp(type_of(m), "bind") == 0;
}

static int guard(struct planner *p, const struct mount_line *l, uint32_t *how)
{
	bool procfs = l->bind || strcmp(type_of(l->spec), "proc") == 0;
	if (strcmp(l->target, "/proc") == 0 && procfs) {
		*how |= MOUNT_PROCFS;
	} else if (l->bind && is_proc_file(l->target)) {
		*how |= MOUNT_PROC_FILE;
	} else if (strcmp(l->target, "/proc") == 0 || strncmp(l->target, "/proc/", 6) == 0) {
		err_rule(p->e, NULL, "nothing may be mounted on \"%s\": on and inside /proc only procfs itself is, and a "
				     "few of its files", l->target);
		return err_at(p->e, "/mounts/%zu/destination", l->i);
	}
	return 0;
}

static int check_line(struct planner *p, const struct mount_line *l)
{
	if (strcmp(l->target, "/") == 0 || has_dotdot(l->target)) {
		err_rule(p->e, NULL, l->target[1] ? "\"%s\" leads upwards with \"..\""
						  : "a mount on \"%s\" would hide the container's root", l->target);
		return err_at(p->e, "/mounts/%zu/destination", l->i);
	}
	if (l->wishes.refused) {
		size_t k = l->wishes.refused - 1;
		err_rule(p->e, NULL, "mount option \"%s\" is not carried out yet", l->spec->options.items[k]);
		return err_at(p->e, "/mounts/%zu/options/%zu", l->i, k);
	}
	if (!l->bind && type_of(l->spec)[0] == 0) {
		err_rule(p->e, NULL, "a mount that is no bind needs a \"type\"");
		return err_at(p->e, "/mounts/%zu/type", l->i);
	}
	if (l->bind && !(l->spec->source && l->spec->source[0])) {
		err_rule(p->e, NULL, "a bind mount needs a \"source\"");
		return err_at(p->e, "/mounts/%zu/source", l->i);
	}
	if (l->spec->uid_mappings.n || l->spec->gid_mappings.n) {
		err_rule(p->e, NULL, "an id-mapped mount is not carried out yet");
		return err_at(p->e, "/mounts/%zu/uidMappings", l->i);
	}
	return 0;
}

static bool is_cgroup(const struct mount_line *l)
{
	return !l->bind && strcmp(type_of(l->spec), "cgroup") == 0;
}

/* By the host where init is somebody who may not reach it; then no copy of a shared mount may stay shared. */
void plan_open_source(struct planner *p, const char *path, uint32_t how, struct slot keep)
{
	enum stage stage = plan_source_stage(p);
	struct op_source source = { plan_text(&p->plan, path), { how }, plan_fills(keep) };
	if (stage == STAGE_HOST)
		source.how.v |= SOURCE_SLAVE;
	plan_add(&p->plan, stage, OP_SOURCE, &source);
}

/* ---- sources ---------------------------------------------------------------------------------------------- */

static int plan_source(struct planner *p, const struct mount_line *l)
{
	const char *path = l->spec->source;
	if (path[0] != '/')
		path = arena_fmt(p->arena, "%s/%s", p->request->bundle, path);
	p->sources[l->i] = plan_slot(&p->plan, "source");
	plan_origin(&p->plan, "/mounts/%zu/source", l->i);
	plan_open_source(p, path, l->recursive ? SOURCE_RECURSIVE : 0, p->sources[l->i]);
	return 0;
}

static void plan_null_source(struct planner *p)
{
	if (p->linux_->masked_paths.n == 0)
		return;
	p->null = plan_slot(&p->plan, "null device");
	plan_origin(&p->plan, "/linux/maskedPaths");
	plan_open_source(p, "/dev/null", SOURCE_NULL, p->null);
}

/* All sources are opened before the first target is attached. */
int plan_sources(struct planner *p)
{
	bool cgroups = false;
	p->sources = ARENA_ARRAY(p->arena, struct slot, p->spec->mounts.n);
	for (size_t i = 0; i < p->spec->mounts.n; i++) {
		struct mount_line l;
		read_line(p, i, &l);
		TRY(check_line(p, &l));
		if (l.bind)
			TRY(plan_source(p, &l));
		if (is_cgroup(&l) && !cgroups) {
			plan_origin(&p->plan, "/mounts/%zu", i);
			plan_cgroup_sources(p);
			cgroups = true;
		}
	}
	plan_null_source(p);
	return 0;
}

/* ---- mounts ----------------------------------------------------------------------------------------------- */

static struct param split_option(struct planner *p, const char *option)
{
	const char *eq = strchr(option, '=');
	if (!eq)
		return (struct param){ plan_text(&p->plan, option), { 0 } };
	return (struct param){ plan_fmt(&p->plan, "%.*s", (int)(eq - option), option), plan_text(&p->plan, eq + 1) };
}

static struct params plan_options(struct planner *p, const struct mount_wishes *w)
{
	struct param *list = ARENA_ARRAY(p->arena, struct param, w->n_data);
	size_t n = 0;
	for (size_t i = 0; i < w->n_data; i++)
		if (w->data[i][0])
			list[n++] = split_option(p, w->data[i]);
	return plan_params(&p->plan, list, n);
}

static void fill_mount(struct planner *p, const struct mount_line *l, struct op_mount *m)
{
	const struct mount_wishes *w = &l->wishes;
	struct numbers spread = plan_numbers(&p->plan, w->spread, w->n_spread);
	m->type = plan_text(&p->plan, l->bind ? NULL : type_of(l->spec));
	m->tree = l->bind ? p->sources[l->i] : NO_SLOT;
	m->source = plan_text(&p->plan, l->spec->source);
	m->set.v = w->set;
	m->clear.v = w->clear;
	m->recursive_set.v = w->recursive_set;
	m->recursive_clear.v = w->recursive_clear;
	m->spread = (struct spreads){ spread.at, spread.n };
	m->target = plan_text(&p->plan, l->target);
	m->root = p->root;
	m->keep = NO_FILLS;
	if (!l->bind)
		m->options = plan_options(p, w);
}

/* Later operations use the mount's handle, not its path. */
static void keep_handle(struct planner *p, const struct mount_line *l, struct op_mount *m)
{
	struct slot *keep = NULL;
	const char *type = type_of(l->spec);
	if (strcmp(l->target, "/dev") == 0)
		keep = &p->dev;
	else if (!l->bind && strcmp(l->target, "/dev/pts") == 0 && strcmp(type, "devpts") == 0)
		keep = &p->devpts;
	else if (!l->bind && strcmp(l->target, "/proc") == 0)
		keep = &p->proc;
	if (!keep)
		return;
	*keep = plan_slot(&p->plan, l->target);
	m->keep = plan_fills(*keep);
}

static void warn_ignored(struct planner *p, const struct mount_line *l)
{
	for (size_t k = 0; l->bind && k < l->wishes.n_data; k++)
		problem_add(p->warnings, p->arena, arena_fmt(p->arena, "/mounts/%zu/options", l->i),
			    "a bind mount takes no option \"%s\", ignoring it", l->wishes.data[k]);
}

static int plan_mount(struct planner *p, const struct mount_line *l)
{
	struct op_mount m = { 0 };
	const char *type = type_of(l->spec);
	TRY(guard(p, l, &m.how.v));
	fill_mount(p, l, &m);
	if (!l->bind && (strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0))
		m.how.v |= MOUNT_REAL_DIR;
	if (!l->bind && strcmp(type, "tmpfs") == 0)
		m.how.v |= MOUNT_TAKE_MODE;
	keep_handle(p, l, &m);
	if (strcmp(l->target, "/dev") == 0) {
		p->dev_is_bound = l->bind;
		p->dev_readonly = !l->bind && m.set.v & MOUNT_ATTR_RDONLY;
		m.set.v &= p->dev_readonly ? ~(uint64_t)MOUNT_ATTR_RDONLY : ~0ull;
	}
	warn_ignored(p, l);
	INIT_ADD(p, l->bind ? OP_BIND : OP_MOUNT, &m);
	return 0;
}

int plan_mounts(struct planner *p)
{
	for (size_t i = 0; i < p->spec->mounts.n; i++) {
		struct mount_line l;
		read_line(p, i, &l);
		plan_origin(&p->plan, "/mounts/%zu", i);
		TRY(is_cgroup(&l) ? plan_cgroup_mount(p, i) : plan_mount(p, &l));
	}
	return 0;
}

/* ---- masks ------------------------------------------------------------------------------------------------ */

static void plan_covers(struct planner *p, enum op_kind kind, const char *member, const struct strings *paths)
{
	for (size_t i = 0; i < paths->n; i++) {
		struct op_cover cover = { p->root, plan_text(&p->plan, paths->items[i]),
					  kind == OP_MASK ? p->null : NO_SLOT };
		plan_origin(&p->plan, "/linux/%s/%zu", member, i);
		INIT_ADD(p, kind, &cover);
	}
}

void plan_masks(struct planner *p)
{
	plan_covers(p, OP_READONLY, "readonlyPaths", &p->linux_->readonly_paths);
	plan_covers(p, OP_MASK, "maskedPaths", &p->linux_->masked_paths);
}

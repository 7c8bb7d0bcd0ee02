/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's mounts, masks and read-only paths. */
#define _GNU_SOURCE
#include <errno.h>
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

static const char *source_path(const struct planner *p, const struct mount_line *l)
{
	const char *path = l->spec->source;
	return path[0] == '/' ? path : arena_fmt(p->arena, "%s/%s", p->request->bundle, path);
}

/* ---- id maps (R15) ---------------------------------------------------------------------------------------- */

static bool has_idmap(const struct mount_line *l)
{
	return l->wishes.extra & EXTRA_IDMAP || l->spec->uid_mappings.n || l->spec->gid_mappings.n;
}

/* The mount's own, or those of the container's user namespace. */
static const struct spec_id_mappings *maps_of(const struct planner *p, const struct mount_line *l, bool uid)
{
	if (l->spec->uid_mappings.n || l->spec->gid_mappings.n)
		return uid ? &l->spec->uid_mappings : &l->spec->gid_mappings;
	return uid ? &p->linux_->uid_mappings : &p->linux_->gid_mappings;
}

/* A user namespace for each mount that maps ids, before anything is cloned. */
void plan_id_namespaces(struct planner *p)
{
	p->idmaps = ARENA_ARRAY(p->arena, struct slot, p->spec->mounts.n);
	for (size_t i = 0; i < p->spec->mounts.n; i++) {
		struct mount_line l;
		read_line(p, i, &l);
		p->idmaps[i] = NO_SLOT;
		if (!has_idmap(&l))
			continue;
		plan_origin(&p->plan, "/mounts/%zu/uidMappings", i);
		p->idmaps[i] = plan_slot(&p->plan, "id map");
		const struct spec_id_mappings *uids = maps_of(p, &l, true), *gids = maps_of(p, &l, false);
		struct op_id_namespace map = { plan_map_text(p, uids), plan_map_text(p, gids),
					       { plan_map_writers(p, uids, gids) }, plan_fills(p->idmaps[i]) };
		HOST_ADD(p, OP_ID_NAMESPACE, &map);
	}
}

/* ---- labels (R13, R20) ------------------------------------------------------------------------------------ */

/* Relabelling one of these would take the host down with it. */
static bool is_system_directory(const char *path)
{
	static const char *const names[] = {
		"/", "/bin", "/boot", "/dev", "/etc", "/etc/passwd", "/etc/pki", "/etc/shadow", "/home", "/lib",
		"/lib64", "/media", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
		"/var/lib", "/var/log",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	return false;
}

static int check_relabel(struct planner *p, const struct mount_line *l)
{
	const uint32_t both = EXTRA_RELABEL_SHARED | EXTRA_RELABEL_PRIVATE;
	if (!(l->wishes.extra & both))
		return 0;
	if ((l->wishes.extra & both) == both) {
		err_rule(p->e, NULL, "\"z\" and \"Z\" exclude each other");
		return err_at(p->e, "/mounts/%zu/options", l->i);
	}
	if (l->bind && is_system_directory(clean_path(p, source_path(p, l)))) {
		err_rule(p->e, NULL, "\"%s\" is the system's own, it is not relabelled", l->spec->source);
		return err_at(p->e, "/mounts/%zu/source", l->i);
	}
	return 0;
}

/* A label that several containers share is without its categories: "u:r:t:s0:c1,c2" becomes "u:r:t:s0". */
static const char *shared_label(struct planner *p, const char *label)
{
	const char *end = label;
	for (int colons = 0; *end; end++)
		if (*end == ':' && ++colons == 4)
			break;
	return arena_strndup(p->arena, label, (size_t)(end - label));
}

static void plan_relabel(struct planner *p, const struct mount_line *l)
{
	const char *label = p->linux_->mount_label;
	if (!(l->wishes.extra & (EXTRA_RELABEL_SHARED | EXTRA_RELABEL_PRIVATE)) || !label || !p->facts->selinux)
		return;
	if (l->wishes.extra & EXTRA_RELABEL_SHARED)
		label = shared_label(p, label);
	struct op_relabel relabel = { p->sources[l->i], plan_text(&p->plan, label) };
	plan_add(&p->plan, plan_source_stage(p), OP_RELABEL, &relabel);
}

/* File systems of the kernel's own take no label. */
static bool takes_label(const char *type)
{
	static const char *const without[] = { "proc", "sysfs", "cgroup", "cgroup2" };
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (strcmp(type, without[i]) == 0)
			return false;
	return true;
}

static int check_label(struct planner *p)
{
	if (p->linux_->mount_label && !p->facts->selinux)
		return err_rule(p->e, "/linux/mountLabel", "a mount label needs SELinux, which is off on this host");
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
	if (has_idmap(l) && !maps_of(p, l, true)->n) {
		err_rule(p->e, NULL, "mapped ids need \"uidMappings\" and \"gidMappings\", of the mount or of a user "
				     "namespace");
		return err_at(p->e, "/mounts/%zu/options", l->i);
	}
	TRY(check_relabel(p, l));
	return 0;
}

static bool is_cgroup(const struct mount_line *l)
{
	return !l->bind && strcmp(type_of(l->spec), "cgroup") == 0;
}

/* By the host where init is somebody who may not reach it; then no copy of a shared mount may stay shared. */
static void plan_add_source(struct planner *p, struct op_source *source)
{
	enum stage stage = plan_source_stage(p);
	if (stage == STAGE_HOST)
		source->how.v |= SOURCE_SLAVE;
	plan_add(&p->plan, stage, OP_SOURCE, source);
}

void plan_open_source(struct planner *p, const char *path, uint32_t how, struct slot keep)
{
	struct op_source source = { plan_text(&p->plan, path), { how }, NO_SLOT, plan_fills(keep) };
	plan_add_source(p, &source);
}

/* ---- sources ---------------------------------------------------------------------------------------------- */

static void plan_source(struct planner *p, const struct mount_line *l)
{
	struct op_source source = { .path = plan_text(&p->plan, source_path(p, l)), .idmap = p->idmaps[l->i] };
	p->sources[l->i] = plan_slot(&p->plan, "source");
	plan_origin(&p->plan, "/mounts/%zu/source", l->i);
	source.keep = plan_fills(p->sources[l->i]);
	source.how.v = (l->recursive ? SOURCE_RECURSIVE : 0) |
		       (l->wishes.extra & EXTRA_SOURCE_NOFOLLOW ? SOURCE_NOFOLLOW : 0) |
		       (l->wishes.extra & EXTRA_IDMAP_TREE ? SOURCE_IDMAP_TREE : 0);
	plan_add_source(p, &source);
	plan_relabel(p, l);
}

/* What these show is a namespace's.  A user namespace that does not own it gets no new one: then it is the host's own
 * that is bound, which shows the same (R6).  Of a network that is joined sysfs shows all but the devices. */
static const struct host_fs { const char *type, *path, *name; uint64_t ns; bool if_joined; } host_fs[N_HOST_FS] = {
	{ "sysfs", "/sys", "host's /sys", CLONE_NEWNET, true },
	{ "proc", "/proc", "host's /proc", CLONE_NEWPID, false },
	{ "mqueue", "/dev/mqueue", "host's /dev/mqueue", CLONE_NEWIPC, false },
};

/* Which of them this mount may have to fall back on; -1: none. */
static int find_host_fs(const struct planner *p, const struct mount_line *l)
{
	for (int i = 0; !l->bind && plan_is_in_userns(p) && i < N_HOST_FS; i++) {
		uint64_t other = p->new_ns | (host_fs[i].if_joined ? 0 : p->join_ns);
		if (strcmp(type_of(l->spec), host_fs[i].type) == 0 && !(other & host_fs[i].ns))
			return i;
	}
	return -1;
}

static void plan_host_fs_source(struct planner *p, const struct mount_line *l)
{
	int i = find_host_fs(p, l);
	if (i < 0 || p->host_fs[i].n >= 0)
		return;
	p->host_fs[i] = plan_slot(&p->plan, host_fs[i].name);
	plan_because(&p->plan, "in case that the kernel refuses a new one");
	plan_open_source(p, host_fs[i].path, SOURCE_RECURSIVE | SOURCE_MAY_MISS, p->host_fs[i]);
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
	bool cgroups = p->scope && plan_source_stage(p) == STAGE_HOST; /* later, then */
	TRY(check_label(p));
	p->sources = ARENA_ARRAY(p->arena, struct slot, p->spec->mounts.n);
	for (size_t i = 0; i < p->spec->mounts.n; i++) {
		struct mount_line l;
		read_line(p, i, &l);
		TRY(check_line(p, &l));
		if (l.bind)
			plan_source(p, &l);
		plan_host_fs_source(p, &l);
		if (is_cgroup(&l) && !cgroups) {
			plan_origin(&p->plan, "/mounts/%zu", i);
			plan_cgroup_sources(p);
			cgroups = true;
		}
	}
	plan_null_source(p);
	return 0;
}

/* The cgroup of a unit is there only once init waits for it: init opens it, whoever opens the others. */
void plan_unit_sources(struct planner *p)
{
	if (!p->scope || plan_source_stage(p) == STAGE_INIT)
		return;
	for (size_t i = 0; i < p->spec->mounts.n; i++) {
		struct mount_line l;
		read_line(p, i, &l);
		if (!is_cgroup(&l))
			continue;
		plan_origin(&p->plan, "/mounts/%zu", i);
		plan_cgroup_sources(p);
		return;
	}
}

/* ---- mounts ----------------------------------------------------------------------------------------------- */

static struct param split_option(struct planner *p, const char *option)
{
	const char *eq = strchr(option, '=');
	if (!eq)
		return (struct param){ plan_text(&p->plan, option), { 0 } };
	return (struct param){ plan_fmt(&p->plan, "%.*s", (int)(eq - option), option), plan_text(&p->plan, eq + 1) };
}

/* As one parameter, so that no comma or quote in a label can end it (R20). */
static struct param label_option(struct planner *p)
{
	return (struct param){ plan_text(&p->plan, "context"), plan_text(&p->plan, p->linux_->mount_label) };
}

static struct params plan_options(struct planner *p, const struct mount_line *l)
{
	const struct mount_wishes *w = &l->wishes;
	struct param *list = ARENA_ARRAY(p->arena, struct param, w->n_data + 1);
	size_t n = 0;
	for (size_t i = 0; i < w->n_data; i++)
		if (w->data[i][0])
			list[n++] = split_option(p, w->data[i]);
	if (p->linux_->mount_label && takes_label(type_of(l->spec)))
		list[n++] = label_option(p);
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
	m->idmap = l->bind ? NO_SLOT : p->idmaps[l->i];
	if (!l->bind)
		m->options = plan_options(p, l);
	m->how.v |= (w->extra & EXTRA_COPY_UP ? MOUNT_COPY_UP : 0) |
		    (w->extra & EXTRA_COPY_SYMLINK ? MOUNT_COPY_SYMLINK : 0) |
		    (w->extra & EXTRA_TARGET_NOFOLLOW ? MOUNT_NOFOLLOW : 0) |
		    (w->extra & EXTRA_IDMAP_TREE ? MOUNT_IDMAP_TREE : 0);
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

/* A kernel that refuses a labelled mqueue gets an unlabelled one, whose root is labelled then (R7). */
static void plan_unlabelled(struct planner *p, const struct op_mount *mount)
{
	static const int refused[] = { EINVAL };
	struct op_mount m = *mount;
	m.options.n--;
	m.label = plan_text(&p->plan, p->linux_->mount_label);
	plan_otherwise(&p->plan, STAGE_INIT, OP_MOUNT, &m, refused, 1);
}

static void plan_host_fs(struct planner *p, const struct op_mount *mount, struct slot tree)
{
	static const int refused[] = { EPERM };
	struct op_mount m = *mount;
	m.tree = tree;
	m.options = (struct params){ 0 };
	m.recursive_set.v |= m.set.v;
	plan_otherwise(&p->plan, STAGE_INIT, OP_BIND, &m, refused, 1);
}

/* The group of terminals may have no number in the user namespace. */
static void plan_devpts_without_group(struct planner *p, const struct mount_line *l, const struct op_mount *mount)
{
	static const int refused[] = { EINVAL };
	struct mount_line without = *l;
	struct op_mount m = *mount;
	without.wishes.data = ARENA_ARRAY(p->arena, const char *, l->wishes.n_data);
	without.wishes.n_data = 0;
	for (size_t i = 0; i < l->wishes.n_data; i++)
		if (strncmp(l->wishes.data[i], "gid=", 4) != 0)
			without.wishes.data[without.wishes.n_data++] = l->wishes.data[i];
	if (without.wishes.n_data == l->wishes.n_data)
		return;
	m.options = plan_options(p, &without);
	plan_otherwise(&p->plan, STAGE_INIT, OP_MOUNT, &m, refused, 1);
}

static void plan_alternative(struct planner *p, const struct mount_line *l, const struct op_mount *m)
{
	if (l->bind)
		return;
	if (strcmp(type_of(l->spec), "mqueue") == 0 && p->linux_->mount_label)
		plan_unlabelled(p, m);
	if (strcmp(type_of(l->spec), "devpts") == 0 && plan_is_in_userns(p))
		plan_devpts_without_group(p, l, m);
	int i = find_host_fs(p, l);
	if (i >= 0)
		plan_host_fs(p, m, p->host_fs[i]);
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
	plan_alternative(p, l, &m);
	return 0;
}

int plan_mounts(struct planner *p)
{
	TRY(plan_read_commands(p));
	for (size_t i = 0; i < p->spec->mounts.n; i++) {
		struct mount_line l;
		read_line(p, i, &l);
		TRY(plan_commands(p, i, true));
		plan_origin(&p->plan, "/mounts/%zu", i);
		if (is_cgroup(&l))
			TRY(guard(p, &l, &(uint32_t){ 0 }));
		TRY(is_cgroup(&l) ? plan_cgroup_mount(p, i) : plan_mount(p, &l));
		TRY(plan_commands(p, i, false));
	}
	return 0;
}

/* ---- masks ------------------------------------------------------------------------------------------------ */

static int plan_covers(struct planner *p, enum op_kind kind, const char *member, const struct strings *paths)
{
	for (size_t i = 0; i < paths->n; i++) {
		struct op_cover cover = { p->root, plan_text(&p->plan, paths->items[i]),
					  kind == OP_MASK ? p->null : NO_SLOT,
					  plan_text(&p->plan, kind == OP_MASK ? p->linux_->mount_label : NULL) };
		if (strcmp(clean_path(p, paths->items[i]), "/") == 0) {
			err_rule(p->e, NULL, "the root itself cannot be covered; root.readonly makes it read-only");
			return err_at(p->e, "/linux/%s/%zu", member, i);
		}
		plan_origin(&p->plan, "/linux/%s/%zu", member, i);
		INIT_ADD(p, kind, &cover);
	}
	return 0;
}

int plan_masks(struct planner *p)
{
	TRY(plan_covers(p, OP_READONLY, "readonlyPaths", &p->linux_->readonly_paths));
	return plan_covers(p, OP_MASK, "maskedPaths", &p->linux_->masked_paths);
}

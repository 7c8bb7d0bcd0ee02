/* SPDX-License-Identifier: Apache-2.0 */
/* The container's own cgroup: one directory in each hierarchy of the host.
 *
 * A version 2 cgroup is what the clone starts the child in; version 1 hierarchies are entered by the child itself,
 * through files that the host opened.  Either way it is inside before its first instruction for the container. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>

#include "plan/devprog.h"
#include "base/span.h"
#include "plan/options.h"
#include "plan/parts.h"

static bool is_v2(const struct hierarchy *h)
{
	return h->controllers[0] == 0;
}

static bool layout_is(const struct facts *f, const char *layout)
{
	return strcmp(f->cgroup_layout, layout) == 0;
}

/* Is `controller` one of "cpu,cpuacct"? */
static bool has_controller(const char *controllers, const char *controller)
{
	size_t n = strlen(controller);
	for (const char *c = controllers; c; c = strchr(c, ','), c = c ? c + 1 : NULL)
		if (strncmp(c, controller, n) == 0 && (c[n] == ',' || c[n] == 0))
			return true;
	return false;
}

/* "/a" is below the hierarchy's root; "a" is below the caller's cgroup; with none, so is the id.  In a version 2
 * hierarchy a cgroup that has processes cannot give controllers to its children, so the caller's parent is taken, if
 * the caller may make something there. */
static const char *cgroup_dir(const struct hierarchy *h, bool unified, const char *path, const char *id,
			      struct arena *a)
{
	if (path && path[0] == '/')
		return arena_fmt(a, "%s%s", h->mount, path);
	const char *own = strcmp(h->own, "/") == 0 ? "" : h->own;
	int n = (int)strlen(own);
	if (unified && n && !h->inside) {
		while (n > 0 && own[n - 1] != '/')
			n--;
		n -= n > 0;
	}
	return arena_fmt(a, "%s%.*s/%s", h->mount, n, own, path && path[0] ? path : id);
}

struct strings plan_cgroup_paths(const struct spec *spec, const char *id, const struct facts *f, struct arena *a)
{
	const char *path = spec->linux_ ? spec->linux_->cgroups_path : NULL;
	struct strings paths = { f->hierarchies.n, ARENA_ARRAY(a, const char *, f->hierarchies.n) };
	struct scope scope;
	struct err told = { 0 }; /* by plan_create */
	if (f->systemd && scope_read(spec, id, f, a, &scope, &told) < 0)
		return (struct strings){ 0 };
	for (size_t i = 0; i < paths.n; i++) {
		const struct hierarchy *h = &f->hierarchies.items[i];
		if (h->closed)
			paths.items[i] = "";
		else if (f->systemd)
			paths.items[i] = arena_fmt(a, "%s%s%s", h->mount, scope.cgroup, scope.below);
		else
			paths.items[i] = cgroup_dir(h, layout_is(f, "v2"), path, id, a);
	}
	return paths;
}

static int check_path(struct planner *p)
{
	const char *path = p->linux_->cgroups_path;
	for (const char *c = path; c && *c;) {
		size_t n = span_until(c, "/");
		if (n == 2 && memcmp(c, "..", 2) == 0)
			return err_rule(p->e, "/linux/cgroupsPath", "\"%s\" leads upwards with \"..\"", path);
		c += n + (c[n] == '/');
	}
	if (path && path[0] && span_of(path, "/") == strlen(path))
		return err_rule(p->e, "/linux/cgroupsPath", "\"%s\" is the root of every controller, not a container's "
							     "own cgroup", path);
	return 0;
}

/* Where the caller may make none, the container stays in the caller's. */
static const char *callers_cgroup(struct planner *p, const struct hierarchy *h)
{
	return arena_fmt(p->arena, "%s%s", h->mount, strcmp(h->own, "/") == 0 ? "" : h->own);
}

int plan_name_cgroups(struct planner *p)
{
	TRY(plan_read_scope(p));
	if (!p->scope)
		TRY(check_path(p));
	struct strings dirs = plan_cgroup_paths(p->spec, p->request->id, p->facts, p->arena);
	p->cgroups = ARENA_ARRAY(p->arena, struct cgroup_plan, dirs.n);
	for (size_t i = 0; i < dirs.n; i++)
		p->cgroups[i] = (struct cgroup_plan){
			NO_SLOT, NO_SLOT, NO_SLOT,
			dirs.items[i][0] ? dirs.items[i] : callers_cgroup(p, &p->facts->hierarchies.items[i]),
		};
	return 0;
}

/* Has somebody to put init into this one?  It is born in a version 2 cgroup, or moved there by systemd. */
static bool is_to_be_entered(const struct planner *p, const struct hierarchy *h)
{
	if (!p->scope)
		return !is_v2(h);
	bool by_systemd = is_v2(h) || strcmp(h->controllers, "name=systemd") == 0;
	return !by_systemd || p->scope->is_slice || p->scope->below[0];
}

static void plan_directories(struct planner *p)
{
	const struct hierarchies *all = &p->facts->hierarchies;
	if (p->linux_->cgroups_path)
		plan_origin(&p->plan, "/linux/cgroupsPath");
	else
		plan_because(&p->plan, "every container has a cgroup of its own");
	for (size_t i = 0; i < all->n; i++) {
		const struct hierarchy *h = &all->items[i];
		struct cgroup_plan *c = &p->cgroups[i];
		if (h->closed)
			continue;
		c->cgroup = plan_slot(&p->plan, is_v2(h) ? "cgroup" : h->controllers);
		if (is_to_be_entered(p, h))
			c->procs = plan_slot(&p->plan, "cgroup.procs");
		struct op_cgroup cgroup = { plan_text(&p->plan, c->dir),
					    plan_text(&p->plan, is_v2(h) ? NULL : h->controllers),
					    plan_fills(c->cgroup), plan_fills(c->procs),
					    { has_controller(h->controllers, "cpuset") ? CGROUP_CPUSET : 0 } };
		cgroup.how.v |= p->scope ? CGROUP_UNIT : 0;
		HOST_ADD(p, OP_CGROUP, &cgroup);
	}
}

/* ---- devices ---------------------------------------------------------------------------------------------- */

/* One write for each line; the first answers for everything. */
static int plan_devices_v1(struct planner *p, struct slot cgroup, const struct spec_device_rules *rules)
{
	static const char *const file[] = { "devices.deny", "devices.allow" };
	struct strings all = { 1, (const char *[]){ "a" } };
	struct devprog_v1 v1;
	TRY(devprog_v1(rules, p->arena, &v1, p->e));
	struct op_cgroup_set set = { cgroup, plan_text(&p->plan, file[v1.allow_all]), plan_texts(&p->plan, &all) };
	HOST_ADD(p, OP_CGROUP_SET, &set);
	if (v1.exceptions.n == 0)
		return 0;
	set.file = plan_text(&p->plan, file[!v1.allow_all]);
	set.values = plan_texts(&p->plan, &v1.exceptions);
	HOST_ADD(p, OP_CGROUP_SET, &set);
	return 0;
}

static int plan_device_filter(struct planner *p, struct slot cgroup, const struct spec_device_rules *rules)
{
	uint64_t *insns;
	size_t n;
	TRY(devprog_build(rules->items, rules->n, p->arena, &insns, &n, p->e));
	struct op_device_filter filter = { cgroup, plan_numbers(&p->plan, (const uint32_t *)insns, 2 * n) };
	HOST_ADD(p, OP_DEVICE_FILTER, &filter);
	return 0;
}

/* Every container: what the configuration does not allow, and is not on the runtime's own short list, is denied.  Only
 * the host's root may make such rules.  In a user namespace nobody can make a device node, and none that is not bound
 * there can be opened. */
int plan_cgroup_settings(struct planner *p)
{
	static const struct spec_device_rules none;
	const struct spec_resources *resources = p->linux_->resources;
	struct spec_device_rules rules;
	if (!facts_is_host_root(p->facts))
		return 0;
	devprog_default_rules(resources ? &resources->devices : &none, &p->linux_->devices, p->arena, &rules);
	if (resources && resources->devices.n)
		plan_origin(&p->plan, "/linux/resources/devices");
	else
		plan_because(&p->plan, "what nobody allowed is denied");
	for (size_t i = 0; i < p->facts->hierarchies.n; i++) {
		const char *controllers = p->facts->hierarchies.items[i].controllers;
		if (p->facts->hierarchies.items[i].closed)
			continue;
		if (has_controller(controllers, "devices"))
			TRY(plan_devices_v1(p, p->cgroups[i].cgroup, &rules));
		else if (controllers[0] == 0 && layout_is(p->facts, "v2"))
			TRY(plan_device_filter(p, p->cgroups[i].cgroup, &rules));
	}
	return 0;
}

void plan_enter_cgroups(struct planner *p)
{
	plan_because(&p->plan, p->scope ? "before init does anything else" : "before it does anything else");
	for (size_t i = 0; i < p->facts->hierarchies.n; i++) {
		if (p->cgroups[i].procs.n < 0)
			continue;
		struct op_cgroup_enter enter = { p->cgroups[i].procs,
						 plan_text(&p->plan, p->facts->hierarchies.items[i].controllers) };
		plan_add(&p->plan, p->scope ? STAGE_HOST : p->first, OP_CGROUP_ENTER, &enter);
	}
}

int plan_cgroups(struct planner *p)
{
	plan_directories(p);
	if (p->scope)
		plan_enter_cgroups(p); /* what holds init itself could hand no controllers down */
	plan_resources(p);
	TRY(plan_cgroup_settings(p));
	plan_cgroup_owner(p);
	return 0;
}

/* ---- the cgroup mount (R16, R17) -------------------------------------------------------------------------- */

static bool has_own_ns(const struct planner *p)
{
	return (p->new_ns | p->join_ns) & CLONE_NEWCGROUP;
}

/* The directory's name as the host has it: "cpu,cpuacct", "systemd". */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* In the host's cgroup namespace a new cgroup2 mount would take away the options that the host has given its own,
 * nsdelegate and memory_recursiveprot, as the file system is one and the same.  So the host's is bound. */
static bool binds_hosts(const struct planner *p)
{
	return layout_is(p->facts, "v2") && !has_own_ns(p) && !plan_has_userns(p);
}

/* Without a cgroup namespace, the container's own directory of each version 1 hierarchy is bound; it is opened
 * with all other sources. */
void plan_cgroup_sources(struct planner *p)
{
	if (binds_hosts(p)) {
		p->cgroups[0].tree = plan_slot(&p->plan, "cgroup tree");
		plan_open_source(p, p->facts->hierarchies.items[0].mount, 0, p->cgroups[0].tree);
		return;
	}
	/* In a user namespace the kernel may refuse a cgroup2 mount (R17). */
	if (layout_is(p->facts, "v2") ? !plan_is_in_userns(p) : has_own_ns(p))
		return;
	for (size_t k = 0; k < p->facts->hierarchies.n; k++) {
		p->cgroups[k].tree = plan_slot(&p->plan, "cgroup tree");
		struct op_source in_unit = { plan_text(&p->plan, p->cgroups[k].dir), { SOURCE_RECURSIVE }, NO_SLOT,
					     plan_fills(p->cgroups[k].tree) };
		if (p->scope)
			INIT_ADD(p, OP_SOURCE, &in_unit);
		else
			plan_open_source(p, p->cgroups[k].dir, SOURCE_RECURSIVE, p->cgroups[k].tree);
	}
}

static struct params hierarchy_options(struct planner *p, const char *controllers)
{
	struct param list[32];
	size_t n = 0;
	if (strncmp(controllers, "name=", 5) == 0) {
		list[n++] = (struct param){ plan_text(&p->plan, "none"), { 0 } };
		list[n++] = (struct param){ plan_text(&p->plan, "name"), plan_text(&p->plan, controllers + 5) };
		return plan_params(&p->plan, list, n);
	}
	while (*controllers && n < 32) {
		size_t size = span_until(controllers, ",");
		list[n++] = (struct param){ plan_fmt(&p->plan, "%.*s", (int)size, controllers), { 0 } };
		controllers += size + (controllers[size] == ',');
	}
	return plan_params(&p->plan, list, n);
}

static void plan_hierarchy(struct planner *p, size_t k, const char *target, uint64_t attrs)
{
	const struct hierarchy *h = &p->facts->hierarchies.items[k];
	struct op_mount m = { .tree = p->cgroups[k].tree, .target = plan_text(&p->plan, target), .root = p->root,
			      .set = { attrs }, .keep = NO_FILLS, .idmap = NO_SLOT, .how = { MOUNT_REAL_DIR } };
	if (!has_own_ns(p)) {
		m.type = plan_text(&p->plan, "cgroup");
		m.source = plan_text(&p->plan, p->cgroups[k].dir);
		INIT_ADD(p, OP_BIND, &m);
		return;
	}
	m.tree = NO_SLOT;
	m.type = plan_text(&p->plan, is_v2(h) ? "cgroup2" : "cgroup");
	m.source = plan_text(&p->plan, "cgroup");
	if (!is_v2(h))
		m.options = hierarchy_options(p, h->controllers);
	INIT_ADD(p, OP_MOUNT, &m);
}

/* cpu and cpuacct, for "cpu,cpuacct". */
static void plan_controller_links(struct planner *p, const char *dir, const char *name, const char *controllers)
{
	if (!strchr(controllers, ','))
		return;
	while (*controllers) {
		size_t n = span_until(controllers, ",");
		struct op_symlink link = { p->root, plan_fmt(&p->plan, "%s/%.*s", dir, (int)n, controllers),
					   plan_text(&p->plan, name), { SYMLINK_KEEP } };
		INIT_ADD(p, OP_SYMLINK, &link);
		controllers += n + (controllers[n] == ',');
	}
}

static int plan_v1(struct planner *p, const struct spec_mount *mount, const struct mount_wishes *w)
{
	const uint64_t quiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	struct slot top = plan_slot(&p->plan, "cgroup tmpfs");
	struct param mode = { plan_text(&p->plan, "mode"), plan_text(&p->plan, "755") };
	struct op_mount m = { .type = plan_text(&p->plan, "tmpfs"), .tree = NO_SLOT, .root = p->root,
			      .source = plan_text(&p->plan, "cgroup"), .keep = plan_fills(top), .idmap = NO_SLOT,
			      .target = plan_text(&p->plan, mount->destination), .how = { MOUNT_REAL_DIR },
			      .options = plan_params(&p->plan, &mode, 1), .set = { quiet } };
	INIT_ADD(p, OP_MOUNT, &m);
	for (size_t k = 0; k < p->facts->hierarchies.n; k++) {
		const struct hierarchy *h = &p->facts->hierarchies.items[k];
		const char *name = is_v2(h) ? "unified" : base_name(h->mount);
		plan_hierarchy(p, k, arena_fmt(p->arena, "%s/%s", mount->destination, name), w->set | quiet);
		plan_controller_links(p, mount->destination, name, h->controllers);
	}
	if (w->set & MOUNT_ATTR_RDONLY) {
		struct op_attributes ro = { top, { MOUNT_ATTR_RDONLY }, 0 };
		INIT_ADD(p, OP_ATTRIBUTES, &ro);
	}
	return 0;
}

static int plan_v2(struct planner *p, const struct spec_mount *mount, const struct mount_wishes *w)
{
	struct op_mount m = { .type = plan_text(&p->plan, "cgroup2"), .tree = NO_SLOT, .root = p->root,
			      .source = plan_text(&p->plan, "cgroup"), .keep = NO_FILLS, .idmap = NO_SLOT,
			      .target = plan_text(&p->plan, mount->destination), .how = { MOUNT_REAL_DIR },
			      .set = { w->set } };
	if (binds_hosts(p)) {
		m.tree = p->cgroups[0].tree;
		m.source = plan_text(&p->plan, p->facts->hierarchies.items[0].mount);
		INIT_ADD(p, OP_BIND, &m);
		return 0;
	}
	INIT_ADD(p, OP_MOUNT, &m);
	if (p->cgroups[0].tree.n < 0)
		return 0;
	static const int refused[] = { EPERM, EBUSY };
	m.tree = p->cgroups[0].tree;
	plan_otherwise(&p->plan, STAGE_INIT, OP_BIND, &m, refused, 2);
	return 0;
}

int plan_cgroup_mount(struct planner *p, size_t i)
{
	const struct spec_mount *mount = &p->spec->mounts.items[i];
	struct mount_wishes w;
	mount_wishes_read(&mount->options, p->arena, &w);
	if (layout_is(p->facts, "none")) {
		err_rule(p->e, NULL, "this host has no cgroup hierarchy to mount");
		return err_at(p->e, "/mounts/%zu", i);
	}
	return layout_is(p->facts, "v2") ? plan_v2(p, mount, &w) : plan_v1(p, mount, &w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a root file system without a container, for programs that call the library: made of the same parts as
 * `create`, in the same order, but for the change of root, which comes last: until then all can be undone. */
#define _GNU_SOURCE
#include "plan/rootfs.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "base/span.h"
#include "plan/parts.h"

/* ---- what an engine adds (R37, R38) ----------------------------------------------------------------------- */

/* The same place, however many slashes and "." its names are written with? */
static bool is_same_path(const char *a, const char *b)
{
	for (;;) {
		while (*a == '/' || (a[0] == '.' && (a[1] == '/' || !a[1])))
			a++;
		while (*b == '/' || (b[0] == '.' && (b[1] == '/' || !b[1])))
			b++;
		size_t n = span_until(a, "/"), m = span_until(b, "/");
		if (n != m || memcmp(a, b, n) != 0)
			return false;
		if (n == 0)
			return true;
		a += n;
		b += m;
	}
}

static bool has_mount(const struct spec_mounts *mounts, const char *path)
{
	for (size_t i = 0; i < mounts->n; i++)
		if (is_same_path(mounts->items[i].destination, path))
			return true;
	return false;
}

static struct strings words(struct arena *a, const char *const *list)
{
	struct strings s = { 0, ARENA_ARRAY(a, const char *, 8) };
	for (; *list; list++)
		s.items[s.n++] = *list;
	return s;
}

/* Private, so that what happens to the host's file system never shows; read-only when the root is.  Under a label
 * the files get one of the container's own. */
static void add_network_file(struct spec *spec, struct arena *a, const char *path, const char *source)
{
	struct spec_mount *m = &spec->mounts.items[spec->mounts.n];
	if (!source)
		return;
	*m = (struct spec_mount){ path, "bind", source, words(a, (const char *const[]){ "bind", "private", NULL }),
				  { 0 }, { 0 } };
	if (spec->root->readonly)
		m->options.items[m->options.n++] = "ro";
	if (spec->linux_->mount_label)
		m->options.items[m->options.n++] = "Z";
	spec->mounts.n++;
}

static void add_ipc(struct spec *spec, struct arena *a, uint64_t size)
{
	static const char *const quiet[] = { "nosuid", "noexec", "nodev", NULL };
	struct spec_mounts *l = &spec->mounts;
	if (!has_mount(l, "/dev/shm")) {
		struct spec_mount *m = &l->items[l->n++];
		*m = (struct spec_mount){ "/dev/shm", "tmpfs", "shm", words(a, quiet), { 0 }, { 0 } };
		m->options.items[m->options.n++] = "mode=1777";
		if (size)
			m->options.items[m->options.n++] = arena_fmt(a, "size=%llu", (unsigned long long)size);
	}
	if (!has_mount(l, "/dev/mqueue"))
		l->items[l->n++] = (struct spec_mount){ "/dev/mqueue", "mqueue", "mqueue", words(a, quiet),
							{ 0 }, { 0 } };
}

/* A copy of the description with them behind its own mounts. */
static void add_extras(struct spec *spec, const struct rootfs_request *r, struct arena *a)
{
	const struct spec_mounts own = spec->mounts;
	spec->mounts.items = ARENA_ARRAY(a, struct spec_mount, own.n + 5);
	if (own.n)
		memcpy(spec->mounts.items, own.items, own.n * sizeof(*own.items));
	if (r->ipc)
		add_ipc(spec, a, r->shm_size);
	add_network_file(spec, a, "/etc/resolv.conf", r->resolv_conf);
	add_network_file(spec, a, "/etc/hostname", r->hostname);
	add_network_file(spec, a, "/etc/hosts", r->hosts);
}

/* ---- the plan --------------------------------------------------------------------------------------------- */

/* A cgroup mount shows the cgroup that the caller is in. */
static void take_callers_cgroups(struct planner *p)
{
	const struct hierarchies *all = &p->facts->hierarchies;
	p->cgroups = ARENA_ARRAY(p->arena, struct cgroup_plan, all->n);
	for (size_t i = 0; i < all->n; i++) {
		const struct hierarchy *h = &all->items[i];
		p->cgroups[i] = (struct cgroup_plan){
			NO_SLOT, NO_SLOT, NO_SLOT,
			arena_fmt(p->arena, "%s%s", h->mount, strcmp(h->own, "/") == 0 ? "" : h->own),
		};
	}
}

/* In a namespace of others only the root's own tree is changed: a copy of what may have peers. */
static void plan_slave(struct planner *p)
{
	const uint32_t flag = MS_SLAVE | MS_REC;
	struct numbers n = plan_numbers(&p->plan, &flag, 1);
	struct op_propagation spread = { p->root, { n.at, n.n } };
	plan_because(&p->plan, "no mount in it reaches the directory itself");
	INIT_ADD(p, OP_PROPAGATION, &spread);
}

static int plan_parts(struct planner *p, const struct rootfs_request *r)
{
	take_callers_cgroups(p);
	plan_id_namespaces(p);
	if (r->new_namespace)
		plan_propagation(p, NO_SLOT);
	TRY(plan_sources(p));
	plan_root(p);
	if (!r->new_namespace)
		plan_slave(p);
	TRY(plan_mounts(p));
	TRY(plan_devices(p));
	TRY(plan_finishing(p));
	if (r->change_root)
		plan_change_root(p);
	if (p->linux_->rootfs_propagation)
		plan_propagation(p, p->root); /* last, as in create.c */
	return 0;
}

int plan_rootfs(const struct spec *spec, const struct rootfs_request *r, const struct facts *facts, struct arena *a,
		struct problems *warnings, const struct plan_header **ret_plan, struct err *e)
{
	static const struct spec_process no_process;
	static const struct spec_linux nothing;
	const struct create_request request = { .id = "rootfs", .bundle = "/", .no_pivot = r->no_pivot };
	const struct spec_linux *given = spec->linux_ ? spec->linux_ : &nothing;
	struct spec_linux linux_ = {
		.devices = given->devices, .rootfs_propagation = given->rootfs_propagation,
		.masked_paths = given->masked_paths, .readonly_paths = given->readonly_paths,
		.mount_label = given->mount_label,
	};
	struct spec own = { .oci_version = spec->oci_version, .root = spec->root, .mounts = spec->mounts,
			    .process = (struct spec_process *)(uintptr_t)&no_process,
			    .annotations = spec->annotations, .linux_ = &linux_ };
	struct planner p = { .spec = &own, .linux_ = &linux_, .request = &request, .facts = facts, .warnings = warnings,
			     .e = e };
	if (!spec->root || !spec->root->path)
		return err_rule(e, "/root/path", "a root file system needs a root directory");
	*(r->new_namespace ? &p.new_ns : &p.join_ns) = CLONE_NEWNS;
	add_extras(&own, r, a);
	planner_init(&p, a);
	p.plan.alone = true;
	TRY(plan_parts(&p, r));
	return plan_finish(&p.plan, ret_plan, e);
}

/* SPDX-License-Identifier: Apache-2.0 */

/* The rules for /linux, but for resources and seccomp. */
#include <inttypes.h>
#include <string.h>

#include "base/table.h"
#include "base/span.h"
#include "spec/check.h"
#include "spec/sysctl.h"
#include "spec/tables.h"

static void check_namespaces(struct check *c, const struct place *at,
			     const struct spec_namespaces *namespaces)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < namespaces->n; i++) {
		const struct spec_namespace *ns = &namespaces->items[i];
		const struct place *here = PLACE_ITEM(at, i);

		if (is_repeated(&seen, NAMESPACE_WORDS, ns->type))
			wrong(c, PLACE_KEY(here, "type"), "%s for the second time", ns->type);
		check_absolute(c, PLACE_KEY(here, "path"), ns->path);
	}
}

static void check_user_mappings(struct check *c, const struct place *at,
				const struct spec_id_mappings *mappings)
{
	if (mappings->n > 0 && !has_namespace(c, "user"))
		wrong(c, at, "needs a user namespace");
	check_mappings(c, at, mappings);
}

static void check_sysctls(struct check *c, const struct place *at, const struct string_map *sysctl)
{
	for (size_t i = 0; i < sysctl->n; i++) {
		const char *key = sysctl->items[i].key;
		const struct place *here = PLACE_KEY(at, key);
		const char *path = sysctl_path(key, c->arena);
		const char *type = path ? sysctl_namespace(path) : NULL;

		if (!path)
			wrong(c, here, "\"%.64s\" is no name of a kernel parameter", key);
		else if (!type)
			wrong(c, here, "\"%s\" belongs to no namespace and would change the host",
			      key);
		else if (!has_namespace(c, type))
			wrong(c, here, "\"%s\" needs a %s namespace, or it would change the host",
			      key, type);
		check_single_line(c, here, sysctl->items[i].value);
	}
}

/* As large as the kernel's device numbers; mknod cuts off what is beyond and makes another device.
 */
static void check_device_number(struct check *c, const struct place *at,
				const struct opt_i64 *number, int64_t max, bool required)
{
	if (!number->set && required)
		wrong(c, at, "required, but missing");
	else if (number->set && (number->v < 0 || number->v > max))
		wrong(c, at, "%" PRId64 " is not from 0 to %" PRId64, number->v, max);
}

/* fileMode may have more than the bits of permission: engines pass on what stat says. */
static void check_device(struct check *c, const struct place *at, const struct spec_device *d)
{
	bool fifo = strcmp(d->type, "p") == 0;

	check_absolute(c, PLACE_KEY(at, "path"), d->path);
	if (!fifo) {
		check_device_number(c, PLACE_KEY(at, "major"), &d->major, (1 << 12) - 1, true);
		check_device_number(c, PLACE_KEY(at, "minor"), &d->minor, (1 << 20) - 1, true);
	}
	if (d->uid.set)
		check_id(c, PLACE_KEY(at, "uid"), d->uid.v);
	if (d->gid.set)
		check_id(c, PLACE_KEY(at, "gid"), d->gid.v);
}

/* As the kernel's dev_valid_name. */
static bool is_interface_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < 16 && span_until(name, "/: \t\n\v\f\r") == n && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

/* A new name may be a template: one %d, for the number. */
static bool is_interface_template(const char *name)
{
	const char *percent = strchr(name, '%');

	if (!is_interface_name(name))
		return false;
	return !percent || (percent[1] == 'd' && !strchr(percent + 1, '%'));
}

static void check_net_devices(struct check *c, const struct place *at,
			      const struct spec_net_devices *devices)
{
	if (devices->n > 0 && !has_namespace(c, "network"))
		wrong(c, at, "needs a network namespace");
	for (size_t i = 0; i < devices->n; i++) {
		const struct spec_net_device *d = &devices->items[i];
		const struct place *here = PLACE_KEY(at, d->host_name);

		if (!is_interface_name(d->host_name))
			wrong(c, here, "\"%.64s\" is no name of a network device", d->host_name);
		if (d->name && !is_interface_template(d->name))
			wrong(c, PLACE_KEY(here, "name"),
			      "\"%.64s\" is no name of a network device", d->name);
	}
}

static bool has_component(const char *path, const char *component)
{
	size_t size = strlen(component);

	for (const char *p = path; *p;) {
		size_t n = span_until(p, "/");

		if (n == size && memcmp(p, component, n) == 0)
			return true;
		p += n + (p[n] == '/');
	}
	return false;
}

static void check_cgroups_path(struct check *c, const struct place *at, const char *path)
{
	if (path && has_component(path, ".."))
		wrong(c, at, "\"%.64s\" must not contain \"..\"", path);
}

/* "/" alone is the default class; anything else is the name of a directory. */
static void check_intel_rdt(struct check *c, const struct place *at, const struct spec_intel_rdt *r)
{
	const char *id = r->clos_id;

	if (id && strcmp(id, "/") != 0 &&
	    (strpbrk(id, "/\n") || strcmp(id, ".") == 0 || strcmp(id, "..") == 0))
		wrong(c, PLACE_KEY(at, "closID"), "\"%.64s\" is neither \"/\" nor a plain name",
		      id);
	if (r->mem_bw_schema && strncmp(r->mem_bw_schema, "MB:", 3) != 0)
		wrong(c, PLACE_KEY(at, "memBwSchema"), "must start with \"MB:\"");
	check_single_line(c, PLACE_KEY(at, "memBwSchema"), r->mem_bw_schema);
	check_single_line(c, PLACE_KEY(at, "l3CacheSchema"), r->l3_cache_schema);
	for (size_t i = 0; i < r->schemata.n; i++)
		check_single_line(c, PLACE_ITEM(PLACE_KEY(at, "schemata"), i),
				  r->schemata.items[i]);
}

/* "0-3,7" */
static bool is_node_list(const char *s)
{
	for (;; s++) {
		size_t n = span_of(s, "0123456789");

		if (n == 0)
			return false;
		s += n;
		if (*s == '-') {
			n = span_of(++s, "0123456789");
			if (n == 0)
				return false;
			s += n;
		}
		if (*s == '\0')
			return true;
		if (*s != ',')
			return false;
	}
}

static void check_memory_policy(struct check *c, const struct place *at,
				const struct spec_memory_policy *m)
{
	const struct place *nodes = PLACE_KEY(at, "nodes");

	if (m->nodes && words_find("MPOL_DEFAULT MPOL_LOCAL", m->mode) >= 0)
		wrong(c, nodes, "%s takes no nodes", m->mode);
	else if (!m->nodes && words_find("MPOL_DEFAULT MPOL_LOCAL MPOL_PREFERRED", m->mode) < 0)
		wrong(c, nodes, "%s needs nodes", m->mode);
	if (m->nodes && !is_node_list(m->nodes))
		wrong(c, nodes, "\"%.64s\" is no list such as 0-3,7", m->nodes);
}

static void check_time_offset(struct check *c, const struct place *at,
			      const struct spec_time_offset *o)
{
	if (o && o->nanosecs >= 1000000000)
		wrong(c, PLACE_KEY(at, "nanosecs"), "%" PRIu32 " is a second or more", o->nanosecs);
}

static void check_time_offsets(struct check *c, const struct place *at,
			       const struct spec_time_offsets *o)
{
	if ((o->boottime || o->monotonic) && !has_namespace(c, "time"))
		wrong(c, at, "needs a time namespace");
	check_time_offset(c, PLACE_KEY(at, "boottime"), o->boottime);
	check_time_offset(c, PLACE_KEY(at, "monotonic"), o->monotonic);
}

void check_linux(struct check *c, const struct place *at, const struct spec_linux *l)
{
	check_user_mappings(c, PLACE_KEY(at, "uidMappings"), &l->uid_mappings);
	check_user_mappings(c, PLACE_KEY(at, "gidMappings"), &l->gid_mappings);
	check_sysctls(c, PLACE_KEY(at, "sysctl"), &l->sysctl);
	if (l->resources)
		check_resources(c, PLACE_KEY(at, "resources"), l->resources);
	check_cgroups_path(c, PLACE_KEY(at, "cgroupsPath"), l->cgroups_path);
	check_namespaces(c, PLACE_KEY(at, "namespaces"), &l->namespaces);
	for (size_t i = 0; i < l->devices.n; i++)
		check_device(c, PLACE_ITEM(PLACE_KEY(at, "devices"), i), &l->devices.items[i]);
	check_net_devices(c, PLACE_KEY(at, "netDevices"), &l->net_devices);
	if (l->seccomp)
		check_seccomp(c, PLACE_KEY(at, "seccomp"), l->seccomp);
	check_absolute_all(c, PLACE_KEY(at, "maskedPaths"), &l->masked_paths);
	check_absolute_all(c, PLACE_KEY(at, "readonlyPaths"), &l->readonly_paths);
	if (l->intel_rdt)
		check_intel_rdt(c, PLACE_KEY(at, "intelRdt"), l->intel_rdt);
	if (l->memory_policy)
		check_memory_policy(c, PLACE_KEY(at, "memoryPolicy"), l->memory_policy);
	if (l->personality && l->personality->flags.n > 0)
		wrong(c, PLACE_KEY(PLACE_KEY(at, "personality"), "flags"), "no flag is supported");
	if (l->time_offsets)
		check_time_offsets(c, PLACE_KEY(at, "timeOffsets"), l->time_offsets);
}

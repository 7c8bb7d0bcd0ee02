/* SPDX-License-Identifier: Apache-2.0 */
/* The systemd cgroup driver: the container's unit, its properties, and how init gets into its cgroups.
 *
 * systemd starts no scope without processes, so here init is not born in its cgroup: it is cloned first, and does
 * nothing but wait while the host has the scope made around it, carries out the limits, and puts it into those
 * hierarchies that systemd does not look after.  A placeholder in its stead would count against the limits. */
#include "plan/scope.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/variant.h"
#include "plan/devprog.h"
#include "plan/parts.h"
#include "plan/properties.h"

#define DRIVER_LIMIT 300 /* seconds; the host's own wait for systemd is far shorter */
#define PROPERTY     "org.systemd.property."
#define LETTERS	     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS	     "0123456789"

/* ---- names ------------------------------------------------------------------------------------------------ */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);
	return n >= k && strcmp(s + n - k, end) == 0;
}

/* What systemd lets the name of a unit be. */
static bool is_unit_name(const char *s)
{
	return s[0] && strlen(s) < 256 && span_of(s, LETTERS DIGITS ":-_.\\") == strlen(s);
}

const char *scope_slice_path(const char *slice, struct arena *a)
{
	size_t n = strlen(slice);
	if (!ends_with(slice, ".slice") || !is_unit_name(slice))
		return NULL;
	n -= strlen(".slice");
	if (n == 1 && slice[0] == '-')
		return "";
	const char *path = "";
	for (size_t i = 0; i <= n; i++) {
		if (i < n && slice[i] != '-')
			continue;
		if (i == 0 || slice[i - 1] == '-')
			return NULL;
		path = arena_fmt(a, "%s/%.*s.slice", path, (int)i, slice);
	}
	return path;
}

/* systemd puts "_" in front of a unit's cgroup that would look like one of the kernel's own files. */
static const char *cgroup_name(const char *unit, struct arena *a)
{
	static const char *const controllers[] = { "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids",
						   "cgroup" };
	size_t n = span_until(unit, ".");
	bool escape = unit[0] == '_' || unit[0] == '.';
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		escape |= strlen(controllers[i]) == n && strncmp(unit, controllers[i], n) == 0;
	return escape ? arena_fmt(a, "_%s", unit) : unit;
}

/* A container's id may hold what the name of a unit may not: "+". */
static const char *unit_escape(const char *id, struct arena *a)
{
	char *out = arena_alloc(a, 4 * strlen(id) + 1), *o = out;
	for (; *id; id++) {
		static const char hex[] = "0123456789abcdef";
		if (strchr(LETTERS DIGITS ":-_.", *id)) {
			*o++ = *id;
			continue;
		}
		memcpy(o, "\\x", 2);
		o[2] = hex[(unsigned char)*id >> 4];
		o[3] = hex[*id & 15];
		o += 4;
	}
	return out;
}

#define PATH_FIELD "/linux/cgroupsPath"

static int read_path(const char *path, const char *id, bool user, struct arena *a, struct scope *s, struct err *e)
{
	s->slice = user ? "user.slice" : "system.slice";
	if (!path || !path[0]) {
		s->unit = arena_fmt(a, "socle-%s.scope", unit_escape(id, a));
		return 0;
	}
	const char *prefix = strchr(path, ':');
	const char *name = prefix ? strchr(prefix + 1, ':') : NULL;
	if (!name || strchr(name + 1, ':'))
		return err_rule(e, PATH_FIELD, "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
					       "cgroups, got \"%s\" instead", path);
	if (prefix > path)
		s->slice = arena_strndup(a, path, (size_t)(prefix - path));
	s->unit = name + 1;
	s->is_slice = ends_with(s->unit, ".slice");
	if (!s->is_slice && s->unit[0]) {
		size_t n = (size_t)(name - prefix - 1);
		s->unit = arena_fmt(a, "%.*s%s%s.scope", (int)n, prefix + 1, n ? "-" : "", s->unit);
	}
	return 0;
}

static int find_cgroup(const char *root, struct arena *a, struct scope *s, struct err *e)
{
	const char *slice = scope_slice_path(s->slice, a);
	if (!slice)
		return err_rule(e, PATH_FIELD, "\"%s\" is not the name of a slice: \"a-b.slice\" is one that lies in "
					       "\"a.slice\"", s->slice);
	if (!is_unit_name(s->unit))
		return err_rule(e, PATH_FIELD, "\"%s\" cannot be the name of a unit: letters, digits and \":-_.\\\" can, up "
					       "to 255 of them", s->unit);
	const char *own = s->is_slice ? scope_slice_path(s->unit, a) : arena_fmt(a, "%s/%s", slice, cgroup_name(s->unit, a));
	if (!own || !own[0])
		return err_rule(e, PATH_FIELD, "\"%s\" is not the name of a slice for a container", s->unit);
	s->cgroup = strcmp(root, "/") == 0 ? own : arena_fmt(a, "%s%s", root, own);
	return 0;
}

/* ---- cgroups below the unit's ----------------------------------------------------------------------------- */

static const char *find_annotation(const struct spec *spec, const char *key)
{
	for (size_t i = 0; i < spec->annotations.n; i++)
		if (strcmp(spec->annotations.items[i].key, key) == 0)
			return spec->annotations.items[i].value;
	return NULL;
}

int scope_read_below(const struct spec *spec, const char *key, struct arena *a, const char **ret, struct err *e)
{
	const char *name = find_annotation(spec, key);
	*ret = "";
	if (!name || !name[0])
		return 0;
	if (strchr(name, '/') || name[0] == '.' || strlen(name) > 255) {
		err_rule(e, NULL, "\"%s\" cannot be the name of a cgroup", name);
		return err_at(e, "/annotations/%s", key);
	}
	*ret = arena_fmt(a, "/%s", name);
	return 0;
}

#define SUBGROUP "run.oci.systemd.subgroup"

int scope_read(const struct spec *spec, const char *id, const struct facts *f, struct arena *a, struct scope *ret,
	       struct err *e)
{
	*ret = (struct scope){ 0 };
	TRY(read_path(spec->linux_ ? spec->linux_->cgroups_path : NULL, id, f->systemd->user, a, ret, e));
	TRY(find_cgroup(f->systemd->control_group, a, ret, e));
	return scope_read_below(spec, SUBGROUP, a, &ret->below, e);
}

const char *plan_unit_name(const struct spec *spec, const char *id, const struct facts *f, struct arena *a)
{
	struct scope s;
	struct err told = { 0 }; /* by plan_create */
	return f->systemd && scope_read(spec, id, f, a, &s, &told) == 0 ? s.unit : NULL;
}

/* ---- properties ------------------------------------------------------------------------------------------- */

struct properties { struct planner *p; struct param *items; size_t n; };

static void add(struct properties *l, const char *name, const char *value)
{
	struct plan *plan = &l->p->plan;
	l->items[l->n++] = (struct param){ plan_text(plan, name), plan_text(plan, value) };
}

const char *scope_mark(const char *owner, struct arena *a)
{
	char *out = arena_alloc(a, 3 * strlen(owner) + 6), *o = out + 5;
	memcpy(out, "file:", 5);
	for (; *owner; owner++) {
		static const char hex[] = "0123456789ABCDEF";
		if (strchr(LETTERS DIGITS "/-_.", *owner)) {
			*o++ = *owner;
			continue;
		}
		*o++ = '%';
		*o++ = hex[(unsigned char)*owner >> 4];
		*o++ = hex[*owner & 15];
	}
	return out;
}

static const char *list_of(const char *text, struct arena *a)
{
	return arena_fmt(a, "[%s]", variant_quote(text, a));
}

static void add_own(struct properties *l)
{
	struct planner *p = l->p;
	struct arena *a = p->arena;
	const char *owner = arena_fmt(a, "%s/%s", p->request->state_root, p->request->id);
	bool v2 = strcmp(p->facts->cgroup_layout, "v2") == 0;
	add(l, "Description", variant_quote(arena_fmt(a, "socle container %s", p->request->id), a));
	add(l, "Documentation", list_of(scope_mark(owner, a), a));
	if (p->scope->is_slice) {
		add(l, "Wants", list_of(p->scope->slice, a));
	} else {
		add(l, "Slice", variant_quote(p->scope->slice, a));
		add(l, "Delegate", "true");
	}
	add(l, "DefaultDependencies", "false");
	add(l, "MemoryAccounting", "true");
	add(l, "CPUAccounting", "true");
	add(l, v2 ? "IOAccounting" : "BlockIOAccounting", "true");
	add(l, "TasksAccounting", "true");
}

/* "c 1:3 rwm" is "/dev/char/1:3", "c 136:* rwm" is "char-136", "b *:* m" is "block-*". */
static const char *device_name(const char *line, struct arena *a)
{
	const char *type = line[0] == 'b' ? "block" : "char", *number = line + 2;
	size_t major = span_until(number, ":"), minor = span_until(number + major + 1, " ");
	if (number[major + 1] == '*')
		return arena_fmt(a, "%s-%.*s", type, (int)major, number);
	return arena_fmt(a, "/dev/%s/%.*s", type, (int)(major + 1 + minor), number);
}

/* systemd knows "nothing but" lists.  So that its filter, which it puts back with every daemon-reload, takes nothing
 * away that our own allows, what is more than such a list is left to ours alone. */
static void add_devices(struct properties *l)
{
	struct planner *p = l->p;
	static const struct spec_device_rules none;
	const struct spec_resources *resources = p->linux_->resources;
	struct spec_device_rules rules;
	struct devprog_v1 v1;
	struct err beyond = { 0 };
	devprog_default_rules(resources ? &resources->devices : &none, &p->linux_->devices, p->arena, &rules);
	if (devprog_v1(&rules, p->arena, &v1, &beyond) < 0 || v1.allow_all) {
		add(l, "DevicePolicy", "'auto'");
		return;
	}
	const char *list = "";
	for (size_t i = 0; i < v1.exceptions.n; i++) {
		const char *line = v1.exceptions.items[i];
		if (line[0] == 'a')
			continue;
		if (line[2] == '*' && line[4] != '*') {
			add(l, "DevicePolicy", "'auto'"); /* a minor number of every major one */
			return;
		}
		list = arena_fmt(p->arena, "%s%s('%s', '%s')", list, list[0] ? ", " : "", device_name(line, p->arena),
				 strrchr(line, ' ') + 1);
	}
	add(l, "DevicePolicy", "'strict'");
	add(l, "DeviceAllow", list[0] ? arena_fmt(p->arena, "[%s]", list) : "@a(ss) []");
}

/* ---- annotations: "org.systemd.property.NAME": "VALUE" ----------------------------------------------------- */

/* What a configuration may set: when the unit goes and after what, how it is killed, its resources.  Nothing that runs
 * a program, loads one, reaches for other devices, or does something to the machine (SEC-44). */
static const struct property { const char *name, *signature; } allowed[] = {
	{ "After", "as" },
	{ "AllowedCPUs", "ay" },
	{ "AllowedMemoryNodes", "ay" },
	{ "Before", "as" },
	{ "BindsTo", "as" },
	{ "BlockIOAccounting", "b" },
	{ "BlockIOWeight", "t" },
	{ "CPUAccounting", "b" },
	{ "CPUQuotaPerSecUSec", "t" },
	{ "CPUQuotaPeriodUSec", "t" },
	{ "CPUShares", "t" },
	{ "CPUWeight", "t" },
	{ "CollectMode", "s" },
	{ "Conflicts", "as" },
	{ "DefaultDependencies", "b" },
	{ "Description", "s" },
	{ "IOAccounting", "b" },
	{ "IODeviceLatencyTargetUSec", "a(st)" },
	{ "IODeviceWeight", "a(st)" },
	{ "IOReadBandwidthMax", "a(st)" },
	{ "IOReadIOPSMax", "a(st)" },
	{ "IOWeight", "t" },
	{ "IOWriteBandwidthMax", "a(st)" },
	{ "IOWriteIOPSMax", "a(st)" },
	{ "IPAccounting", "b" },
	{ "IPAddressAllow", "a(iayu)" },
	{ "IPAddressDeny", "a(iayu)" },
	{ "KillMode", "s" },
	{ "KillSignal", "i" },
	{ "ManagedOOMMemoryPressure", "s" },
	{ "ManagedOOMMemoryPressureLimit", "u" },
	{ "ManagedOOMPreference", "s" },
	{ "ManagedOOMSwap", "s" },
	{ "MemoryAccounting", "b" },
	{ "MemoryHigh", "t" },
	{ "MemoryLimit", "t" },
	{ "MemoryLow", "t" },
	{ "MemoryMax", "t" },
	{ "MemoryMin", "t" },
	{ "MemorySwapMax", "t" },
	{ "OOMPolicy", "s" },
	{ "PartOf", "as" },
	{ "RefuseManualStop", "b" },
	{ "Requires", "as" },
	{ "RequiresMountsFor", "as" },
	{ "RuntimeMaxUSec", "t" },
	{ "RuntimeRandomizedExtraUSec", "t" },
	{ "SendSIGHUP", "b" },
	{ "SendSIGKILL", "b" },
	{ "StartupCPUWeight", "t" },
	{ "StartupIOWeight", "t" },
	{ "StopWhenUnneeded", "b" },
	{ "TasksAccounting", "b" },
	{ "TasksMax", "t" },
	{ "TimeoutStopUSec", "t" },
};

static const struct property *find_property(const char *name)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (strcmp(allowed[i].name, name) == 0)
			return &allowed[i];
	return NULL;
}

/* Seconds where systemd wants microseconds: "TimeoutStopSec" is set as "TimeoutStopUSec". */
static int to_microseconds(const struct variant *v, struct arena *a, const char **ret, struct err *e)
{
	static const uint64_t second = 1000000;
	const char *word = v->words.items[0];
	if (v->signature[1] || !strchr("ynqiuxtd", v->signature[0]))
		return err_rule(e, NULL, "a number of seconds is wanted");
	double limit = (double)UINT64_MAX / (double)second, seconds = strtod(word, NULL);
	if (!(seconds >= 0 && seconds < limit))
		return err_rule(e, NULL, "\"%s\" seconds are out of range", word);
	uint64_t us = v->signature[0] == 'd' ? (uint64_t)(seconds * (double)second) : strtoull(word, NULL, 10) * second;
	*ret = arena_fmt(a, "uint64 %llu", (unsigned long long)us);
	return 0;
}

static bool is_seconds(const char *name)
{
	size_t n = strlen(name);
	return n > 3 && ends_with(name, "Sec") && name[n - 4] >= 'a' && name[n - 4] <= 'z';
}

static bool is_whole_number(const char *signature)
{
	return strchr("ynqiuxt", signature[0]) && signature[0] && !signature[1];
}

/* Who writes "5" means it as the property wants it. */
static int fit(const struct property *row, const struct variant *v, struct arena *a, const char **value, struct err *e)
{
	struct variant again;
	if (strcmp(v->signature, row->signature) == 0)
		return 0;
	if (!is_whole_number(v->signature) || !is_whole_number(row->signature))
		return err_rule(e, NULL, "the type of \"%s\" is \"%s\", not \"%s\"", row->name, row->signature, v->signature);
	*value = arena_fmt(a, "@%s %s", row->signature, v->words.items[0]);
	return variant_read(*value, a, &again, e);
}

static int read_property(const char **name, const char **value, struct arena *a, struct err *e)
{
	struct variant v;
	bool seconds = is_seconds(*name);
	const char *set = seconds ? arena_fmt(a, "%.*sUSec", (int)strlen(*name) - 3, *name) : *name;
	const struct property *row = find_property(set);
	if (!row)
		return err_rule(e, NULL, "\"%s\" is not among the properties of a unit that a container may set", *name);
	*name = row->name;
	if (variant_read(*value, a, &v, e) < 0)
		return err_note(e, "no value in GVariant's text format");
	return seconds ? to_microseconds(&v, a, value, e) : fit(row, &v, a, value, e);
}

static int add_annotations(struct properties *l)
{
	struct planner *p = l->p;
	const struct string_map *map = &p->spec->annotations;
	for (size_t i = 0; i < map->n; i++) {
		const char *name = map->items[i].key, *value = map->items[i].value;
		if (strncmp(name, PROPERTY, strlen(PROPERTY)) != 0)
			continue;
		name += strlen(PROPERTY);
		if (read_property(&name, &value, p->arena, p->e) < 0)
			return err_at(p->e, "/annotations/%s", map->items[i].key);
		add(l, name, value);
	}
	return 0;
}

/* ---- the order of it -------------------------------------------------------------------------------------- */

#define N_OWN 16

int plan_read_scope(struct planner *p)
{
	if (!p->facts->systemd)
		return 0;
	p->scope = ARENA_NEW(p->arena, struct scope);
	return scope_read(p->spec, p->request->id, p->facts, p->arena, p->scope, p->e);
}

static int plan_unit(struct planner *p)
{
	struct unit_properties limits = properties_of(&p->limits, p->arena);
	struct properties l = { p, ARENA_ARRAY(p->arena, struct param, N_OWN + limits.n + p->spec->annotations.n), 0 };
	add_own(&l);
	if (!p->facts->systemd->user)
		add_devices(&l); /* a user's has no such filter */
	for (size_t i = 0; i < limits.n; i++)
		add(&l, limits.items[i].name, limits.items[i].value);
	TRY(add_annotations(&l));
	struct op_unit unit = { .name = plan_text(&p->plan, p->scope->unit),
				.manager = { p->facts->systemd->user ? UNIT_USER : UNIT_SYSTEM },
				.how = { p->scope->is_slice ? UNIT_SLICE : 0 },
				.cgroup = plan_text(&p->plan, p->scope->cgroup),
				.properties = plan_params(&p->plan, l.items, l.n) };
	if (p->linux_->cgroups_path)
		plan_origin(&p->plan, PATH_FIELD);
	else
		plan_because(&p->plan, "systemd makes the container's cgroup");
	HOST_ADD(p, OP_UNIT, &unit);
	return 0;
}

int plan_scope(struct planner *p)
{
	if (!p->scope)
		return 0;
	TRY(plan_unit(p));
	return plan_cgroups(p);
}

void plan_unit_update(struct planner *p, const char *unit, bool user, bool devices)
{
	struct unit_properties limits = properties_of(&p->limits, p->arena);
	struct properties l = { p, ARENA_ARRAY(p->arena, struct param, N_OWN + limits.n), 0 };
	for (size_t i = 0; i < limits.n; i++)
		add(&l, limits.items[i].name, limits.items[i].value);
	if (devices && !user) {
		add(&l, "DeviceAllow", "@a(ss) []"); /* what follows is added to what there is */
		add_devices(&l);
	}
	if (l.n == 0)
		return;
	struct op_unit_set set = { plan_text(&p->plan, unit), { user ? UNIT_USER : UNIT_SYSTEM },
				   plan_params(&p->plan, l.items, l.n) };
	plan_because(&p->plan, "systemd is told before, as it writes what it knows");
	HOST_ADD(p, OP_UNIT_SET, &set);
}

/* Init does nothing before it is where it belongs. */
void plan_placed(struct planner *p)
{
	if (!p->scope)
		return;
	plan_because(&p->plan, "the container's cgroups and limits are there");
	plan_sync(&p->plan, STAGE_HOST, STAGE_INIT, SYNC_PLACED, DRIVER_LIMIT);
}

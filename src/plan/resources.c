/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of /linux/resources as files of cgroups.
 *
 * Order matters in four places, and the table's order is that of the writes.  Memory with swap may not be below
 * memory, burst may not be above quota, and a quota is looked at together with its period: whether the new value of
 * one is allowed depends on the old value of the other, which nobody knows here.  So one is tried in advance, where a
 * refusal does not count, and is written again after the other.  And an idle cgroup takes no shares. */
#include "plan/resources.h"

#include <string.h>

#include "base/span.h"
#include "plan/weights.h"

enum type { NOTHING, BOOL, U16, U32, U64, I64, TEXT };

#define SHARES_MIN 2
#define SHARES_MAX 262144

/* ---- what is asked for ------------------------------------------------------------------------------------ */

/* The struct behind a member that is a pointer: the memory of the resources, or NULL. */
static const char *object_of(const struct spec_resources *r, uint16_t offset)
{
	const char *object;
	memcpy(&object, (const char *)r + offset, sizeof(object));
	return object;
}

static struct resource_value signed_value(int64_t n)
{
	return (struct resource_value){ .n = n < 0 ? 0 : (uint64_t)n, .unlimited = n < 0 };
}

static bool read_member(enum type type, const char *at, struct resource_value *ret)
{
	*ret = (struct resource_value){ 0 };
	switch (type) {
	case BOOL:
		ret->n = ((const struct opt_bool *)at)->v;
		return ((const struct opt_bool *)at)->set;
	case U16:
		ret->n = ((const struct opt_u16 *)at)->v;
		return ((const struct opt_u16 *)at)->set;
	case U32:
		ret->n = ((const struct opt_u32 *)at)->v;
		return ((const struct opt_u32 *)at)->set;
	case U64:
		ret->n = ((const struct opt_u64 *)at)->v;
		return ((const struct opt_u64 *)at)->set;
	case I64:
		*ret = signed_value(((const struct opt_i64 *)at)->v);
		return ((const struct opt_i64 *)at)->set;
	case TEXT:
		memcpy(&ret->text, at, sizeof(ret->text));
		return ret->text;
	default:
		return false;
	}
}

static bool get_member(const struct resource_row *row, const struct spec_resources *r, struct resource_value *ret)
{
	const char *object = object_of(r, row->object);
	if (!object || !read_member(row->type, object + row->member, ret))
		return false;
	return ret->text || ret->n || ret->unlimited || row->how & RESOURCE_ZERO;
}

static bool get_field(const struct resource_row *row, const struct resources_asked *r, size_t i, struct resource_value *ret)
{
	return i == 0 && get_member(row, r->now, ret);
}

/* A number of the specification's own type: unset, 0 where that is as good, or the number. */
static int64_t number(struct opt_i64 v)
{
	return v.set ? v.v : 0;
}

/* No limit of memory is none of both together either, as runc has it: otherwise the old one would forbid it.  A new
 * limit of memory changes what is left for swap. */
static bool get_swap(const struct resource_row *row, const struct resources_asked *r, size_t i, struct resource_value *ret)
{
	const struct spec_memory *now = r->now->memory, *all = r->all->memory;
	(void)row;
	if (i > 0 || !now)
		return false;
	if (number(now->limit) < 0 && !number(now->swap)) {
		*ret = (struct resource_value){ .unlimited = true, .optional = true };
		return true;
	}
	if (!number(all->swap) || (!number(now->swap) && !number(now->limit)))
		return false;
	*ret = signed_value(all->swap.v);
	ret->optional = ret->unlimited;
	return true;
}

/* Only where the limit of memory changes as well. */
static bool get_swap_in_advance(const struct resource_row *row, const struct resources_asked *r, size_t i,
				struct resource_value *ret)
{
	return get_swap(row, r, i, ret) && number(r->now->memory->limit);
}

/* In version 2 both are one file. */
static bool get_bandwidth(const struct resource_row *row, const struct resources_asked *r, size_t i,
			  struct resource_value *ret)
{
	const struct spec_cpu *c = r->now->cpu;
	*ret = (struct resource_value){ 0 };
	if (i > 0 || !c || (!number(c->quota) && !(c->period.set && c->period.v)))
		return false;
	get_member(row, r->all, ret);
	return true;
}

static bool get_period_in_advance(const struct resource_row *row, const struct resources_asked *r, size_t i,
				  struct resource_value *ret)
{
	return get_field(row, r, i, ret) && number(r->now->cpu->quota);
}

static bool get_burst_in_advance(const struct resource_row *row, const struct resources_asked *r, size_t i,
				 struct resource_value *ret)
{
	const struct spec_cpu *c = r->now->cpu;
	return get_field(row, r, i, ret) && (number(c->quota) || (c->period.set && c->period.v));
}

static bool get_idle(const struct resource_row *row, const struct resources_asked *r, size_t i, struct resource_value *ret)
{
	return get_field(row, r, i, ret) && ret->n;
}

static bool get_busy(const struct resource_row *row, const struct resources_asked *r, size_t i, struct resource_value *ret)
{
	bool busy = get_field(row, r, i, ret) && !ret->n;
	ret->optional = busy; /* a kernel that knows no idle cgroup has none */
	return busy;
}

static const char *device_name(const struct resources_asked *r, int64_t major, int64_t minor)
{
	return arena_fmt(r->arena, "%lld:%lld", (long long)major, (long long)minor);
}

/* The lists.  An item that has the number of none of its members is passed over where it is written. */
static bool get_weight(const struct resource_row *row, const struct resources_asked *r, size_t i, struct resource_value *ret)
{
	const struct spec_block_io *b = r->now->block_io;
	if (!b || i >= b->weight_device.n)
		return false;
	const struct spec_block_weight *w = &b->weight_device.items[i];
	struct opt_u16 weight;
	memcpy(&weight, (const char *)w + row->member, sizeof(weight));
	*ret = (struct resource_value){ .name = device_name(r, w->major, w->minor), .n = weight.set ? weight.v : 0 };
	return true;
}

static bool get_throttle(const struct resource_row *row, const struct resources_asked *r, size_t i,
			 struct resource_value *ret)
{
	struct spec_block_throttles list;
	const char *block_io = object_of(r->now, row->object);
	if (!block_io)
		return false;
	memcpy(&list, block_io + row->member, sizeof(list));
	if (i >= list.n)
		return false;
	const struct spec_block_throttle *t = &list.items[i];
	*ret = (struct resource_value){ .name = device_name(r, t->major, t->minor), .n = t->rate, .unlimited = t->rate == 0 };
	return true;
}

static bool get_hugepages(const struct resource_row *row, const struct resources_asked *r, size_t i,
			  struct resource_value *ret)
{
	const struct spec_hugepage_limits *l = &r->now->hugepage_limits;
	if (i >= l->n)
		return false;
	*ret = (struct resource_value){ .name = l->items[i].page_size, .n = l->items[i].limit,
					.optional = row->how & RESOURCE_MORE };
	return true;
}

static bool get_priority(const struct resource_row *row, const struct resources_asked *r, size_t i,
			 struct resource_value *ret)
{
	const struct spec_network *n = r->now->network;
	(void)row;
	if (!n || i >= n->priorities.n)
		return false;
	*ret = (struct resource_value){ .name = n->priorities.items[i].name, .n = n->priorities.items[i].priority };
	return true;
}

static bool get_rdma(const struct resource_row *row, const struct resources_asked *r, size_t i, struct resource_value *ret)
{
	(void)row;
	if (i >= r->now->rdma.n)
		return false;
	*ret = (struct resource_value){ .name = r->now->rdma.items[i].device, .n = i };
	return true;
}

static bool get_unified(const struct resource_row *row, const struct resources_asked *r, size_t i,
			struct resource_value *ret)
{
	(void)row;
	if (i >= r->now->unified.n)
		return false;
	*ret = (struct resource_value){ .name = r->now->unified.items[i].key, .text = r->now->unified.items[i].value };
	return true;
}

/* ---- what is written -------------------------------------------------------------------------------------- */

static const char *decimal(const struct resources_asked *r, uint64_t n)
{
	return arena_fmt(r->arena, "%llu", (unsigned long long)n);
}

/* Version 1 says -1, … */
static const char *as_number(const struct resources_asked *r, struct resource_value *v)
{
	return v->text ? v->text : v->unlimited ? "-1" : decimal(r, v->n);
}

/* … and version 2 "max". */
static const char *or_max(const struct resources_asked *r, struct resource_value *v)
{
	return v->text ? v->text : v->unlimited ? "max" : decimal(r, v->n);
}

static const char *with_another(const struct resources_asked *r, struct resource_value *v)
{
	(void)r, (void)v;
	return NULL;
}

/* What a version lacks, and is nevertheless as it would be with that value. */
static const char *unless_limited(const struct resources_asked *r, struct resource_value *v)
{
	return v->unlimited ? NULL : decimal(r, v->n);
}

static const char *unless_false(const struct resources_asked *r, struct resource_value *v)
{
	(void)r;
	return v->n ? "1" : NULL;
}

static const char *unless_true(const struct resources_asked *r, struct resource_value *v)
{
	(void)r;
	return v->n ? NULL : "0";
}

/* Version 1 counts memory and swap together, version 2 swap alone. */
static const char *without_memory(const struct resources_asked *r, struct resource_value *v)
{
	if (v->unlimited)
		return "max";
	uint64_t swap = v->n - (uint64_t)r->all->memory->limit.v;
	v->optional = swap == 0; /* a kernel without swap */
	return decimal(r, swap);
}

static const char *as_weight(const struct resources_asked *r, struct resource_value *v)
{
	return decimal(r, weight_of_shares(v->n));
}

static const char *quota_alone(const struct resources_asked *r, struct resource_value *v)
{
	return number(r->now->cpu->quota) ? as_number(r, v) : NULL;
}

/* "QUOTA PERIOD"; a period that nobody asks for stays what it is. */
static const char *quota_and_period(const struct resources_asked *r, struct resource_value *v)
{
	const struct opt_u64 *period = &r->all->cpu->period;
	const char *quota = v->n ? decimal(r, v->n) : "max";
	if (!period->set || !period->v)
		return quota;
	return arena_fmt(r->arena, "%s %llu", quota, (unsigned long long)period->v);
}

static const char *as_io_weight(const struct resources_asked *r, struct resource_value *v)
{
	return decimal(r, weight_of_block_io(v->n));
}

/* An item of a list: what it is about, and its number. */
static const char *named(const struct resources_asked *r, struct resource_value *v)
{
	return arena_fmt(r->arena, "%s %llu", v->name, (unsigned long long)v->n);
}

static const char *named_weight(const struct resources_asked *r, struct resource_value *v)
{
	return v->n ? named(r, v) : NULL;
}

static const char *named_io_weight(const struct resources_asked *r, struct resource_value *v)
{
	return v->n ? arena_fmt(r->arena, "%s %s", v->name, as_io_weight(r, v)) : NULL;
}

static const char *unless_zero(const struct resources_asked *r, struct resource_value *v)
{
	return v->n ? decimal(r, v->n) : NULL;
}

static const char *io_max(const struct resources_asked *r, struct resource_value *v, const char *key)
{
	return arena_fmt(r->arena, "%s %s=%s", v->name, key, or_max(r, v));
}

#define IO_MAX(key)                                                                                                   \
	static const char *io_max_##key(const struct resources_asked *r, struct resource_value *v)                    \
	{                                                                                                             \
		return io_max(r, v, #key);                                                                            \
	}
IO_MAX(rbps)
IO_MAX(wbps)
IO_MAX(riops)
IO_MAX(wiops)

static const char *handles_and_objects(const struct resources_asked *r, struct resource_value *v)
{
	const struct spec_rdma *d = &r->now->rdma.items[v->n];
	const char *handles = d->hca_handles.set ? arena_fmt(r->arena, " hca_handle=%u", d->hca_handles.v) : "";
	const char *objects = d->hca_objects.set ? arena_fmt(r->arena, " hca_object=%u", d->hca_objects.v) : "";
	return arena_fmt(r->arena, "%s%s%s", d->device, handles, objects);
}

/* ---- the table -------------------------------------------------------------------------------------------- */

#define TYPE_OF(x)               \
	_Generic((x),            \
		struct opt_bool: BOOL, \
		struct opt_u16: U16, \
		struct opt_u32: U32, \
		struct opt_u64: U64, \
		struct opt_i64: I64, \
		const char *: TEXT)
#define MEMBER(O, o, m) \
	.object = offsetof(struct spec_resources, o), .member = offsetof(struct O, m), \
	.type = TYPE_OF(((struct O *)0)->m)
#define MEMORY(m)  MEMBER(spec_memory, memory, m)
#define CPU(m)	   MEMBER(spec_cpu, cpu, m)
#define NETWORK(m) MEMBER(spec_network, network, m)
#define WEIGHT(m)  .get = get_weight, .member = offsetof(struct spec_block_weight, m)
#define THROTTLE(m) \
	.get = get_throttle, .object = offsetof(struct spec_resources, block_io), .member = offsetof(struct spec_block_io, m)

#define SWAP_NOTE \
	"version 1 counts memory and swap together; version 2 gets the difference to `memory/limit`, which is needed"

const struct resource_row resource_rows[] = {
	{ "cpu/cpus", get_field, CPU(cpus),
	  .v1 = { "cpuset", "cpuset.cpus", as_number }, .v2 = { "cpuset", "cpuset.cpus", as_number },
	  .note = "in version 1 a new cgroup begins with what the one above has" },
	{ "cpu/mems", get_field, CPU(mems),
	  .v1 = { "cpuset", "cpuset.mems", as_number }, .v2 = { "cpuset", "cpuset.mems", as_number } },

	{ "memory/checkBeforeUpdate", get_field, MEMORY(check_before_update),
	  .v1 = { "memory" }, .v2 = { "memory" },
	  .note = "version 1 always refuses a limit below what is used; in version 2 `memory.current` is looked at before" },
	{ "memory/useHierarchy", get_field, MEMORY(use_hierarchy), .how = RESOURCE_ZERO,
	  .v1 = { "memory", "memory.use_hierarchy", as_number }, .v2 = { .text = unless_true },
	  .lacks = "version 2 always counts what is below a cgroup",
	  .note = "`true` is how version 2 is anyway" },
	{ "memory/swap", get_swap_in_advance, .how = RESOURCE_ADVANCE,
	  .v1 = { "memory", "memory.memsw.limit_in_bytes", as_number }, .v2 = { "memory", "memory.swap.max", with_another } },
	{ "memory/limit", get_field, MEMORY(limit),
	  .v1 = { "memory", "memory.limit_in_bytes", as_number }, .v2 = { "memory", "memory.max", or_max },
	  .note = "-1 without `memory/swap` takes the limit of swap away as well" },
	{ "memory/swap", get_swap,
	  .v1 = { "memory", "memory.memsw.limit_in_bytes", as_number }, .v2 = { "memory", "memory.swap.max", without_memory },
	  .note = SWAP_NOTE },
	{ "memory/reservation", get_field, MEMORY(reservation),
	  .v1 = { "memory", "memory.soft_limit_in_bytes", as_number }, .v2 = { "memory", "memory.low", or_max } },
	{ "memory/kernel", get_field, MEMORY(kernel), .how = RESOURCE_IGNORED,
	  .v1 = { .text = unless_limited }, .v2 = { .text = unless_limited },
	  .lacks = "Linux has no limit for the kernel's memory by itself any more; the limit of memory counts it" },
	{ "memory/kernelTCP", get_field, MEMORY(kernel_tcp), .how = RESOURCE_IGNORED,
	  .v1 = { "memory", "memory.kmem.tcp.limit_in_bytes", as_number }, .v2 = { .text = unless_limited },
	  .lacks = "version 2 has no limit for the memory of TCP by itself; the limit of memory counts it" },
	{ "memory/swappiness", get_field, MEMORY(swappiness), .how = RESOURCE_ZERO | RESOURCE_IGNORED,
	  .v1 = { "memory", "memory.swappiness", as_number },
	  .lacks = "version 2 has no swappiness of a cgroup" },
	{ "memory/disableOOMKiller", get_field, MEMORY(disable_oom_killer), .how = RESOURCE_ZERO,
	  .v1 = { "memory", "memory.oom_control", as_number }, .v2 = { .text = unless_false },
	  .lacks = "version 2 lets nobody turn the OOM killer off", .note = "`false` is how version 2 is anyway" },

	{ "cpu/idle", get_busy, CPU(idle), .how = RESOURCE_ZERO,
	  .v1 = { "cpu", "cpu.idle", as_number }, .v2 = { "cpu", "cpu.idle", as_number } },
	{ "cpu/shares", get_field, CPU(shares),
	  .v1 = { "cpu", "cpu.shares", as_number }, .v2 = { "cpu", "cpu.weight", as_weight },
	  .note = "2 → 1, 1024 → 100, 262144 → 10000 in version 2, on a curve; version 1 takes nothing beyond these ends" },
	{ "cpu/idle", get_idle, CPU(idle),
	  .v1 = { "cpu", "cpu.idle", as_number }, .v2 = { "cpu", "cpu.idle", as_number } },
	{ "cpu/period", get_period_in_advance, CPU(period), .how = RESOURCE_ADVANCE,
	  .v1 = { "cpu", "cpu.cfs_period_us", as_number }, .v2 = { "cpu", "cpu.max", with_another } },
	{ "cpu/burst", get_burst_in_advance, CPU(burst), .how = RESOURCE_ZERO | RESOURCE_ADVANCE,
	  .v1 = { "cpu", "cpu.cfs_burst_us", as_number }, .v2 = { "cpu", "cpu.max.burst", as_number } },
	{ "cpu/quota", get_bandwidth, CPU(quota),
	  .v1 = { "cpu", "cpu.cfs_quota_us", quota_alone }, .v2 = { "cpu", "cpu.max", quota_and_period } },
	{ "cpu/period", get_field, CPU(period),
	  .v1 = { "cpu", "cpu.cfs_period_us", as_number }, .v2 = { "cpu", "cpu.max", with_another },
	  .note = "one file with the quota in version 2" },
	{ "cpu/burst", get_field, CPU(burst), .how = RESOURCE_ZERO,
	  .v1 = { "cpu", "cpu.cfs_burst_us", as_number }, .v2 = { "cpu", "cpu.max.burst", as_number } },
	{ "cpu/realtimePeriod", get_field, CPU(realtime_period),
	  .v1 = { "cpu", "cpu.rt_period_us", as_number }, .lacks = "version 2 has no share of realtime for a cgroup" },
	{ "cpu/realtimeRuntime", get_field, CPU(realtime_runtime),
	  .v1 = { "cpu", "cpu.rt_runtime_us", as_number }, .lacks = "version 2 has no share of realtime for a cgroup" },

	{ "blockIO/weight", get_field, MEMBER(spec_block_io, block_io, weight),
	  .v1 = { "blkio", "blkio.weight", as_number }, .v1_else = { "blkio", "blkio.bfq.weight", as_number },
	  .v2 = { "io", "io.bfq.weight", as_number }, .v2_else = { "io", "io.weight", as_io_weight },
	  .note = "10 → 1, 1000 → 10000 for `io.weight`" },
	{ "blockIO/leafWeight", get_field, MEMBER(spec_block_io, block_io, leaf_weight),
	  .v1 = { "blkio", "blkio.leaf_weight", as_number },
	  .lacks = "version 2 has no weight for a cgroup's own processes", .note = "Linux had it until 5.0" },
	{ "blockIO/weightDevice/*/weight", WEIGHT(weight),
	  .v1 = { "blkio", "blkio.weight_device", named_weight }, .v1_else = { "blkio", "blkio.bfq.weight_device", named_weight },
	  .v2 = { "io", "io.bfq.weight", named_weight }, .v2_else = { "io", "io.weight", named_io_weight } },
	{ "blockIO/weightDevice/*/leafWeight", WEIGHT(leaf_weight),
	  .v1 = { "blkio", "blkio.leaf_weight_device", named_weight }, .v2 = { .text = unless_zero },
	  .lacks = "version 2 has no weight for a cgroup's own processes", .note = "Linux had it until 5.0" },
	{ "blockIO/throttleReadBpsDevice/*", THROTTLE(throttle_read_bps),
	  .v1 = { "blkio", "blkio.throttle.read_bps_device", named }, .v2 = { "io", "io.max", io_max_rbps },
	  .note = "`rbps=` in version 2; 0 takes a limit away" },
	{ "blockIO/throttleWriteBpsDevice/*", THROTTLE(throttle_write_bps),
	  .v1 = { "blkio", "blkio.throttle.write_bps_device", named }, .v2 = { "io", "io.max", io_max_wbps },
	  .note = "`wbps=`" },
	{ "blockIO/throttleReadIOPSDevice/*", THROTTLE(throttle_read_iops),
	  .v1 = { "blkio", "blkio.throttle.read_iops_device", named }, .v2 = { "io", "io.max", io_max_riops },
	  .note = "`riops=`" },
	{ "blockIO/throttleWriteIOPSDevice/*", THROTTLE(throttle_write_iops),
	  .v1 = { "blkio", "blkio.throttle.write_iops_device", named }, .v2 = { "io", "io.max", io_max_wiops },
	  .note = "`wiops=`" },

	{ "hugepageLimits/*", get_hugepages,
	  .v1 = { "hugetlb", "hugetlb.*.limit_in_bytes", as_number }, .v2 = { "hugetlb", "hugetlb.*.max", as_number },
	  .note = "what is used" },
	{ "hugepageLimits/*", get_hugepages, .how = RESOURCE_MORE,
	  .v1 = { "hugetlb", "hugetlb.*.rsvd.limit_in_bytes", as_number }, .v2 = { "hugetlb", "hugetlb.*.rsvd.max", as_number },
	  .note = "what is reserved, where the kernel counts that (5.7)" },

	{ "network/classID", get_field, NETWORK(class_id),
	  .v1 = { "net_cls", "net_cls.classid", as_number }, .lacks = "version 2 does not mark packets" },
	{ "network/priorities/*", get_priority,
	  .v1 = { "net_prio", "net_prio.ifpriomap", named }, .lacks = "version 2 does not mark packets" },
	{ "rdma/*", get_rdma, .how = RESOURCE_KEYED,
	  .v1 = { "rdma", "rdma.max", handles_and_objects }, .v2 = { "rdma", "rdma.max", handles_and_objects } },

	{ "pids/limit", get_field, MEMBER(spec_pids, pids, limit), .how = RESOURCE_ZERO,
	  .v1 = { "pids", "pids.max", or_max }, .v2 = { "pids", "pids.max", or_max },
	  .note = "set once the container's process is there; it counts" },

	{ "unified/*", get_unified, .how = RESOURCE_KEYED,
	  .v2 = { "*", "*", as_number },
	  .lacks = "it is for version 2 alone", .note = "as it is, line by line, after all others" },
};
const size_t n_resource_rows = sizeof(resource_rows) / sizeof(resource_rows[0]);

/* ---- where it goes ---------------------------------------------------------------------------------------- */

bool resources_has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	while (list && *list) {
		size_t size = span_until(list, ", \n");
		if (size == n && memcmp(list, word, n) == 0)
			return true;
		list += size + (list[size] != 0);
	}
	return false;
}

size_t resources_hierarchy(const struct facts *f, const char *controller, bool v2)
{
	for (size_t i = 0; i < f->hierarchies.n; i++) {
		const struct hierarchy *h = &f->hierarchies.items[i];
		if ((h->controllers[0] == 0) != v2)
			continue;
		/* "cgroup" are the files that every cgroup has. */
		if (resources_has_word(v2 ? h->available : h->controllers, controller) ||
		    (v2 && strcmp(controller, "cgroup") == 0))
			return i;
	}
	return SIZE_MAX;
}

/* One thing that is asked for, on its way. */
struct settling {
	const struct resources_asked *r;
	const struct facts *f;
	struct problems *warnings;
	struct resource_settings *out;
	struct err *e;
	const struct resource_row *row;
	struct resource_value value;
	size_t item;
};

/* RFC 6901: '~' and '/' of a key stand as "~0" and "~1". */
static const char *escaped(const char *key, struct arena *a)
{
	char *out = arena_alloc(a, 2 * strlen(key) + 1), *end = out;
	for (; *key; key++) {
		if (*key != '~' && *key != '/') {
			*end++ = *key;
			continue;
		}
		*end++ = '~';
		*end++ = *key == '~' ? '0' : '1';
	}
	return out;
}

/* `pattern` with its '*' replaced. */
static const char *filled_in(const char *pattern, const char *name, struct arena *a)
{
	const char *star = strchr(pattern, '*');
	if (!star)
		return pattern;
	return arena_fmt(a, "%.*s%s%s", (int)(star - pattern), pattern, name, star + 1);
}

static const char *pointer_of(const struct settling *s)
{
	struct arena *a = s->r->arena;
	const char *item = s->row->how & RESOURCE_KEYED ? escaped(s->value.name, a) : arena_fmt(a, "%zu", s->item);
	return arena_fmt(a, "/linux/resources/%s", filled_in(s->row->field, item, a));
}

/* That of a key of "unified" is what stands before the point. */
static const char *controller_of(const struct settling *s, const struct resource_file *file)
{
	if (!file->controller || file->controller[0] != '*')
		return file->controller;
	return arena_fmt(s->r->arena, "%.*s", (int)span_until(s->value.name, "."), s->value.name);
}

static const char *text_of(struct settling *s, const struct resource_file *file)
{
	return file->text ? file->text(s->r, &s->value) : NULL;
}

static int refuse(struct settling *s)
{
	const struct resource_row *row = s->row;
	const char *v1 = controller_of(s, &row->v1), *v2 = controller_of(s, &row->v2), *at = pointer_of(s);
	if (!v1 && resources_hierarchy(s->f, v2, false) != SIZE_MAX)
		return err_rule(s->e, at, "\"%s\" needs the controller \"%s\" in cgroup version 2, and this host has it in "
				"version 1", s->value.name, v2);
	if (!v1)
		return err_rule(s->e, at, "\"%s\" cannot be set: controller \"%s\" is not available in a cgroup version 2 "
				"hierarchy of this host", s->value.name, v2);
	if (!v2)
		return err_rule(s->e, at, "needs the controller \"%s\" of cgroup version 1, which this host does not have: %s",
				v1, row->lacks);
	return err_rule(s->e, at, "needs the cgroup controller \"%s\", which this host does not have",
			strcmp(s->f->cgroup_layout, "v2") == 0 ? v2 : v1);
}

/* Neither version of this host has it.  Some things need not be had. */
static int settle_lacking(struct settling *s)
{
	const struct resource_row *row = s->row;
	const struct resource_file *file = row->v1.controller ? &row->v2 : &row->v1;
	if (!file->controller && file->text && !text_of(s, file))
		return 0;
	if (!(row->how & RESOURCE_IGNORED))
		return refuse(s);
	problem_add(s->warnings, s->r->arena, pointer_of(s), "ignored: %s", row->lacks);
	return 0;
}

static struct resource_setting *add_setting(struct resource_settings *l, struct arena *a)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 32;
		struct resource_setting *items = ARENA_ARRAY(a, struct resource_setting, room);
		if (l->n)
			memcpy(items, l->items, l->n * sizeof(*items));
		l->items = items;
		l->room = room;
	}
	return &l->items[l->n++];
}

static void settle_in(struct settling *s, size_t hierarchy, const struct resource_file *file,
		      const struct resource_file *other)
{
	struct arena *a = s->r->arena;
	const char *text = file->file ? text_of(s, file) : NULL, *name = s->value.name ? s->value.name : "";
	if (!text)
		return;
	struct resource_setting *one = add_setting(s->out, a);
	*one = (struct resource_setting){ .row = s->row, .value = s->value, .hierarchy = hierarchy, .origin = pointer_of(s),
					  .file = filled_in(file->file, name, a), .text = text };
	if (other->file) {
		one->else_file = filled_in(other->file, name, a);
		one->else_text = text_of(s, other);
	}
}

static int settle_one(struct settling *s)
{
	const struct resource_row *row = s->row;
	const char *v1 = controller_of(s, &row->v1), *v2 = controller_of(s, &row->v2);
	size_t first = v1 ? resources_hierarchy(s->f, v1, false) : SIZE_MAX;
	size_t second = v2 ? resources_hierarchy(s->f, v2, true) : SIZE_MAX;
	if (first != SIZE_MAX)
		settle_in(s, first, &row->v1, &row->v1_else);
	else if (second != SIZE_MAX)
		settle_in(s, second, &row->v2, &row->v2_else);
	else
		return settle_lacking(s);
	return 0;
}

/* ---- what goes together ----------------------------------------------------------------------------------- */

static int check_memory(const struct resources_asked *r, struct err *e)
{
	const struct spec_memory *m = r->all->memory;
	if (!m || number(m->swap) <= 0)
		return 0;
	if (number(m->limit) <= 0)
		return err_rule(e, "/linux/resources/memory/swap", "a limit of memory and swap together needs "
								  "\"memory/limit\" as well");
	if (m->swap.v < m->limit.v)
		return err_rule(e, "/linux/resources/memory/swap", "%lld is below the limit of memory, %lld: it counts memory "
				"and swap together", (long long)m->swap.v, (long long)m->limit.v);
	return 0;
}

static int check_cpu(const struct resources_asked *r, const struct facts *f, struct err *e)
{
	const struct spec_cpu *c = r->all->cpu;
	if (!c)
		return 0;
	if (c->burst.set && number(c->quota) > 0 && c->burst.v > (uint64_t)c->quota.v)
		return err_rule(e, "/linux/resources/cpu/burst", "%llu is above the quota, %lld",
				(unsigned long long)c->burst.v, (long long)c->quota.v);
	bool v1 = resources_hierarchy(f, "cpu", false) != SIZE_MAX;
	if (v1 && c->shares.set && c->shares.v && (c->shares.v < SHARES_MIN || c->shares.v > SHARES_MAX))
		return err_rule(e, "/linux/resources/cpu/shares", "%llu is not from %d to %d, which the kernel takes",
				(unsigned long long)c->shares.v, SHARES_MIN, SHARES_MAX);
	return 0;
}

int resources_settle(const struct resources_asked *r, const struct facts *f, struct problems *warnings,
		     struct resource_settings *ret, struct err *e)
{
	struct settling s = { .r = r, .f = f, .warnings = warnings, .out = ret, .e = e };
	*ret = (struct resource_settings){ 0 };
	TRY(check_memory(r, e));
	TRY(check_cpu(r, f, e));
	for (size_t k = 0; k < n_resource_rows; k++) {
		s.row = &resource_rows[k];
		for (s.item = 0; s.row->get(s.row, r, s.item, &s.value); s.item++)
			TRY(settle_one(&s));
	}
	return 0;
}

/* ---- the document ----------------------------------------------------------------------------------------- */

static void document_file(const struct resource_file *file, const struct resource_file *other, struct buf *out)
{
	const char *name = file->file && file->file[0] == '*' ? "the file of that name" : file->file;
	if (!file->controller)
		buf_str(out, " | –");
	else if (!name)
		buf_str(out, " |");
	else if (name != file->file)
		buf_printf(out, " | %s", name);
	else
		buf_printf(out, " | `%s`", name);
	if (other->file)
		buf_printf(out, ", else `%s`", other->file);
}

void resources_document(struct buf *out)
{
	for (size_t k = 0; k < n_resource_rows; k++) {
		const struct resource_row *row = &resource_rows[k];
		if (row->how & RESOURCE_ADVANCE || row->get == get_busy)
			continue;
		buf_printf(out, "| `%s`", row->field);
		document_file(&row->v1, &row->v1_else, out);
		document_file(&row->v2, &row->v2_else, out);
		buf_str(out, " | ");
		if (row->lacks)
			buf_printf(out, "%s: %s", row->how & RESOURCE_IGNORED ? "ignored with a warning" : "refused", row->lacks);
		buf_printf(out, "%s%s |\n", row->lacks && row->note ? "; " : "", row->note ? row->note : "");
	}
}

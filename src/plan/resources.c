/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of /linux/resources as files of cgroups.
 *
 * Order matters in four places, and the table's order is that of the writes.  Memory with swap may not be below
 * memory, burst may not be above quota, and a quota is looked at together with its period: whether the new value of
 * one is allowed depends on the old value of the other, which nobody knows here.  So one is tried in advance, where a
 * refusal does not count, and is written again after the other.  And an idle cgroup takes no shares. */
#include "plan/resources.h"

#include <string.h>

#include "plan/weights.h"

enum type { NOTHING, BOOL, U16, U32, U64, I64, TEXT };

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

/* No limit of memory is none of both together either, as runc has it: otherwise the old one would forbid it.  A new
 * limit of memory changes what is left for swap. */
static bool get_swap(const struct resource_row *row, const struct resources_asked *r, size_t i, struct resource_value *ret)
{
	const struct spec_memory *now = r->now->memory, *all = r->all->memory;
	(void)row;
	if (i > 0 || !now)
		return false;
	if (resources_number(now->limit) < 0 && !resources_number(now->swap)) {
		*ret = (struct resource_value){ .unlimited = true, .optional = true };
		return true;
	}
	if (!resources_number(all->swap) || (!resources_number(now->swap) && !resources_number(now->limit)))
		return false;
	*ret = signed_value(all->swap.v);
	ret->optional = ret->unlimited;
	return true;
}

/* Only where the limit of memory changes as well. */
static bool get_swap_in_advance(const struct resource_row *row, const struct resources_asked *r, size_t i,
				struct resource_value *ret)
{
	return get_swap(row, r, i, ret) && resources_number(r->now->memory->limit);
}

/* In version 2 both are one file. */
static bool get_bandwidth(const struct resource_row *row, const struct resources_asked *r, size_t i,
			  struct resource_value *ret)
{
	const struct spec_cpu *c = r->now->cpu;
	*ret = (struct resource_value){ 0 };
	if (i > 0 || !c || (!resources_number(c->quota) && !(c->period.set && c->period.v)))
		return false;
	get_member(row, r->all, ret);
	return true;
}

static bool get_period_in_advance(const struct resource_row *row, const struct resources_asked *r, size_t i,
				  struct resource_value *ret)
{
	return get_field(row, r, i, ret) && resources_number(r->now->cpu->quota);
}

static bool get_burst_in_advance(const struct resource_row *row, const struct resources_asked *r, size_t i,
				 struct resource_value *ret)
{
	const struct spec_cpu *c = r->now->cpu;
	return get_field(row, r, i, ret) && (resources_number(c->quota) || (c->period.set && c->period.v));
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
	return resources_number(r->now->cpu->quota) ? as_number(r, v) : NULL;
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

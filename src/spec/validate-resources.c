/* SPDX-License-Identifier: Apache-2.0 */

/* The rules for /linux/resources.
 *
 * Not much is checked here: what a limit may be is mostly the kernel's to say, and differs between
 * cgroup v1 and v2. */
#include <inttypes.h>
#include <string.h>

#include "spec/check.h"

#include "base/span.h"

static void check_device_rules(struct check *c, const struct place *at,
			       const struct spec_device_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct spec_device_rule *r = &rules->items[i];
		const struct place *here = PLACE_ITEM(at, i);

		if (r->access && r->access[span_of(r->access, "rwm")])
			wrong(c, PLACE_KEY(here, "access"), "\"%.16s\" is not made of r, w and m",
			      r->access);
		if (r->major.set &&
		    (r->major.v < -1 || r->major.v > UINT32_MAX)) /* -1 is any, as runc has it */
			wrong(c, PLACE_KEY(here, "major"), "%" PRId64 " is no device number",
			      r->major.v);
		if (r->minor.set && (r->minor.v < -1 || r->minor.v > UINT32_MAX))
			wrong(c, PLACE_KEY(here, "minor"), "%" PRId64 " is no device number",
			      r->minor.v);
	}
}

static void check_block_device(struct check *c, const struct place *at, int64_t major,
			       int64_t minor)
{
	if (major < 0 || major > UINT32_MAX)
		wrong(c, PLACE_KEY(at, "major"), "%" PRId64 " is no device number", major);
	if (minor < 0 || minor > UINT32_MAX)
		wrong(c, PLACE_KEY(at, "minor"), "%" PRId64 " is no device number", minor);
}

static void check_throttles(struct check *c, const struct place *at,
			    const struct spec_block_throttles *throttles)
{
	for (size_t i = 0; i < throttles->n; i++)
		check_block_device(c, PLACE_ITEM(at, i), throttles->items[i].major,
				   throttles->items[i].minor);
}

/* 0 is as good as absent. */
static void check_weight(struct check *c, const struct place *at, struct opt_u16 v)
{
	if (v.set && v.v > 1000)
		wrong(c, at, "%u is larger than 1000", v.v);
}

static void check_block_io(struct check *c, const struct place *at, const struct spec_block_io *b)
{
	check_weight(c, PLACE_KEY(at, "weight"), b->weight);
	check_weight(c, PLACE_KEY(at, "leafWeight"), b->leaf_weight);
	for (size_t i = 0; i < b->weight_device.n; i++) {
		const struct spec_block_weight *w = &b->weight_device.items[i];
		const struct place *here = PLACE_ITEM(PLACE_KEY(at, "weightDevice"), i);

		check_block_device(c, here, w->major, w->minor);
		check_weight(c, PLACE_KEY(here, "weight"), w->weight);
		check_weight(c, PLACE_KEY(here, "leafWeight"), w->leaf_weight);
		if (!w->weight.set && !w->leaf_weight.set)
			wrong(c, here, "needs weight or leafWeight");
	}
	check_throttles(c, PLACE_KEY(at, "throttleReadBpsDevice"), &b->throttle_read_bps);
	check_throttles(c, PLACE_KEY(at, "throttleWriteBpsDevice"), &b->throttle_write_bps);
	check_throttles(c, PLACE_KEY(at, "throttleReadIOPSDevice"), &b->throttle_read_iops);
	check_throttles(c, PLACE_KEY(at, "throttleWriteIOPSDevice"), &b->throttle_write_iops);
}

/* "2MB": it becomes part of the name of a file. */
static bool is_page_size(const char *s)
{
	size_t n = span_of(s, "0123456789");

	return n > 0 && s[0] != '0' && s[n] && strchr("KMG", s[n]) && strcmp(s + n + 1, "B") == 0;
}

static void check_hugepage_limits(struct check *c, const struct place *at,
				  const struct spec_hugepage_limits *limits)
{
	for (size_t i = 0; i < limits->n; i++)
		if (!is_page_size(limits->items[i].page_size))
			wrong(c, PLACE_KEY(PLACE_ITEM(at, i), "pageSize"),
			      "\"%.32s\" is no size such as 2MB, 64KB or 1GB",
			      limits->items[i].page_size);
}

static void check_rdmas(struct check *c, const struct place *at, const struct spec_rdmas *rdmas)
{
	for (size_t i = 0; i < rdmas->n; i++) {
		const struct spec_rdma *d = &rdmas->items[i];

		if (!d->device[0] || span_until(d->device, " \t\n") < strlen(d->device))
			wrong(c, PLACE_KEY(at, d->device), "is no name of a device");
		if (!d->hca_handles.set && !d->hca_objects.set)
			wrong(c, PLACE_KEY(at, d->device), "needs hcaHandles or hcaObjects");
	}
}

/* Each key is the name of a file of the cgroup and must not lead to another. */
static void check_unified(struct check *c, const struct place *at, const struct string_map *unified)
{
	for (size_t i = 0; i < unified->n; i++) {
		const char *key = unified->items[i].key;

		if (key[0] == '\0' || strchr(key, '/') || strcmp(key, ".") == 0 ||
		    strcmp(key, "..") == 0)
			wrong(c, PLACE_KEY(at, key), "\"%.64s\" is no name of a file", key);
	}
}

/* -1 is no limit; the kernel would take other negative numbers for one, or for nonsense. */
static void check_limit(struct check *c, const struct place *at, struct opt_i64 v)
{
	if (v.set && v.v < -1)
		wrong(c, at, "%" PRId64 " is neither a limit nor -1, which is none", v.v);
}

/* No clock and no scheduler counts that far, and some conversions could not. */
static void check_size(struct check *c, const struct place *at, struct opt_u64 v)
{
	if (v.set && v.v > INT64_MAX)
		wrong(c, at, "%" PRIu64 " is too large", v.v);
}

static void check_memory(struct check *c, const struct place *at, const struct spec_memory *m)
{
	check_limit(c, PLACE_KEY(at, "limit"), m->limit);
	check_limit(c, PLACE_KEY(at, "reservation"), m->reservation);
	check_limit(c, PLACE_KEY(at, "swap"), m->swap);
	check_limit(c, PLACE_KEY(at, "kernel"), m->kernel);
	check_limit(c, PLACE_KEY(at, "kernelTCP"), m->kernel_tcp);
	if (m->swappiness.set && m->swappiness.v > 100)
		wrong(c, PLACE_KEY(at, "swappiness"), "%" PRIu64 " is larger than 100",
		      m->swappiness.v);
}

static void check_cpu(struct check *c, const struct place *at, const struct spec_cpu *cpu)
{
	check_size(c, PLACE_KEY(at, "shares"), cpu->shares);
	check_limit(c, PLACE_KEY(at, "quota"), cpu->quota);
	check_size(c, PLACE_KEY(at, "burst"), cpu->burst);
	check_size(c, PLACE_KEY(at, "period"), cpu->period);
	check_limit(c, PLACE_KEY(at, "realtimeRuntime"), cpu->realtime_runtime);
	check_size(c, PLACE_KEY(at, "realtimePeriod"), cpu->realtime_period);
	check_single_line(c, PLACE_KEY(at, "cpus"), cpu->cpus);
	check_single_line(c, PLACE_KEY(at, "mems"), cpu->mems);
	if (cpu->idle.set && cpu->idle.v != 0 && cpu->idle.v != 1)
		wrong(c, PLACE_KEY(at, "idle"), "%" PRId64 " is neither 0 nor 1", cpu->idle.v);
}

static void check_network(struct check *c, const struct place *at, const struct spec_network *n)
{
	for (size_t i = 0; i < n->priorities.n; i++) {
		const char *name = n->priorities.items[i].name;

		if (!name[0] || span_until(name, " \t\n/") < strlen(name))
			wrong(c, PLACE_KEY(PLACE_ITEM(PLACE_KEY(at, "priorities"), i), "name"),
			      "\"%.64s\" is no name of a network device", name);
	}
}

void check_resources(struct check *c, const struct place *at, const struct spec_resources *r)
{
	check_device_rules(c, PLACE_KEY(at, "devices"), &r->devices);
	if (r->memory)
		check_memory(c, PLACE_KEY(at, "memory"), r->memory);
	if (r->cpu)
		check_cpu(c, PLACE_KEY(at, "cpu"), r->cpu);
	if (r->pids)
		check_limit(c, PLACE_KEY(PLACE_KEY(at, "pids"), "limit"), r->pids->limit);
	if (r->network)
		check_network(c, PLACE_KEY(at, "network"), r->network);
	if (r->block_io)
		check_block_io(c, PLACE_KEY(at, "blockIO"), r->block_io);
	check_hugepage_limits(c, PLACE_KEY(at, "hugepageLimits"), &r->hugepage_limits);
	check_rdmas(c, PLACE_KEY(at, "rdma"), &r->rdma);
	check_unified(c, PLACE_KEY(at, "unified"), &r->unified);
}

/* SPDX-License-Identifier: Apache-2.0 */

/* The tables of /linux/resources; `update` reads the same object by itself. */
#include "spec/tables.h"

ROWS(device_rule, struct spec_device_rule) = {
	FIELD(device_rule, allow,  "allow",  REQUIRED),
	WORD (device_rule, type,   "type",   OPTIONAL, "a b c"),
	FIELD(device_rule, major,  "major",  OPTIONAL),
	FIELD(device_rule, minor,  "minor",  OPTIONAL),
	FIELD(device_rule, access, "access", OPTIONAL),
};
static TABLE(device_rule);

ROWS(memory, struct spec_memory) = {
	FIELD(memory, limit,		   "limit",		OPTIONAL),
	FIELD(memory, reservation,	   "reservation",	OPTIONAL),
	FIELD(memory, swap,		   "swap",		OPTIONAL),
	FIELD(memory, kernel,		   "kernel",		OPTIONAL),
	FIELD(memory, kernel_tcp,	   "kernelTCP",		OPTIONAL),
	FIELD(memory, swappiness,	   "swappiness",	OPTIONAL),
	FIELD(memory, disable_oom_killer,  "disableOOMKiller",	OPTIONAL),
	FIELD(memory, use_hierarchy,	   "useHierarchy",	OPTIONAL),
	FIELD(memory, check_before_update, "checkBeforeUpdate", OPTIONAL),
};
static TABLE(memory);

ROWS(cpu, struct spec_cpu) = {
	FIELD(cpu, shares,	     "shares",		OPTIONAL),
	FIELD(cpu, quota,	     "quota",		OPTIONAL),
	FIELD(cpu, burst,	     "burst",		OPTIONAL),
	FIELD(cpu, period,	     "period",		OPTIONAL),
	FIELD(cpu, realtime_runtime, "realtimeRuntime", OPTIONAL),
	FIELD(cpu, realtime_period,  "realtimePeriod",	OPTIONAL),
	FIELD(cpu, cpus,	     "cpus",		OPTIONAL),
	FIELD(cpu, mems,	     "mems",		OPTIONAL),
	FIELD(cpu, idle,	     "idle",		OPTIONAL),
};
static TABLE(cpu);

ROWS(pids, struct spec_pids) = {
	FIELD(pids, limit, "limit", REQUIRED),
};
static TABLE(pids);

ROWS(block_weight, struct spec_block_weight) = {
	FIELD(block_weight, major,	 "major",      REQUIRED),
	FIELD(block_weight, minor,	 "minor",      REQUIRED),
	FIELD(block_weight, weight,	 "weight",     OPTIONAL),
	FIELD(block_weight, leaf_weight, "leafWeight", OPTIONAL),
};
static TABLE(block_weight);

ROWS(block_throttle, struct spec_block_throttle) = {
	FIELD(block_throttle, major, "major", REQUIRED),
	FIELD(block_throttle, minor, "minor", REQUIRED),
	FIELD(block_throttle, rate,  "rate",  REQUIRED),
};
static TABLE(block_throttle);

ROWS(block_io, struct spec_block_io) = {
	FIELD(block_io, weight,		     "weight",			OPTIONAL),
	FIELD(block_io, leaf_weight,	     "leafWeight",		OPTIONAL),
	ARRAY(block_io, weight_device,	     "weightDevice",		OPTIONAL, block_weight),
	ARRAY(block_io, throttle_read_bps,   "throttleReadBpsDevice",	OPTIONAL, block_throttle),
	ARRAY(block_io, throttle_write_bps,  "throttleWriteBpsDevice",	OPTIONAL, block_throttle),
	ARRAY(block_io, throttle_read_iops,  "throttleReadIOPSDevice",	OPTIONAL, block_throttle),
	ARRAY(block_io, throttle_write_iops, "throttleWriteIOPSDevice", OPTIONAL, block_throttle),
};
static TABLE(block_io);

ROWS(hugepage_limit, struct spec_hugepage_limit) = {
	FIELD(hugepage_limit, page_size, "pageSize", REQUIRED),
	FIELD(hugepage_limit, limit,	 "limit",    REQUIRED),
};
static TABLE(hugepage_limit);

ROWS(net_priority, struct spec_net_priority) = {
	FIELD(net_priority, name,     "name",	  REQUIRED),
	FIELD(net_priority, priority, "priority", REQUIRED),
};
static TABLE(net_priority);

ROWS(network, struct spec_network) = {
	FIELD(network, class_id,   "classID",	 OPTIONAL),
	ARRAY(network, priorities, "priorities", OPTIONAL, net_priority),
};
static TABLE(network);

ROWS(rdma, struct spec_rdma) = {
	FIELD(rdma, hca_handles, "hcaHandles", OPTIONAL),
	FIELD(rdma, hca_objects, "hcaObjects", OPTIONAL),
};
static TABLE(rdma, device);

ROWS(resources, struct spec_resources) = {
	ARRAY (resources, devices,	   "devices",	     OPTIONAL, device_rule),
	OBJECT(resources, memory,	   "memory",	     OPTIONAL, memory),
	OBJECT(resources, cpu,		   "cpu",	     OPTIONAL, cpu),
	OBJECT(resources, pids,		   "pids",	     OPTIONAL, pids),
	OBJECT(resources, block_io,	   "blockIO",	     OPTIONAL, block_io),
	ARRAY (resources, hugepage_limits, "hugepageLimits", OPTIONAL, hugepage_limit),
	OBJECT(resources, network,	   "network",	     OPTIONAL, network),
	MAP   (resources, rdma,		   "rdma",	     OPTIONAL, rdma),
	FIELD (resources, unified,	   "unified",	     OPTIONAL),
};
TABLE(resources);

/* SPDX-License-Identifier: Apache-2.0 */

/* The tables of /linux, but for its large objects resources and seccomp. */
#include "spec/tables.h"

ROWS(namespace, struct spec_namespace) = {
	WORD (namespace, type, "type", REQUIRED, NAMESPACE_WORDS),
	FIELD(namespace, path, "path", OPTIONAL),
};
static TABLE(namespace);

ROWS(device, struct spec_device) = {
	WORD (device, type,	 "type",     REQUIRED, "c b u p"),
	FIELD(device, path,	 "path",     REQUIRED),
	FIELD(device, major,	 "major",    OPTIONAL),
	FIELD(device, minor,	 "minor",    OPTIONAL),
	FIELD(device, file_mode, "fileMode", OPTIONAL),
	FIELD(device, uid,	 "uid",	     OPTIONAL),
	FIELD(device, gid,	 "gid",	     OPTIONAL),
};
static TABLE(device);

ROWS(net_device, struct spec_net_device) = {
	FIELD(net_device, name, "name", OPTIONAL),
};
static TABLE(net_device, host_name);

ROWS(intel_rdt, struct spec_intel_rdt) = {
	FIELD(intel_rdt, clos_id,	    "closID",		OPTIONAL),
	FIELD(intel_rdt, schemata,	    "schemata",		OPTIONAL),
	FIELD(intel_rdt, l3_cache_schema,   "l3CacheSchema",	OPTIONAL),
	FIELD(intel_rdt, mem_bw_schema,	    "memBwSchema",	OPTIONAL),
	FIELD(intel_rdt, enable_monitoring, "enableMonitoring", OPTIONAL),
};
static TABLE(intel_rdt);

ROWS(memory_policy, struct spec_memory_policy) = {
	WORD (memory_policy, mode,  "mode",  REQUIRED,
	      "MPOL_DEFAULT MPOL_BIND MPOL_INTERLEAVE MPOL_WEIGHTED_INTERLEAVE MPOL_PREFERRED "
	      "MPOL_PREFERRED_MANY MPOL_LOCAL"),
	FIELD(memory_policy, nodes, "nodes", OPTIONAL),
	WORD (memory_policy, flags, "flags", OPTIONAL,
	      "MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES"),
};
static TABLE(memory_policy);

ROWS(personality, struct spec_personality) = {
	WORD (personality, domain, "domain", REQUIRED, "LINUX LINUX32"),
	FIELD(personality, flags,  "flags",  OPTIONAL),
};
static TABLE(personality);

ROWS(time_offset, struct spec_time_offset) = {
	FIELD(time_offset, secs,     "secs",	 OPTIONAL),
	FIELD(time_offset, nanosecs, "nanosecs", OPTIONAL),
};
static TABLE(time_offset);

ROWS(time_offsets, struct spec_time_offsets) = {
	OBJECT(time_offsets, boottime,	"boottime",  OPTIONAL, time_offset),
	OBJECT(time_offsets, monotonic, "monotonic", OPTIONAL, time_offset),
};
static TABLE(time_offsets);

/* rootfsPropagation: the recursive forms are runc's, and engines write them. */
ROWS(linux_, struct spec_linux) = {
	ARRAY (linux_, uid_mappings,	   "uidMappings",	OPTIONAL, id_mapping),
	ARRAY (linux_, gid_mappings,	   "gidMappings",	OPTIONAL, id_mapping),
	FIELD (linux_, sysctl,		   "sysctl",		OPTIONAL),
	OBJECT(linux_, resources,	   "resources",		OPTIONAL, resources),
	FIELD (linux_, cgroups_path,	   "cgroupsPath",	OPTIONAL),
	ARRAY (linux_, namespaces,	   "namespaces",	OPTIONAL, namespace),
	ARRAY (linux_, devices,		   "devices",		OPTIONAL, device),
	MAP   (linux_, net_devices,	   "netDevices",	OPTIONAL, net_device),
	OBJECT(linux_, seccomp,		   "seccomp",		OPTIONAL, seccomp),
	WORD  (linux_, rootfs_propagation, "rootfsPropagation", OPTIONAL,
	       "private shared slave unbindable rprivate rshared rslave runbindable"),
	FIELD (linux_, masked_paths,	   "maskedPaths",	OPTIONAL),
	FIELD (linux_, readonly_paths,	   "readonlyPaths",	OPTIONAL),
	FIELD (linux_, mount_label,	   "mountLabel",	OPTIONAL),
	OBJECT(linux_, intel_rdt,	   "intelRdt",		OPTIONAL, intel_rdt),
	OBJECT(linux_, memory_policy,	   "memoryPolicy",	OPTIONAL, memory_policy),
	OBJECT(linux_, personality,	   "personality",	OPTIONAL, personality),
	OBJECT(linux_, time_offsets,	   "timeOffsets",	OPTIONAL, time_offsets),
};
TABLE(linux_);

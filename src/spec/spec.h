/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SPEC_SPEC_H
#define SOCLE_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/types.h"

#define OCI_VERSION "1.3.0" /* of the specification that this is written against */

/* config.json of the OCI runtime specification 1.3, typed.  Names are the specification's, in
 * snake case. Strings and arrays live in the arena that decoded them; an absent string is NULL, an
 * absent object is NULL, an absent array has n == 0 (and, where the difference matters, items ==
 * NULL).  An optional string that is empty is NULL as well: writers in Go cannot tell it from an
 * absent one. */

struct spec_id_mapping { uint32_t container_id, host_id, size; };
struct spec_id_mappings { size_t n; struct spec_id_mapping *items; };

struct spec_root { const char *path; bool readonly; };

struct spec_mount {
	const char *destination, *type, *source;
	struct strings options;
	struct spec_id_mappings uid_mappings, gid_mappings;
};
struct spec_mounts { size_t n; struct spec_mount *items; };

struct spec_hook {
	const char *path;
	struct strings args, env;
	struct opt_i64 timeout; /* seconds */
};
struct spec_hook_list { size_t n; struct spec_hook *items; };
struct spec_hooks {
	struct spec_hook_list prestart, create_runtime, create_container, start_container;
	struct spec_hook_list poststart, poststop;
};

struct spec_console_size { uint64_t height, width; };
struct spec_user {
	uint32_t uid, gid;
	struct opt_u32 umask;
	struct u32s additional_gids;
	const char *username;
};
struct spec_capabilities { struct strings bounding, permitted, effective, inheritable, ambient; };
struct spec_rlimit { const char *type; uint64_t hard, soft; };
struct spec_rlimits { size_t n; struct spec_rlimit *items; };
struct spec_io_priority { const char *class_; int32_t priority; };
struct spec_scheduler {
	const char *policy;
	struct opt_i32 nice, priority;
	struct strings flags;
	struct opt_u64 runtime, deadline, period; /* nanoseconds */
};
#define CPU_MAX 8191 /* the largest number of a processor that any kernel can be built for */
struct spec_exec_cpu_affinity { const char *initial, *final; };

struct spec_process {
	bool terminal;
	struct spec_console_size *console_size;
	struct spec_user user;
	struct strings args;
	const char *command_line; /* Windows only */
	struct strings env;
	const char *cwd;
	struct spec_capabilities *capabilities;
	struct spec_rlimits rlimits;
	struct opt_bool no_new_privileges;
	const char *apparmor_profile, *selinux_label;
	struct opt_i32 oom_score_adj;
	struct spec_io_priority *io_priority;
	struct spec_scheduler *scheduler;
	struct spec_exec_cpu_affinity *exec_cpu_affinity;
};

struct spec_namespace { const char *type, *path; };
struct spec_namespaces { size_t n; struct spec_namespace *items; };

struct spec_device {
	const char *type, *path;
	struct opt_i64 major, minor;
	struct opt_u32 file_mode, uid, gid;
};
struct spec_devices { size_t n; struct spec_device *items; };

/* host_name is the key of the member; name is NULL where it stays. */
struct spec_net_device {
	const char *host_name, *name;
};
struct spec_net_devices { size_t n; struct spec_net_device *items; };

struct spec_device_rule {
	bool allow;
	const char *type;
	struct opt_i64 major, minor;
	const char *access;
};
struct spec_device_rules { size_t n; struct spec_device_rule *items; };

struct spec_pids { struct opt_i64 limit; };
struct spec_block_weight { int64_t major, minor; struct opt_u16 weight, leaf_weight; };
struct spec_block_weights { size_t n; struct spec_block_weight *items; };
struct spec_block_throttle { int64_t major, minor; uint64_t rate; };
struct spec_block_throttles { size_t n; struct spec_block_throttle *items; };
struct spec_block_io {
	struct opt_u16 weight, leaf_weight;
	struct spec_block_weights weight_device;
	struct spec_block_throttles throttle_read_bps, throttle_write_bps;
	struct spec_block_throttles throttle_read_iops, throttle_write_iops;
};
struct spec_cpu {
	struct opt_u64 shares, period, burst, realtime_period;
	struct opt_i64 quota, realtime_runtime, idle;
	const char *cpus, *mems;
};
struct spec_hugepage_limit { const char *page_size; uint64_t limit; };
struct spec_hugepage_limits { size_t n; struct spec_hugepage_limit *items; };
struct spec_memory {
	struct opt_i64 limit, reservation, swap, kernel, kernel_tcp;
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};
struct spec_net_priority { const char *name; uint32_t priority; };
struct spec_net_priorities { size_t n; struct spec_net_priority *items; };
struct spec_network { struct opt_u32 class_id; struct spec_net_priorities priorities; };
/* device is the key of the member. */
struct spec_rdma {
	const char *device;
	struct opt_u32 hca_handles, hca_objects;
};
struct spec_rdmas { size_t n; struct spec_rdma *items; };

struct spec_resources {
	struct string_map unified;
	struct spec_device_rules devices;
	struct spec_pids *pids;
	struct spec_block_io *block_io;
	struct spec_cpu *cpu;
	struct spec_hugepage_limits hugepage_limits;
	struct spec_memory *memory;
	struct spec_network *network;
	struct spec_rdmas rdma;
};

struct spec_syscall_arg {
	uint32_t index;
	uint64_t value;
	struct opt_u64 value_two;
	const char *op;
};
struct spec_syscall_args { size_t n; struct spec_syscall_arg *items; };
struct spec_syscall {
	struct strings names;
	const char *action;
	struct opt_u32 errno_ret;
	struct spec_syscall_args args;
};
struct spec_syscalls { size_t n; struct spec_syscall *items; };
struct spec_seccomp {
	const char *default_action;
	struct opt_u32 default_errno_ret;
	struct strings flags, architectures;
	const char *listener_path, *listener_metadata;
	struct spec_syscalls syscalls;
};

struct spec_intel_rdt {
	const char *clos_id, *l3_cache_schema, *mem_bw_schema;
	struct strings schemata;
	bool enable_monitoring;
};
struct spec_memory_policy { const char *mode, *nodes; struct strings flags; };
struct spec_personality { const char *domain; struct strings flags; };
struct spec_time_offset { int64_t secs; uint32_t nanosecs; };
struct spec_time_offsets { struct spec_time_offset *boottime, *monotonic; };

struct spec_linux {
	struct spec_devices devices;
	struct spec_net_devices net_devices;
	struct spec_id_mappings uid_mappings, gid_mappings;
	struct spec_namespaces namespaces;
	struct spec_resources *resources;
	const char *cgroups_path;
	const char *rootfs_propagation;
	struct spec_seccomp *seccomp;
	struct string_map sysctl;
	struct strings masked_paths, readonly_paths;
	const char *mount_label;
	struct spec_intel_rdt *intel_rdt;
	struct spec_memory_policy *memory_policy;
	struct spec_personality *personality;
	struct spec_time_offsets *time_offsets;
};

struct spec {
	const char *oci_version;
	struct spec_root *root;
	struct spec_mounts mounts;
	struct spec_process *process;
	struct spec_hooks *hooks;
	const char *hostname, *domainname;
	struct string_map annotations;
	struct spec_linux *linux_;
};

#endif

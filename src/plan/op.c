/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, and the check that a buffer is a sound plan.
 *
 * Linked into socle and into socle-init.  socle-init calls plan_check_shape before it does anything else: after
 * that, no offset leads out of the buffer, every string ends inside it, and every slot number is in the table. */
#include "plan/op.h"

#include <stdio.h>
#include <string.h>

const char *const status_names[N_STATUS + 1] = { "creating", "created", "running", "stopped", "paused", NULL };
const char *const stage_names[N_STAGES + 1] = { "host", "bridge", "init", NULL };
const char *const sync_names[N_SYNC + 1] = { "error",  "init's pid", "taken over", "placed", "joined", "mapped", "mounted", "hooked",
					     "console", "listener", "ready", "made", "go", NULL };

static const char *const rdt_names[] = { "own", "there", NULL };
static const char *const source_names[] = { "recursive", "null", "nofollow", "slave", "idmap-tree", "may-miss", NULL };
static const char *const mount_names[] = { "take-mode", "real-dir", "procfs", "proc-file", "copy-up",
					   "copy-symlink", "nofollow", "idmap-tree", NULL };
static const char *const root_names[] = { "private-parent", "no-mount", NULL };
static const char *const change_names[] = { "pivot_root", "move", "chroot", NULL };
static const char *const node_names[] = { "c", "b", "p", NULL };
static const char *const symlink_names[] = { "replace", "keep", NULL };
static const char *const cgroup_names[] = { "copy-cpuset", "unit", NULL };
static const char *const unit_names[] = { "slice", NULL };
static const char *const manager_names[] = { "system", "user", NULL };
static const char *const open_cgroup_names[] = { "or-above", NULL };
static const char *const cgroup_set_names[] = { "try", "optional", NULL };
static const char *const cwd_names[] = { "there", NULL };
static const char *const notify_names[] = { "listen", NULL };
static const char *const namespace_root_names[] = { "keep-groups", NULL };
static const char *const clone_names[] = { "as-caller", "keep-groups", NULL };
static const char *const maps_names[] = { "no-setgroups", "newuidmap", "newgidmap", NULL };
static const char *const if_allowed_names[] = { "if-allowed", NULL };
static const char *const credential_names[] = { "capabilities", "groups", "keep-groups", NULL };
static const char *const attribute_names[] = { "SELinux program", "SELinux keys", "AppArmor program", NULL };
static const char *const clock_names[] = { "monotonic", "boottime", NULL };
static const char *const rlimit_names[] = { "CPU",    "FSIZE", "DATA",	  "STACK",    "CORE",	    "RSS",
					    "NPROC",  "NOFILE", "MEMLOCK", "AS",       "LOCKS",	    "SIGPENDING",
					    "MSGQUEUE", "NICE", "RTPRIO",  "RTTIME",   NULL };

static const char *const policy_names[] = { "OTHER", "FIFO", "RR", "BATCH", "ISO", "IDLE", "DEADLINE", NULL };
static const char *const sched_flag_names[] = { "reset-on-fork", "reclaim",	 "dl-overrun",	   "keep-policy",
						"keep-params",	 "util-clamp-min", "util-clamp-max", NULL };
/* In the order of the kernel's bits. */
static const char *const seccomp_names[] = { "tsync",	     "log",	    "spec-allow", "new-listener",
					     "tsync-esrch", "wait-killable-recv", NULL };
static const char *const io_class_names[] = { "RT", "BE", "IDLE", NULL };

#define TYPE_OF(x)                    \
	_Generic((x),                 \
		struct text: T_TEXT,  \
		struct texts: T_TEXTS, \
		struct numbers: T_NUMBERS, \
		struct filter: T_FILTER, \
		struct params: T_PARAMS, \
		struct slot: T_SLOT,  \
		struct fills: T_FILLS, \
		struct mount_attrs: T_ATTRS, \
		struct spreads: T_SPREADS, \
		struct ns_flags: T_NS, \
		struct cap_set: T_CAPS, \
		struct mode: T_MODE,  \
		struct choice: T_CHOICE, \
		struct flags: T_FLAGS, \
		uint32_t: T_U32,      \
		int32_t: T_I32,       \
		uint64_t: T_U64,      \
		int64_t: T_I64)

#define F(T, label, member, how) \
	{ label, offsetof(struct T, member), TYPE_OF(((struct T *)0)->member), how, NULL }
#define FN(T, label, member, how, names) \
	{ label, offsetof(struct T, member), TYPE_OF(((struct T *)0)->member), how, names }
#define FIELDS(...) (const struct op_field[]){ __VA_ARGS__, { 0 } }

#define NEEDED FIELD_NEEDED
#define STEP   FIELD_STEP
#define HOST   (1u << STAGE_HOST)
#define BRIDGE (1u << STAGE_BRIDGE)
#define INIT   (1u << STAGE_INIT)

static const struct op_field op_name_fields[] = { F(op_name, "", name, NEEDED), { 0 } };
const char *const hook_names[N_HOOKS + 1] = { "prestart",	    "createRuntime", "createContainer",
					      "startContainer", "poststart",	 "poststop", NULL };
static const struct op_field op_hook_fields[] = {
	FN(op_hook, "", kind, STEP, hook_names),
	F(op_hook, "path", path, NEEDED),
	F(op_hook, "args", args, 0),
	F(op_hook, "env", env, 0),
	F(op_hook, "timeout", timeout, 0),
	F(op_hook, "dir", dir, 0),
	F(op_hook, "state", state_before, NEEDED),
	F(op_hook, "state-end", state_after, NEEDED),
	F(op_hook, "output", output, 0),
	F(op_hook, "errors", errors, 0),
	{ 0 },
};
static const struct op_field op_sync_fields[] = {
	FN(op_sync, "", what, STEP, sync_names),
	FN(op_sync, "peer", peer, 0, stage_names),
	F(op_sync, "limit", limit, 0),
	{ 0 },
};
static const struct op_field op_mount_fields[] = {
	F(op_mount, "type", type, STEP),
	F(op_mount, "tree", tree, 0),
	F(op_mount, "source", source, 0),
	F(op_mount, "on", target, NEEDED),
	F(op_mount, "options", options, 0),
	F(op_mount, "set", set, 0),
	F(op_mount, "clear", clear, 0),
	F(op_mount, "recursive-set", recursive_set, 0),
	F(op_mount, "recursive-clear", recursive_clear, 0),
	F(op_mount, "propagation", spread, 0),
	FN(op_mount, "how", how, 0, mount_names),
	F(op_mount, "label", label, 0),
	F(op_mount, "idmap", idmap, 0),
	F(op_mount, "root", root, NEEDED),
	F(op_mount, "keep", keep, 0),
	{ 0 },
};
static const struct op_field op_node_fields[] = {
	FN(op_node, "type", type, 0, node_names),
	F(op_node, "", path, NEEDED),
	F(op_node, "major", major, 0),
	F(op_node, "minor", minor, 0),
	F(op_node, "mode", mode, 0),
	F(op_node, "uid", uid, 0),
	F(op_node, "gid", gid, 0),
	F(op_node, "root", root, NEEDED),
	{ 0 },
};
static const struct op_field op_ns_fields[] = {
	F(op_ns, "", type, STEP),
	F(op_ns, "by", ns, 0),
	FN(op_ns, "how", how, 0, if_allowed_names),
	{ 0 },
};
static const struct op_field op_cover_fields[] = {
	F(op_cover, "", path, NEEDED),
	F(op_cover, "null", null, 0),
	F(op_cover, "label", label, 0),
	F(op_cover, "root", root, NEEDED),
	{ 0 },
};

#define DEF(name, stages, T, fields) { name, stages, sizeof(struct T), fields }
#define BARE(name, stages)	     { name, stages, 0, NULL }

const struct op_def op_defs[N_OPS] = {
	[OP_STATE_DIR] = DEF("state directory", HOST, op_state_dir,
			     FIELDS(F(op_state_dir, "root", root, NEEDED), F(op_state_dir, "id", id, NEEDED))),
	[OP_FIFO] = DEF("start fifo", HOST, op_fifo,
			FIELDS(F(op_fifo, "fifo", fifo, NEEDED), F(op_fifo, "error", error, NEEDED))),
	[OP_CGROUP] = DEF("cgroup", HOST, op_cgroup,
			  FIELDS(F(op_cgroup, "", dir, NEEDED), F(op_cgroup, "controllers", controllers, 0),
				 FN(op_cgroup, "how", how, 0, cgroup_names), F(op_cgroup, "keep", cgroup, 0),
				 F(op_cgroup, "procs", procs, 0))),
	[OP_UNIT] = DEF("systemd unit", HOST, op_unit,
			FIELDS(F(op_unit, "", name, NEEDED | STEP), FN(op_unit, "manager", manager, 0, manager_names),
			       FN(op_unit, "how", how, 0, unit_names), F(op_unit, "cgroup", cgroup, NEEDED),
			       F(op_unit, "properties", properties, 0))),
	[OP_UNIT_ATTACH] = DEF("attach to unit", HOST, op_unit_attach,
			       FIELDS(F(op_unit_attach, "", name, NEEDED | STEP), F(op_unit_attach, "below", below, 0))),
	[OP_UNIT_SET] = DEF("unit properties", HOST, op_unit_set,
			    FIELDS(F(op_unit_set, "", name, NEEDED | STEP), FN(op_unit_set, "manager", manager, 0, manager_names),
				   F(op_unit_set, "properties", properties, NEEDED))),
	[OP_RDT_GROUP] = DEF("resctrl group", HOST, op_rdt_group,
			     FIELDS(F(op_rdt_group, "", dir, NEEDED | STEP), F(op_rdt_group, "monitor", monitor, 0),
				    F(op_rdt_group, "schemata", lines, 0), FN(op_rdt_group, "how", how, 0, rdt_names))),
	[OP_RDT_ENTER] = DEF("enter resctrl group", HOST, op_rdt_enter,
			     FIELDS(F(op_rdt_enter, "", dir, NEEDED | STEP), F(op_rdt_enter, "monitor", monitor, 0))),
	[OP_CGROUP_SET] = DEF("cgroup setting", HOST, op_cgroup_set,
			      FIELDS(F(op_cgroup_set, "cgroup", cgroup, NEEDED),
				     F(op_cgroup_set, "", file, NEEDED | STEP),
				     F(op_cgroup_set, "values", values, NEEDED),
				     FN(op_cgroup_set, "how", how, 0, cgroup_set_names))),
	[OP_CGROUP_CONTROLLERS] = DEF("cgroup controllers", HOST, op_cgroup_controllers,
				      FIELDS(F(op_cgroup_controllers, "", dir, NEEDED),
					     F(op_cgroup_controllers, "top", top, NEEDED),
					     F(op_cgroup_controllers, "needed", needed, 0),
					     F(op_cgroup_controllers, "wished", wished, 0))),
	[OP_CGROUP_CHECK] = DEF("cgroup check", HOST, op_cgroup_check,
				FIELDS(F(op_cgroup_check, "cgroup", cgroup, NEEDED),
				       F(op_cgroup_check, "", file, NEEDED | STEP),
				       F(op_cgroup_check, "below", limit, 0))),
	[OP_CGROUP_OWNER] = DEF("cgroup owner", HOST, op_cgroup_owner,
				FIELDS(F(op_cgroup_owner, "", dir, NEEDED), F(op_cgroup_owner, "cgroup", cgroup, NEEDED),
				       F(op_cgroup_owner, "uid", uid, 0))),
	[OP_DEVICE_FILTER] = DEF("device filter", HOST, op_device_filter,
				 FIELDS(F(op_device_filter, "cgroup", cgroup, NEEDED),
					F(op_device_filter, "program", program, 0))),
	[OP_OPEN_PROCESS] = DEF("open process", HOST, op_open_process,
				FIELDS(F(op_open_process, "pid", pid, 0), F(op_open_process, "start", start, 0),
				       F(op_open_process, "keep", keep, NEEDED))),
	[OP_OPEN_CGROUP] = DEF("open cgroup", HOST, op_open_cgroup,
			       FIELDS(F(op_open_cgroup, "", dir, NEEDED), F(op_open_cgroup, "below", below, 0),
				      F(op_open_cgroup, "mount", mount, 0), F(op_open_cgroup, "pid", pid, 0),
				      FN(op_open_cgroup, "how", how, 0, open_cgroup_names), F(op_open_cgroup, "keep", cgroup, 0),
				      F(op_open_cgroup, "procs", procs, 0))),
	[OP_OPEN_NS] = DEF("open namespace", HOST, op_open_ns,
			   FIELDS(F(op_open_ns, "", type, STEP), F(op_open_ns, "path", path, NEEDED),
				  F(op_open_ns, "keep", keep, NEEDED))),
	[OP_CLONE] = DEF("clone", HOST | BRIDGE, op_clone,
			 FIELDS(FN(op_clone, "", stage, STEP, stage_names),
				F(op_clone, "namespaces", namespaces, 0), F(op_clone, "cgroup", cgroup, 0),
				F(op_clone, "cpus", cpus, 0), FN(op_clone, "how", how, 0, clone_names))),
	[OP_RECORD] = DEF("record state", HOST, op_record,
			  FIELDS(FN(op_record, "", status, 0, status_names))),
	[OP_ID_MAPS] = DEF("id maps", HOST, op_id_maps,
			   FIELDS(F(op_id_maps, "uid", uid, NEEDED), F(op_id_maps, "gid", gid, NEEDED),
				  FN(op_id_maps, "how", how, 0, maps_names))),
	[OP_ID_NAMESPACE] = DEF("id-map namespace", HOST,  op_id_namespace,
				FIELDS(F(op_id_namespace, "uid", uid, NEEDED),
				       F(op_id_namespace, "gid", gid, NEEDED),
				       FN(op_id_namespace, "how", how, 0, maps_names),
				       F(op_id_namespace, "keep", keep, NEEDED))),
	[OP_HOOK_OUTPUT] = DEF("output of hooks", HOST, op_hook_output,
			       FIELDS(F(op_hook_output, "", path, NEEDED), F(op_hook_output, "keep", keep, NEEDED))),
	[OP_NOTIFY] = DEF("notify socket", HOST, op_notify, FIELDS(FN(op_notify, "how", how, 0, notify_names))),
	[OP_NET_DEVICE] = DEF("network device", HOST, op_net_device,
			      FIELDS(F(op_net_device, "", name, NEEDED | STEP), F(op_net_device, "inside", inside, NEEDED),
				     F(op_net_device, "namespace", ns, 0))),
	[OP_OOM] = DEF("oom score", HOST, op_oom, FIELDS(F(op_oom, "adj", score, 0), FN(op_oom, "how", how, 0, if_allowed_names))),
	[OP_HOOK] = { "hook", HOST | INIT, sizeof(struct op_hook), op_hook_fields },
	[OP_LISTENER] = DEF("seccomp listener", HOST, op_listener,
			    FIELDS(F(op_listener, "to", socket, NEEDED), F(op_listener, "metadata", metadata, 0),
				   F(op_listener, "limit", limit, 0))),
	[OP_SOURCE] = DEF("open source", HOST | INIT, op_source,
			  FIELDS(F(op_source, "", path, NEEDED), FN(op_source, "how", how, 0, source_names),
				 F(op_source, "idmap", idmap, 0), F(op_source, "keep", keep, NEEDED))),
	[OP_RELABEL] = DEF("relabel", HOST | INIT, op_relabel,
			   FIELDS(F(op_relabel, "label", label, NEEDED), F(op_relabel, "tree", tree, NEEDED))),
	[OP_COMMAND] = DEF("command", INIT, op_command,
			   FIELDS(F(op_command, "", path, NEEDED | STEP), F(op_command, "args", args, 0),
				  F(op_command, "env", env, 0), F(op_command, "dir", dir, 0))),
	[OP_TELL] = { "tell", HOST | BRIDGE | INIT, sizeof(struct op_sync), op_sync_fields },
	[OP_AWAIT] = { "await", HOST | BRIDGE | INIT, sizeof(struct op_sync), op_sync_fields },
	[OP_JOIN] = { "join", BRIDGE | INIT, sizeof(struct op_ns), op_ns_fields },
	[OP_UNSHARE] = { "unshare", BRIDGE | INIT, sizeof(struct op_ns), op_ns_fields },
	[OP_CGROUP_ENTER] = DEF("enter cgroup", HOST | BRIDGE | INIT, op_cgroup_enter,
				FIELDS(F(op_cgroup_enter, "", controllers, STEP),
				       F(op_cgroup_enter, "procs", procs, NEEDED))),
	[OP_TIME_OFFSET] = DEF("time offset", INIT, op_time_offset,
			       FIELDS(FN(op_time_offset, "", clock, STEP, clock_names),
				      F(op_time_offset, "secs", secs, 0),
				      F(op_time_offset, "nanosecs", nanosecs, 0),
				      F(op_time_offset, "procfs", procfs, NEEDED))),
	[OP_CLOCKS] = DEF("own clocks", INIT, op_clocks, FIELDS(F(op_clocks, "procfs", procfs, NEEDED))),
	[OP_ATTRIBUTE] = DEF("label", INIT, op_attribute,
			     FIELDS(FN(op_attribute, "", which, STEP, attribute_names),
				    F(op_attribute, "label", label, 0), F(op_attribute, "procfs", procfs, NEEDED))),
	[OP_NAMESPACE_ROOT] = DEF("root of the user namespace", BRIDGE | INIT, op_namespace_root,
				  FIELDS(FN(op_namespace_root, "how", how, 0, namespace_root_names))),
	[OP_HOST_PID] = BARE("pid on the host", INIT),
	[OP_SESSION] = BARE("session", INIT),
	[OP_KEYRING] = { "session keyring", INIT, sizeof(struct op_name), op_name_fields },
	[OP_LOOPBACK] = BARE("loopback up", INIT),
	[OP_HOSTNAME] = { "hostname", INIT, sizeof(struct op_name), op_name_fields },
	[OP_DOMAINNAME] = { "domainname", INIT, sizeof(struct op_name), op_name_fields },
	[OP_PROPAGATION] = DEF("propagation", INIT, op_propagation,
			       FIELDS(F(op_propagation, "", spread, 0), F(op_propagation, "at", at, 0))),
	[OP_ROOT] = DEF("root", INIT, op_root,
			FIELDS(F(op_root, "", path, NEEDED), F(op_root, "tree", tree, 0), FN(op_root, "how", how, 0, root_names),
			       F(op_root, "keep", keep, NEEDED))),
	[OP_PROCFS] = DEF("procfs for writing", INIT, op_procfs, FIELDS(F(op_procfs, "keep", keep, NEEDED))),
	[OP_MOUNT] = { "mount", INIT, sizeof(struct op_mount), op_mount_fields },
	[OP_BIND] = { "bind", INIT, sizeof(struct op_mount), op_mount_fields },
	[OP_NODE] = { "device node", INIT, sizeof(struct op_node), op_node_fields },
	[OP_BIND_NODE] = { "bind device node", INIT, sizeof(struct op_node), op_node_fields },
	[OP_SYMLINK] = DEF("symlink", INIT, op_symlink,
			   FIELDS(F(op_symlink, "", path, NEEDED), F(op_symlink, "to", target, NEEDED),
				  FN(op_symlink, "how", how, 0, symlink_names),
				  F(op_symlink, "root", root, NEEDED))),
	[OP_CONSOLE] = DEF("console", INIT, op_console,
			   FIELDS(F(op_console, "devpts", devpts, 0), F(op_console, "uid", uid, 0),
				  F(op_console, "height", height, 0), F(op_console, "width", width, 0),
				  F(op_console, "label", label, 0), F(op_console, "root", root, 0))),
	[OP_CHANGE_ROOT] = DEF("change root", INIT, op_change_root,
			       FIELDS(FN(op_change_root, "by", how, STEP, change_names),
				      F(op_change_root, "root", root, NEEDED))),
	[OP_SYSCTL] = DEF("sysctl", INIT, op_sysctl,
			  FIELDS(F(op_sysctl, "", path, NEEDED), F(op_sysctl, "value", value, NEEDED),
				 F(op_sysctl, "procfs", procfs, NEEDED))),
	[OP_ATTRIBUTES] = DEF("mount attributes", INIT, op_attributes,
			      FIELDS(F(op_attributes, "mount", mount, NEEDED), F(op_attributes, "set", set, 0),
				     F(op_attributes, "retries", retries, 0))),
	[OP_READONLY] = { "read-only path", INIT, sizeof(struct op_cover), op_cover_fields },
	[OP_MASK] = { "masked path", INIT, sizeof(struct op_cover), op_cover_fields },
	[OP_RLIMIT] = DEF("rlimit", INIT, op_rlimit,
			  FIELDS(FN(op_rlimit, "", resource, STEP, rlimit_names), F(op_rlimit, "soft", soft, 0),
				 F(op_rlimit, "hard", hard, 0))),
	[OP_AFFINITY] = DEF("CPU affinity", INIT, op_affinity, FIELDS(F(op_affinity, "", cpus, 0))),
	[OP_SCHEDULER] = DEF("scheduler", INIT, op_scheduler,
			     FIELDS(FN(op_scheduler, "policy", policy, 0, policy_names),
				    FN(op_scheduler, "how", how, 0, sched_flag_names), F(op_scheduler, "nice", nice, 0),
				    F(op_scheduler, "priority", priority, 0), F(op_scheduler, "runtime", runtime, 0),
				    F(op_scheduler, "deadline", deadline, 0), F(op_scheduler, "period", period, 0))),
	[OP_IO_PRIORITY] = DEF("I/O priority", INIT, op_io_priority,
			       FIELDS(FN(op_io_priority, "class", class_, 0, io_class_names),
				      F(op_io_priority, "priority", priority, 0))),
	[OP_MEMORY_POLICY] = DEF("memory policy", INIT, op_memory_policy,
				 FIELDS(F(op_memory_policy, "mode", mode, 0), F(op_memory_policy, "nodes", nodes, 0))),
	[OP_PERSONALITY] = DEF("personality", INIT, op_personality,
			       FIELDS(F(op_personality, "persona", persona, 0))),
	[OP_UMASK] = DEF("umask", INIT, op_umask, FIELDS(F(op_umask, "", mask, 0))),
	[OP_STDIO] = BARE("standard streams", INIT),
	[OP_CREDENTIALS] = DEF("credentials", INIT, op_credentials,
			       FIELDS(F(op_credentials, "uid", uid, 0), F(op_credentials, "gid", gid, 0),
				      F(op_credentials, "groups", groups, 0),
				      FN(op_credentials, "how", how, 0, credential_names),
				      F(op_credentials, "bounding", bounding, 0),
				      F(op_credentials, "effective", effective, 0),
				      F(op_credentials, "permitted", permitted, 0),
				      F(op_credentials, "inheritable", inheritable, 0),
				      F(op_credentials, "ambient", ambient, 0))),
	[OP_CWD] = DEF("working directory", INIT, op_cwd,
		       FIELDS(F(op_cwd, "", path, NEEDED), F(op_cwd, "root", root, 0),
			      FN(op_cwd, "how", how, 0, cwd_names))),
	[OP_NO_NEW_PRIVS] = BARE("no new privileges", INIT),
	[OP_SECCOMP] = DEF("seccomp", INIT, op_seccomp,
			   FIELDS(F(op_seccomp, "", program, NEEDED), FN(op_seccomp, "how", how, 0, seccomp_names))),
	[OP_FIND] = DEF("find program", INIT, op_exec, FIELDS(F(op_exec, "", args, NEEDED), F(op_exec, "env", env, 0))),
	[OP_OUTLIVE] = BARE("outlive the host", INIT),
	[OP_AWAIT_START] = DEF("await start", INIT, op_await_start,
			       FIELDS(F(op_await_start, "fifo", fifo, NEEDED),
				      F(op_await_start, "error", error, NEEDED))),
	[OP_EXEC] = DEF("exec", INIT, op_exec, FIELDS(F(op_exec, "", args, NEEDED), F(op_exec, "env", env, 0))),
};

/* ---- the check -------------------------------------------------------------------------------------------- */

struct shape {
	const struct plan_header *p;
	uint32_t size;
	struct err *e;
};

static int unsound(const struct shape *s, const char *what, uint64_t at)
{
	return err_rule(s->e, NULL, "plan: %s (%llu)", what, (unsigned long long)at);
}

/* n records of `record` bytes at `at`, aligned, inside the buffer and behind the header. */
static int check_range(const struct shape *s, uint32_t at, uint32_t n, uint32_t record, uint32_t align)
{
	if (n == 0)
		return 0;
	if (at < sizeof(struct plan_header) || at % align || at > s->size ||
	    (uint64_t)n * record > s->size - at)
		return unsound(s, "offset out of range", at);
	return 0;
}

static int check_text(const struct shape *s, struct text t)
{
	if (t.at == 0)
		return 0;
	if (t.at < sizeof(struct plan_header) || t.at >= s->size ||
	    !memchr((const char *)s->p + t.at, 0, s->size - t.at))
		return unsound(s, "text out of range", t.at);
	return 0;
}

static int check_texts(const struct shape *s, struct texts l)
{
	TRY(check_range(s, l.at, l.n, sizeof(struct text), 4));
	for (uint32_t i = 0; i < l.n; i++) {
		struct text t = ((const struct text *)plan_at(s->p, l.at))[i];
		if (t.at == 0)
			return unsound(s, "missing text in a list", i);
		TRY(check_text(s, t));
	}
	return 0;
}

static int check_params(const struct shape *s, struct params l)
{
	TRY(check_range(s, l.at, l.n, sizeof(struct param), 4));
	for (uint32_t i = 0; i < l.n; i++) {
		const struct param *m = plan_param_at(s->p, l, i);
		if (m->key.at == 0)
			return unsound(s, "missing key", i);
		TRY(check_text(s, m->key));
		TRY(check_text(s, m->value));
	}
	return 0;
}

static uint32_t count_names(const char *const *names)
{
	uint32_t n = 0;
	while (names[n])
		n++;
	return n;
}

static int check_slot(const struct shape *s, int32_t n)
{
	return n < -1 || n >= (int32_t)s->p->n_slots ? unsound(s, "no such slot", (uint32_t)n) : 0;
}

static int check_named(const struct shape *s, const struct op_field *f, uint32_t v)
{
	uint32_t n = count_names(f->names);
	bool ok = f->type == T_CHOICE ? v < n : v >> n == 0;
	return ok ? 0 : unsound(s, f->name, v);
}

static int check_field(const struct shape *s, const struct op_field *f, const void *member)
{
	switch (f->type) {
	case T_TEXT:
		return check_text(s, *(const struct text *)member);
	case T_TEXTS:
		return check_texts(s, *(const struct texts *)member);
	case T_PARAMS:
		return check_params(s, *(const struct params *)member);
	case T_NUMBERS:
	case T_SPREADS: {
		const struct numbers *l = member;
		return check_range(s, l->at, l->n, 4, 4);
	}
	case T_FILTER: {
		const struct filter *l = member;
		return check_range(s, l->at, l->n, 8, 4);
	}
	case T_SLOT:
	case T_FILLS:
		return check_slot(s, *(const int32_t *)member);
	case T_CHOICE:
	case T_FLAGS:
		return check_named(s, f, *(const uint32_t *)member);
	default:
		return 0;
	}
}

static bool field_is_absent(const struct op_field *f, const void *member)
{
	switch (f->type) {
	case T_TEXT:
		return ((const struct text *)member)->at == 0;
	case T_TEXTS:
	case T_FILTER:
		return ((const struct texts *)member)->n == 0;
	case T_SLOT:
	case T_FILLS:
		return *(const int32_t *)member < 0;
	default:
		return false;
	}
}

static int check_args(const struct shape *s, const struct op *op)
{
	const struct op_def *d = &op_defs[op->kind];
	if (d->size == 0)
		return op->args ? unsound(s, "arguments where none belong", op->kind) : 0;
	if (op->args == 0)
		return unsound(s, "no arguments", op->kind);
	TRY(check_range(s, op->args, 1, d->size, 8));
	for (const struct op_field *f = d->fields; f->name; f++) {
		const void *member = (const char *)plan_at(s->p, op->args) + f->offset;
		if ((f->how & FIELD_NEEDED) && field_is_absent(f, member))
			return err_rule(s->e, NULL, "plan: %s without \"%s\"", d->name, f->name);
		TRY(check_field(s, f, member));
	}
	return 0;
}

/* An alternative stands behind the operation that names it, so chains of them end. */
static int check_op(const struct shape *s, uint32_t i)
{
	const struct op *op = plan_op_at(s->p, i);
	if (op->kind == OP_NONE || op->kind >= N_OPS)
		return unsound(s, "unknown operation", op->kind);
	if (op->stage >= N_STAGES || !(op_defs[op->kind].stages & 1u << op->stage))
		return err_rule(s->e, NULL, "plan: \"%s\" in the wrong stage", op_defs[op->kind].name);
	if (op->otherwise && (op->otherwise > s->p->n_ops || op->otherwise - 1 <= i))
		return unsound(s, "alternative out of range", op->otherwise);
	if (op->otherwise && plan_op_at(s->p, op->otherwise - 1)->stage != op->stage)
		return unsound(s, "alternative of another stage", op->otherwise);
	TRY(check_text(s, op->origin));
	TRY(check_text(s, op->because));
	return check_args(s, op);
}

static int check_lists(const struct shape *s)
{
	for (uint32_t stage = 0; stage < N_STAGES; stage++) {
		struct plan_list l = s->p->lists[stage];
		if (l.first > s->p->n_ops || l.n > s->p->n_ops - l.first)
			return unsound(s, "list out of range", stage);
		for (uint32_t i = l.first; i < l.first + l.n; i++)
			if (plan_op_at(s->p, i)->stage != stage)
				return unsound(s, "list of two stages", stage);
	}
	return 0;
}

static int check_header(const struct shape *s, size_t size)
{
	const struct plan_header *p = s->p;
	if (size < sizeof(*p) || memcmp(p->magic, PLAN_MAGIC, sizeof(PLAN_MAGIC)) != 0)
		return err_rule(s->e, NULL, "plan: this is none");
	if (p->version != PLAN_VERSION)
		return err_rule(s->e, NULL, "plan: version %u, this program knows %u", p->version, PLAN_VERSION);
	if (p->size != size || size > PLAN_MAX)
		return unsound(s, "wrong size", p->size);
	if (p->n_slots > PLAN_SLOTS)
		return unsound(s, "too many slots", p->n_slots);
	TRY(check_range(s, p->ops, p->n_ops, sizeof(struct op), 8));
	return check_range(s, p->slots, p->n_slots, sizeof(struct plan_slot), 4);
}

int plan_check_shape(const void *buffer, size_t size, struct err *e)
{
	struct shape s = { buffer, (uint32_t)size, e };
	TRY(check_header(&s, size));
	for (uint32_t i = 0; i < s.p->n_slots; i++) {
		struct text name = plan_slot_at(s.p, i)->name;
		TRY(name.at ? check_text(&s, name) : unsound(&s, "slot without a name", i));
	}
	for (uint32_t i = 0; i < s.p->n_ops; i++)
		TRY(check_op(&s, i));
	return check_lists(&s);
}

/* ---- names ------------------------------------------------------------------------------------------------ */

const char *ns_flag_name(uint64_t flag)
{
	static const struct { uint64_t flag; const char *name; } rows[] = {
		{ 0x00000080, "time" },	  { 0x00020000, "mount" }, { 0x02000000, "cgroup" }, { 0x04000000, "uts" },
		{ 0x08000000, "ipc" },	  { 0x10000000, "user" },  { 0x20000000, "pid" },    { 0x40000000, "network" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].flag == flag)
			return rows[i].name;
	return flag & (flag - 1) ? "namespaces" : "?";
}

/* The word that a member adds to the operation's name, or NULL. */
static const char *step_word(const struct plan_header *p, const struct op_field *f, const void *member)
{
	switch (f->type) {
	case T_TEXT:
		return plan_str(p, *(const struct text *)member);
	case T_CHOICE:
		return f->names[*(const uint32_t *)member];
	case T_NS:
		return ns_flag_name(*(const uint64_t *)member);
	default:
		return NULL;
	}
}

void op_step(const struct plan_header *p, const struct op *op, char *buf, size_t size)
{
	const struct op_def *d = &op_defs[op->kind];
	const char *word = NULL;
	for (const struct op_field *f = d->fields; f && f->name && !word; f++)
		if (f->how & FIELD_STEP)
			word = step_word(p, f, (const char *)plan_at(p, op->args) + f->offset);
	snprintf(buf, size, "%s%s%s", d->name, word ? " " : "", word ? word : "");
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_OP_H
#define SOCLE_PLAN_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The flat plan: what `socle` decides and what it and socle-init carry out.
 *
 * One buffer holds everything; what points points by offset from its start, so that handing a plan to another
 * process is handing over a descriptor.  Offset 0 is the header and stands for "nothing".  Each operation is
 * a struct op with the arguments of its kind (struct op_mount, …) elsewhere in the buffer.  The table op_defs
 * describes every member of every kind; the checker, the printer and the documentation are loops over it. */

#define PLAN_MAGIC   "socleplan"
#define PLAN_VERSION 1u
#define PLAN_MAX     (64u << 20)
#define PLAN_SLOTS   4096u /* at most so many descriptors */

enum stage {
	STAGE_HOST,   /* socle itself */
	STAGE_BRIDGE, /* socle-init, only where existing namespaces are joined or clocks are set */
	STAGE_INIT,   /* socle-init, then the container's process */
	N_STAGES,
};

/* Members of an argument struct: a type of its own for each way to check and to print one. */
struct text { uint32_t at; };		  /* a NUL-terminated string; 0: none */
struct texts { uint32_t at, n; };	  /* n of struct text */
struct numbers { uint32_t at, n; };	  /* n of uint32_t */
struct filter { uint32_t at, n; };	  /* n of struct sock_filter, as the kernel takes them */
struct params { uint32_t at, n; };	  /* n of struct param */
struct slot { int32_t n; };		  /* a descriptor of the plan's table; -1: none */
struct fills { int32_t n; };		  /* the slot that this operation fills; -1: none */
struct mount_attrs { uint64_t v; };	  /* MOUNT_ATTR_* */
struct spreads { uint32_t at, n; };	  /* n of uint32_t: MS_SHARED … with or without MS_REC, in order */
struct ns_flags { uint64_t v; };	  /* CLONE_NEW* */
struct cap_set { uint64_t v; };		  /* 1 << CAP_* */
struct mode { uint32_t v; };		  /* permission bits, printed in octal */
struct choice { uint32_t v; };		  /* an enum; the member's row names the values */
struct flags { uint32_t v; };		  /* 1 << n; the member's row names the bits */

struct param { struct text key, value; }; /* fsconfig: value 0 is a flag */

struct op {
	uint16_t kind;
	uint8_t stage;
	uint8_t instead;	 /* this one is somebody's otherwise and stands in no list */
	struct text origin;	 /* JSON pointer into config.json; none where nobody asked, then … */
	struct text because;	 /* … the reason */
	uint32_t args;		 /* offset of struct op_<kind>; 0 where the kind has none */
	uint32_t otherwise;	 /* index + 1 of what to do instead if it fails with one of … */
	uint8_t otherwise_on[4]; /* … these errnos; 0: unused */
};

struct plan_list { uint32_t first, n; }; /* a range of the operations */
struct plan_slot { struct text name; int32_t fd; }; /* fd: filled in by the host when it hands the plan over */

struct plan_header {
	char magic[12];
	uint32_t version;
	uint32_t size; /* of the whole buffer, in bytes */
	uint32_t ops, n_ops;
	uint32_t slots, n_slots;
	struct plan_list lists[N_STAGES];
	uint32_t alone; /* nobody is cloned: one process carries out the host's list and then init's */
	/* Filled in by the host when it hands the plan over: descriptors, -1 where there is none. */
	int32_t channel;
	int32_t program; /* socle-init itself, where a bridge must execute it again */
	uint32_t keep_cpus;    /* init stays on the processors that it is started on, and does not reset them */
	uint32_t preserve_fds; /* descriptors 3 … that the caller hands through to the container */
};

/* ---- arguments, kind by kind ---------------------------------------------------------------------------- */

struct op_state_dir { struct text root, id; };
struct op_fifo { struct fills fifo, error; };
struct op_cgroup {
	struct text dir;	 /* absolute; every missing component is made */
	struct text controllers; /* "memory", "cpu,cpuacct", "name=systemd"; none: version 2 */
	struct fills cgroup;	 /* the directory */
	struct fills procs;	 /* its cgroup.procs, for entering; -1 where the clone enters it */
	struct flags how;	 /* CGROUP_CPUSET */
};
struct op_unit {
	struct text name;
	struct choice manager;
	struct flags how;	 /* UNIT_SLICE */
	struct text cgroup;	 /* where systemd is expected to put it, from a hierarchy's root */
	struct params properties; /* values in GVariant's text format */
};
struct op_unit_attach { struct text name, below; }; /* of the user's systemd */
struct op_unit_set { struct text name; struct choice manager; struct params properties; };
struct op_rdt_group {
	struct text dir, monitor; /* directories of resctrl: the class of service, the group that is monitored */
	struct texts lines;	  /* of the schemata */
	struct flags how;	  /* RDT_* */
};
struct op_rdt_enter { struct text dir, monitor; };
struct op_cgroup_set { struct slot cgroup; struct text file; struct texts values; /* each its own write */ struct flags how; };
struct op_cgroup_controllers {
	struct text top, dir; /* handed down from the hierarchy's root to what holds the container's cgroup */
	struct texts needed, wished;
};
struct op_cgroup_check { struct slot cgroup; struct text file; uint64_t limit; }; /* what is used is less */
struct op_cgroup_owner { struct slot cgroup; struct text dir; uint32_t uid; }; /* of version 2: its new owner */
struct op_device_filter { struct slot cgroup; struct numbers program; }; /* struct bpf_insn as pairs of numbers */
struct op_open_process { int64_t pid; uint64_t start; struct fills keep; };
struct op_open_cgroup {
	struct text dir;
	struct text below; /* where the process is to be, under it */
	struct text mount; /* of version 2: if it has children of its own, the cgroup of … */
	int64_t pid;	   /* … this process is taken, as long as it is `dir` or below */
	struct flags how;
	struct fills cgroup, procs;
};
enum { OPEN_CGROUP_OR_ABOVE = 1u << 0 /* `dir` itself where there is none below */ };
struct op_open_ns { struct ns_flags type; struct text path; struct fills keep; };
struct op_source {
	struct text path;
	struct flags how;
	struct slot idmap; /* a user namespace whose maps the copy shows ids through */
	struct fills keep;
};
struct op_relabel { struct slot tree; struct text label; };
struct op_clone {
	struct ns_flags namespaces;
	struct choice stage;
	struct slot cgroup;
	struct numbers cpus; /* to begin on */
	struct flags how;
};
struct op_affinity { struct numbers cpus; };
struct op_id_maps { struct text uid, gid; struct flags how; }; /* as /proc/PID/uid_map takes them; MAPS_* */
struct op_id_namespace { struct text uid, gid; struct flags how; struct fills keep; };
struct op_sync { struct choice what; struct choice peer; uint32_t limit; /* seconds; 0: none */ };
struct op_hook {
	struct choice kind;
	struct text path;
	struct texts args, env;
	int64_t timeout;		       /* seconds; 0: none */
	struct text dir;		       /* where it runs; none: where we are */
	struct text state_before, state_after; /* its stdin, around the pid that nobody knows yet */
	struct slot output, errors;	       /* its streams; -1: for the error that it may cause */
};
enum { HOOK_PRESTART, HOOK_CREATE_RUNTIME, HOOK_CREATE_CONTAINER, HOOK_START_CONTAINER, HOOK_POSTSTART, HOOK_POSTSTOP,
       N_HOOKS };
extern const char *const hook_names[N_HOOKS + 1];
struct op_command { struct text path; struct texts args, env; struct text dir; };
struct op_record { struct choice status; };
struct op_hook_output { struct text path; struct fills keep; };
struct op_notify { struct flags how; };
enum { NOTIFY_LISTEN = 1u << 0 };
struct op_net_device { struct text name, inside; struct slot ns; /* the joined namespace; -1: init's */ };

struct op_cgroup_enter { struct slot procs; struct text controllers; };
struct op_ns { struct ns_flags type; struct slot ns; struct flags how; };
struct op_namespace_root { struct flags how; };
enum { NAMESPACE_ROOT_KEEP_GROUPS = 1u << 0 };
struct op_time_offset { struct slot procfs; struct choice clock; int64_t secs; uint32_t nanosecs; };
struct op_clocks { struct slot procfs; };
struct op_attribute { struct slot procfs; struct choice which; struct text label; /* none: take it back */ };
enum { ATTR_SELINUX_EXEC, ATTR_SELINUX_KEYS, ATTR_APPARMOR_EXEC };
struct op_name { struct text name; };
struct op_propagation { struct slot at; struct spreads spread; };
struct op_root { struct text path; struct slot tree; struct fills keep; struct flags how; }; /* tree: opened by the host */
struct op_procfs { struct fills keep; };

/* What is attached to a target: a new file system, or (source filled) a tree that was opened before. */
struct op_mount {
	struct text type;
	struct slot tree; /* OP_BIND: what OP_SOURCE opened */
	struct text source;
	struct params options;
	struct mount_attrs set, clear;		      /* of the mount itself */
	struct mount_attrs recursive_set, recursive_clear; /* of it and all below */
	struct spreads spread;
	struct text target; /* inside the root */
	struct flags how;   /* MOUNT_* */
	struct text label;  /* for the root directory, once it is mounted */
	struct slot idmap;
	struct slot root;
	struct fills keep;  /* the mount's handle, for later operations */
};
struct op_symlink { struct slot root; struct text path, target; struct flags how; };
struct op_node {
	struct slot root;
	struct text path;
	struct choice type;
	uint32_t major, minor;
	struct mode mode;
	uint32_t uid, gid;
};
struct op_console { struct slot root /* -1: no /dev/console is made */, devpts /* -1: what is at /dev/pts */; uint32_t uid; uint32_t height, width; struct text label; };
struct op_attributes { struct slot mount; struct mount_attrs set; uint32_t retries; };
struct op_change_root { struct choice how; struct slot root; };
struct op_sysctl { struct slot procfs; struct text path, value; };
struct op_cover { struct slot root; struct text path; struct slot null; struct text label; };
struct op_rlimit { struct choice resource; uint64_t soft, hard; };
struct op_oom { int32_t score; struct flags how; };
struct op_scheduler {
	struct choice policy;
	struct flags how;
	int32_t nice, priority;
	uint64_t runtime, deadline, period; /* nanoseconds */
};
struct op_io_priority { struct choice class_; int32_t priority; };
struct op_memory_policy { uint32_t mode; /* MPOL_*, with flags */ struct numbers nodes; };
struct op_personality { uint32_t persona; };
struct op_umask { struct mode mask; };
struct op_credentials {
	uint32_t uid, gid;
	struct numbers groups;
	struct flags how; /* CRED_* */
	struct cap_set bounding, effective, permitted, inheritable, ambient;
};
struct op_cwd { struct slot root; struct text path; struct flags how; };
struct op_exec { struct texts args, env; };
struct op_await_start { struct slot fifo, error; };
struct op_seccomp { struct filter program; struct flags how; }; /* how: SECCOMP_FILTER_FLAG_* */
struct op_listener { struct text socket, metadata; uint32_t limit; /* seconds */ };

/* The kernel's bits. */
enum { SECCOMP_TSYNC = 1u << 0, SECCOMP_LISTENER = 1u << 3, SECCOMP_TSYNC_ESRCH = 1u << 4, SECCOMP_WAIT_KILLABLE_RECV = 1u << 5 };
enum { RDT_OWN = 1u << 0, RDT_THERE = 1u << 1 }; /* made for the container alone; not made */
enum { CGROUP_CPUSET = 1u << 0, CGROUP_UNIT = 1u << 1 /* init is in it by now */ };
enum { UNIT_SLICE = 1u << 0 };
enum { UNIT_SYSTEM, UNIT_USER };
enum {
	CGROUP_SET_TRY = 1u << 0,      /* the kernel may refuse the value: it is written again later */
	CGROUP_SET_OPTIONAL = 1u << 1, /* the kernel may not have the file */
};
enum {
	CLONE_AS_CALLER = 1u << 0,   /* it stays the caller's user, with all rights in the user namespace, until OP_NAMESPACE_ROOT */
	CLONE_KEEP_GROUPS = 1u << 1, /* root of a new user namespace keeps the groups of the caller */
};
enum {
	MAPS_NO_SETGROUPS = 1u << 0, /* the kernel's price for a map of one's own group alone */
	MAPS_UID_HELPER = 1u << 1,   /* written by newuidmap, which asks /etc/subuid */
	MAPS_GID_HELPER = 1u << 2,
};
enum { OOM_IF_ALLOWED = 1u << 0 };
enum { NS_IF_ALLOWED = 1u << 0 }; /* else it is left for a later one */
enum { SOURCE_RECURSIVE = 1u << 0, SOURCE_NULL = 1u << 1, SOURCE_NOFOLLOW = 1u << 2, SOURCE_SLAVE = 1u << 3, SOURCE_IDMAP_TREE = 1u << 4,
       SOURCE_MAY_MISS = 1u << 5 };
enum { ROOT_PRIVATE_PARENT = 1u << 0, ROOT_NO_MOUNT = 1u << 1 };
enum {
	MOUNT_TAKE_MODE = 1u << 0,  /* tmpfs: mode and owner of what was at the target carry over (R8) */
	MOUNT_REAL_DIR = 1u << 1,   /* the target may not be a symlink (R6) */
	MOUNT_PROCFS = 1u << 2,	    /* a procfs: may be mounted at /proc (R5) */
	MOUNT_PROC_FILE = 1u << 3,  /* the target is one of the files of procfs that may be covered (R5) */
	MOUNT_COPY_UP = 1u << 4,    /* tmpfs: starts with what the target held (R9) */
	MOUNT_COPY_SYMLINK = 1u << 5, /* a source that is a symlink is made again, not bound */
	MOUNT_NOFOLLOW = 1u << 6,   /* a target that is a symlink is covered itself */
	MOUNT_IDMAP_TREE = 1u << 7, /* the id map reaches all mounts below */
};
enum { SYMLINK_REPLACE = 1u << 0, SYMLINK_KEEP = 1u << 1 };
enum { CRED_CAPABILITIES = 1u << 0, CRED_GROUPS = 1u << 1, CRED_KEEP_GROUPS = 1u << 2 };
enum { CWD_THERE = 1u << 0 /* a missing one is an error, not made */ };
enum { ROOT_PIVOT, ROOT_MOVE, ROOT_CHROOT };
enum { NODE_CHAR, NODE_BLOCK, NODE_FIFO };
enum { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_STOPPED, STATUS_PAUSED, N_STATUS };
extern const char *const status_names[N_STATUS + 1];

/* What one stage tells another.  SYNC_ERROR and SYNC_FD are the channel's own. */
enum sync {
	SYNC_ERROR,	/* a struct err follows; the sender is gone */
	SYNC_INIT_PID,	/* bridge to host, with init's pidfd */
	SYNC_TAKEN,	/* host to init: the bridge's last word has been heard */
	SYNC_PLACED,	/* host to init: it is in its cgroups */
	SYNC_JOINED,	/* init to host: it is in its namespaces */
	SYNC_MAPPED,	/* host to bridge or init: id maps are written */
	SYNC_MOUNTED,	/* init to host: mounts are there, the old root still is */
	SYNC_HOOKED,	/* host to init: the runtime's hooks have run */
	SYNC_CONSOLE,	/* init to host, with the master of the terminal */
	SYNC_LISTENER,	/* init to host, with the number of its descriptor for seccomp's notifications */
	SYNC_READY,	/* init to host: all but the program itself */
	SYNC_MADE,	/* init to host, while it fails: something that it made in the image */
	SYNC_GO,	/* host to init: the state is recorded, go on to the program */
	N_SYNC,
};
extern const char *const sync_names[N_SYNC + 1];

enum op_kind {
	OP_NONE,
	/* host */
	OP_STATE_DIR, OP_FIFO, OP_UNIT, OP_UNIT_SET, OP_UNIT_ATTACH, OP_CGROUP, OP_CGROUP_CONTROLLERS, OP_CGROUP_SET, OP_CGROUP_CHECK, OP_CGROUP_OWNER, OP_DEVICE_FILTER, OP_RDT_GROUP, OP_RDT_ENTER, OP_OPEN_PROCESS, OP_OPEN_CGROUP, OP_OPEN_NS, OP_CLONE, OP_RECORD,
	OP_ID_MAPS, OP_ID_NAMESPACE, OP_NET_DEVICE, OP_NOTIFY, OP_HOOK_OUTPUT, OP_OOM, OP_HOOK, OP_LISTENER,
	/* any */
	OP_SOURCE, OP_RELABEL, OP_COMMAND, OP_TELL, OP_AWAIT,
	/* bridge, init */
	OP_JOIN, OP_UNSHARE, OP_CGROUP_ENTER,
	/* init */
	OP_TIME_OFFSET, OP_CLOCKS, OP_NAMESPACE_ROOT, OP_HOST_PID, OP_SESSION, OP_ATTRIBUTE, OP_KEYRING, OP_LOOPBACK, OP_HOSTNAME, OP_DOMAINNAME, OP_PROPAGATION, OP_ROOT, OP_PROCFS,
	OP_MOUNT, OP_BIND, OP_NODE, OP_BIND_NODE, OP_SYMLINK, OP_CONSOLE, OP_CHANGE_ROOT, OP_SYSCTL,
	OP_ATTRIBUTES, OP_READONLY, OP_MASK, OP_RLIMIT, OP_AFFINITY, OP_SCHEDULER, OP_IO_PRIORITY,
	OP_MEMORY_POLICY, OP_PERSONALITY, OP_UMASK, OP_STDIO, OP_CREDENTIALS, OP_CWD,
	OP_NO_NEW_PRIVS, OP_SECCOMP, OP_FIND, OP_OUTLIVE, OP_AWAIT_START, OP_EXEC,
	N_OPS,
};

/* ---- what the checker and the printer know of each kind -------------------------------------------------- */

enum op_type {
	T_TEXT, T_TEXTS, T_NUMBERS, T_FILTER, T_PARAMS, T_SLOT, T_FILLS, T_ATTRS, T_SPREADS, T_NS, T_CAPS, T_MODE,
	T_CHOICE, T_FLAGS, T_U32, T_I32, T_U64, T_I64,
};

struct op_field {
	const char *name;
	uint16_t offset;
	uint8_t type;	    /* enum op_type */
	uint8_t how;	    /* FIELD_* */
	const char *const *names; /* T_CHOICE, T_FLAGS: NULL-terminated */
};
enum {
	FIELD_NEEDED = 1u << 0, /* a text or slot that must be there */
	FIELD_STEP = 1u << 1,	/* part of the operation's name in an error: "mount tmpfs" */
};

struct op_def {
	const char *name;
	uint8_t stages; /* 1 << enum stage: where it may stand */
	uint16_t size;	/* of its arguments; 0: none */
	const struct op_field *fields; /* ended by a NULL name */
};
extern const struct op_def op_defs[N_OPS];
extern const char *const stage_names[N_STAGES + 1];

/* ---- reading ---------------------------------------------------------------------------------------------- */

static inline const void *plan_at(const struct plan_header *p, uint32_t offset)
{
	return (const char *)p + offset;
}
static inline const struct op *plan_op_at(const struct plan_header *p, uint32_t i)
{
	return (const struct op *)plan_at(p, p->ops) + i;
}
static inline const struct plan_slot *plan_slot_at(const struct plan_header *p, uint32_t i)
{
	return (const struct plan_slot *)plan_at(p, p->slots) + i;
}
/* The string, or NULL where there is none. */
static inline const char *plan_str(const struct plan_header *p, struct text t)
{
	return t.at ? (const char *)plan_at(p, t.at) : NULL;
}
static inline const char *plan_str_at(const struct plan_header *p, struct texts t, uint32_t i)
{
	return plan_str(p, ((const struct text *)plan_at(p, t.at))[i]);
}
static inline uint32_t plan_number_at(const struct plan_header *p, uint32_t at, uint32_t i)
{
	return ((const uint32_t *)plan_at(p, at))[i];
}
static inline const struct param *plan_param_at(const struct plan_header *p, struct params l, uint32_t i)
{
	return (const struct param *)plan_at(p, l.at) + i;
}

/* Is this buffer of `size` bytes a plan whose every offset, index, string and slot is sound?  Nothing else of
 * the plan is read before this has said yes.  The pairing of tells and awaits is plan/check.h's. */
int plan_check_shape(const void *buffer, size_t size, struct err *e);

/* "mount", "pid", … for one CLONE_NEW* flag, "namespaces" for several; "?" for anything else. */
const char *ns_flag_name(uint64_t flag);

/* Write the operation's name for an error ("mount tmpfs") into `buf`. */
void op_step(const struct plan_header *p, const struct op *op, char *buf, size_t size);

#endif

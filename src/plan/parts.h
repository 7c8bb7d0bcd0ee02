/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_PARTS_H
#define SOCLE_PLAN_PARTS_H

#include "plan/build.h"
#include "plan/create.h"
#include "plan/namespaces.h"
#include "plan/resources.h"
#include "plan/scope.h"

/* The planner's parts, each a file.  Order lives in create.c alone; a part adds its operations where it is
 * called. */
#define N_HOST_FS 3 /* rows of host_fs in mounts.c */

struct planner {
	struct plan plan;
	const struct spec *spec;
	const struct spec_linux *linux_; /* never NULL here */
	const struct create_request *request;
	const struct facts *facts;
	struct arena *arena;
	struct problems *warnings;
	struct err *e;

	uint64_t new_ns, join_ns;    /* CLONE_NEW* */
	struct slot root_tree;	     /* opened by the host, where init may not reach it */
	struct slot root;	     /* the container's root as a mount */
	struct slot hook_output, hook_errors; /* files of the host for what hooks write */
	struct slot notify;	     /* the directory of the socket for readiness */
	struct slot own_procfs;	     /* a procfs that the container never sees; -1 until one is there */
	struct slot proc;	     /* a procfs to write to; -1 until one is there */
	struct slot devpts, dev;     /* what is mounted at /dev/pts and /dev; -1: nothing */
	struct slot null;	     /* the host's null device, for masks */
	struct slot *sources;	     /* of the configuration's mounts; -1: no bind */
	struct slot joined[N_NAMESPACES]; /* by row of namespace_rows */
	struct slot *idmaps;	     /* of the configuration's mounts; -1: ids as they are */
	struct slot host_fs[N_HOST_FS]; /* the host's own, where a new one may be refused */
	struct scope *scope;	     /* the unit that the cgroups are in; NULL: they are socle's own */
	struct u32s seccomp;	     /* the filter, compiled */
	struct cgroup_plan *cgroups; /* n of the facts' hierarchies */
	struct resource_settings limits; /* what is written to them */
	const struct commands_document *commands; /* around mounts; NULL: none */
	bool dev_is_bound;	     /* nodes and links are the host's affair then (R21) */
	bool dev_readonly;	     /* once nodes are made in it (R18) */
	enum stage first;	     /* the process that is started first: bridge or init */
};

struct cgroup_plan { struct slot cgroup, procs, tree; const char *dir; };

/* Every slot empty, the plan begun; the members for what is asked are set before. */
void planner_init(struct planner *p, struct arena *a);

#define INIT_ADD(p, kind, args) plan_add(&(p)->plan, STAGE_INIT, kind, args)
#define HOST_ADD(p, kind, args) plan_add(&(p)->plan, STAGE_HOST, kind, args)

/* create.c, for rootfs.c */
void plan_propagation(struct planner *p, struct slot at);
void plan_root(struct planner *p);
void plan_change_root(struct planner *p);
void plan_session(struct planner *p, const char *id, bool keyring);
int plan_finishing(struct planner *p);
void plan_taken(struct planner *p);
int plan_rdt_group(struct planner *p);
void plan_rdt_enter(struct planner *p, const char *id);
/* refuse.c */
int plan_refuse(struct planner *p);
/* namespaces.c */
int plan_namespaces(struct planner *p); /* what is new, what is joined */
void plan_open_namespaces(struct planner *p);
void plan_join(struct planner *p);
void plan_clocks(struct planner *p); /* those of a new time namespace */
void plan_net_devices(struct planner *p);
/* The namespaces that the kernel is to make with the process: all that init cannot better make itself. */
uint64_t plan_clone_namespaces(const struct planner *p);
/* lsm.c */
int plan_check_labels(struct planner *p); /* can they be enforced? */
void plan_early_procfs(struct planner *p);
struct slot plan_own_procfs(struct planner *p);
void plan_key_label(struct planner *p, const char *label); /* of keys that are made from here on; NULL: as usual */
void plan_exec_labels(struct planner *p);
/* notify.c */
void plan_notify(struct planner *p);
void plan_notify_source(struct planner *p);
void plan_notify_mount(struct planner *p);
/* userns.c */
bool plan_has_userns(const struct planner *p);
void plan_namespace_root(struct planner *p, enum stage stage);   /* the container has one */
bool plan_is_in_userns(const struct planner *p); /* or it is in the caller's: less is allowed there */
int plan_check_maps(struct planner *p);
int plan_check_user(struct planner *p, const struct spec_user *user);
uint32_t plan_map_writers(const struct planner *p, const struct spec_id_mappings *uids,
			  const struct spec_id_mappings *gids); /* MAPS_* */
void plan_id_maps(struct planner *p);
struct text plan_map_text(struct planner *p, const struct spec_id_mappings *maps);
/* The stage that opens sources: the host where init is somebody who may not reach them. */
enum stage plan_source_stage(const struct planner *p);
/* A host that may copy no mounts leaves that to init, which stays the caller's user until then. */
bool plan_root_is_late(const struct planner *p);
void plan_late_root(struct planner *p);
void plan_identity(struct planner *p); /* loopback, host name */
/* scope.c */
int plan_read_scope(struct planner *p);
int plan_scope(struct planner *p); /* and all of its cgroups */
void plan_placed(struct planner *p);
void plan_unit_update(struct planner *p, const char *unit, bool user, bool devices);
/* cgroups.c */
int plan_name_cgroups(struct planner *p); /* before all others */
int plan_cgroups(struct planner *p); /* made, and with their limits */
int plan_cgroup_settings(struct planner *p);
void plan_enter_cgroups(struct planner *p);
/* delegate.c */
void plan_cgroup_owner(struct planner *p);
int plan_delegate(struct planner *p); /* once init is in its namespaces */
/* settings.c */
void plan_hand_down(struct planner *p, size_t i, const char *dir, const struct strings *needed); /* controllers */
int plan_settle(struct planner *p, const struct spec_resources *now); /* what is to be written, into p->limits */
void plan_resources(struct planner *p);
void plan_late_resources(struct planner *p); /* once the container's process is there */
int plan_cgroup_mount(struct planner *p, size_t i);
void plan_cgroup_sources(struct planner *p);
/* mounts.c */
void plan_open_source(struct planner *p, const char *path, uint32_t how, struct slot keep);
void plan_id_namespaces(struct planner *p);
int plan_sources(struct planner *p);
void plan_unit_sources(struct planner *p);
int plan_mounts(struct planner *p);
int plan_masks(struct planner *p);
/* devices.c */
int plan_devices(struct planner *p);
void plan_exec_console(struct planner *p);
/* hooks.c */
void plan_runtime_hooks(struct planner *p);
void plan_hooks(struct planner *p, uint32_t kind);
void plan_host_pid(struct planner *p);
int plan_hook_outputs(struct planner *p);
/* commands.c */
const char *plan_annotation(const struct planner *p, const char *key); /* its value, or NULL */
int plan_read_commands(struct planner *p);
int plan_commands(struct planner *p, size_t i, bool before);
/* seccomp.c */
#define SECCOMP_RECEIVER "run.oci.seccomp.receiver" /* an annotation */
enum seccomp_moment { SECCOMP_WHILE_PRIVILEGED, SECCOMP_BEFORE_READY, SECCOMP_BEFORE_PROGRAM };
int plan_seccomp_check(struct planner *p);
void plan_seccomp(struct planner *p, enum seccomp_moment now);
/* sched.c */
void plan_scheduling(struct planner *p);
struct numbers plan_cpus(struct planner *p, const char *list);
void plan_affinity(struct planner *p); /* of a further process */
/* process.c */
void plan_sysctls(struct planner *p);
void plan_oom(struct planner *p);
int plan_limits(struct planner *p);
int plan_credentials(struct planner *p);
bool plan_keeps_groups(const struct planner *p);
void plan_program(struct planner *p);

#endif

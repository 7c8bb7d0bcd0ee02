/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_OPS_RUN_H
#define SOCLE_OPS_RUN_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/err.h"
#include "ops/made.h"
#include "plan/op.h"
#include "sys/root.h"

/* A plan being carried out by one process. */
struct run {
	const struct plan_header *plan;
	int *slots;  /* plan->n_slots descriptors, -1 where empty */
	int channel; /* to the other side; -1 where there is none */
	int interrupt; /* readable once somebody wants us to give up; -1: nobody can */
	int plan_fd; /* the sealed memfd that holds the plan; -1 in the host */
	int64_t pid; /* of init, as the host knows it */
	void *own;   /* of the stage: struct init here, struct host in run/ */
};

/* Carries out one operation. */
typedef int perform_fn(struct run *r, const struct op *op, struct err *e);

/* The stage's list from top to bottom.  `table` has a function for each kind that may stand in it. */
int run_list(struct run *r, enum stage stage, perform_fn *const table[N_OPS], struct err *e);

#define ARGS(T, r, op) ((const struct T *)plan_at((r)->plan, (op)->args))

static inline const char *run_str(const struct run *r, struct text t)
{
	return plan_str(r->plan, t);
}
static inline struct inroot run_path(const struct run *r, struct text t)
{
	return (struct inroot){ plan_str(r->plan, t) };
}
static inline int run_slot(const struct run *r, struct slot s)
{
	return s.n < 0 ? -1 : r->slots[s.n];
}
/* Put a descriptor into a slot, or close it where nobody keeps it.  `*fd` is taken. */
void run_fill(struct run *r, struct fills slot, int *fd);
/* Close what is in a slot. */
void run_empty(struct run *r, struct slot s);

/* What socle-init holds besides the slots. */
struct init {
	int mask_dir;	 /* the empty read-only tmpfs that all masked directories share; -1: none yet */
	int mask_null;	 /* the verified null device that masked files share */
	int cwd;	 /* entered again after the change of user, where root was refused; -1: nothing to do */
	int listener;	 /* of the seccomp filter, until the host has handed it over; -1: none */
	int start_error; /* file that takes the error of a program that `start` could not execute */
	int dir;	 /* the directory of the last node or link made, while nothing was mounted since … */
	char dir_path[PATH_MAX]; /* … and its path */
	char program[PATH_MAX];
	char **argv, **envp; /* of the program; NULL until all is ready for it */
	char home[256]; /* "HOME=…", where the environment has none */
	struct made_list made;
	struct rlimit nofile; /* as it was, if … */
	bool nofile_raised;   /* … it was raised to hold all descriptors */
	bool joined_mounts; /* the mount namespace is somebody else's too */
};
/* Nothing held yet; close what it holds. */
void init_begin(struct init *i);
void init_done(struct init *i);
static inline struct init *run_init(struct run *r)
{
	return r->own;
}

/* What a root file system alone is made of, for programs that call the library (ops/rootfs.c). */
extern perform_fn *const rootfs_table[N_OPS];

/* A NULL-terminated array of a list's texts; the caller frees it. */
char **run_vector(const struct run *r, struct texts l, struct err *e);

/* All that the program's execution needs, so that nothing but execve(2) is left; once. */
int exec_prepare(struct run *r, struct err *e);

/* Each kind's function. */
perform_fn perform_tell, perform_await, perform_source, perform_relabel, perform_command, perform_join, perform_unshare, perform_cgroup_enter,
	perform_time_offset, perform_clocks, perform_namespace_root, perform_host_pid, perform_session, perform_attribute, perform_keyring, perform_loopback, perform_hostname, perform_domainname,
	perform_propagation, perform_root, perform_procfs, perform_mount, perform_bind, perform_node,
	perform_bind_node, perform_symlink, perform_console, perform_change_root, perform_sysctl, perform_attributes,
	perform_readonly, perform_mask, perform_rlimit, perform_affinity, perform_scheduler,
	perform_io_priority, perform_memory_policy, perform_personality, perform_umask, perform_stdio, perform_credentials,
	perform_cwd, perform_no_new_privs, perform_seccomp, perform_bridge_clone, perform_find, perform_outlive, perform_await_start, perform_exec, perform_hook;

#endif

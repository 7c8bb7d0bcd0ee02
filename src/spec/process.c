/* SPDX-License-Identifier: Apache-2.0 */

/* The tables of /process.
 *
 * Names of capabilities are free: one that the kernel does not know is worth a warning, not an
 * error. */
#include "spec/tables.h"

ROWS(console_size, struct spec_console_size) = {
	FIELD(console_size, height, "height", REQUIRED),
	FIELD(console_size, width,  "width",  REQUIRED),
};
static TABLE(console_size);

ROWS(user, struct spec_user) = {
	FIELD(user, uid,	     "uid",	       REQUIRED),
	FIELD(user, gid,	     "gid",	       REQUIRED),
	FIELD(user, umask,	     "umask",	       OPTIONAL),
	FIELD(user, additional_gids, "additionalGids", OPTIONAL),
	FIELD(user, username,	     "username",       OPTIONAL),
};
static TABLE(user);

ROWS(capabilities, struct spec_capabilities) = {
	FIELD(capabilities, bounding,	 "bounding",	OPTIONAL),
	FIELD(capabilities, effective,	 "effective",	OPTIONAL),
	FIELD(capabilities, inheritable, "inheritable", OPTIONAL),
	FIELD(capabilities, permitted,	 "permitted",	OPTIONAL),
	FIELD(capabilities, ambient,	 "ambient",	OPTIONAL),
};
static TABLE(capabilities);

ROWS(rlimit, struct spec_rlimit) = {
	WORD (rlimit, type, "type", REQUIRED, RLIMIT_WORDS),
	FIELD(rlimit, hard, "hard", REQUIRED),
	FIELD(rlimit, soft, "soft", REQUIRED),
};
static TABLE(rlimit);

ROWS(scheduler, struct spec_scheduler) = {
	WORD (scheduler, policy,   "policy",   REQUIRED,
	      "SCHED_OTHER SCHED_FIFO SCHED_RR SCHED_BATCH SCHED_ISO SCHED_IDLE SCHED_DEADLINE"),
	FIELD(scheduler, nice,	   "nice",     OPTIONAL),
	FIELD(scheduler, priority, "priority", OPTIONAL),
	WORD (scheduler, flags,	   "flags",    OPTIONAL,
	      "SCHED_FLAG_RESET_ON_FORK SCHED_FLAG_RECLAIM SCHED_FLAG_DL_OVERRUN "
	      "SCHED_FLAG_KEEP_POLICY SCHED_FLAG_KEEP_PARAMS SCHED_FLAG_UTIL_CLAMP_MIN "
	      "SCHED_FLAG_UTIL_CLAMP_MAX"),
	FIELD(scheduler, runtime,  "runtime",  OPTIONAL),
	FIELD(scheduler, deadline, "deadline", OPTIONAL),
	FIELD(scheduler, period,   "period",   OPTIONAL),
};
static TABLE(scheduler);

ROWS(io_priority, struct spec_io_priority) = {
	WORD (io_priority, class_,   "class",	 REQUIRED,
	      "IOPRIO_CLASS_RT IOPRIO_CLASS_BE IOPRIO_CLASS_IDLE"),
	FIELD(io_priority, priority, "priority", REQUIRED),
};
static TABLE(io_priority);

ROWS(exec_cpu_affinity, struct spec_exec_cpu_affinity) = {
	FIELD(exec_cpu_affinity, initial, "initial", OPTIONAL),
	FIELD(exec_cpu_affinity, final,	  "final",   OPTIONAL),
};
static TABLE(exec_cpu_affinity);

ROWS(process, struct spec_process) = {
	FIELD (process, terminal,	   "terminal",	      OPTIONAL),
	OBJECT(process, console_size,	   "consoleSize",     OPTIONAL, console_size),
	OBJECT(process, user,		   "user",	      OPTIONAL, user),
	FIELD (process, args,		   "args",	      OPTIONAL),
	FIELD (process, command_line,	   "commandLine",     OPTIONAL),
	FIELD (process, env,		   "env",	      OPTIONAL),
	FIELD (process, cwd,		   "cwd",	      REQUIRED),
	OBJECT(process, capabilities,	   "capabilities",    OPTIONAL, capabilities),
	ARRAY (process, rlimits,	   "rlimits",	      OPTIONAL, rlimit),
	FIELD (process, no_new_privileges, "noNewPrivileges", OPTIONAL),
	FIELD (process, apparmor_profile,  "apparmorProfile", OPTIONAL),
	FIELD (process, oom_score_adj,	   "oomScoreAdj",     OPTIONAL),
	OBJECT(process, scheduler,	   "scheduler",	      OPTIONAL, scheduler),
	FIELD (process, selinux_label,	   "selinuxLabel",    OPTIONAL),
	OBJECT(process, io_priority,	   "ioPriority",      OPTIONAL, io_priority),
	OBJECT(process, exec_cpu_affinity, "execCPUAffinity", OPTIONAL, exec_cpu_affinity),
};
TABLE(process);

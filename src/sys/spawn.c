/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "sys/arch.h"
#include "sys/calls.h"
#include "sys/cred.h"
#include "sys/fd.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* What the child could not do.  Lives in the parent's frame: the memory is shared. */
struct outcome { const char *call; int num; };

static void fail(volatile struct outcome *o, const char *call)
{
	o->call = call;
	o->num = errno;
	_exit(127);
}

static const char *pass_caps(void)
{
	struct err e = { 0 };
	if (cred_pass_caps(&e) == 0)
		return NULL;
	errno = e.num;
	return "capset";
}

/* Root in the user namespace, once its maps are there.  Where setgroups is denied the caller's groups stay. */
static const char *pass_gate(const struct spawn *s)
{
	char message[64];
	if (read(s->gate, message, sizeof(message)) <= 0)
		_exit(1); /* the host is gone */
	if (s->as_caller)
		return pass_caps();
	if (!s->keep_groups && syscall(__NR_setgroups, 0, NULL) < 0 && errno != EPERM)
		return "setgroups";
	if (syscall(__NR_setresgid, 0, 0, 0) < 0)
		return "setresgid";
	return syscall(__NR_setresuid, 0, 0, 0) < 0 ? "setresuid" : NULL;
}

static void child_gated(const struct spawn *s)
{
	/* Whoever kills the host in this very moment sends us nothing: the end of the gate has to tell, and no copy of its
	 * other end may be ours.  Twice: the change of user takes it back. */
	if (s->gate_other >= 0)
		close(s->gate_other);
	const char *call = prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? "prctl PR_SET_PDEATHSIG" : pass_gate(s);
	if (!call && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		call = "prctl PR_SET_PDEATHSIG";
	for (size_t i = 0; !call && i < s->n_pass; i++)
		if (fcntl(s->pass[i], F_SETFD, 0) < 0)
			call = "fcntl F_SETFD";
	if (!call)
		syscall(__NR_execveat, s->program, "", s->argv, s->envp, AT_EMPTY_PATH);
	s->failed(s->data, call ? call : "execveat", errno);
	_exit(127);
}

static int spawn_gated(const struct spawn *s, struct clone_args *args, struct err *e)
{
	long pid = syscall(__NR_clone3, args, sizeof(*args));
	if (pid == 0)
		child_gated(s);
	return pid < 0 ? err_call(e, "clone3", NULL) : (int)pid;
}

static void child(const struct spawn *s, volatile struct outcome *o)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		fail(o, "prctl PR_SET_PDEATHSIG");
	const char *call = s->as_caller ? pass_caps() : NULL;
	if (call)
		fail(o, call);
	for (size_t i = 0; i < s->n_pass; i++)
		if (fcntl(s->pass[i], F_SETFD, 0) < 0)
			fail(o, "fcntl F_SETFD");
	syscall(__NR_execveat, s->program, "", s->argv, s->envp, AT_EMPTY_PATH);
	fail(o, "execveat");
}

/* A child that failed before its exec has already ended; it is reaped here and its error becomes ours. */
static int reap_failed(int *pidfd, const struct outcome *o, const char *path, struct err *e)
{
	siginfo_t info;
	waitid(P_PIDFD, (id_t)*pidfd, &info, WEXITED | __WALL);
	fd_closep(pidfd);
	return err_call_num(e, o->num ? o->num : ECHILD, o->call ? o->call : "execve", path);
}

__attribute__((noinline)) int spawn(const struct spawn *s, int *ret_pidfd, struct err *e)
{
	int pidfd = -1;
	volatile struct outcome o = { 0 };
	struct clone_args args = {
		.flags = s->namespaces | s->flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = s->flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	if (s->cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)s->cgroup;
	}
	if (s->gate >= 0) {
		int child_pid = spawn_gated(s, &args, e);
		if (child_pid >= 0)
			*ret_pidfd = pidfd;
		return child_pid;
	}
	args.flags |= SPAWN_SHARES ? CLONE_VM | CLONE_VFORK : 0;
	long pid = call_in_line(__NR_clone3, &args, sizeof(args));
	if (pid == 0)
		child(s, &o);
	if (pid < 0)
		return err_call_num(e, (int)-pid, "clone3", NULL);
	if (o.call)
		return reap_failed(&pidfd, (const struct outcome *)&o, "socle-init", e);
	*ret_pidfd = pidfd;
	return (int)pid;
}

static int spawn_copy(uint64_t namespaces, int (*function)(void *), void *data, int *ret_pidfd, struct err *e)
{
	int pidfd = -1;
	struct clone_args args = { .flags = namespaces | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd,
				   .exit_signal = SIGCHLD };
	long pid = syscall(__NR_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? 1 : function(data));
	if (pid < 0)
		return err_call(e, "clone3", NULL);
	*ret_pidfd = pidfd;
	return (int)pid;
}

static int wait_for_ever(void *data)
{
	(void)data;
	for (;;)
		pause();
	return 0;
}

int spawn_waiting(uint64_t namespaces, int *ret_pidfd, struct err *e)
{
	return spawn_copy(namespaces, wait_for_ever, NULL, ret_pidfd, e);
}

int spawn_function(int (*function)(void *data), void *data, int *ret_pidfd, struct err *e)
{
	return spawn_copy(0, function, data, ret_pidfd, e);
}

static void child_plain(const struct spawn_plain *s, volatile struct outcome *o)
{
	for (int i = 0; i < 3; i++)
		if (dup2(s->stdio[i], i) < 0)
			fail(o, "dup2");
	if (sys_close_range(3, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */) < 0)
		fail(o, "close_range");
	if (s->cwd && chdir(s->cwd) < 0)
		fail(o, "chdir");
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	execve(s->path, s->argv, s->envp);
	fail(o, "execve");
}

__attribute__((noinline)) int spawn_plain(const struct spawn_plain *s, int *ret_pidfd, struct err *e)
{
	int pidfd = -1;
	volatile struct outcome o = { 0 };
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_VFORK | (SPAWN_SHARES ? CLONE_VM : 0),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = call_in_line(__NR_clone3, &args, sizeof(args));
	if (pid == 0)
		child_plain(s, &o);
	if (pid < 0)
		return err_call_num(e, (int)-pid, "clone3", s->path);
	if (o.call)
		return reap_failed(&pidfd, (const struct outcome *)&o, s->path, e);
	*ret_pidfd = pidfd;
	return (int)pid;
}

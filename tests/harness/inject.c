/* SPDX-License-Identifier: Apache-2.0 */
/* Makes one system call of one stage fail, or kills the stage there.
 *
 *	inject STAGE count|N|N=ERRNO|N=kill COMMAND [ARGUMENT…]
 *
 * STAGE is host (the command itself, from its main on), spawn (a child before its exec), bridge or init.  "count" prints
 * each call of the stage, ; N counts from 1.  The status is the command's; 128 + n after signal n; 99
 * if the call did not come.  Every stage is followed by ptrace, so a call is told by its number and by no clock; what the
 * container runs is let go once init executes it. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum stage { HOST, SPAWN, BRIDGE, INIT, OTHER };
static const char *const names[] = { "host", "spawn", "bridge", "init", NULL };

struct tracee {
	pid_t pid;
	enum stage stage;
	int counting;	/* the program's own calls have begun */
	int failing;	/* the call that it is in is to be replaced */
};
static struct tracee tracees[256];
static int n_tracees, seen, hit, killing;
static enum stage wanted;
static long at, error;

/* The errors.  Calls that are not here either cannot fail or fail without anybody's caring: close, munmap. */
static const struct call { long nr; const char *name; int error; } calls[] = {
#define CALL(name, error) { SYS_##name, #name, error },
#ifdef SYS_open
	CALL(open, EMFILE) CALL(access, EACCES) CALL(mkdir, ENOSPC) CALL(rmdir, EBUSY) CALL(unlink, EACCES)
	CALL(poll, ENOMEM) CALL(stat, EACCES) CALL(lstat, EACCES) CALL(readlink, EACCES) CALL(rename, EACCES)
	CALL(eventfd, EMFILE) CALL(signalfd, EMFILE)
#endif
	CALL(openat, EMFILE) CALL(openat2, EMFILE) CALL(read, EIO) CALL(write, EIO) CALL(mmap, ENOMEM)
	CALL(fstat, EIO) CALL(newfstatat, EACCES) CALL(statx, EACCES) CALL(statfs, EACCES) CALL(fstatfs, EIO)
	CALL(faccessat, EACCES) CALL(faccessat2, EACCES) CALL(readlinkat, EACCES) CALL(getcwd, ENOENT)
	CALL(getdents64, EIO) CALL(mkdirat, ENOSPC) CALL(mknodat, ENOSPC) CALL(symlinkat, ENOSPC) CALL(unlinkat, EACCES)
	CALL(renameat, ENOSPC) CALL(renameat2, ENOSPC) CALL(fchmod, EPERM) CALL(fchown, EPERM) CALL(fchmodat, EPERM)
	CALL(fchownat, EPERM) CALL(getxattr, EACCES) CALL(fsetxattr, ENOSPC) CALL(fgetxattr, EACCES) CALL(flock, ENOLCK)
	CALL(fcntl, EMFILE) CALL(ioctl, EPERM) CALL(dup2, EMFILE) CALL(dup3, EMFILE) CALL(dup, EMFILE)
	CALL(memfd_create, EMFILE) CALL(sendfile, EIO) CALL(close_range, ENOMEM) CALL(socketpair, EMFILE)
	CALL(socket, EMFILE) CALL(connect, ECONNREFUSED) CALL(sendmsg, ENOBUFS) CALL(sendto, ENOBUFS) CALL(recvmsg, ENOMEM)
	CALL(recvfrom, ENOMEM) CALL(ppoll, ENOMEM) CALL(clone3, EAGAIN) CALL(clone, EAGAIN) CALL(execve, EACCES)
	CALL(execveat, ENOMEM) CALL(waitid, EINTR) CALL(wait4, EINTR) CALL(pidfd_open, EMFILE)
	CALL(pidfd_send_signal, EPERM) CALL(prctl, EPERM) CALL(seccomp, EINVAL) CALL(bpf, EPERM) CALL(setns, EPERM)
	CALL(unshare, EPERM) CALL(mount_setattr, EPERM) CALL(fsopen, EPERM) CALL(fsconfig, EPERM) CALL(fsmount, EPERM)
	CALL(move_mount, EPERM) CALL(open_tree, EPERM) CALL(pivot_root, EBUSY) CALL(umount2, EBUSY) CALL(chroot, EPERM)
	CALL(chdir, EACCES) CALL(fchdir, EACCES) CALL(setsid, EPERM) CALL(keyctl, EDQUOT) CALL(sethostname, EPERM)
	CALL(setdomainname, EPERM) CALL(setuid, EAGAIN) CALL(setresuid, EAGAIN) CALL(setresgid, EPERM)
	CALL(setgroups, EPERM) CALL(capset, EPERM) CALL(capget, EPERM) CALL(prlimit64, EPERM) CALL(setrlimit, EPERM)
	CALL(rt_sigprocmask, EINVAL) CALL(eventfd2, EMFILE) CALL(signalfd4, EMFILE) CALL(personality, EINVAL)
	CALL(sched_setattr, EPERM) CALL(ioprio_set, EPERM) CALL(writev, EIO) CALL(readv, EIO) CALL(pread64, EIO)
	CALL(pwrite64, EIO) CALL(lseek, EINVAL) CALL(ftruncate, EIO) CALL(getrandom, EAGAIN)
};

static const struct call *call_of(unsigned long long nr)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((unsigned long long)calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

static struct tracee *find(pid_t pid)
{
	for (int i = 0; i < n_tracees; i++)
		if (tracees[i].pid == pid)
			return &tracees[i];
	if (n_tracees == 256)
		exit(98);
	tracees[n_tracees] = (struct tracee){ .pid = pid, .stage = SPAWN, .counting = 1 };
	return &tracees[n_tracees++];
}

static void forget(pid_t pid)
{
	for (int i = 0; i < n_tracees; i++)
		if (tracees[i].pid == pid)
			tracees[i] = tracees[--n_tracees];
}

/* What a process has become by an exec: socle-init names its stage in its arguments. */
static enum stage stage_of(pid_t pid)
{
	char path[64], line[256];
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return OTHER;
	line[n] = 0;
	if (strcmp(line, "socle-init") != 0)
		return OTHER;
	const char *number = line + strlen(line) + 1, *stage = number + strlen(number) + 1;
	return strcmp(stage, "bridge") == 0 ? BRIDGE : INIT;
}

static void print_call(const struct __ptrace_syscall_info *i)
{
	const struct call *c = call_of(i->entry.nr);
	dprintf(9, "%d %s\n", seen, c ? c->name : "-");
}

/* The C library's own beginning is nobody's to fail: socle's main begins with a look at its standard descriptors, and
 * socle-init's with prctl. */
static int begins(const struct tracee *t, const struct __ptrace_syscall_info *i)
{
	return t->stage == HOST ? i->entry.nr == SYS_fcntl : i->entry.nr == SYS_prctl;
}

static void replace_entry(pid_t pid)
{
#if defined(__x86_64__)
	ptrace(PTRACE_POKEUSER, pid, (void *)(15 * 8), (void *)-1L); /* orig_rax */
#elif defined(__aarch64__)
	int none = -1;
	struct iovec v = { &none, sizeof(none) };
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &v);
#else
#error "which register holds a system call's number here?"
#endif
}

static void replace_exit(pid_t pid)
{
#if defined(__x86_64__)
	ptrace(PTRACE_POKEUSER, pid, (void *)(10 * 8), (void *)-error); /* rax */
#elif defined(__aarch64__)
	unsigned long regs[34];
	struct iovec v = { regs, sizeof(regs) };
	ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v);
	regs[0] = (unsigned long)-error;
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v);
#endif
}

static void see_call(struct tracee *t)
{
	struct __ptrace_syscall_info i;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(i), &i) <= 0)
		return;
	if (i.op == PTRACE_SYSCALL_INFO_EXIT && t->failing) {
		replace_exit(t->pid);
		t->failing = 0;
	}
	if (i.op != PTRACE_SYSCALL_INFO_ENTRY || t->stage != wanted)
		return;
	if (!t->counting && begins(t, &i))
		t->counting = 1;
	if (!t->counting)
		return;
	seen++;
	if (at == 0)
		print_call(&i);
	if (seen != at)
		return;
	hit = 1;
	if (killing) {
		kill(t->pid, SIGKILL);
		return;
	}
	const struct call *c = call_of(i.entry.nr);
	error = c ? c->error : EPERM;
	replace_entry(t->pid);
	t->failing = 1;
}

static int parse(const char *stage, const char *what)
{
	for (wanted = 0; names[wanted] && strcmp(names[wanted], stage) != 0;)
		wanted++;
	if (!names[wanted])
		return -1;
	if (strcmp(what, "count") == 0)
		return 0;
	char *end;
	at = strtol(what, &end, 10);
	if (at <= 0 || *end != '=')
		return -1;
	killing = strcmp(end + 1, "kill") == 0;
	return killing || strcmp(end + 1, "fail") == 0 ? 0 : -1;
}

static int follow(pid_t main_pid)
{
	int status, result = 0;
	for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
		struct tracee *t = find(pid);
		if (!WIFSTOPPED(status)) {
			if (pid == main_pid)
				result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			forget(pid);
			if (pid == main_pid)
				break; /* whoever is left goes on by itself once we are gone */
			continue;
		}
		int sig = WSTOPSIG(status), event = status >> 16;
		if (sig == (SIGTRAP | 0x80)) {
			see_call(t);
			sig = 0;
		} else if (event == PTRACE_EVENT_EXEC) {
			sig = 0;
			if (pid != main_pid) {
				t->stage = stage_of(pid);
				t->counting = 0;
			}
			if (t->stage == OTHER) {
				ptrace(PTRACE_DETACH, pid, 0, 0);
				forget(pid);
				continue;
			}
		} else if (event != 0) {
			sig = 0;
		}
		ptrace(PTRACE_SYSCALL, pid, 0, (void *)(long)sig);
	}
	return result;
}

int main(int argc, char **argv)
{
	if (argc < 4 || parse(argv[1], argv[2]) < 0) {
		fprintf(stderr, "usage: inject host|spawn|bridge|init count|N=fail|N=kill COMMAND…\n");
		return 2;
	}
	/* Seized, not attached: nobody is left standing at a SIGSTOP when we go. */
	int go[2], status;
	if (pipe(go) < 0)
		return 98;
	pid_t pid = fork();
	if (pid == 0) {
		char c;
		close(go[1]);
		if (read(go[0], &c, 1) != 1)
			_exit(98);
		close(go[0]);
		execv(argv[3], argv + 3);
		_exit(127);
	}
	struct tracee *t = find(pid);
	t->stage = HOST;
	t->counting = 0;
	close(go[0]);
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	if (ptrace(PTRACE_SEIZE, pid, 0, (void *)options) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 ||
	    write(go[1], "", 1) != 1)
		return 98;
	close(go[1]);
	status = follow(pid);
	return at && !hit ? 99 : status;
}

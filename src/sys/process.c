/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sys/calls.h"
#include "sys/fd.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* The name in field 2 may hold blanks and parentheses: fields are counted from the last ")". */
int process_stat(int64_t pid, struct process_stat *ret, struct err *e)
{
	char path[64], text[1024];
	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	if (fd_read_file_at(AT_FDCWD, path, text, sizeof(text), e) < 0)
		return -1;
	const char *p = strrchr(text, ')');
	if (!p || p[1] != ' ')
		return err_rule(e, NULL, "\"%s\" reads like nothing known", path);
	ret->state = p[2];
	ret->parent = atoi(p + 3);
	p += 2;
	for (int field = 3; field < 22 && p; field++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	ret->start = p ? strtoull(p, NULL, 10) : 0;
	return 0;
}

bool process_is_alive(int64_t pid, uint64_t start)
{
	struct err ignored = { 0 };
	struct process_stat st;
	return pid > 0 && process_stat(pid, &st, &ignored) == 0 && st.start == start && st.state != 'Z' &&
	       st.state != 'X';
}

/* The pidfd comes first: if the process behind the number still has our start time then, the pidfd is its. */
int process_open(int64_t pid, uint64_t start, struct err *e)
{
	_cleanup_close_ int pidfd = pid > 0 ? sys_pidfd_open((int)pid, 0) : -1;
	if (pidfd < 0)
		return err_call_num(e, pid > 0 ? errno : ESRCH, "pidfd_open", NULL);
	if (!process_is_alive(pid, start))
		return err_call_num(e, ESRCH, "pidfd_open", NULL);
	return fd_take(&pidfd);
}

int pidfd_pid(int pidfd, struct err *e)
{
	char path[64], text[1024];
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	if (fd_read_file_at(AT_FDCWD, path, text, sizeof(text), e) < 0)
		return -1;
	const char *p = strstr(text, "\nPid:");
	int pid = p ? atoi(p + 5) : 0;
	return pid > 0 ? pid : err_call_num(e, ESRCH, "pidfd", NULL);
}

int pidfd_wait(int pidfd, int *ret_status, struct err *e)
{
	siginfo_t info;
	int r;
	do
		r = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | __WALL);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_call(e, "waitid", NULL);
	*ret_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}

/* Its descriptors are closed before it can be waited for, so who sees them closed gives it a moment. */
int pidfd_killed_by(int pidfd)
{
	siginfo_t info = { 0 };
	struct pollfd p = { pidfd, POLLIN, 0 };
	if (pidfd < 0 || poll(&p, 1, 500) <= 0 ||
	    waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0)
		return 0;
	return info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED ? info.si_status : 0;
}

int pidfd_kill_and_reap(int pidfd)
{
	struct err ignored = { 0 };
	int status = -1;
	if (pidfd < 0 || sys_pidfd_send_signal(pidfd, SIGKILL) < 0 || pidfd_wait(pidfd, &status, &ignored) < 0)
		return -1;
	return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by number, start time and pidfd.  Each test's children are its own. */
#include "sys/process.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/calls.h"
#include "sys/fd.h"

/* A child that waits to be killed, under a name that makes its stat line hard to read. */
static pid_t sleeper(const char *name)
{
	int ready[2];
	char byte;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		if (write(ready[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/* A child that ends by itself, as a zombie once this returns. */
static pid_t ended(int status, int signal)
{
	siginfo_t info;
	pid_t pid = fork();
	if (pid == 0) {
		if (signal)
			kill(getpid(), signal);
		_exit(status);
	}
	assert_true(pid > 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	return pid;
}

static void reap(pid_t pid)
{
	int status;
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void names(void **state)
{
	static const char *const rows[] = { "plain", "a b", ") Z 1 (", "))))", "((", " ", "\n) X" };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process_stat plain, st;
		struct err e = { 0 };
		pid_t pid = sleeper(rows[i]);
		assert_int_equal(process_stat(pid, &st, &e), 0);
		assert_true(st.state == 'S' || st.state == 'R' || st.state == 'D');
		assert_int_equal(process_stat(getpid(), &plain, &e), 0);
		assert_true(st.start >= plain.start);
		assert_true(process_is_alive(pid, st.start));
		assert_false(process_is_alive(pid, st.start + 1));
		assert_false(process_is_alive(pid, 0));
		reap(pid);
		assert_false(process_is_alive(pid, st.start));
	}
}

static void nobody(void **state)
{
	struct process_stat st;
	struct err e = { 0 };
	(void)state;
	pid_t pid = sleeper("gone");
	reap(pid);
	assert_int_equal(process_stat(pid, &st, &e), -1);
	assert_true(err_is(&e, ENOENT) || err_is(&e, ESRCH));
	static const int64_t rows[] = { 0, -1, INT64_MAX, INT64_MIN };
	for (size_t i = 0; i < 4; i++) {
		struct err why = { 0 };
		assert_false(process_is_alive(rows[i], 1));
		assert_int_equal(process_open(rows[i], 1, &why), -1);
		assert_true(err_is_set(&why));
	}
	memset(&e, 0, sizeof(e));
	assert_int_equal(process_open(pid, 1, &e), -1);
	assert_true(err_is(&e, ESRCH));
}

static void zombies(void **state)
{
	struct process_stat st;
	struct err e = { 0 };
	(void)state;
	pid_t pid = ended(0, 0);
	assert_int_equal(process_stat(pid, &st, &e), 0);
	assert_int_equal(st.state, 'Z');
	assert_false(process_is_alive(pid, st.start));
	assert_int_equal(process_open(pid, st.start, &e), -1);
	assert_true(err_is(&e, ESRCH));
	reap(pid);
}

static void opened(void **state)
{
	struct process_stat st;
	struct err e = { 0 };
	(void)state;
	pid_t pid = sleeper("opened");
	assert_int_equal(process_stat(pid, &st, &e), 0);
	assert_int_equal(process_open(pid, st.start + 1, &e), -1); /* somebody else by now */
	assert_true(err_is(&e, ESRCH));
	_cleanup_close_ int pidfd = process_open(pid, st.start, &e);
	assert_true(pidfd >= 0);
	assert_int_equal(pidfd_pid(pidfd, &e), pid);
	pidfd_kill_and_reap(pidfd);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	memset(&e, 0, sizeof(e));
	assert_int_equal(pidfd_pid(pidfd, &e), -1);
	assert_true(err_is(&e, ESRCH));
	pidfd_kill_and_reap(pidfd); /* glad to find it gone */
	pidfd_kill_and_reap(-1);
}

static void statuses(void **state)
{
	static const struct { int exit, signal, status; } rows[] = {
		{ 0, 0, 0 }, { 1, 0, 1 }, { 255, 0, 255 }, { 0, SIGKILL, 137 }, { 0, SIGTERM, 143 }, { 0, SIGHUP, 129 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		int status = -1;
		_cleanup_close_ int pidfd = sys_pidfd_open(ended(rows[i].exit, rows[i].signal), 0);
		assert_true(pidfd >= 0);
		assert_int_equal(pidfd_wait(pidfd, &status, &e), 0);
		assert_int_equal(status, rows[i].status);
		assert_int_equal(pidfd_wait(pidfd, &status, &e), -1); /* it was reaped */
		assert_true(err_is(&e, ECHILD));
	}
}

static void no_pidfd(void **state)
{
	struct err e = { 0 };
	int fds[2];
	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pidfd_pid(fds[0], &e), -1);
	assert_true(err_is_set(&e));
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),  cmocka_unit_test(nobody),   cmocka_unit_test(zombies),
		cmocka_unit_test(opened), cmocka_unit_test(statuses), cmocka_unit_test(no_pidfd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

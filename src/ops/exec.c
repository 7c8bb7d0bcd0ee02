/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps: the program is found, `start` is awaited, the program is executed.
 *
 * Engines tell "not found" and "not allowed" apart by the words of the message, so both are told here before
 * `start`, not only by the exec itself. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/home.h"
#include "ops/run.h"
#include "base/span.h"
#include "sys/calls.h"
#include "sys/fd.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* 0 if it can be executed by who we are now, else an errno. */
static int try_program(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

static const char *env_path(const struct run *r, const struct op_exec *a)
{
	for (uint32_t i = 0; i < a->env.n; i++) {
		const char *s = plan_str_at(r->plan, a->env, i);
		if (strncmp(s, "PATH=", 5) == 0)
			return s + 5;
	}
	return DEFAULT_PATH;
}

static int not_executable(struct err *e, int num, const char *name)
{
	if (num == EISDIR)
		return err_call_num(e, EACCES, "execve", name), err_note(e, "it is a directory");
	return err_call_num(e, num, "execve", name);
}

/* Look in each directory; the first that can be executed wins, as a shell has it.  EACCES is remembered. */
static int search(struct init *i, const char *dirs, const char *name, struct err *e)
{
	int denied = 0;
	while (*dirs) {
		size_t n = span_until(dirs, ":");
		if ((size_t)snprintf(i->program, sizeof(i->program), "%.*s%s%s", (int)n, dirs, n ? "/" : "./", name) <
		    sizeof(i->program)) {
			int num = try_program(i->program);
			if (num == 0)
				return 0;
			if (num == EACCES || num == EPERM)
				denied = num;
		}
		dirs += n + (dirs[n] == ':');
	}
	if (denied)
		return not_executable(e, denied, name);
	return err_rule(e, NULL, "exec: \"%s\": executable file not found in $PATH", name);
}

/* HOME, where the configuration has none. */
static void find_home(const struct run *r, const struct op_exec *a, struct init *i)
{
	for (uint32_t k = 0; k < a->env.n; k++)
		if (strncmp(plan_str_at(r->plan, a->env, k), "HOME=", 5) == 0)
			return;
	memcpy(i->home, "HOME=", 5);
	home_find(geteuid(), i->home + 5, sizeof(i->home) - 5);
}

int perform_find(struct run *r, const struct op *op, struct err *e)
{
	const struct op_exec *a = ARGS(op_exec, r, op);
	struct init *i = run_init(r);
	const char *name = plan_str_at(r->plan, a->args, 0);
	find_home(r, a, i);
	if (!strchr(name, '/'))
		return search(i, env_path(r, a), name, e);
	if (strlen(name) >= sizeof(i->program))
		return err_call_num(e, ENAMETOOLONG, "execve", name);
	memcpy(i->program, name, strlen(name) + 1);
	int num = try_program(name);
	return num ? not_executable(e, num, name) : 0;
}

/* From here on nobody waits for our error on the channel: it goes to the file that `start` reads. */
int perform_await_start(struct run *r, const struct op *op, struct err *e)
{
	const struct op_await_start *a = ARGS(op_await_start, r, op);
	char byte;
	fd_closep(&r->channel);
	fd_closep(&run_init(r)->listener);
	run_init(r)->start_error = fd_take(&r->slots[a->error.n]);
	ssize_t n;
	do
		n = read(run_slot(r, a->fifo), &byte, 1);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_call(e, "read", "start fifo") : 0;
}

static int enter_late(struct init *i, struct err *e)
{
	if (i->cwd >= 0 && fchdir(i->cwd) < 0)
		return err_call(e, "fchdir", "process.cwd");
	char path[PATH_MAX];
	/* The kernel answers "(unreachable)…" for a directory outside the root. */
	if (syscall(__NR_getcwd, path, sizeof(path)) > 0 && path[0] != '/')
		return err_rule(e, "/process/cwd", "the working directory is outside the container");
	return 0;
}

int exec_prepare(struct run *r, struct err *e)
{
	struct plan_list l = r->plan->lists[STAGE_INIT];
	const struct op *last = plan_op_at(r->plan, l.first + l.n - 1);
	const struct op_exec *a = ARGS(op_exec, r, last);
	struct init *i = run_init(r);
	if (i->argv)
		return 0;
	if (last->kind != OP_EXEC)
		return err_rule(e, NULL, "the plan does not end with a program");
	TRY(enter_late(i, e));
	char **argv = run_vector(r, a->args, e);
	i->envp = argv ? run_vector(r, a->env, e) : NULL;
	if (!i->envp)
		return -1;
	if (i->home[0])
		i->envp[a->env.n] = i->home; /* run_vector leaves room for one */
	TRY(fd_close_on_exec_from(3 + r->plan->preserve_fds, e));
	i->argv = argv;
	return 0;
}

int perform_exec(struct run *r, const struct op *op, struct err *e)
{
	(void)op;
	struct init *i = run_init(r);
	TRY(exec_prepare(r, e));
	/* The agent has it.  As long as we had it, too, the end of the agent would be nobody's to see. */
	fd_closep(&i->listener);
	execve(i->program, i->argv, i->envp);
	return err_call(e, "execve", i->program);
}

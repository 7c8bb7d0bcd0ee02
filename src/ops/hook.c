/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks, and commands around a mount. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops/child.h"
#include "ops/run.h"

/* A NULL-terminated array of a list's texts; the caller frees it. */
char **run_vector(const struct run *r, struct texts l, struct err *e)
{
	char **v = calloc(l.n + 2, sizeof(*v));
	if (!v)
		err_call(e, "calloc", NULL);
	for (uint32_t i = 0; v && i < l.n; i++)
		v[i] = (char *)(uintptr_t)plan_str_at(r->plan, l, i);
	return v;
}

static int run_child(const struct run *r, struct child *c, struct texts args, struct texts env, struct err *e)
{
	char **argv = run_vector(r, args, e), **envp = argv ? run_vector(r, env, e) : NULL;
	int status = -1;
	if (envp) {
		if (!argv[0])
			argv[0] = (char *)(uintptr_t)c->path;
		c->argv = argv;
		c->envp = envp;
		status = child_run(c, e);
	}
	free(argv);
	free(envp);
	return status;
}

int perform_command(struct run *r, const struct op *op, struct err *e)
{
	const struct op_command *a = ARGS(op_command, r, op);
	struct child c = { .path = run_str(r, a->path), .dir = run_str(r, a->dir), .interrupt = r->interrupt };
	return run_child(r, &c, a->args, a->env, e);
}

/* procfs shows its own processes by the numbers of the namespace it was mounted in, and this one is still the
 * host's: so init learns by what number the host knows it. */
int perform_host_pid(struct run *r, const struct op *op, struct err *e)
{
	(void)op;
	char text[32];
	ssize_t n = readlink("/proc/self", text, sizeof(text) - 1);
	if (n < 0)
		return err_call(e, "readlink", "/proc/self");
	text[n] = 0;
	r->pid = atoll(text);
	return 0;
}

int perform_hook(struct run *r, const struct op *op, struct err *e)
{
	const struct op_hook *a = ARGS(op_hook, r, op);
	char *state;
	if (asprintf(&state, "%s%lld%s\n", run_str(r, a->state_before), (long long)r->pid, run_str(r, a->state_after)) < 0)
		return err_call(e, "asprintf", NULL);
	struct child c = { .path = run_str(r, a->path), .dir = run_str(r, a->dir), .input = state,
			   .timeout = a->timeout, .interrupt = r->interrupt,
			   .output = run_slot(r, a->output), .errors = run_slot(r, a->errors) };
	int status = run_child(r, &c, a->args, a->env, e);
	free(state);
	return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/hooks.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "ops/child.h"
#include "plan/create.h"
#include "plan/op.h"
#include "sys/fd.h"

static char *const *vector(const struct strings *s, const char *first, struct arena *a)
{
	char **v = ARENA_ARRAY(a, char *, s->n + 2);
	v[0] = (char *)(uintptr_t)first;
	for (size_t i = 0; i < s->n; i++)
		v[i] = (char *)(uintptr_t)s->items[i];
	return v;
}

int hook_output_open(const char *path, struct err *e)
{
	return fd_open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, 0600, e);
}

static int run_child(struct child *c, const struct state *s, struct err *e)
{
	const char *output = state_annotation(s, HOOKS_STDOUT), *errors = state_annotation(s, HOOKS_STDERR);
	_cleanup_close_ int out = -1, err = -1;
	if (output && (out = hook_output_open(output, e)) < 0)
		return -1;
	if (errors && (err = hook_output_open(errors, e)) < 0)
		return -1;
	c->output = out;
	c->errors = err;
	return child_run(c, e);
}

static void run_one(const char *name, const struct spec_hook *h, const struct state *s, const char *input,
		    const struct container_warn *w)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct child c = { .path = h->path, .argv = vector(&h->args, h->path, &a), .envp = vector(&h->env, NULL, &a),
			   .dir = s->bundle, .input = input, .timeout = h->timeout.v, .interrupt = -1 };
	char line[1024];
	if (run_child(&c, s, &e) < 0 && w && w->warn)
		w->warn(w->data, arena_fmt(&a, "%s hook: %s, going on", name, err_line(&e, line, sizeof(line))));
	arena_done(&a);
}

void hooks_run(const char *name, const struct spec_hook_list *hooks, const struct state *s, int status,
	       const struct container_warn *w)
{
	if (hooks->n == 0)
		return;
	struct buf input = { 0 };
	state_encode_public(s, status_names[status], false, 0, &input);
	buf_char(&input, '\n');
	for (size_t i = 0; i < hooks->n; i++)
		run_one(name, &hooks->items[i], s, input.data, w);
	buf_done(&input);
}

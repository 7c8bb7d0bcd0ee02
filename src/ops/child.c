/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "ops/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/process.h"
#include "sys/spawn.h"

#define TAIL 200 /* bytes of its output that an error can hold */

/* The end of what a program wrote. */
struct tail { char text[TAIL + 1]; size_t n; };

static void tail_add(struct tail *t, const char *data, size_t n)
{
	if (n > TAIL) {
		data += n - TAIL;
		n = TAIL;
	}
	size_t keep = t->n + n > TAIL ? TAIL - n : t->n;
	memmove(t->text, t->text + t->n - keep, keep);
	memcpy(t->text + keep, data, n);
	t->n = keep + n;
	t->text[t->n] = 0;
}

/* One line: an error is printed on one. */
static const char *tail_line(struct tail *t)
{
	while (t->n > 0 && (t->text[t->n - 1] == '\n' || t->text[t->n - 1] == '\r'))
		t->text[--t->n] = 0;
	for (char *c = t->text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return t->text;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until it ends, or its time is over: returns 1, or 0. */
static int watch(const struct child *c, int pidfd, int output, struct tail *t, struct err *e)
{
	int64_t end = c->timeout ? now_ms() + c->timeout * 1000 : 0;
	for (;;) {
		struct pollfd p[] = { { pidfd, POLLIN, 0 }, { output, POLLIN, 0 }, { c->interrupt, POLLIN, 0 } };
		int64_t left = end ? end - now_ms() : -1;
		if (end && left <= 0)
			return 0;
		if (poll(p, 3, left > 1000000 ? 1000000 : (int)left) < 0 && errno != EINTR)
			return err_call(e, "poll", NULL);
		if (p[2].revents)
			return err_rule(e, NULL, "\"%s\" was killed, as we were interrupted by a signal", c->path);
		char data[4096];
		ssize_t n = p[1].revents ? read(output, data, sizeof(data)) : 0;
		if (n > 0)
			tail_add(t, data, (size_t)n);
		else if (p[0].revents)
			return 1;
		if (p[1].revents && n <= 0)
			output = -1;
	}
}

static int judge(const struct child *c, int status, struct tail *t, struct err *e)
{
	const char *said = tail_line(t);
	if (status == 0)
		return 0;
	err_rule(e, NULL, status > 128 ? "\"%s\" was ended by signal %d%s%s" : "\"%s\" ended with status %d%s%s", c->path,
		 status > 128 ? status - 128 : status, said[0] ? ": " : "", said);
	return -1;
}

static int open_input(const char *text, struct err *e)
{
	_cleanup_close_ int fd = memfd_create("stdin", MFD_CLOEXEC);
	if (fd < 0)
		return err_call(e, "memfd_create", "stdin");
	if (text)
		TRY(fd_write_all(fd, text, strlen(text), "stdin", e));
	return lseek(fd, 0, SEEK_SET) < 0 ? err_call(e, "lseek", "stdin") : fd_take(&fd);
}

static int run_piped(const struct child *c, int input, int out_read, int *out_write, struct err *e)
{
	struct spawn_plain s = { .path = c->path, .argv = c->argv, .envp = c->envp, .cwd = c->dir,
				 .stdio = { input, c->output > 0 ? c->output : *out_write,
					    c->errors > 0 ? c->errors : *out_write } };
	struct tail t = { .n = 0 };
	_cleanup_close_ int pidfd = -1;
	int status, pid = spawn_plain(&s, &pidfd, e);
	if (pid < 0)
		return -1;
	fd_closep(out_write);
	int ended = watch(c, pidfd, out_read, &t, e);
	if (ended <= 0) {
		kill(-pid, SIGKILL);
		pidfd_kill_and_reap(pidfd);
		return ended < 0 ? -1
				 : err_rule(e, NULL, "\"%s\" did not end within %lld seconds and was killed", c->path,
					    (long long)c->timeout);
	}
	TRY(pidfd_wait(pidfd, &status, e));
	return judge(c, status, &t, e);
}

int child_run(const struct child *c, struct err *e)
{
	int pipe_fds[2];
	_cleanup_close_ int input = open_input(c->input, e);
	if (input < 0)
		return -1;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_call(e, "pipe2", NULL);
	_cleanup_close_ int out_read = pipe_fds[0], out_write = pipe_fds[1];
	fcntl(out_read, F_SETFL, O_NONBLOCK);
	return run_piped(c, input, out_read, &out_write, e);
}

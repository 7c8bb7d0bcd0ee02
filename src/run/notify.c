/* SPDX-License-Identifier: Apache-2.0 */
#include "run/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/span.h"
#include "sys/fd.h"

#define MESSAGE_MAX   4096
#define BARRIER_LIMIT 30000 /* ms */

void notify_done(struct notify *n)
{
	fd_closep(&n->socket);
}

/* ---- our socket ------------------------------------------------------------------------------------------- */

int notify_make_dir(int state_dir, struct err *e)
{
	if (mkdirat(state_dir, NOTIFY_DIR, 0755) < 0)
		return err_call(e, "mkdir", NOTIFY_DIR);
	return fchmodat(state_dir, NOTIFY_DIR, 0755, 0) < 0 ? err_call(e, "chmod", NOTIFY_DIR) : 0;
}

bool notify_is_wanted(int state_dir)
{
	return faccessat(state_dir, NOTIFY_DIR, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* By way of the directory's descriptor, as the path may be longer than an address can be.  Every user of the
 * container may write to it; from outside nobody gets through the state directory. */
int notify_listen(int state_dir, struct notify *n, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	_cleanup_close_ int dir = fd_open_at(state_dir, NOTIFY_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, e);
	if (dir < 0)
		return -1;
	TRY(buf_fmt(at.sun_path, sizeof(at.sun_path), e, "/proc/thread-self/fd/%d/" NOTIFY_SOCKET, dir));
	_cleanup_close_ int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return err_call(e, "socket", NOTIFY_SOCKET);
	unlinkat(dir, NOTIFY_SOCKET, 0);
	if (bind(s, (struct sockaddr *)&at, sizeof(at)) < 0)
		return err_call(e, "bind", NOTIFY_SOCKET);
	if (fchmodat(dir, NOTIFY_SOCKET, 0777, 0) < 0)
		return err_call(e, "chmod", NOTIFY_SOCKET);
	n->socket = fd_take(&s);
	return 0;
}

/* ---- the caller's ----------------------------------------------------------------------------------------- */

static int connect_host(const char *path, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	if (n >= sizeof(to.sun_path))
		return err_call_num(e, ENAMETOOLONG, "connect", path);
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = 0;
	_cleanup_close_ int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return err_call(e, "socket", path);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] != '@'));
	return connect(s, (struct sockaddr *)&to, size) < 0 ? err_call(e, "connect", path) : fd_take(&s);
}

static int tell(int host, const char *text, int fd, const char *path, struct err *e)
{
	union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	struct iovec piece = { (void *)(uintptr_t)text, strlen(text) };
	struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1 };
	if (fd >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(host, &m, MSG_NOSIGNAL) < 0 ? err_call(e, "sendmsg", path) : 0;
}

/* A message of somebody who has ended already may not be taken for his: the caller closes the pipe once it has read
 * what came before. */
static int await_barrier(const char *path, struct err *e)
{
	int pair[2];
	_cleanup_close_ int host = connect_host(path, e);
	if (host < 0)
		return -1;
	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_call(e, "pipe2", NULL);
	_cleanup_close_ int in = pair[0], out = pair[1];
	TRY(tell(host, "BARRIER=1", out, path, e));
	fd_closep(&out);
	struct pollfd p = { in, 0, 0 };
	int r;
	do
		r = poll(&p, 1, BARRIER_LIMIT);
	while (r < 0 && errno == EINTR);
	return r < 0 ? err_call(e, "poll", path) : 0;
}

/* ---- in between ------------------------------------------------------------------------------------------- */

static bool says_ready(const char *text)
{
	for (const char *line = text; *line; line += *line == '\n') {
		size_t n = span_until(line, "\n");
		if (n == 7 && memcmp(line, "READY=1", 7) == 0)
			return true;
		line += n;
	}
	return false;
}

static int relay(struct notify *n, long pid, struct err *e)
{
	char text[MESSAGE_MAX + 1];
	ssize_t size = recv(n->socket, text, MESSAGE_MAX, 0);
	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : err_call(e, "recv", NOTIFY_SOCKET);
	text[size] = 0;
	if (!says_ready(text))
		return 0;
	notify_done(n);
	_cleanup_close_ int host = connect_host(n->host, e);
	if (host < 0)
		return -1;
	snprintf(text, sizeof(text), "READY=1\nMAINPID=%ld", pid);
	return tell(host, text, -1, n->host, e);
}

static int wait_ready(struct notify *n, int pidfd, long pid, struct err *e)
{
	while (n->socket >= 0) {
		struct pollfd p[] = { { n->socket, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return err_call(e, "poll", NOTIFY_SOCKET);
		if (p[0].revents)
			TRY(relay(n, pid, e));
		else if (p[1].revents)
			return 0;
	}
	return await_barrier(n->host, e);
}

static void warn(const struct container_warn *w, const struct err *e)
{
	char line[1024], text[1200];
	snprintf(text, sizeof(text), "telling that the program is ready: %s, going on", err_line(e, line, sizeof(line)));
	if (w && w->warn)
		w->warn(w->data, text);
}

void notify_pass_on(struct notify *n, long pid, const struct container_warn *w)
{
	struct err e = { 0 };
	if (relay(n, pid, &e) < 0)
		warn(w, &e);
}

void notify_until_ready(struct notify *n, int pidfd, long pid, const struct container_warn *w)
{
	struct err e = { 0 };
	if (wait_ready(n, pidfd, pid, &e) < 0)
		warn(w, &e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "ops/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "plan/op.h"
#include "sys/fd.h"

struct message { uint32_t what; union { struct err error; uint32_t number; }; };

int channel_pair(int ret_fds[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return err_call(e, "socketpair", NULL);
	return 0;
}

int channel_tell(int channel, uint32_t what, int fd, struct err *e)
{
	union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	struct iovec text = { &what, sizeof(what) };
	struct msghdr m = { .msg_iov = &text, .msg_iovlen = 1 };
	if (fd >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	ssize_t n;
	do
		n = sendmsg(channel, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_call(e, "sendmsg", sync_names[what]) : 0;
}

int channel_tell_number(int channel, uint32_t what, uint32_t number, struct err *e)
{
	uint32_t words[] = { what, number };
	ssize_t n;
	do
		n = write(channel, words, sizeof(words));
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_call(e, "write", sync_names[what]) : 0;
}

void channel_tell_error(int channel, const struct err *error)
{
	struct message m = { .what = SYNC_ERROR, .error = *error };
	ssize_t n;
	do
		n = send(channel, &m, sizeof(m), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
}

void channel_spawn_failed(void *data, const char *call, int num)
{
	struct err e = { 0 };
	err_call_num(&e, num, call, "socle-init");
	channel_tell_error(*(int *)data, &e);
}

static int ended(const struct channel_wait *w, const char *name, struct err *e)
{
	return err_rule(e, NULL, "%s ended before it said \"%s\"", w->peer ? w->peer : "the other side", name);
}

static int wait_readable(const struct channel_wait *w, const char *name, struct err *e)
{
	enum { WORD, INTERRUPT, END, N };
	struct pollfd p[N] = { { w->channel, POLLIN, 0 }, { w->interrupt, POLLIN, 0 }, { w->pidfd ? *w->pidfd : -1, POLLIN, 0 } };
	int r;
	do
		r = poll(p, N, w->limit ? (int)(w->limit * 1000) : -1);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_call(e, "poll", name);
	if (p[WORD].revents)
		return 0;
	if (p[END].revents)
		return ended(w, name, e);
	if (p[INTERRUPT].revents)
		return err_rule(e, NULL, "interrupted by a signal while waiting for \"%s\"", name);
	return err_rule(e, NULL, "waited %u seconds for \"%s\", in vain", w->limit, name);
}

/* One message; the descriptor that came with it, or -1.  Returns its size, 0 at the end. */
static ssize_t receive(int channel, struct message *message, int *ret_fd, struct err *e)
{
	union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec text = { message, sizeof(*message) };
	struct msghdr m = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	ssize_t n;
	/* ECONNRESET, once, only tells that the other side ended before it read all of ours: what it wrote is yet to
	 * come. */
	do
		n = recvmsg(channel, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return err_call(e, "recvmsg", NULL);
	*ret_fd = -1;
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return n;
}

/* An error that another process sent: plain data, but its strings are ended here all the same. */
static int take_error(struct message *m, struct err *e)
{
	struct err *x = &m->error;
	x->call[sizeof(x->call) - 1] = x->path[sizeof(x->path) - 1] = x->field[sizeof(x->field) - 1] = 0;
	x->step[sizeof(x->step) - 1] = x->text[sizeof(x->text) - 1] = 0;
	x->kernel[sizeof(x->kernel) - 1] = x->also[sizeof(x->also) - 1] = 0;
	*e = *x;
	return -1;
}

int channel_await(const struct channel_wait *w, uint32_t what, const char *name, int *ret_fd, struct err *e)
{
	struct message m;
	_cleanup_close_ int fd = -1;
	TRY(wait_readable(w, name, e));
	ssize_t n = receive(w->channel, &m, &fd, e);
	if (n < 0)
		return -1;
	if (n == 0)
		return ended(w, name, e);
	if (n == sizeof(m) && m.what == SYNC_ERROR)
		return take_error(&m, e);
	if (n != sizeof(m.what) || m.what != what || (ret_fd && fd < 0))
		return err_rule(e, NULL, "waited for \"%s\", got message %u of %zd bytes", name, m.what, n);
	if (ret_fd)
		*ret_fd = fd_take(&fd);
	return 0;
}

int channel_await_number(const struct channel_wait *w, uint32_t what, uint32_t *ret_number, struct err *e)
{
	struct message m;
	_cleanup_close_ int fd = -1;
	TRY(wait_readable(w, sync_names[what], e));
	ssize_t n = receive(w->channel, &m, &fd, e);
	if (n < 0)
		return -1;
	if (n == 0)
		return err_rule(e, NULL, "the other side died before it said \"%s\"", sync_names[what]);
	if (n == sizeof(m) && m.what == SYNC_ERROR)
		return take_error(&m, e);
	if (n != sizeof(uint32_t[2]) || m.what != what)
		return err_rule(e, NULL, "waited for \"%s\", got message %u of %zd bytes", sync_names[what], m.what, n);
	*ret_number = m.number;
	return 0;
}

int channel_await_end(const struct channel_wait *w, struct err *e)
{
	struct message m;
	_cleanup_close_ int fd = -1;
	TRY(wait_readable(w, "the program", e));
	ssize_t n = receive(w->channel, &m, &fd, e);
	if (n <= 0)
		return (int)n;
	if (n == sizeof(m) && m.what == SYNC_ERROR)
		return take_error(&m, e);
	return err_rule(e, NULL, "waited for the program, got message %u", m.what);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/console.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/process.h"

int foreground_block(sigset_t *old, struct err *e)
{
	sigset_t all;
	sigfillset(&all);
	return sigprocmask(SIG_SETMASK, &all, old) < 0 ? err_call(e, "sigprocmask", NULL) : 0;
}

int foreground_interrupt(struct err *e)
{
	sigset_t asking;
	sigemptyset(&asking);
	sigaddset(&asking, SIGHUP);
	sigaddset(&asking, SIGINT);
	sigaddset(&asking, SIGQUIT);
	sigaddset(&asking, SIGTERM);
	int fd = signalfd(-1, &asking, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_call(e, "signalfd", NULL) : fd;
}

/* Children other than init come to us where the container has no pid namespace of its own. */
static void reap_others(int pidfd)
{
	siginfo_t info = { 0 };
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid) {
		struct err ignored = { 0 };
		if (info.si_pid == pidfd_pid(pidfd, &ignored))
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
}

static void take_signal(const struct foreground *f, const struct relay *l, int signals)
{
	struct signalfd_siginfo s;
	if (read(signals, &s, sizeof(s)) != sizeof(s))
		return;
	switch ((int)s.ssi_signo) {
	case SIGCHLD:
		reap_others(f->pidfd);
		break;
	case SIGWINCH:
		if (l->master >= 0) {
			relay_resize(l);
			break;
		}
		__attribute__((fallthrough));
	default:
		/* What the kernel sends for a fault of our own, or of the terminal's job control, is not for init. */
		if (s.ssi_signo != SIGPIPE && s.ssi_signo != SIGURG)
			sys_pidfd_send_signal(f->pidfd, (int)s.ssi_signo);
	}
}

/* Move what is there; -1 once the source has come to its end. */
static int move_in(int from, char *buf, unsigned *n)
{
	ssize_t r = read(from, buf, 4096);
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (r <= 0)
		return -1;
	*n = (unsigned)r;
	return 0;
}

static void move_out(int to, char *buf, unsigned *n)
{
	ssize_t r = write(to, buf, *n);
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r < 0)
		r = *n; /* nobody reads it any more */
	memmove(buf, buf + r, *n - (unsigned)r);
	*n -= (unsigned)r;
}

enum { P_EXIT, P_SIGNAL, P_MASTER, P_STDIN, P_STDOUT, P_NOTIFY, N_POLL };

static void fill_poll(const struct foreground *f, const struct relay *l, int signals, struct pollfd p[N_POLL])
{
	bool tty = l->master >= 0;
	p[P_EXIT] = (struct pollfd){ f->pidfd, POLLIN, 0 };
	p[P_SIGNAL] = (struct pollfd){ signals, POLLIN, 0 };
	p[P_MASTER] = (struct pollfd){ tty ? l->master : -1,
				       (short)((l->n_out ? 0 : POLLIN) | (l->n_in ? POLLOUT : 0)), 0 };
	p[P_STDIN] = (struct pollfd){ tty && !l->in_closed && !l->n_in ? 0 : -1, POLLIN, 0 };
	p[P_STDOUT] = (struct pollfd){ tty && l->n_out ? 1 : -1, POLLOUT, 0 };
	p[P_NOTIFY] = (struct pollfd){ f->notify->socket, POLLIN, 0 };
}

static void serve_terminal(struct relay *l, const struct pollfd p[N_POLL])
{
	if (p[P_MASTER].revents & (POLLIN | POLLHUP | POLLERR) && !l->n_out &&
	    move_in(l->master, l->out, &l->n_out) < 0)
		l->master = -1;
	if (l->master >= 0 && p[P_MASTER].revents & POLLOUT && l->n_in)
		move_out(l->master, l->in, &l->n_in);
	if (p[P_STDIN].revents && !l->n_in && move_in(0, l->in, &l->n_in) < 0) {
		static const char end = 4; /* ^D: stdin that has ended is an end of file for the terminal too */
		l->in_closed = 1;
		if (l->master >= 0)
			move_out(l->master, (char[]){ end }, &(unsigned){ 1 });
	}
	if (l->n_out && (p[P_STDOUT].revents || p[P_MASTER].revents))
		move_out(1, l->out, &l->n_out);
}

/* What the program wrote last is still in the terminal when it has ended. */
static void drain(struct relay *l)
{
	if (l->n_out)
		move_out(1, l->out, &l->n_out);
	for (int i = 0; i < 1024 && l->master >= 0; i++) {
		struct pollfd p = { l->master, POLLIN, 0 };
		if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN) || move_in(l->master, l->out, &l->n_out) < 0)
			return;
		while (l->n_out)
			move_out(1, l->out, &l->n_out);
	}
}

static int watch(const struct foreground *f, struct relay *l, int signals, struct err *e)
{
	for (;;) {
		struct pollfd p[N_POLL];
		fill_poll(f, l, signals, p);
		if (poll(p, N_POLL, -1) < 0 && errno != EINTR)
			return err_call(e, "poll", NULL);
		if (p[P_SIGNAL].revents)
			take_signal(f, l, signals);
		serve_terminal(l, p);
		if (p[P_NOTIFY].revents)
			notify_pass_on(f->notify, getpid(), f->warn);
		if (p[P_EXIT].revents) {
			drain(l);
			return 0;
		}
	}
}

int foreground_wait(const struct foreground *f, int *ret_status, struct err *e)
{
	sigset_t all;
	sigfillset(&all);
	_cleanup_close_ int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_call(e, "signalfd", NULL);
	struct relay l;
	int r = relay_begin(&l, f->console, e);
	if (r == 0)
		r = watch(f, &l, signals, e);
	relay_end(&l);
	return r < 0 ? -1 : pidfd_wait(f->pidfd, ret_status, e);
}

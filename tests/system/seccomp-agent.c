/* SPDX-License-Identifier: Apache-2.0 */
/* `seccomp-agent SOCKET`: takes the listeners of seccomp filters, as an agent does.  Each connection's state is
 * printed in a line, and so is each call that the filter asks about; those fail with EXDEV. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The text up to the end of the connection, and the descriptors that came with its beginning. */
static int take_state(int s)
{
	union { struct cmsghdr align; char bytes[CMSG_SPACE(4 * sizeof(int))]; } control;
	static char text[1 << 20];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(s, &m, MSG_CMSG_CLOEXEC), more;
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	int fd;
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	while ((more = read(s, text + n, sizeof(text) - (size_t)n)) > 0)
		n += more;
	printf("%.*s\n", (int)n, text);
	return fd;
}

static void answer(int fd)
{
	struct seccomp_notif asked;
	memset(&asked, 0, sizeof(asked));
	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return;
	printf("call %d of %d\n", asked.data.nr, (int)asked.pid);
	struct seccomp_notif_resp told = { .id = asked.id, .error = -EXDEV };
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &told);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct pollfd p[16] = { { socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), POLLIN, 0 } };
	nfds_t n = 1;
	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", argv[1]);
	if (bind(p[0].fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(p[0].fd, 4) < 0)
		return 2;
	while (n < 16 && poll(p, n, -1) > 0) {
		for (nfds_t i = 1; i < n; i++) {
			if (p[i].revents & POLLIN)
				answer(p[i].fd);
			else if (p[i].revents)
				p[i].fd = -1;
		}
		if (!p[0].revents)
			continue;
		int s = accept4(p[0].fd, NULL, NULL, SOCK_CLOEXEC);
		p[n++] = (struct pollfd){ take_state(s), POLLIN, 0 };
		close(s);
	}
	return 0;
}

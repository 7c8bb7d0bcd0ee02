/* SPDX-License-Identifier: Apache-2.0 */
#include "run/console.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/fd.h"

/* Seconds. */
#define SEND_LIMIT 30

int descriptor_send(const char *path, int fd, const char *name, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	TRY(buf_fmt(to.sun_path, sizeof(to.sun_path), e, "%s", path));
	_cleanup_close_ int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return err_call(e, "socket", NULL);
	const struct timeval limit = { SEND_LIMIT, 0 };
	setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)); /* for a listener that never accepts, too */
	if (connect(s, (struct sockaddr *)&to, sizeof(to)) < 0)
		return err_call(e, "connect", path);
	union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	struct iovec text = { (void *)(uintptr_t)name, strlen(name) };
	struct msghdr m = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	ssize_t n = sendmsg(s, &m, MSG_NOSIGNAL);
	for (size_t sent = 0; n >= 0 && (sent += (size_t)n) < text.iov_len;)
		n = send(s, name + sent, text.iov_len - sent, MSG_NOSIGNAL);
	return n < 0 ? err_call(e, "sendmsg", path) : 0;
}

int relay_begin(struct relay *l, int master, struct err *e)
{
	*l = (struct relay){ .master = master };
	struct termios raw;
	if (master < 0 || tcgetattr(0, &raw) < 0)
		return 0;
	l->settings = malloc(sizeof(raw));
	if (!l->settings)
		return err_call(e, "malloc", NULL);
	memcpy(l->settings, &raw, sizeof(raw));
	cfmakeraw(&raw);
	if (tcsetattr(0, TCSANOW, &raw) < 0)
		return err_call(e, "tcsetattr", "stdin");
	l->saved = 1;
	relay_resize(l);
	return 0;
}

void relay_end(struct relay *l)
{
	if (l->saved)
		tcsetattr(0, TCSANOW, l->settings);
	free(l->settings);
	l->settings = NULL;
	l->saved = 0;
}

void relay_resize(const struct relay *l)
{
	struct winsize size;
	if (l->master >= 0 && ioctl(0, TIOCGWINSZ, &size) == 0)
		ioctl(l->master, TIOCSWINSZ, &size);
}

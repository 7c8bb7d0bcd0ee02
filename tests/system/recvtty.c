/* SPDX-License-Identifier: Apache-2.0 */
/* `recvtty SOCKET`: takes one terminal's master, as an engine does, and prints what came with it and all that the
 * terminal shows, until it ends; or a pidfd, and prints whose it is. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int receive(int s, char *name, size_t size)
{
	union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec text = { name, size };
	struct msghdr m = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	int fd = -1;
	ssize_t n = recvmsg(s, &m, 0);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	name[n > 0 ? n : 0] = 0;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* The process that a pidfd stands for. */
static int show_pidfd(int fd, const char *name)
{
	char path[64], line[256];
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "Pid:\t", 5) == 0)
			return printf("%s of %s", name, line + 5) < 0;
	return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char name[256], buf[4096];
	struct winsize size = { 0 };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (argc != 2 || s < 0)
		return 2;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", argv[1]);
	if (bind(s, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(s, 1) < 0)
		return 2;
	int master = receive(accept(s, NULL, NULL), name, sizeof(name) - 1);
	if (master >= 0 && !isatty(master))
		return show_pidfd(master, name);
	if (master < 0)
		return 1;
	ioctl(master, TIOCGWINSZ, &size);
	printf("master %s %d %d\n", name, size.ws_row, size.ws_col);
	fflush(stdout);
	for (ssize_t n; (n = read(master, buf, sizeof(buf))) > 0;)
		if (write(1, buf, (size_t)n) != n)
			return 1;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A service manager's side of sd_notify(3), and a program's.
 *
 *	sdnotify listen PATH	print every message, each line by itself, with "fd" in front if a descriptor came along
 *	sdnotify send TEXT	to $NOTIFY_SOCKET; "\n" in it is a new line */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int die(const char *what)
{
	perror(what);
	return 1;
}

static socklen_t address(const char *path, struct sockaddr_un *to)
{
	size_t n = strlen(path);
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, path, n < sizeof(to->sun_path) ? n : sizeof(to->sun_path) - 1);
	if (path[0] == '@')
		to->sun_path[0] = 0;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] != '@'));
}

static int listen_at(int s, const char *path)
{
	struct sockaddr_un at;
	socklen_t size = address(path, &at);
	if (bind(s, (struct sockaddr *)&at, size) < 0)
		return die("bind");
	puts("listening");
	for (;;) {
		union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control;
		char text[4096];
		struct iovec piece = { text, sizeof(text) - 1 };
		struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes,
				    .msg_controllen = sizeof(control.bytes) };
		ssize_t n = recvmsg(s, &m, 0);
		if (n < 0)
			return die("recvmsg");
		text[n] = 0;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		printf("%s%s\n", c ? "fd " : "", text);
		fflush(stdout);
		if (c)
			close(*(int *)(void *)CMSG_DATA(c));
	}
}

static int send_to(int s, char *text)
{
	struct sockaddr_un to;
	const char *path = getenv("NOTIFY_SOCKET");
	if (!path)
		return fprintf(stderr, "no NOTIFY_SOCKET\n"), 1;
	for (char *c; (c = strstr(text, "\\n")) != NULL;) {
		*c = '\n';
		memmove(c + 1, c + 2, strlen(c + 2) + 1);
	}
	socklen_t size = address(path, &to);
	if (sendto(s, text, strlen(text), 0, (struct sockaddr *)&to, size) < 0)
		return die("sendto");
	return 0;
}

int main(int argc, char **argv)
{
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (s < 0 || argc != 3)
		return die("sdnotify");
	return strcmp(argv[1], "listen") == 0 ? listen_at(s, argv[2]) : send_to(s, argv[2]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* `recvdgram SOCKET`: takes one datagram, as a system's log does, and prints it. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char text[8192];
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (argc != 2 || s < 0)
		return 1;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", argv[1]);
	if (bind(s, (struct sockaddr *)&name, sizeof(name)) < 0)
		return perror(argv[1]), 1;
	ssize_t n = recv(s, text, sizeof(text), 0);
	return n < 0 || fwrite(text, 1, (size_t)n, stdout) != (size_t)n;
}

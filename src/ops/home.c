/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "ops/home.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/root.h"

#define PASSWD_MAX (1 << 20)

/* Checked to be a regular file before it is opened for reading. */
static int open_passwd(struct err *e)
{
	struct stat st;
	_cleanup_close_ int slash = fd_open("/", O_PATH | O_DIRECTORY, e);
	_cleanup_close_ int at = slash < 0 ? -1 : root_find(slash, (struct inroot){ "/etc/passwd" }, true, e);
	if (at < 0 || fstat(at, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > PASSWD_MAX)
		return -1;
	return root_reopen(slash, (struct inroot){ "/etc/passwd" }, at, e);
}

/* "name:password:UID:GID:comment:HOME:shell" */
static bool home_of_line(char *line, uint32_t uid, char *buf, size_t size)
{
	char *field[7] = { 0 };
	for (int i = 0; i < 7 && line; i++)
		field[i] = strsep(&line, ":");
	if (!field[2] || !field[5] || !field[2][0] || field[5][0] != '/')
		return false;
	char *end;
	unsigned long id = strtoul(field[2], &end, 10);
	return *end == 0 && id == uid && (size_t)snprintf(buf, size, "%s", field[5]) < size;
}

void home_find(uint32_t uid, char *buf, size_t size)
{
	struct err ignored = { 0 };
	_cleanup_close_ int fd = open_passwd(&ignored);
	char *text = fd < 0 ? NULL : malloc(PASSWD_MAX + 1), *rest = text, *line;
	bool found = false;
	if (text && fd_read_text(fd, text, PASSWD_MAX + 1, "/etc/passwd", &ignored) >= 0)
		while (!found && (line = strsep(&rest, "\n")) != NULL)
			found = home_of_line(line, uid, buf, size);
	free(text);
	if (!found)
		snprintf(buf, size, "/");
}

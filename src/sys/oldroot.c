/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sys/oldroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/mountfd.h"

#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
int umount2(const char *target, int flags);

int old_root_pivot(void)
{
	return sys_pivot_root(".", ".");
}

int err_is_initramfs(struct err *e)
{
	int num = errno;
	err_call_num(e, num, "pivot_root", NULL);
	return num == EINVAL ? err_note(e, "the root of this host may be an initramfs, which cannot be pivoted "
					   "from; --no-pivot is the way there")
			     : -1;
}

int old_root_detach(void)
{
	return umount2(".", MNT_DETACH);
}

int tree_detach(int tree, struct err *e)
{
	_cleanup_close_ int here = fd_open(".", O_PATH | O_DIRECTORY, e);
	if (here < 0)
		return -1;
	if (fchdir(tree) < 0)
		return err_call(e, "fchdir", NULL);
	int r = umount2(".", MNT_DETACH) < 0 ? err_call(e, "umount2", NULL) : 0;
	if (fchdir(here) < 0 && r == 0)
		return err_call(e, "fchdir", NULL);
	return r;
}

int old_root_cover(int root, struct err *e)
{
	_cleanup_close_ int slash = fd_open("/", O_PATH | O_DIRECTORY, e);
	return slash < 0 ? -1 : tree_attach(root, slash, "/", e);
}

/* mountinfo writes blanks and the like as \040. */
static void unescape(char *s)
{
	char *to = s;
	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = 0;
}

/* Field 5 is where it is mounted; the type follows the " - ". */
static char *kernel_mount_point(char *line)
{
	char *type = strstr(line, " - ");
	if (!type || (strncmp(type + 3, "proc ", 5) != 0 && strncmp(type + 3, "sysfs ", 6) != 0))
		return NULL;
	char *p = line;
	for (int i = 0; i < 4 && p; i++)
		p = strchr(p + 1, ' ');
	if (!p)
		return NULL;
	p++;
	p[span_until(p, " ")] = 0;
	unescape(p);
	return p;
}

static int hide(const char *path, struct err *e)
{
	if (umount2(path, MNT_DETACH) == 0 || errno == ENOENT)
		return 0;
	_cleanup_close_ int at = fd_open(path, O_PATH | O_DIRECTORY, e);
	_cleanup_close_ int fs = at < 0 ? -1 : fs_open("tmpfs", e);
	if (fs < 0 || fs_set(fs, "size", "0", e) < 0 || fs_create(fs, e) < 0)
		return -1;
	_cleanup_close_ int tree = fs_mount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, e);
	return tree < 0 ? -1 : tree_attach(tree, at, path, e);
}

/* The path of the root's mount, as mountinfo has it: what lies below it stays. */
static int root_path(int root, char *path, size_t size, struct err *e)
{
	char name[64];
	snprintf(name, sizeof(name), "/proc/self/fd/%d", root);
	ssize_t n = readlink(name, path, size - 1);
	if (n < 0)
		return err_call(e, "readlink", name);
	path[n] = 0;
	return 0;
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	return strncmp(path, dir, n) == 0 && (path[n] == 0 || path[n] == '/');
}

/* From the last mount to the first, so that what lies on top goes first. */
static int hide_all(char *text, const char *own, struct err *e)
{
	for (char *end = text + strlen(text); end > text;) {
		char *line = end - 1;
		while (line > text && line[-1] != '\n')
			line--;
		end[-1] = 0;
		end = line;
		char *at = kernel_mount_point(line);
		if (at && !is_below(at, own))
			TRY(hide(at, e));
	}
	return 0;
}

int old_root_hide_kernel(int root, struct err *e)
{
	char own[4096];
	TRY(root_path(root, own, sizeof(own), e));
	size_t room = 4 << 20;
	_cleanup_close_ int fd = fd_open("/proc/thread-self/mountinfo", O_RDONLY, e);
	char *text = fd < 0 ? NULL : malloc(room);
	int r = -1;
	if (text && fd_read_text(fd, text, room, "/proc/thread-self/mountinfo", e) >= 0)
		r = hide_all(text, own, e);
	free(text);
	return r;
}

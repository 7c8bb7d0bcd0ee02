/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_FD_H
#define SOCLE_SYS_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/err.h"

/* Descriptors.  "int fd" is borrowed, "int *fd" is taken, a return value is new, close-on-exec and the caller's. */

#define _cleanup_(f)	__attribute__((cleanup(f)))
#define _cleanup_close_ _cleanup_(fd_closep)

static inline void fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
static inline int fd_take(int *fd)
{
	int f = *fd;
	*fd = -1;
	return f;
}

/* open(2) of a host path, close-on-exec. */
int fd_open(const char *path, int flags, struct err *e);
/* openat(2), close-on-exec; `mode` counts with O_CREAT. */
int fd_open_at(int dir, const char *name, int flags, unsigned mode, struct err *e);

/* Everything, however many calls it takes; `what` is for the error. */
int fd_write_all(int fd, const void *data, size_t size, const char *what, struct err *e);
/* One write of the whole text to the file `name` under `dir`: what procfs, cgroupfs and sysfs expect. */
int fd_write_file_at(int dir, const char *name, const char *text, struct err *e);
/* Up to `size` - 1 bytes and a NUL; returns the number of bytes. */
ssize_t fd_read_text(int fd, char *buf, size_t size, const char *what, struct err *e);
ssize_t fd_read_file_at(int dir, const char *name, char *buf, size_t size, struct err *e);

/* Open the null device on each of 0, 1 and 2 that a careless caller closed: what is opened next would take its place. */
void fd_fill_standard(void);

/* Mark `first` and all above close-on-exec: whatever a careless caller left open. */
int fd_close_on_exec_from(unsigned first, struct err *e);

/* A sealed memfd with these pieces one after the other (no writing, growing or shrinking); `executable` where the kernel
 * tells the two apart. */
int fd_sealed(const char *name, const struct iovec *pieces, int n, bool executable, struct err *e);

/* The same with bytes of a file, which the kernel copies. */
int fd_sealed_copy(const char *name, int from, off_t at, size_t size, bool executable, struct err *e);

/* The path of what it stands for, as far as it can be told: for an error.  Returns `buf`. */
const char *fd_path(int fd, char *buf, size_t size);

/* Is it open, and a character device with these numbers? */
bool fd_is_char_device(int fd, unsigned major, unsigned minor);

#endif

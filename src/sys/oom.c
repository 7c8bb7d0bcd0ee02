/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/oom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/fd.h"

/* The number behind "oom_kill ", which may stand behind "oom ". */
static uint64_t count_kills(int dir, const char *file)
{
	char text[512];
	struct err ignored = { 0 };
	if (fd_read_file_at(dir, file, text, sizeof(text), &ignored) < 0)
		return 0;
	const char *at = strstr(text, "\noom_kill ");
	return at ? strtoull(at + 10, NULL, 10) : 0;
}

uint64_t oom_count_kills(int dir)
{
	return count_kills(dir, "memory.events") + count_kills(dir, "memory.oom_control");
}

/* "EVENTFD OOM-CONTROL-FD" into cgroup.event_control. */
static int watch_v1(struct oom_watch *w, int dir, struct err *e)
{
	char text[32];
	_cleanup_close_ int control = fd_open_at(dir, "memory.oom_control", O_RDONLY, 0, e);
	if (control < 0)
		return -1;
	_cleanup_close_ int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return err_call(e, "eventfd", NULL);
	snprintf(text, sizeof(text), "%d %d", fd, control);
	TRY(fd_write_file_at(dir, "cgroup.event_control", text, e));
	w->fd = fd_take(&fd);
	return 1;
}

static int watch_v2(struct oom_watch *w, int dir, struct err *e)
{
	char path[64];
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0)
		return err_call(e, "inotify_init1", NULL);
	TRY(buf_fmt(path, sizeof(path), e, "/proc/self/fd/%d/memory.events", dir));
	if (inotify_add_watch(fd, path, IN_MODIFY) < 0)
		return err_call(e, "inotify_add_watch", "memory.events");
	w->dir = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	if (w->dir < 0)
		return err_call(e, "fcntl F_DUPFD_CLOEXEC", NULL);
	w->kills = count_kills(dir, "memory.events");
	w->fd = fd_take(&fd);
	return 1;
}

int oom_watch_begin(struct oom_watch *w, int dir, struct err *e)
{
	*w = (struct oom_watch){ .fd = -1, .dir = -1 };
	if (faccessat(dir, "memory.oom_control", F_OK, 0) == 0)
		return watch_v1(w, dir, e);
	return faccessat(dir, "memory.events", F_OK, 0) == 0 ? watch_v2(w, dir, e) : 0;
}

void oom_watch_done(struct oom_watch *w)
{
	fd_closep(&w->fd);
	fd_closep(&w->dir);
}

int oom_watch_read(struct oom_watch *w, uint64_t *ret_times, struct err *e)
{
	char events[4096];
	*ret_times = 0;
	ssize_t n = read(w->fd, events, sizeof(events));
	if (n < 0)
		return errno == EAGAIN ? 0 : err_call(e, "read", "news of memory");
	if (w->dir < 0) {
		memcpy(ret_times, events, sizeof(*ret_times));
		return 0;
	}
	uint64_t kills = count_kills(w->dir, "memory.events");
	*ret_times = kills > w->kills ? kills - w->kills : 0;
	w->kills = kills > w->kills ? kills : w->kills;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a container, as it happens. */
#include "run/events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/writer.h"
#include "run/stats.h"
#include "sys/fd.h"
#include "sys/oom.h"
#include "sys/process.h"

static int tell(const struct events_options *o, struct buf *line, struct err *e)
{
	buf_char(line, '\n');
	return o->tell(o->data, line->data, line->size, e);
}

static void begin_event(struct writer *w, const char *type, const char *id)
{
	writer_open(w, '{');
	writer_key(w, "type");
	writer_string(w, type);
	writer_key(w, "id");
	writer_string(w, id);
}

static int tell_stats(const struct state *s, const struct events_options *o, struct err *e)
{
	_cleanup_(buf_done) struct buf line = { 0 };
	struct writer w = { .out = &line };
	begin_event(&w, "stats", o->id);
	writer_key(&w, "data");
	stats_write(&s->cgroups, s->rdt, s->rdt_monitor, &w);
	writer_close(&w, '}');
	return tell(o, &line, e);
}

static int tell_oom(struct oom_watch *watch, const struct events_options *o, struct err *e)
{
	uint64_t times;
	TRY(oom_watch_read(watch, &times, e));
	while (times-- > 0) {
		_cleanup_(buf_done) struct buf line = { 0 };
		struct writer w = { .out = &line };
		begin_event(&w, "oom", o->id);
		writer_close(&w, '}');
		TRY(tell(o, &line, e));
	}
	return 0;
}

/* The first of the cgroups that can tell. */
static int watch_memory(const struct state *s, struct oom_watch *watch, struct err *e)
{
	*watch = (struct oom_watch){ .fd = -1, .dir = -1 };
	for (size_t i = 0; i < s->cgroups.n; i++) {
		struct err ignored = { 0 };
		_cleanup_close_ int dir = fd_open(s->cgroups.items[i], O_RDONLY | O_DIRECTORY, &ignored);
		int r = dir < 0 ? 0 : oom_watch_begin(watch, dir, e);
		if (r != 0)
			return r;
	}
	return 0;
}

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Until the container ends; then what its memory may have had to say last is heard first. */
static int follow(const struct state *s, const struct events_options *o, int init, struct oom_watch *watch, struct err *e)
{
	enum { INIT, MEMORY };
	struct pollfd p[] = { [INIT] = { init, POLLIN, 0 }, [MEMORY] = { watch->fd, POLLIN, 0 } };
	for (uint64_t due = now() + o->interval;;) {
		uint64_t t = now(), left = due > t ? due - t : 0;
		int r = poll(p, 2, left > INT_MAX ? INT_MAX : (int)left);
		if (r < 0 && errno != EINTR)
			return err_call(e, "poll", NULL);
		if (r > 0 && p[MEMORY].revents)
			TRY(tell_oom(watch, o, e));
		if (r > 0 && p[INIT].revents)
			return 0;
		if (now() < due)
			continue;
		TRY(tell_stats(s, o, e));
		due += o->interval;
		if (due < now())
			due = now() + o->interval; /* whoever reads us was slow: nothing is caught up on */
	}
}

int events_follow(const struct state *s, const struct events_options *o, struct err *e)
{
	if (o->interval == 0)
		return tell_stats(s, o, e);
	struct oom_watch watch;
	_cleanup_close_ int init = process_open(s->pid, s->pid_start, e);
	if (init < 0)
		return err_is(e, ESRCH) ? err_note(e, "container is not running") : -1;
	if (watch_memory(s, &watch, e) < 0)
		return err_note(e, "watching the container's memory");
	int r = follow(s, o, init, &watch, e);
	oom_watch_done(&watch);
	return r;
}

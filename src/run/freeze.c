/* SPDX-License-Identifier: Apache-2.0 */
/* Pausing: the container's cgroup is frozen, by version 2 where the host has it, else by version 1's freezer. */
#include "run/freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/buf.h"
#include "sys/fd.h"

#define TRIES 500
#define PAUSE 10 /* ms */

/* What one kind of freezer calls things. */
static const struct freezer { const char *file, *frozen, *thawed, *state, *is_frozen; } freezers[] = {
	{ "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1" },
	{ "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN" },
};

/* The container's cgroup that has a freezer, and which one.  -1 where there is none. */
static int open_freezer(const struct state *s, const struct freezer **ret)
{
	struct err ignored = { 0 };
	for (size_t k = 0; k < sizeof(freezers) / sizeof(freezers[0]); k++)
		for (size_t i = s->cgroups.n; i-- > 0;) {
			_cleanup_close_ int dir = fd_open(s->cgroups.items[i], O_PATH | O_DIRECTORY, &ignored);
			if (dir < 0 || faccessat(dir, freezers[k].file, F_OK, 0) < 0)
				continue;
			*ret = &freezers[k];
			return fd_take(&dir);
		}
	return -1;
}

static bool is_frozen(int dir, const struct freezer *f)
{
	char text[256];
	struct err ignored = { 0 };
	return fd_read_file_at(dir, f->state, text, sizeof(text), &ignored) > 0 && strstr(text, f->is_frozen);
}

bool container_is_frozen(const struct state *s)
{
	const struct freezer *f;
	_cleanup_close_ int dir = open_freezer(s, &f);
	return dir >= 0 && is_frozen(dir, f);
}

/* Freezing takes as long as it takes every process to get there. */
int container_freeze(const struct state *s, bool freeze, struct err *e)
{
	const struct freezer *f = NULL;
	_cleanup_close_ int dir = open_freezer(s, &f);
	if (dir < 0)
		return err_rule(e, NULL, "the container's cgroup has no freezer");
	TRY(fd_write_file_at(dir, f->file, freeze ? f->frozen : f->thawed, e));
	for (int i = 0; i < TRIES; i++) {
		if (is_frozen(dir, f) == freeze)
			return 0;
		poll(NULL, 0, i < 10 ? 1 : PAUSE);
	}
	fd_write_file_at(dir, f->file, f->thawed, &(struct err){ 0 });
	return err_rule(e, NULL, "the container's processes did not freeze within %d seconds, and go on", TRIES * PAUSE / 1000);
}

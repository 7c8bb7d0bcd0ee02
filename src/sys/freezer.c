/* SPDX-License-Identifier: Apache-2.0 */
/* Freezing takes as long as it takes every process to get there.  Version 1's freezer can stay on its way, "FREEZING",
 * when processes are made meanwhile: it is told again, and now and then lets them run for a moment. */
#include "sys/freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "sys/fd.h"

#define TRIES 500
#define PAUSE 10 /* ms */
#define AGAIN 20 /* tries, after which version 1 is thawed and frozen again */

/* What one kind of freezer calls things. */
static const struct kind { const char *file, *frozen, *thawed, *state, *is_frozen, *own, *own_yes; } kinds[] = {
	{ "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1", "cgroup.freeze", "1" },
	{ "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN", "freezer.self_freezing", "1" },
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The container's cgroup that has this freezer; -1 where there is none. */
static int open_kind(const struct strings *dirs, const struct kind *k)
{
	struct err ignored = { 0 };
	for (size_t i = 0; i < dirs->n; i++) {
		_cleanup_close_ int dir = fd_open(dirs->items[i], O_PATH | O_DIRECTORY, &ignored);
		if (dir >= 0 && faccessat(dir, k->file, F_OK, 0) == 0)
			return fd_take(&dir);
	}
	return -1;
}

static bool file_has(int dir, const char *file, const char *word)
{
	char text[256];
	struct err ignored = { 0 };
	return fd_read_file_at(dir, file, text, sizeof(text), &ignored) > 0 && strstr(text, word);
}

static bool is_frozen(int dir, const struct kind *k)
{
	return file_has(dir, k->state, k->is_frozen);
}

bool freezer_is_frozen(const struct strings *dirs)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		_cleanup_close_ int dir = open_kind(dirs, &kinds[i]);
		if (dir >= 0 && is_frozen(dir, &kinds[i]))
			return true;
	}
	return false;
}

bool freezer_holds(int dir)
{
	return is_frozen(dir, &kinds[0]) || is_frozen(dir, &kinds[1]);
}

bool freezer_exists(const struct strings *dirs)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		_cleanup_close_ int dir = open_kind(dirs, &kinds[i]);
		if (dir >= 0)
			return true;
	}
	return false;
}

/* Waits until it is as it was told; false if that takes too long. */
static bool await_state(int dir, const struct kind *k, bool frozen)
{
	struct err ignored = { 0 };
	for (int i = 0; i < TRIES; i++) {
		if (is_frozen(dir, k) == frozen)
			return true;
		poll(NULL, 0, i < 10 ? 1 : PAUSE);
		if (!frozen || k == &kinds[0])
			continue;
		if (i % AGAIN == AGAIN - 1)
			fd_write_file_at(dir, k->file, k->thawed, &ignored);
		fd_write_file_at(dir, k->file, k->frozen, &ignored);
	}
	return false;
}

int freezer_freeze(const struct strings *dirs, struct err *e)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		const struct kind *k = &kinds[i];
		_cleanup_close_ int dir = open_kind(dirs, k);
		if (dir < 0)
			continue;
		TRY(fd_write_file_at(dir, k->file, k->frozen, e));
		if (await_state(dir, k, true))
			return 0;
		fd_write_file_at(dir, k->file, k->thawed, &(struct err){ 0 });
		return err_rule(e, NULL, "the container's processes did not freeze within %d seconds, and go on",
				TRIES * PAUSE / 1000);
	}
	return err_rule(e, NULL, "the container has no cgroup of its own with a freezer");
}

static int thaw(int dir, const struct kind *k, struct err *e)
{
	if (!is_frozen(dir, k) && !file_has(dir, k->own, k->own_yes))
		return 0;
	TRY(fd_write_file_at(dir, k->file, k->thawed, e));
	/* A cgroup above that is frozen will not change for our waiting. */
	poll(NULL, 0, is_frozen(dir, k) ? 1 : 0);
	if (is_frozen(dir, k) && k != &kinds[0] && file_has(dir, "freezer.parent_freezing", "1"))
		return err_rule(e, NULL, "the container's processes stay frozen: a cgroup above theirs is frozen");
	if (!await_state(dir, k, false))
		return err_rule(e, NULL, "the container's processes are still frozen after %d seconds: a cgroup above theirs "
					 "may be", TRIES * PAUSE / 1000);
	return 0;
}

int freezer_thaw(const struct strings *dirs, struct err *e)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		_cleanup_close_ int dir = open_kind(dirs, &kinds[i]);
		if (dir >= 0)
			TRY(thaw(dir, &kinds[i], e));
	}
	return 0;
}

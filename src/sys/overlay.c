/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/mountfd.h"

#define OPTION_MAX 255

bool overlay_is_long(const char *type, const char *key, const char *value)
{
	return value && strlen(value) > OPTION_MAX && strcmp(type, "overlay") == 0 &&
	       (strcmp(key, "lowerdir") == 0 || strcmp(key, "upperdir") == 0 || strcmp(key, "workdir") == 0);
}

void overlay_done(struct overlay *o)
{
	while (o->n)
		close(o->held[--o->n]);
}

static int hold(struct overlay *o, const char *path, struct err *e)
{
	if (o->n == sizeof(o->held) / sizeof(o->held[0])) {
		err_call_num(e, E2BIG, "fsconfig", path);
		return err_note(e, "an overlay with so many long directories takes Linux 6.8");
	}
	int dir = fd_open(path, O_PATH | O_DIRECTORY, e);
	return dir < 0 ? -1 : (o->held[o->n++] = dir);
}

static int set_directory(struct overlay *o, int fs, const char *key, const char *path, struct err *e)
{
	if (strlen(path) <= OPTION_MAX)
		return fs_set(fs, key, path, e);
	int dir = hold(o, path, e);
	if (dir < 0)
		return -1;
	if (sys_fsconfig(fs, FSCONFIG_SET_FD, key, NULL, dir) == 0)
		return 0;
	char name[32];
	snprintf(name, sizeof(name), "/proc/self/fd/%d", dir);
	return fs_set(fs, key, name, e);
}

/* One of its own is asked, as the one that is to be made would keep what it does not know: before Linux 6.5 an overlay
 * looks at its options when it is made. */
static bool takes_layers(void)
{
	_cleanup_close_ int fs = sys_fsopen("overlay", FSOPEN_CLOEXEC);
	return fs >= 0 && sys_fsconfig(fs, FSCONFIG_SET_FLAG, "no-such-option", NULL, 0) < 0 &&
	       sys_fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", "/", 0) == 0;
}

/* The next layer of "a:b\:c:d", with its escapes resolved; "a::b" has data-only layers behind the "::". */
static const char *next_layer(const char *list, char *layer, size_t size, bool *data_only)
{
	size_t n = 0;
	*data_only = list[0] == ':' && list[1] == ':';
	list += *data_only ? 2 : list[0] == ':';
	for (; *list && *list != ':' && n + 1 < size; list++) {
		if (*list == '\\' && list[1])
			list++;
		layer[n++] = *list;
	}
	layer[n] = 0;
	return list;
}

static int set_layers(struct overlay *o, int fs, const char *list, struct err *e)
{
	char layer[PATH_MAX];
	bool data_only;
	while (*list) {
		list = next_layer(list, layer, sizeof(layer), &data_only);
		TRY(set_directory(o, fs, data_only ? "datadir+" : "lowerdir+", layer, e));
	}
	return 0;
}

static int set_held_layers(struct overlay *o, int fs, const char *list, struct err *e)
{
	char layer[PATH_MAX], names[OPTION_MAX + 1];
	bool data_only;
	size_t n = 0;
	while (*list) {
		list = next_layer(list, layer, sizeof(layer), &data_only);
		int dir = hold(o, layer, e);
		if (dir < 0)
			return -1;
		const char *before = data_only ? "::" : n ? ":" : "";
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s/proc/self/fd/%d", before, dir);
		if (n >= sizeof(names))
			return err_call_num(e, E2BIG, "fsconfig", layer),
			       err_note(e, "an overlay with so many long directories takes Linux 6.8");
	}
	return fs_set(fs, "lowerdir", names, e);
}

int overlay_set(struct overlay *o, int fs, const char *key, const char *value, struct err *e)
{
	if (strcmp(key, "lowerdir") != 0)
		return set_directory(o, fs, key, value, e);
	return takes_layers() ? set_layers(o, fs, value, e) : set_held_layers(o, fs, value, e);
}

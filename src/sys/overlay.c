/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/overlay.h"

#include <fcntl.h>
#include <limits.h>
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

static int set_directory(int fs, const char *key, const char *path, struct err *e)
{
	if (strlen(path) <= OPTION_MAX)
		return fs_set(fs, key, path, e);
	_cleanup_close_ int dir = fd_open(path, O_PATH | O_DIRECTORY, e);
	if (dir < 0)
		return -1;
	if (sys_fsconfig(fs, FSCONFIG_SET_FD, key, NULL, dir) < 0) {
		err_call(e, "fsconfig", path);
		fs_log(fs, e);
		return err_note(e, "\"%s\" is longer than 255 bytes, which takes Linux 6.13", key);
	}
	return 0;
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

int overlay_set(int fs, const char *key, const char *value, struct err *e)
{
	char layer[PATH_MAX];
	bool data_only;
	if (strcmp(key, "lowerdir") != 0)
		return set_directory(fs, key, value, e);
	while (*value) {
		value = next_layer(value, layer, sizeof(layer), &data_only);
		if (set_directory(fs, data_only ? "datadir+" : "lowerdir+", layer, e) < 0)
			return err_note(e, "a lowerdir of more than 255 bytes is given layer by layer, which takes Linux 6.8");
	}
	return 0;
}

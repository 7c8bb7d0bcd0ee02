/* SPDX-License-Identifier: Apache-2.0 */

/* Names of kernel parameters.
 *
 * A name that is read differently by the one who checks it and the one who writes it lets a
 * container change the host (CVE-2022-0811).  So there is one reader, its result is the path that
 * is used, and the alphabet is small. */
#include "spec/sysctl.h"

#include <stdbool.h>
#include <string.h>

#include "base/span.h"

static const struct {
	const char *path; /* with a slash at its end: all below */
	const char *namespace;
} namespaced[] = {
	{ "net/",		    "network" },
	{ "fs/mqueue/",		    "ipc" },
	{ "kernel/auto_msgmni",	    "ipc" },
	{ "kernel/msg_next_id",	    "ipc" },
	{ "kernel/msgmax",	    "ipc" },
	{ "kernel/msgmnb",	    "ipc" },
	{ "kernel/msgmni",	    "ipc" },
	{ "kernel/sem",		    "ipc" },
	{ "kernel/sem_next_id",	    "ipc" },
	{ "kernel/shm_next_id",	    "ipc" },
	{ "kernel/shm_rmid_forced", "ipc" },
	{ "kernel/shmall",	    "ipc" },
	{ "kernel/shmmax",	    "ipc" },
	{ "kernel/shmmni",	    "ipc" },
	{ "kernel/domainname",	    "uts" },
	{ "kernel/hostname",	    "uts" },
	{ "user/",		    "user" },
};

const char *sysctl_namespace(const char *path)
{
	for (size_t i = 0; i < sizeof(namespaced) / sizeof(namespaced[0]); i++) {
		size_t n = strlen(namespaced[i].path);

		if (namespaced[i].path[n - 1] == '/' ? strncmp(path, namespaced[i].path, n) == 0
						     : strcmp(path, namespaced[i].path) == 0)
			return namespaced[i].namespace;
	}
	return NULL;
}

static bool is_plain(const char *key)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./";

	return key[0] && span_of(key, allowed) == strlen(key);
}

/* No component is empty, "." or "..". */
static bool is_path(const char *path)
{
	for (const char *p = path;; p++) {
		size_t n = span_until(p, "/");

		if (n == 0 || (n <= 2 && span_of(p, ".") >= n))
			return false;
		p += n;
		if (*p == '\0')
			return true;
	}
}

const char *sysctl_path(const char *key, struct arena *a)
{
	bool dotted = key[span_until(key, "./")] == '.'; /* the first separator says which it is */
	char *path;

	if (!is_plain(key))
		return NULL;
	path = arena_strdup(a, key);
	for (char *p = path; dotted && *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return is_path(path) ? path : NULL;
}

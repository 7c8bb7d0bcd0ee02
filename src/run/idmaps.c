/* SPDX-License-Identifier: Apache-2.0 */
/* Id maps, written by ourselves where the kernel lets us.  It lets a user map no ids but its own; for those that
 * /etc/subuid and /etc/subgid lend, there are two programs with the right to. */
#include "run/idmaps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/span.h"
#include "ops/child.h"
#include "plan/op.h"
#include "sys/calls.h"
#include "sys/fd.h"
#include "sys/mountfd.h"
#include "sys/process.h"
#include "sys/procfs.h"
#include "sys/spawn.h"

#define HELPER_LIMIT 60 /* seconds: it may ask a directory service */

int process_file_write(int64_t pid, const char *name, const char *text, struct err *e)
{
	char path[64];
	_cleanup_close_ int proc = fd_open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, e);
	if (proc < 0)
		return -1;
	if (!fd_is_procfs(proc))
		return err_rule(e, NULL, "\"/proc\" is no procfs");
	snprintf(path, sizeof(path), "%lld/%s", (long long)pid, name);
	return procfs_write(proc, path, text, e);
}

/* ---- newuidmap, newgidmap --------------------------------------------------------------------------------- */

static int find_helper(const char *name, char *path, size_t size, struct err *e)
{
	const char *dirs = getenv("PATH");
	if (!dirs || !dirs[0])
		dirs = "/usr/local/bin:/usr/bin:/bin";
	while (*dirs) {
		size_t n = span_until(dirs, ":");
		if (dirs[0] == '/' && buf_fmt(path, size, e, "%.*s/%s", (int)n, dirs, name) == 0 && access(path, X_OK) == 0)
			return 0;
		dirs += n + (dirs[n] == ':');
	}
	memset(e, 0, sizeof(*e));
	return err_rule(e, NULL, "\"%s\" is not in PATH: mapping more than one's own id needs it (Debian's package is called "
				 "uidmap)", name);
}

/* "PID 0 1000 1 1 100000 65536", each word an argument.  `words` is cut into pieces. */
static char **make_arguments(char *name, char *pid, char *words)
{
	size_t n = 0, room = strlen(words) / 2 + 4;
	char **argv = calloc(room, sizeof(*argv));
	if (!argv)
		return NULL;
	argv[n++] = name;
	argv[n++] = pid;
	for (char *w = words; *w;) {
		size_t size = span_until(w, " \n");
		argv[n++] = w;
		w += size;
		while (*w == ' ' || *w == '\n')
			*w++ = 0;
	}
	return argv;
}

static int explain_helper(struct err *e)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
		       ? err_note(e, "we run with no_new_privs, which takes this program's privilege from it")
		       : -1;
}

/* Its own words are the error. */
static int run_helper(char *name, int64_t pid, const char *lines, struct err *e)
{
	char path[PATH_MAX], number[24], *const envp[] = { NULL };
	TRY(find_helper(name, path, sizeof(path), e));
	snprintf(number, sizeof(number), "%lld", (long long)pid);
	char *words = strdup(lines);
	char **argv = words ? make_arguments(name, number, words) : NULL;
	struct child c = { .path = path, .argv = argv, .envp = envp, .timeout = HELPER_LIMIT, .interrupt = -1 };
	int r = argv ? child_run(&c, e) : err_call(e, "malloc", NULL);
	free(argv);
	free(words);
	return r < 0 ? explain_helper(e) : 0;
}

/* ---- both ------------------------------------------------------------------------------------------------- */

static int write_map(int64_t pid, const char *file, const char *lines, struct err *e)
{
	if (process_file_write(pid, file, lines, e) == 0)
		return 0;
	return err_is(e, EPERM) ? err_note(e, "the ids on the host's side must be mapped where we are ourselves "
					      "(/proc/self/%s), and ours to give", file)
				: -1;
}

static int write_uids(int64_t pid, const struct idmaps *m, struct err *e)
{
	return m->how & MAPS_UID_HELPER ? run_helper("newuidmap", pid, m->uid, e) : write_map(pid, "uid_map", m->uid, e);
}

static int write_gids(int64_t pid, const struct idmaps *m, struct err *e)
{
	if (m->how & MAPS_NO_SETGROUPS)
		TRY(process_file_write(pid, "setgroups", "deny", e));
	return m->how & MAPS_GID_HELPER ? run_helper("newgidmap", pid, m->gid, e) : write_map(pid, "gid_map", m->gid, e);
}

int idmaps_write(int64_t pid, const struct idmaps *maps, struct err *e)
{
	TRY(write_uids(pid, maps, e));
	return write_gids(pid, maps, e) < 0 ? err_at(e, "/linux/gidMappings") : 0;
}

/* A child in a new user namespace does nothing but wait for its end, while its namespace is mapped and opened. */
int idmaps_namespace(const struct idmaps *maps, struct err *e)
{
	char path[64];
	_cleanup_close_ int pidfd = -1;
	int pid = spawn_waiting(CLONE_NEWUSER, &pidfd, e);
	if (pid < 0)
		return -1;
	int fd = idmaps_write(pid, maps, e);
	if (fd == 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		fd = fd_open(path, O_RDONLY, e);
	}
	pidfd_kill_and_reap(pidfd);
	return fd;
}

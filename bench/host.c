/* SPDX-License-Identifier: Apache-2.0 */

/* `host DIR N`: a host with N more mounts, to measure in.
 *
 * Makes a mount namespace, binds an empty directory N times in a tmpfs at DIR, says "ready" and
 * stays until it is killed, or its parent ends.  Mounts are shared, as systemd makes them, among the namespace's own. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(int result, const char *call)
{
	if (result == 0)
		return;
	dprintf(2, "bench/host: %s: %s\n", call, strerror(errno));
	exit(1);
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[2]) : 0;
	char name[32];

	if (argc != 3) {
		dprintf(2, "usage: host DIR N\n");
		return 2;
	}
	check(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "prctl");
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount private");
	check(mount("host", argv[1], "tmpfs", 0, NULL), "mount tmpfs");
	check(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), "mount shared");
	check(chdir(argv[1]), "chdir");
	check(mkdir("source", 0755), "mkdir");
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%d", i);
		check(mkdir(name, 0755), "mkdir");
		check(mount("source", name, NULL, MS_BIND, NULL), "mount bind");
	}
	dprintf(1, "ready\n");
	for (;;)
		pause();
}

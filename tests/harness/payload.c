/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile program in a container tries.  Each mode prints what it achieved, a line each, "done" last.
 *
 *	payload inject		keystrokes for whoever holds the terminal of descriptor 0 or /dev/tty
 *	payload prowl FILE	look into every other process until FILE exists
 *	payload write		write to the program behind /proc/self/exe and /proc/1/exe
 *	payload raw		the capability to open raw sockets
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void inject_into(int fd, const char *name)
{
	static const char keys[] = "INJECTED\n";
	for (const char *k = keys; *k; k++)
		if (ioctl(fd, TIOCSTI, k) == 0)
			printf("injected through %s\n", name);
	char paste[] = { 3, 0 };
	if (ioctl(fd, TIOCLINUX, paste) == 0)
		printf("pasted through %s\n", name);
}

static void inject(void)
{
	for (int fd = 0; fd < 3; fd++)
		inject_into(fd, "a standard stream");
	int tty = open("/dev/tty", O_RDWR);
	if (tty >= 0) {
		printf("opened /dev/tty\n");
		inject_into(tty, "/dev/tty");
	}
}

/* What was got of a process counts if that is still socle's: it may have become the container's program meanwhile. */
static void got(const char *pid, const char *what)
{
	char path[PATH_MAX], exe[PATH_MAX] = "";
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	if (readlink(path, exe, sizeof(exe) - 1) > 0 && strstr(exe, "socle"))
		printf("%s of %s\n", what, exe);
}

static void pry(const char *pid, const char *what, int flags)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "/proc/%s/%s", pid, what);
	int fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0)
		got(pid, what);
	close(fd);
}

static void pry_open_files(const char *pid)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *d = opendir(path);
	if (d && readdir(d))
		got(pid, "descriptors");
	if (d)
		closedir(d);
}

static int is_socle(const char *pid)
{
	char path[PATH_MAX], name[64] = "";
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
	close(fd);
	return n > 0 && (strncmp(name, "socle", 5) == 0 || strncmp(name, "memfd:socle", 11) == 0 ||
			 strspn(name, "0123456789\n") == (size_t)n);
}

/* Every process that is still socle's, not yet the container's program. */
static int prowl_once(void)
{
	int met = 0;
	DIR *d = opendir("/proc");
	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9' || atoi(e->d_name) == getpid() || !is_socle(e->d_name))
			continue;
		met++;
		pry(e->d_name, "exe", O_RDONLY);
		pry(e->d_name, "mem", O_RDWR);
		pry(e->d_name, "environ", O_RDONLY);
		pry(e->d_name, "cwd/.", O_PATH);
		pry(e->d_name, "root/.", O_PATH);
		pry_open_files(e->d_name);
	}
	if (d)
		closedir(d);
	return met;
}

static void prowl(const char *until)
{
	long met = 0;
	alarm(60);
	puts("prowling");
	fflush(stdout);
	while (access(until, F_OK) < 0)
		met += prowl_once();
	printf("met socle %s\n", met > 0 ? "often" : "never");
}

static void overwrite(const char *path)
{
	int fd = open(path, O_WRONLY);
	if (fd >= 0)
		printf("%s opened for writing\n", path);
	int at = open(path, O_PATH);
	char again[64];
	snprintf(again, sizeof(again), "/proc/self/fd/%d", at);
	fd = open(again, O_WRONLY);
	if (fd >= 0 && write(fd, "#!/bin/sh\n", 10) > 0)
		printf("%s overwritten\n", path);
}

static void raw(void)
{
	if (socket(AF_INET, SOCK_RAW, 1) >= 0)
		puts("a raw socket");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	if (strcmp(mode, "inject") == 0)
		inject();
	else if (strcmp(mode, "prowl") == 0 && argc == 3)
		prowl(argv[2]);
	else if (strcmp(mode, "write") == 0)
		overwrite("/proc/self/exe"), overwrite("/proc/1/exe");
	else if (strcmp(mode, "raw") == 0)
		raw();
	else
		return 2;
	puts("done");
	return 0;
}

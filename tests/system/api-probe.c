/* SPDX-License-Identifier: Apache-2.0 */
/* What the library does to the process that calls it, for api.bats.  Each command prints what it saw; anything that
 * should not be ends with status 1 and a line on standard error.
 *
 *	api-probe failure ROOT		an assembly that fails half-way, once with each set of flags
 *	api-probe thread ROOT		one thread assembles, the other sees nothing of it
 *	api-probe here ROOT COMMAND…	assemble in the namespace that there is, run a command, disassemble
 *	api-probe common ROOT		the same where it is refused
 *	api-probe enter FLAGS ROOT COMMAND…	assemble with these flags, one of them SOCLE_CHANGE_ROOT; become a command
 *	api-probe life BUNDLE STATE ID	a container's life
 *	api-probe run BUNDLE STATE ID	a container in the foreground */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <socle.h>

static struct socle_error e;

static int complain(const char *what)
{
	fprintf(stderr, "api-probe: %s\n", what);
	return 1;
}

static int complain_error(void)
{
	char line[2048];
	return complain(socle_error_line(&e, line, sizeof(line)));
}

/* ---- the process, as it can be compared ------------------------------------------------------------------- */

struct sight {
	ino_t namespace, root, cwd;
	mode_t mask;
	int n_fds;
	char mounts[1 << 18];
};

static int count_fds(void)
{
	DIR *d = opendir("/proc/thread-self/fd");
	int n = 0;
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static ino_t inode(const char *path)
{
	struct stat st;
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

static void look(struct sight *s)
{
	FILE *f = fopen("/proc/thread-self/mountinfo", "re");
	memset(s, 0, sizeof(*s));
	s->namespace = inode("/proc/thread-self/ns/mnt");
	s->root = inode("/");
	s->cwd = inode(".");
	s->mask = umask(022);
	umask(s->mask);
	if (f) {
		s->mounts[fread(s->mounts, 1, sizeof(s->mounts) - 1, f)] = 0;
		fclose(f);
	}
	s->n_fds = count_fds();
}

static int differ(const struct sight *a, const struct sight *b)
{
	if (a->namespace != b->namespace)
		return complain("another mount namespace");
	if (a->root != b->root || a->cwd != b->cwd)
		return complain("another root or working directory");
	if (a->mask != b->mask)
		return complain("another umask");
	if (a->n_fds != b->n_fds)
		return complain("descriptors left open");
	return strcmp(a->mounts, b->mounts) ? complain("other mounts") : 0;
}

static struct socle_rootfs *describe(const char *root)
{
	struct socle_rootfs *r = socle_rootfs_new();
	if (r && socle_rootfs_set_root(r, root, &e) == 0 &&
	    socle_rootfs_add_mount(r, "/proc", "proc", "proc", NULL, &e) == 0 &&
	    socle_rootfs_add_mount(r, "/dev", "tmpfs", "tmpfs", NULL, &e) == 0 && socle_rootfs_add_ipc(r, 4096, &e) == 0)
		return r;
	complain_error();
	exit(1);
}

/* ---- commands --------------------------------------------------------------------------------------------- */

static int fail_once(const struct socle_rootfs *r, unsigned flags)
{
	static struct sight before, after;
	char line[2048];
	int fd = -5;
	look(&before);
	if (socle_rootfs_assemble(r, flags, &fd, &e) == 0)
		return complain("it did not fail");
	look(&after);
	printf("%s\n", socle_error_line(&e, line, sizeof(line)));
	if (e.also[0])
		return complain(e.also);
	return fd != -5 ? complain("a descriptor was returned") : differ(&before, &after);
}

static int failure(char **args)
{
	static const unsigned flags[] = { SOCLE_UNSHARE, SOCLE_UNSHARE | SOCLE_CHANGE_ROOT, 0, SOCLE_CHANGE_ROOT };
	static const char *const bad[] = { "size=nonsense", NULL };
	struct socle_rootfs *r = describe(args[0]);
	int status = socle_rootfs_add_mount(r, "/tmp", "tmpfs", "tmpfs", bad, &e) < 0 ? complain_error() : 0;
	umask(027);
	for (size_t i = 0; status == 0 && i < sizeof(flags) / sizeof(flags[0]); i++)
		status = fail_once(r, flags[i]);
	socle_rootfs_free(r);
	return status;
}

static void *assemble_in_thread(void *data)
{
	static struct sight sight;
	int fd;
	if (socle_rootfs_assemble(data, SOCLE_UNSHARE | SOCLE_CHANGE_ROOT, &fd, &e) < 0)
		return (void *)(intptr_t)complain_error();
	look(&sight);
	printf("assembled: %s\n", strstr(sight.mounts, " /proc ") && strstr(sight.mounts, " /dev/shm ") ? "yes" : "no");
	close(fd);
	return NULL;
}

static int thread(char **args)
{
	static struct sight before, after;
	struct socle_rootfs *r = describe(args[0]);
	pthread_t t;
	void *status;
	look(&before);
	if (pthread_create(&t, NULL, assemble_in_thread, r) != 0 || pthread_join(t, &status) != 0 || status)
		return complain("the thread failed");
	look(&after);
	socle_rootfs_free(r);
	return differ(&before, &after);
}

static int run(char **argv)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return child < 0 || waitpid(child, &status, 0) < 0 || status ? complain("the command failed") : 0;
}

/* The mount that holds the root is made private, and stays so. */
static void drop_peers(char *mounts)
{
	char *s;
	while ((s = strstr(mounts, " shared:")) != NULL) {
		size_t n = strcspn(s + 1, " ") + 1;
		memmove(s, s + n, strlen(s + n) + 1);
	}
}

static int here(char **args)
{
	static struct sight before, after;
	struct socle_rootfs *r = describe(args[0]);
	int fd, status;
	look(&before);
	if (socle_rootfs_assemble(r, 0, &fd, &e) < 0)
		return complain_error();
	status = run(args + 1);
	if (socle_rootfs_disassemble(fd, &e) < 0)
		return complain_error();
	if (socle_rootfs_disassemble(fd, &e) == 0)
		return complain("it was taken apart twice");
	close(fd);
	look(&after);
	drop_peers(before.mounts);
	drop_peers(after.mounts);
	socle_rootfs_free(r);
	return status || differ(&before, &after);
}

static int common(char **args)
{
	struct socle_rootfs *r = describe(args[0]);
	int fd, status = socle_rootfs_assemble(r, 0, &fd, &e) == 0 ? complain("it was not refused") : 0;
	printf("%s\n", e.text);
	socle_rootfs_free(r);
	return status;
}

static int enter(char **args)
{
	struct socle_rootfs *r = describe(args[1]);
	if (socle_rootfs_assemble(r, (unsigned)atoi(args[0]), NULL, &e) < 0)
		return complain_error();
	execvp(args[2], args + 2);
	return complain("the command could not be executed");
}

static int print_state(const char *root, const char *id)
{
	struct socle_state *s;
	if (socle_container_state(root, id, &s, &e) < 0)
		return complain_error();
	char *json = socle_state_json(s);
	printf("%s %s %s\n", socle_state_id(s), socle_state_status(s), socle_state_pid(s) > 0 ? "pid" : "no pid");
	printf("%s %s\n%s\n", socle_state_bundle(s), socle_state_annotation(s, "a") ?: "-", json);
	free(json);
	socle_state_free(s);
	return 0;
}

/* Killing is done when the signal is sent, not when the process has ended. */
static int await_stopped(const char *root, const char *id)
{
	for (int i = 0; i < 1000; i++) {
		struct socle_state *s;
		if (socle_container_state(root, id, &s, &e) < 0)
			return complain_error();
		int stopped = strcmp(socle_state_status(s), "stopped") == 0;
		socle_state_free(s);
		if (stopped)
			return 0;
		usleep(10000);
	}
	return complain("it did not stop");
}

static int print_list(const char *root)
{
	struct socle_list *l;
	if (socle_container_list(root, &l, &e) < 0)
		return complain_error();
	printf("%zu:", socle_list_size(l));
	for (size_t i = 0; i < socle_list_size(l); i++)
		printf(" %s", socle_state_id(socle_list_item(l, i)));
	printf("\n");
	socle_list_free(l);
	return 0;
}

static int life(char **args)
{
	const char *root = args[1], *id = args[2];
	struct socle_container_options o = { .size = sizeof(o), .state_root = root, .id = id, .bundle = args[0] };
	if (socle_container_create(&o, &e) < 0 || print_state(root, id))
		return complain_error();
	if (socle_container_create(&o, &e) == 0)
		return complain("one id was given twice");
	printf("%s\n", strstr(e.text, "exists") ? "exists" : e.text);
	if (socle_container_start(root, id, &e) < 0 || print_state(root, id) || print_list(root))
		return complain_error();
	if (socle_container_delete(root, id, 0, &e) == 0)
		return complain("a running container was deleted");
	if (socle_container_kill(root, id, SIGKILL, 0, &e) < 0)
		return complain_error();
	if (await_stopped(root, id) || print_state(root, id))
		return 1;
	if (socle_container_delete(root, id, 0, &e) < 0 || print_list(root))
		return complain_error();
	if (socle_container_delete(root, id, 0, &e) == 0 || e.num != ENOENT)
		return complain("what is not there was deleted");
	return 0;
}

static int run_container(char **args)
{
	struct socle_container_options o = { .size = sizeof(o), .state_root = args[1], .id = args[2], .bundle = args[0] };
	int status = -1;
	if (socle_container_run(&o, &status, &e) < 0)
		return complain_error();
	printf("status %d\n", status);
	return print_list(args[1]);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int n; int (*run)(char **args); } commands[] = {
		{ "failure", 1, failure }, { "thread", 1, thread }, { "here", 2, here },
		{ "common", 1, common },   { "enter", 3, enter },	 { "life", 3, life },
		{ "run", 3, run_container },
	};
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].n)
			return commands[i].run(argv + 2);
	return complain("no such command");
}

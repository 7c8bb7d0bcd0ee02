/* SPDX-License-Identifier: Apache-2.0 */
/* A command in a root file system that is described by calls, without a container:
 *
 *	rootfs ROOT COMMAND [ARGUMENT…]
 *
 * /proc, /dev and /tmp are its own, /etc/resolv.conf is the host's, the rest is the directory ROOT, read-only.  The
 * command is a child like any other: its process id, its user and its network are the host's.  Ends with its status.
 *
 *	cc -o rootfs rootfs.c $(pkg-config --cflags --libs socle) */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <socle.h>

static int complain(const struct socle_error *error)
{
	char line[2048];
	fprintf(stderr, "rootfs: %s\n", socle_error_line(error, line, sizeof(line)));
	return 125;
}

static int describe(struct socle_rootfs *rootfs, const char *root, struct socle_error *e)
{
	static const char *const quiet[] = { "nosuid", "noexec", "nodev", NULL };
	static const char *const dev[] = { "nosuid", "mode=755", "size=64k", NULL };
	static const char *const tmp[] = { "nosuid", "nodev", "mode=1777", "size=16m", NULL };
	static const char *const pts[] = { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", NULL };
	if (socle_rootfs_set_root(rootfs, root, e) < 0 || socle_rootfs_set_readonly(rootfs, 1, e) < 0)
		return -1;
	if (socle_rootfs_add_mount(rootfs, "/proc", "proc", "proc", quiet, e) < 0 ||
	    socle_rootfs_add_mount(rootfs, "/dev", "tmpfs", "tmpfs", dev, e) < 0 ||
	    socle_rootfs_add_mount(rootfs, "/dev/pts", "devpts", "devpts", pts, e) < 0 ||
	    socle_rootfs_add_mount(rootfs, "/tmp", "tmpfs", "tmpfs", tmp, e) < 0)
		return -1;
	if (socle_rootfs_add_ipc(rootfs, 1 << 20, e) < 0)
		return -1;
	if (access("/etc/resolv.conf", R_OK) == 0 &&
	    socle_rootfs_add_network_files(rootfs, "/etc/resolv.conf", NULL, NULL, e) < 0)
		return -1;
	return socle_rootfs_mask(rootfs, "/proc/kcore", e);
}

/* The command, by chroot: only the child's root changes. */
static int run(int root, char **argv)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		if (fchdir(root) == 0 && chroot(".") == 0)
			execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("rootfs");
		return 125;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int assemble_and_run(struct socle_rootfs *rootfs, const char *path, char **argv)
{
	struct socle_error e;
	int root, status;
	if (describe(rootfs, path, &e) < 0 || socle_rootfs_assemble(rootfs, SOCLE_UNSHARE, &root, &e) < 0)
		return complain(&e);
	status = run(root, argv);
	if (socle_rootfs_disassemble(root, &e) < 0)
		status = complain(&e);
	close(root);
	return status;
}

int main(int argc, char **argv)
{
	char *path = argc > 2 ? realpath(argv[1], NULL) : NULL;
	struct socle_rootfs *rootfs = socle_rootfs_new();
	int status = 125;
	if (argc < 3)
		fprintf(stderr, "usage: rootfs ROOT COMMAND [ARGUMENT...]\n");
	else if (!path || !rootfs)
		perror(argv[1]);
	else
		status = assemble_and_run(rootfs, path, argv + 2);
	socle_rootfs_free(rootfs);
	free(path);
	return status;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* The floor: what a container with the default configuration costs if nobody but the kernel takes
 * time.
 *
 *     floor [OPTIONS] run ROOTFS PROGRAM         set up, execute, wait, remove
 *     floor [OPTIONS] create DIR ROOTFS PROGRAM  set up, then wait for start; DIR holds pid and fifo
 *     floor start DIR
 *     floor delete DIR
 *
 *     -C         no cgroup namespace
 *     -b N SRC   SRC is bound, read-only, onto /many/0, /many/1, … as well
 *     -m N       /many/0, /many/1, … are masked as well
 *
 * Makes the system calls that a runtime needs for what `runc spec` asks for, with a cgroup
 * namespace, in the cheapest order known, and nothing around them: no configuration
 * is read, nothing is planned or checked, no error gets more than a line, no second program is
 * executed in the container.  Whatever the kernel makes a runtime do is here, though: a cgroup in
 * every hierarchy of the host, and its removal; the device rules of cgroup v1 (not the program that
 * v2 wants); paths in the container resolved within its root; each mask's kind looked at.
 *
 * Two findings are built in.  A process that moves itself alone, by writing "0" to `tasks`, spares
 * the kernel the lock that writing to cgroup.procs takes; where no process has been moved for a
 * while, that lock waits for a whole RCU grace period (5 to 15 ms).  And a cgroup namespace has to
 * be unshared after the move, since clone would root it in the parent's cgroup.
 *
 * Linked statically with musl, because that starts fastest. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static bool no_cgroup_ns;
static unsigned int n_binds, n_masks;
static const char *bind_source;

static void die(const char *call, const char *path)
{
	dprintf(2, "floor: %s %s: %s\n", call, path, strerror(errno));
	_exit(1);
}

static long check(long result, const char *call, const char *path)
{
	if (result < 0)
		die(call, path);
	return result;
}

static void write_file(int dir, const char *path, const char *text)
{
	int fd = (int)check(openat(dir, path, O_WRONLY | O_CLOEXEC), "open", path);

	check(write(fd, text, strlen(text)), "write", path);
	close(fd);
}

static size_t read_file(int dir, const char *path, char *text, size_t size)
{
	int fd = (int)check(openat(dir, path, O_RDONLY | O_CLOEXEC), "open", path);
	ssize_t n = check(read(fd, text, size - 1), "read", path);

	text[n] = '\0';
	close(fd);
	return (size_t)n;
}

/* --- cgroups --------------------------------------------------------------------------------- */

static struct hierarchy {
	char name[64];       /* "cpu,cpuacct", "name=systemd"; empty: cgroup2 */
	char path[PATH_MAX]; /* the container's cgroup */
} hierarchies[32];
static size_t n_hierarchies;
static int cgroup2 = -1;

static const char *hierarchy_folder(const struct hierarchy *h)
{
	if (!h->name[0])
		return n_hierarchies > 1 ? "/unified" : "";
	return strncmp(h->name, "name=", 5) ? h->name : h->name + 5;
}

/* The container's cgroup in each hierarchy is a child of our own. */
static void cgroups_find(const char *id)
{
	static char text[16384];
	char *line, *rest;

	read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		n_hierarchies++;
	line = text;
	for (struct hierarchy *h = hierarchies; h < hierarchies + n_hierarchies; h++) {
		char *name = strchr(line, ':') + 1, *own = strchr(name, ':');

		line += strlen(line) + 1;
		*own++ = '\0';
		snprintf(h->name, sizeof(h->name), "%s", name);
		snprintf(h->path, sizeof(h->path), "/sys/fs/cgroup%s%s%s/%s", h->name[0] ? "/" : "",
			 hierarchy_folder(h), own[1] ? own : "", id);
	}
}

/* A cpuset of version 1 has no processors until it is given some. */
static void cpuset_fill(int dir)
{
	static const char *const files[][2] = { { "../cpuset.cpus", "cpuset.cpus" },
						{ "../cpuset.mems", "cpuset.mems" } };
	char text[4096];

	for (size_t i = 0; i < N(files); i++) {
		read_file(dir, files[i][0], text, sizeof(text));
		write_file(dir, files[i][1], text);
	}
}

static void devices_limit(int dir)
{
	static const char *const rules[] = { "c *:* m",   "b *:* m",    "c 1:3 rwm", "c 1:5 rwm",
					     "c 1:7 rwm", "c 1:8 rwm",  "c 1:9 rwm", "c 5:0 rwm",
					     "c 5:2 rwm", "c 136:* rwm" };
	int fd;

	write_file(dir, "devices.deny", "a");
	fd = (int)check(openat(dir, "devices.allow", O_WRONLY | O_CLOEXEC), "open",
			"devices.allow");
	for (size_t i = 0; i < N(rules); i++)
		check(write(fd, rules[i], strlen(rules[i])), "write", rules[i]);
	close(fd);
}

static void cgroups_make(void)
{
	for (struct hierarchy *h = hierarchies; h < hierarchies + n_hierarchies; h++) {
		bool cpuset = !strcmp(h->name, "cpuset"), devices = !strcmp(h->name, "devices");
		int dir;

		check(mkdir(h->path, 0755), "mkdir", h->path);
		if (h->name[0] && !cpuset && !devices)
			continue;
		dir = (int)check(openat(AT_FDCWD, h->path, O_DIRECTORY | O_CLOEXEC), "open",
				 h->path);
		if (!h->name[0])
			cgroup2 = dir;
		if (cpuset)
			cpuset_fill(dir);
		if (devices)
			devices_limit(dir);
		if (dir != cgroup2)
			close(dir);
	}
}

static void cgroups_enter(void)
{
	for (struct hierarchy *h = hierarchies; h < hierarchies + n_hierarchies; h++) {
		char path[PATH_MAX + 8];

		if (!h->name[0])
			continue; /* by clone3 */
		snprintf(path, sizeof(path), "%s/tasks", h->path);
		write_file(AT_FDCWD, path, "0");
	}
}

static void cgroups_remove(void)
{
	for (struct hierarchy *h = hierarchies; h < hierarchies + n_hierarchies; h++)
		check(rmdir(h->path), "rmdir", h->path);
}

/* --- mounts ---------------------------------------------------------------------------------- */

static int fs_open(const char *type)
{
	return (int)check(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), "fsopen", type);
}

static void fs_set(int fs, const char *key, const char *value)
{
	unsigned int command = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

	check(syscall(SYS_fsconfig, fs, command, key, value, 0), "fsconfig", key);
}

/* A detached mount of what `fs` describes; takes `fs`. */
static int fs_mount(int fs, uint64_t attrs)
{
	int tree;

	check(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "fsconfig", "create");
	tree = (int)check(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attrs), "fsmount", "");
	close(fs);
	return tree;
}

static int resolve(int root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static int clone_tree(int fd, unsigned int flags)
{
	return (int)check(syscall(SYS_open_tree, fd, "",
				  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags),
			  "open_tree", "");
}

static void set_readonly(int tree, unsigned int flags)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	check(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &attr, sizeof(attr)),
	      "mount_setattr", "");
}

static void attach(int tree, int target, const char *path)
{
	check(syscall(SYS_move_mount, tree, "", target, "",
		      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
	      "move_mount", path);
}

static void attach_at(int tree, int root, const char *path)
{
	int target = (int)check(resolve(root, path), "openat2", path);

	attach(tree, target, path);
	close(target);
	close(tree);
}

#define NOSUID MOUNT_ATTR_NOSUID
#define NODEV  MOUNT_ATTR_NODEV
#define NOEXEC MOUNT_ATTR_NOEXEC
#define RDONLY MOUNT_ATTR_RDONLY

static const struct mount {
	const char *make, *target, *type, *source;
	uint64_t attrs;
	const char *params[5][2];
} mounts[] = {
	{ NULL, "proc", "proc", "proc", 0, { { NULL, NULL } } },
	{ NULL,
	  "dev",
	  "tmpfs",
	  "tmpfs",
	  NOSUID | MOUNT_ATTR_STRICTATIME,
	  { { "mode", "755" }, { "size", "65536k" } } },
	{ "dev/pts",
	  "dev/pts",
	  "devpts",
	  "devpts",
	  NOSUID | NOEXEC,
	  { { "newinstance", NULL }, { "ptmxmode", "0666" }, { "mode", "0620" }, { "gid", "5" } } },
	{ "dev/shm",
	  "dev/shm",
	  "tmpfs",
	  "shm",
	  NOSUID | NOEXEC | NODEV,
	  { { "mode", "1777" }, { "size", "65536k" } } },
	{ "dev/mqueue",
	  "dev/mqueue",
	  "mqueue",
	  "mqueue",
	  NOSUID | NOEXEC | NODEV,
	  { { NULL, NULL } } },
	{ NULL, "sys", "sysfs", "sysfs", NOSUID | NOEXEC | NODEV | RDONLY, { { NULL, NULL } } },
};

static void mount_all(int root)
{
	for (const struct mount *m = mounts; m < mounts + N(mounts); m++) {
		int fs = fs_open(m->type);

		if (m->make) {
			int parent = (int)check(resolve(root, "dev"), "openat2", "dev");

			check(mkdirat(parent, m->make + strlen("dev/"), 0755), "mkdir", m->make);
			close(parent);
		}
		fs_set(fs, "source", m->source);
		for (size_t i = 0; m->params[i][0]; i++)
			fs_set(fs, m->params[i][0], m->params[i][1]);
		attach_at(fs_mount(fs, m->attrs), root, m->target);
	}
}

static void bind_many(int root)
{
	char path[32];

	for (unsigned int i = 0; i < n_binds; i++) {
		int tree = (int)check(syscall(SYS_open_tree, AT_FDCWD, bind_source,
					      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
				      "open_tree", bind_source);

		set_readonly(tree, 0);
		snprintf(path, sizeof(path), "many/%u", i);
		attach_at(tree, root, path);
	}
}

static int cgroup_tree(const struct hierarchy *h, uint64_t attrs)
{
	char name[64], *controller, *rest;
	int fs;

	if (no_cgroup_ns) {
		struct mount_attr attr = { .attr_set = attrs };
		int tree = (int)check(syscall(SYS_open_tree, AT_FDCWD, h->path,
					      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE),
				      "open_tree", h->path);

		check(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)),
		      "mount_setattr", h->path);
		return tree;
	}
	fs = fs_open(h->name[0] ? "cgroup" : "cgroup2");
	fs_set(fs, "source", "cgroup");
	if (!strncmp(h->name, "name=", 5)) {
		fs_set(fs, "none", NULL);
		fs_set(fs, "name", h->name + 5);
	} else if (h->name[0]) {
		strcpy(name, h->name);
		for (controller = strtok_r(name, ",", &rest); controller;
		     controller = strtok_r(NULL, ",", &rest))
			fs_set(fs, controller, NULL);
	}
	return fs_mount(fs, attrs);
}

static void mount_cgroups(int root)
{
	uint64_t attrs = NOSUID | NOEXEC | NODEV | RDONLY;
	char path[PATH_MAX];
	int fs, top;

	if (n_hierarchies == 1) {
		attach_at(cgroup_tree(hierarchies, attrs), root, "sys/fs/cgroup");
		return;
	}
	fs = fs_open("tmpfs");
	fs_set(fs, "source", "cgroup");
	fs_set(fs, "mode", "755");
	attach_at(fs_mount(fs, NOSUID | NOEXEC | NODEV), root, "sys/fs/cgroup");

	top = (int)check(resolve(root, "sys/fs/cgroup"), "openat2", "cgroup");
	for (struct hierarchy *h = hierarchies; h < hierarchies + n_hierarchies; h++) {
		snprintf(path, sizeof(path), "%s", hierarchy_folder(h) + (h->name[0] ? 0 : 1));
		check(mkdirat(top, path, 0755), "mkdir", path);
		attach_at(cgroup_tree(h, attrs), top, path);
	}
	set_readonly(top, 0);
	close(top);
}

/* --- devices --------------------------------------------------------------------------------- */

static void make_devices(int root)
{
	static const struct {
		const char *name;
		unsigned int major, minor;
	} nodes[] = {
		{ "null", 1, 3 },   { "zero", 1, 5 },    { "full", 1, 7 },
		{ "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
	};
	static const struct {
		const char *name, *to;
	} links[] = {
		{ "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
		{ "ptmx", "pts/ptmx" },          { "core", "/proc/kcore" },
	};
	int dev = (int)check(resolve(root, "dev"), "openat2", "dev");

	for (size_t i = 0; i < N(nodes); i++)
		check(mknodat(dev, nodes[i].name, S_IFCHR | 0666,
			      makedev(nodes[i].major, nodes[i].minor)),
		      "mknod", nodes[i].name);
	for (size_t i = 0; i < N(links) - (access("/proc/kcore", F_OK) < 0); i++)
		check(symlinkat(links[i].to, dev, links[i].name), "symlink", links[i].name);
	close(dev);
}

/* --- the root -------------------------------------------------------------------------------- */

/* The container's root as a mount of its own, in a tree that no longer tells the host anything. */
static int root_bind(const char *rootfs)
{
	struct mount_attr slave = { .propagation = 1u << 19 /* MS_SLAVE */ };
	int tree, target;

	check(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &slave, sizeof(slave)),
	      "mount_setattr", "/");
	tree = (int)check(syscall(SYS_open_tree, AT_FDCWD, rootfs,
				  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE),
			  "open_tree", rootfs);
	target = (int)check(openat(AT_FDCWD, rootfs, O_PATH | O_CLOEXEC), "open", rootfs);
	attach(tree, target, rootfs);
	close(target);
	return tree;
}

static void root_pivot(int root)
{
	check(fchdir(root), "fchdir", "root");
	check(syscall(SYS_pivot_root, ".", "."), "pivot_root", ".");
	check(syscall(SYS_umount2, ".", 2 /* MNT_DETACH */), "umount2", ".");
	check(chdir("/"), "chdir", "/");
}

static void readonly_paths(int root)
{
	static const char *const paths[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
					     "proc/sysrq-trigger" };

	for (size_t i = 0; i < N(paths); i++) {
		int target = resolve(root, paths[i]), tree;

		if (target < 0)
			continue;
		tree = clone_tree(target, AT_RECURSIVE);
		set_readonly(tree, AT_RECURSIVE);
		attach(tree, target, paths[i]);
		close(tree);
		close(target);
	}
}

static int empty_tmpfs(void)
{
	int fs = fs_open("tmpfs");

	fs_set(fs, "nr_blocks", "1");
	fs_set(fs, "nr_inodes", "1");
	return fs_mount(fs, RDONLY);
}

/* What covers files, and what covers directories: attached itself the first time, then a copy of it. */
static struct cover {
	int tree;
	bool attached;
} cover_file = { -1, false }, cover_directory = { -1, false };

static void mask(int root, const char *path)
{
	int target = resolve(root, path), tree;
	struct cover *c = &cover_file;
	struct stat st;

	if (target < 0)
		return;
	check(fstat(target, &st), "fstat", path);
	if (S_ISDIR(st.st_mode))
		c = &cover_directory;
	if (c->tree < 0)
		c->tree = S_ISDIR(st.st_mode) ? empty_tmpfs() : clone_tree(resolve(root, "dev/null"), 0);
	tree = c->attached ? clone_tree(c->tree, 0) : c->tree;
	attach(tree, target, path);
	if (c->attached)
		close(tree);
	c->attached = true;
	close(target);
}

static void masked_paths(int root)
{
	static const char *const paths[] = { "proc/acpi",          "proc/asound",
					     "proc/kcore",         "proc/keys",
					     "proc/latency_stats", "proc/timer_list",
					     "proc/timer_stats",   "proc/sched_debug",
					     "sys/firmware",       "proc/scsi" };
	char path[32];

	for (size_t i = 0; i < N(paths); i++)
		mask(root, paths[i]);
	for (unsigned int i = 0; i < n_masks; i++) {
		snprintf(path, sizeof(path), "many/%u", i);
		mask(root, path);
	}
}

/* --- the process ----------------------------------------------------------------------------- */

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = (int)check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket", "");

	check(ioctl(fd, SIOCSIFFLAGS, &ifr), "SIOCSIFFLAGS", "lo");
	close(fd);
}

/* Standard streams that are the host's /dev/null become the container's. */
static void reopen_null(void)
{
	struct stat st;
	int null = -1;

	for (int fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
			continue;
		if (null < 0)
			null = (int)check(openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC), "open",
					  "/dev/null");
		check(dup3(null, fd, 0), "dup3", "/dev/null");
	}
	if (null >= 0)
		close(null);
}

static void credentials(void)
{
	static const unsigned int caps[] = { CAP_KILL, CAP_NET_BIND_SERVICE, CAP_AUDIT_WRITE };
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	uint32_t set = 0;

	for (size_t i = 0; i < N(caps); i++)
		set |= 1u << caps[i];
	for (unsigned long cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap > 31 || !(set & 1u << cap))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* fails past the kernel's last one */

	/* Not through the C library, which would look for threads to do the same. */
	check(syscall(SYS_setgroups, 0, NULL), "setgroups", "");
	check(syscall(SYS_setresgid, 0, 0, 0), "setresgid", "");
	check(syscall(SYS_setresuid, 0, 0, 0), "setresuid", "");
	data[0] = (struct __user_cap_data_struct){ .effective = set, .permitted = set };
	check(syscall(SYS_capset, &header, data), "capset", "");
	check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "prctl", "ambient");
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "no_new_privs");
}

static void await_start(int ready, int fifo)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fifo);
	check(write(ready, "", 1), "write", "ready");
	close(ready);
	fd = (int)check(openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC), "open", "fifo");
	check(write(fd, "", 1), "write", "fifo");
}

static void child(const char *rootfs, const char *program, int ready, int fifo)
{
	static const struct rlimit nofile = { 1024, 1024 };
	const char *argv[] = { program, NULL };
	const char *envp[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			       "TERM=xterm", NULL };
	int root;

	cgroups_enter();
	if (!no_cgroup_ns)
		check(unshare(CLONE_NEWCGROUP), "unshare", "cgroup");
	check(setsid(), "setsid", "");
	check(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "_ses.floor"), "keyctl", "");
	check(sethostname("floor", 5), "sethostname", "");
	loopback_up();
	umask(0);

	root = root_bind(rootfs);
	mount_all(root);
	mount_cgroups(root);
	bind_many(root);
	make_devices(root);
	root_pivot(root);
	readonly_paths(root);
	masked_paths(root);
	set_readonly(root, 0);
	reopen_null();

	umask(0022);
	check(setrlimit(RLIMIT_NOFILE, &nofile), "setrlimit", "");
	credentials();
	if (fifo >= 0)
		await_start(ready, fifo);
	check(syscall(SYS_close_range, 3, ~0u, 1u << 2 /* CLOSE_RANGE_CLOEXEC */), "close_range",
	      "");
	execve(program, (char *const *)argv, (char *const *)envp);
	die("execve", program);
}

static pid_t container(const char *id, const char *rootfs, const char *program, int ready, int fifo,
		       int *ret_pidfd)
{
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS |
			 CLONE_PIDFD,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	cgroups_find(id);
	cgroups_make();
	if (cgroup2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup2;
	}
	pid = (pid_t)check(syscall(SYS_clone3, &args, sizeof(args)), "clone3", "");
	if (!pid)
		child(rootfs, program, ready, fifo);
	return pid;
}

/* --- commands -------------------------------------------------------------------------------- */

static int run(const char *rootfs, const char *program)
{
	siginfo_t info;
	char id[32];
	int pidfd;

	snprintf(id, sizeof(id), "floor-%d", (int)getpid());
	container(id, rootfs, program, -1, -1, &pidfd);
	check(waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &info, WEXITED), "waitid", "");
	cgroups_remove();
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

static void path_join(char *path, const char *dir, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", dir, name);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int create(const char *dir, const char *rootfs, const char *program)
{
	char path[PATH_MAX], made[PATH_MAX], text[16];
	int ready[2], fifo, fd, pidfd;
	pid_t pid;

	check(mkdir(dir, 0700), "mkdir", dir);
	path_join(path, dir, "fifo");
	check(mkfifo(path, 0600), "mkfifo", path);
	fifo = (int)check(openat(AT_FDCWD, path, O_PATH | O_CLOEXEC), "open", path);
	check(pipe2(ready, O_CLOEXEC), "pipe2", "");

	pid = container(base_name(dir), rootfs, program, ready[1], fifo, &pidfd);
	close(ready[1]);
	if (read(ready[0], text, 1) != 1)
		die("read", "ready");

	path_join(made, dir, "pid.new");
	path_join(path, dir, "pid");
	fd = (int)check(openat(AT_FDCWD, made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
			"open", made);
	dprintf(fd, "%d", (int)pid);
	close(fd);
	check(rename(made, path), "rename", path);
	return 0;
}

static int start(const char *dir)
{
	char path[PATH_MAX], byte;
	int fd;

	path_join(path, dir, "fifo");
	fd = (int)check(openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC), "open", path);
	check(read(fd, &byte, 1), "read", path);
	check(unlink(path), "unlink", path);
	return 0;
}

static int delete (const char *dir)
{
	struct pollfd process = { .events = POLLIN };
	char path[PATH_MAX], text[16];

	path_join(path, dir, "pid");
	read_file(AT_FDCWD, path, text, sizeof(text));
	process.fd = (int)syscall(SYS_pidfd_open, atoi(text), 0);
	if (process.fd >= 0 && poll(&process, 1, 0) == 0) {
		errno = EBUSY;
		die("delete", dir);
	}
	cgroups_find(base_name(dir));
	cgroups_remove();
	check(unlink(path), "unlink", path);
	check(rmdir(dir), "rmdir", dir);
	return 0;
}

static int options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+Cb:m:")) != -1) {
		switch (option) {
		case 'C': no_cgroup_ns = true; break;
		case 'b':
			n_binds = (unsigned int)atoi(optarg);
			bind_source = optind < argc ? argv[optind++] : "";
			break;
		case 'm': n_masks = (unsigned int)atoi(optarg); break;
		default: return -1;
		}
	}
	return optind - 1;
}

int main(int argc, char **argv)
{
	int n = options(argc, argv);

	argc -= n;
	argv += n;
	if (n >= 0 && argc == 4 && !strcmp(argv[1], "run"))
		return run(argv[2], argv[3]);
	if (n >= 0 && argc == 5 && !strcmp(argv[1], "create"))
		return create(argv[2], argv[3], argv[4]);
	if (n >= 0 && argc == 3 && !strcmp(argv[1], "start"))
		return start(argv[2]);
	if (n >= 0 && argc == 3 && !strcmp(argv[1], "delete"))
		return delete (argv[2]);
	dprintf(2, "usage: floor [-C] [-b N SRC] [-m N] run ROOTFS PROGRAM | create DIR ROOTFS PROGRAM | "
		   "start DIR | delete DIR\n");
	return 2;
}

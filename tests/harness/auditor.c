/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's program can see of itself, as one line of JSON.  Static, and glad with nothing: what the
 * kernel answers directly is not read from /proc, so a container without one, or with a false one, is audited too.
 *
 *	auditor		prints the line
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FDS_MAX 4096

static const char *comma = "";

static void put_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void key(const char *name)
{
	printf("%s\"%s\":", comma, name);
	comma = ",";
}

static void put_number(const char *name, long long n)
{
	key(name);
	printf("%lld", n);
}

/* Hexadecimal, as /proc/self/status has it. */
static void put_mask(const char *name, uint64_t mask)
{
	key(name);
	printf("\"%016llx\"", (unsigned long long)mask);
}

static void put_link(const char *name, const char *path)
{
	char text[PATH_MAX];
	ssize_t n = readlink(path, text, sizeof(text) - 1);
	key(name);
	if (n < 0) {
		printf("null");
		return;
	}
	text[n] = 0;
	put_string(text);
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:  return "file";
	case S_IFDIR:  return "directory";
	case S_IFCHR:  return "char";
	case S_IFBLK:  return "block";
	case S_IFIFO:  return "fifo";
	case S_IFSOCK: return "socket";
	default:       return "other";
	}
}

/* By asking of each number, not by reading a directory that may lie. */
static void put_descriptors(void)
{
	const char *between = "";
	key("fds");
	putchar('[');
	for (int fd = 0; fd < FDS_MAX; fd++) {
		struct stat st;
		char path[64], text[PATH_MAX];
		if (fstat(fd, &st) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(path, text, sizeof(text) - 1);
		text[n < 0 ? 0 : n] = 0;
		printf("%s{\"fd\":%d,\"type\":\"%s\",\"dev\":%llu,\"ino\":%llu,\"rdev\":\"%u:%u\",\"uid\":%u,\"path\":",
		       between, fd, type_name(st.st_mode), (unsigned long long)st.st_dev,
		       (unsigned long long)st.st_ino, major(st.st_rdev), minor(st.st_rdev), st.st_uid);
		put_string(text);
		putchar('}');
		between = ",";
	}
	putchar(']');
}

/* With the kernel's own word: a directory outside the root is "(unreachable)". */
static void put_cwd(void)
{
	char text[PATH_MAX];
	key("cwd");
	if (syscall(SYS_getcwd, text, sizeof(text)) < 0)
		printf("null");
	else
		put_string(text);
}

static void put_credentials(void)
{
	gid_t groups[65536 / 16];
	uid_t r, e, s;
	getresuid(&r, &e, &s);
	key("uid");
	printf("[%u,%u,%u]", r, e, s);
	getresgid(&r, &e, &s);
	key("gid");
	printf("[%u,%u,%u]", r, e, s);
	int n = getgroups(sizeof(groups) / sizeof(groups[0]), groups);
	key("groups");
	putchar('[');
	for (int i = 0; i < n; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	putchar(']');
}

static uint64_t by_prctl(int option, int first)
{
	uint64_t mask = 0;
	for (int cap = 0; cap < 64; cap++) {
		int has = option == PR_CAPBSET_READ ? prctl(option, cap, 0, 0, 0) : prctl(option, first, cap, 0, 0);
		if (has > 0)
			mask |= 1ull << cap;
	}
	return mask;
}

static void put_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { 0 };
	syscall(SYS_capget, &header, d);
	put_mask("CapInh", d[0].inheritable | (uint64_t)d[1].inheritable << 32);
	put_mask("CapPrm", d[0].permitted | (uint64_t)d[1].permitted << 32);
	put_mask("CapEff", d[0].effective | (uint64_t)d[1].effective << 32);
	put_mask("CapBnd", by_prctl(PR_CAPBSET_READ, 0));
	put_mask("CapAmb", by_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET));
}

static void put_signals(void)
{
	sigset_t set;
	uint64_t blocked = 0, ignored = 0;
	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int s = 1; s <= 64; s++) {
		struct sigaction a;
		if (sigismember(&set, s) == 1)
			blocked |= 1ull << (s - 1);
		if (sigaction(s, NULL, &a) == 0 && a.sa_handler == SIG_IGN)
			ignored |= 1ull << (s - 1);
	}
	put_mask("SigBlk", blocked);
	put_mask("SigIgn", ignored);
}

static void put_limits(void)
{
	key("rlimits");
	putchar('[');
	for (int i = 0; i < 16; i++) {
		struct rlimit l = { 0 };
		getrlimit(i, &l);
		printf("%s[%llu,%llu]", i ? "," : "", (unsigned long long)l.rlim_cur, (unsigned long long)l.rlim_max);
	}
	putchar(']');
}

static void put_text(const char *name, const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	key(name);
	if (n < 0) {
		printf("null");
		return;
	}
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	put_string(text);
}

static void put_lines(const char *name, const char *path)
{
	char line[PATH_MAX * 2];
	const char *between = "";
	FILE *f = fopen(path, "re");
	key(name);
	putchar('[');
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		printf("%s", between);
		put_string(line);
		between = ",";
	}
	putchar(']');
	if (f)
		fclose(f);
}

static void put_keyring(void)
{
	char text[256];
	long n = syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, -3 /* the session's */, text, sizeof(text));
	key("keyring");
	if (n < 0 || n > (long)sizeof(text))
		printf("null");
	else
		put_string(text);
}

int main(void)
{
	putchar('{');
	put_descriptors();
	put_cwd();
	put_link("root", "/proc/self/root");
	put_link("exe", "/proc/self/exe");
	put_number("pid", getpid());
	put_number("sid", getsid(0));
	put_credentials();
	put_capabilities();
	put_number("NoNewPrivs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	put_number("Seccomp", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	put_number("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	put_text("label", "/proc/self/attr/current");
	put_signals();
	put_limits();
	put_keyring();
	put_lines("cgroups", "/proc/self/cgroup");
	put_lines("mountinfo", "/proc/self/mountinfo");
	puts("}");
	return 0;
}

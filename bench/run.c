/* SPDX-License-Identifier: Apache-2.0 */

/* Measures command lines against each other, in one run.
 *
 *     run [-n ROUNDS] [-w WARM-UPS] [-p PAUSE] [-b BASE] NAME 'STEP ; STEP ; …' [NAME 'STEP ; …']…
 *
 * Each round runs every candidate once, in turn, so that whatever slows the machine meets them all
 * alike.  Prints the median, the quartiles and the least of each, its ratio to candidate BASE (the
 * first, by default), and the peak memory of any process that it started.  A candidate with a
 * failing step is said to have failed and left out.
 *
 * PAUSE is a rest in milliseconds before each candidate: for what the kernel does cheaply only in
 * quick succession.
 *
 * A step is a command and its arguments, split at blanks; no shell is involved.  `%i` is the
 * round's own id.  In front of it may stand:
 *     -          not measured, may fail
 *     @FILE      run in the mount namespace that FILE refers to
 * and the step `wait FILE` waits, unmeasured, for the orphan whose pid FILE holds to end.  What is
 * measured is the time from before the clone to after the wait, summed over the steps.
 *
 * This program is small and static, since the kernel counts what the parent had in memory as the
 * child's at exec. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CANDIDATES = 16, MAX_STEPS = 8, MAX_ARGS = 48 };

struct step {
	bool unmeasured, wait;
	const char *mount_ns;
	char *args[MAX_ARGS + 1]; /* as given, "%i" and all */
};

struct candidate {
	const char *name;
	struct step steps[MAX_STEPS];
	unsigned int n_steps;
	uint32_t *ns; /* one a round */
	unsigned int n_ns;
	long peak_kib;
	bool failed;
};

static void die(const char *what)
{
	dprintf(2, "bench/run: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- what to run ----------------------------------------------------------------------------- */

static void step_parse(struct step *s, char *text)
{
	char *word, *rest;
	unsigned int n = 0;

	for (word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (!n && !strcmp(word, "-"))
			s->unmeasured = true;
		else if (!n && word[0] == '@')
			s->mount_ns = word + 1;
		else if (n < MAX_ARGS)
			s->args[n++] = word;
	}
	s->wait = n == 2 && !strcmp(s->args[0], "wait");
}

static void candidate_parse(struct candidate *c, const char *name, char *text, unsigned int rounds)
{
	char *part, *rest;

	c->name = name;
	c->ns = calloc(rounds, sizeof(*c->ns));
	if (!c->ns)
		die("calloc");
	for (part = strtok_r(text, ";", &rest); part && c->n_steps < MAX_STEPS;
	     part = strtok_r(NULL, ";", &rest))
		step_parse(&c->steps[c->n_steps++], part);
}

/* Fills in the id; `room` holds the arguments that contain it. */
static void expand(char *const *args, const char *id, char **ret_args, char *room, size_t size)
{
	unsigned int i;

	for (i = 0; args[i]; i++) {
		const char *at = strstr(args[i], "%i");
		int n;

		ret_args[i] = args[i];
		if (!at)
			continue;
		n = snprintf(room, size, "%.*s%s%s", (int)(at - args[i]), args[i], id, at + 2);
		if (n < 0 || (size_t)n >= size) {
			errno = E2BIG;
			die(args[i]);
		}
		ret_args[i] = room;
		room += n + 1;
		size -= (size_t)n + 1;
	}
	ret_args[i] = NULL;
}

/* --- running it ------------------------------------------------------------------------------ */

static void child(const struct step *s, char **args)
{
	int null = open("/dev/null", O_RDWR), ns;

	dup2(null, 0);
	dup2(null, 1);
	close(null);
	if (s->mount_ns) {
		ns = open(s->mount_ns, O_RDONLY | O_CLOEXEC);
		if (ns < 0 || setns(ns, CLONE_NEWNS) < 0)
			_exit(126);
	}
	execvp(args[0], args);
	_exit(127);
}

static void peak_raise(struct candidate *c, const struct rusage *usage)
{
	if (usage->ru_maxrss > c->peak_kib)
		c->peak_kib = usage->ru_maxrss;
}

static int step_run(struct candidate *c, const struct step *s, char **args, uint64_t *ns)
{
	struct rusage usage;
	uint64_t begin = now();
	int status;
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (!pid)
		child(s, args);
	if (wait4(pid, &status, 0, &usage) < 0)
		die("wait4");
	if (s->unmeasured)
		return 0;
	*ns += now() - begin;
	peak_raise(c, &usage);
	return status;
}

/* The container's process became ours when its parent left, since we are a subreaper. */
static int step_wait(struct candidate *c, const char *file)
{
	char text[16] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC), status;
	struct rusage usage;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	close(fd);
	if (wait4(atoi(text), &status, 0, &usage) >= 0)
		peak_raise(c, &usage);
	return 0;
}

static void candidate_run(struct candidate *c, unsigned int round, bool warm_up)
{
	char id[32], room[4096], *args[MAX_ARGS + 1];
	uint64_t ns = 0;

	snprintf(id, sizeof(id), "socle-bench-%d-%u%s", (int)getpid(), round, warm_up ? "w" : "");
	for (unsigned int i = 0; i < c->n_steps && !c->failed; i++) {
		struct step *s = &c->steps[i];
		int status;

		expand(s->args, id, args, room, sizeof(room));
		status = s->wait ? step_wait(c, args[1]) : step_run(c, s, args, &ns);
		if (status != 0) {
			dprintf(2, "%s: \"%s %s\" failed (status %#x)\n", c->name, args[0],
				args[1] ? args[1] : "", (unsigned int)status);
			c->failed = true;
		}
	}
	if (!warm_up && !c->failed)
		c->ns[c->n_ns++] = (uint32_t)ns;
}

/* Orphans that nobody waits for by name must not pile up as zombies. */
static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* --- what came out --------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double quantile_ms(const struct candidate *c, unsigned int quarter)
{
	return c->ns[(c->n_ns - 1) * quarter / 4] / 1e6;
}

static void print(struct candidate *all, unsigned int n, unsigned int base)
{
	printf("  %-12s %9s %9s %9s %9s %8s %10s\n", "", "median", "quarter", "3 quarters", "least",
	       "ratio", "peak");
	for (unsigned int i = 0; i < n; i++) {
		struct candidate *c = &all[i];

		if (c->failed || !c->n_ns) {
			printf("  %-12s not measured: failed\n", c->name);
			continue;
		}
		printf("  %-12s %6.3f ms %6.3f ms %7.3f ms %6.3f ms", c->name, quantile_ms(c, 2),
		       quantile_ms(c, 1), quantile_ms(c, 3), quantile_ms(c, 0));
		if (!all[base].failed)
			printf(" %7.2fx", quantile_ms(c, 2) / quantile_ms(&all[base], 2));
		else
			printf(" %8s", "-");
		printf(" %6ld KiB\n", c->peak_kib);
	}
}

int main(int argc, char **argv)
{
	static struct candidate all[MAX_CANDIDATES];
	unsigned int rounds = 100, warm_ups = 3, pause_ms = 0, base = 0, n = 0;
	int option;

	while ((option = getopt(argc, argv, "n:w:p:b:")) != -1) {
		unsigned int value = (unsigned int)strtoul(optarg ? optarg : "", NULL, 10);

		switch (option) {
		case 'n': rounds = value; break;
		case 'w': warm_ups = value; break;
		case 'p': pause_ms = value; break;
		case 'b': base = value; break;
		default: return 2;
		}
	}
	for (int i = optind; i + 1 < argc && n < MAX_CANDIDATES; i += 2)
		candidate_parse(&all[n++], argv[i], argv[i + 1], rounds);
	if (!n || !rounds || base >= n) {
		dprintf(2, "usage: run [-n ROUNDS] [-w WARM-UPS] [-p PAUSE] [-b BASE] NAME 'STEP ; "
			   "…' …\n");
		return 2;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die("prctl");

	for (unsigned int round = 0; round < warm_ups + rounds; round++) {
		for (unsigned int i = 0; i < n; i++) {
			if (all[i].failed)
				continue;
			usleep(pause_ms * 1000);
			candidate_run(&all[i], round, round < warm_ups);
		}
		reap();
	}
	for (unsigned int i = 0; i < n; i++)
		qsort(all[i].ns, all[i].n_ns, sizeof(*all[i].ns), compare);
	print(all, n, base);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* The rules for /process. */
#include <inttypes.h>
#include <string.h>

#include "base/numlist.h"
#include "base/table.h"
#include "base/span.h"
#include "spec/check.h"
#include "spec/tables.h"

static void check_args(struct check *c, const struct place *at, const struct strings *args)
{
	if (args->n == 0)
		wrong(c, at, "must name a program");
	else if (args->items[0][0] == '\0')
		wrong(c, PLACE_ITEM(at, 0), "must not be empty");
}

static void check_user(struct check *c, const struct place *at, const struct spec_user *u)
{
	check_id(c, PLACE_KEY(at, "uid"), u->uid);
	check_id(c, PLACE_KEY(at, "gid"), u->gid);
	for (size_t i = 0; i < u->additional_gids.n; i++)
		check_id(c, PLACE_ITEM(PLACE_KEY(at, "additionalGids"), i),
			 u->additional_gids.items[i]);
	if (u->umask.set && u->umask.v > 0777)
		wrong(c, PLACE_KEY(at, "umask"),
		      "%" PRIu32 " (octal %" PRIo32 ") is larger than 511 (octal 777)", u->umask.v,
		      u->umask.v);
}

static void check_rlimits(struct check *c, const struct place *at,
			  const struct spec_rlimits *rlimits)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < rlimits->n; i++) {
		const struct spec_rlimit *r = &rlimits->items[i];
		const struct place *here = PLACE_ITEM(at, i);

		if (is_repeated(&seen, RLIMIT_WORDS, r->type))
			wrong(c, PLACE_KEY(here, "type"), "%s for the second time", r->type);
		if (r->soft > r->hard)
			wrong(c, PLACE_KEY(here, "soft"),
			      "%" PRIu64 " is larger than the hard limit %" PRIu64, r->soft,
			      r->hard);
	}
}

/* A terminal's size is that of struct winsize.  Without a terminal it has to be ignored, whatever
 * it is. */
static void check_console_size(struct check *c, const struct place *at,
			       const struct spec_console_size *size)
{
	if (size->height > UINT16_MAX)
		wrong(c, PLACE_KEY(at, "height"), "%" PRIu64 " is larger than %d", size->height,
		      UINT16_MAX);
	if (size->width > UINT16_MAX)
		wrong(c, PLACE_KEY(at, "width"), "%" PRIu64 " is larger than %d", size->width,
		      UINT16_MAX);
}

static bool is_one_of(const char *policy, const char *words)
{
	return words_find(words, policy) >= 0;
}

static void check_scheduler(struct check *c, const struct place *at, const struct spec_scheduler *s)
{
	if (s->nice.set && (s->nice.v < -20 || s->nice.v > 19))
		wrong(c, PLACE_KEY(at, "nice"), "%" PRId32 " is not from -20 to 19", s->nice.v);
	if (s->priority.set && s->priority.v != 0 && !is_one_of(s->policy, "SCHED_FIFO SCHED_RR"))
		wrong(c, PLACE_KEY(at, "priority"), "only for SCHED_FIFO and SCHED_RR");
	if (is_one_of(s->policy, "SCHED_DEADLINE"))
		return;
	if (s->runtime.v)
		wrong(c, PLACE_KEY(at, "runtime"), "only for SCHED_DEADLINE");
	if (s->deadline.v)
		wrong(c, PLACE_KEY(at, "deadline"), "only for SCHED_DEADLINE");
	if (s->period.v)
		wrong(c, PLACE_KEY(at, "period"), "only for SCHED_DEADLINE");
}

static void check_cpu_list(struct check *c, const struct place *at, const char *list)
{
	const char *rest = list;
	uint32_t first, last, n = 0;
	int r = 0;

	while (list && (r = numlist_next(&rest, CPU_MAX, &first, &last)) > 0)
		n++;
	if (list && (r < 0 || n == 0))
		wrong(c, at, "\"%.64s\" is no list of processors such as 0-3,7", list);
}

void check_process(struct check *c, const struct place *at, const struct spec_process *p)
{
	check_args(c, PLACE_KEY(at, "args"), &p->args);
	check_environment(c, PLACE_KEY(at, "env"), &p->env);
	check_absolute(c, PLACE_KEY(at, "cwd"), p->cwd);
	check_user(c, PLACE_KEY(at, "user"), &p->user);
	check_rlimits(c, PLACE_KEY(at, "rlimits"), &p->rlimits);
	if (p->terminal && p->console_size)
		check_console_size(c, PLACE_KEY(at, "consoleSize"), p->console_size);
	if (p->oom_score_adj.set && (p->oom_score_adj.v < -1000 || p->oom_score_adj.v > 1000))
		wrong(c, PLACE_KEY(at, "oomScoreAdj"), "%" PRId32 " is not from -1000 to 1000",
		      p->oom_score_adj.v);
	if (p->scheduler)
		check_scheduler(c, PLACE_KEY(at, "scheduler"), p->scheduler);
	if (p->io_priority && (p->io_priority->priority < 0 || p->io_priority->priority > 7))
		wrong(c, PLACE_KEY(PLACE_KEY(at, "ioPriority"), "priority"),
		      "%" PRId32 " is not from 0 to 7", p->io_priority->priority);
	if (p->exec_cpu_affinity) {
		const struct place *here = PLACE_KEY(at, "execCPUAffinity");

		check_cpu_list(c, PLACE_KEY(here, "initial"), p->exec_cpu_affinity->initial);
		check_cpu_list(c, PLACE_KEY(here, "final"), p->exec_cpu_affinity->final);
	}
}

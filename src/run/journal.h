/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_JOURNAL_H
#define SOCLE_RUN_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* What outlives the processes of a container, each entry written before the thing is made.  A failed create, a
 * delete and the repair after a crash read it backwards and undo.
 *
 * It is not synced to disk: all that is entered here, and the state directory itself, ends with the kernel. */

enum journal_kind {
	JOURNAL_BUNDLE,	   /* whose container this is to be */
	JOURNAL_CGROUP,	   /* a directory */
	JOURNAL_UNIT,	   /* of systemd: "system socle-c1.scope", "user …" */
	JOURNAL_RDT,	   /* a directory of resctrl */
	JOURNAL_NAMESPACE, /* a mount namespace that is joined … */
	JOURNAL_MOUNTS,	   /* … and the root whose mount is made in it, with all below */
	N_JOURNAL,
};

struct journal_entry { enum journal_kind kind; const char *value; };
struct journal { size_t n; struct journal_entry *items; };

/* Append entries in one write. */
int journal_append(int dir, const struct journal *entries, struct err *e);

/* Read them in their order.  A last entry that was cut short is not there: its deed was not done. */
int journal_read(int dir, struct arena *a, struct journal *ret_journal, struct err *e);

/* The same from a text in memory. */
void journal_parse(const char *text, size_t size, struct arena *a, struct journal *ret_journal);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_HANDOVER_H
#define SOCLE_RUN_HANDOVER_H

#include "ops/run.h"

/* Are descriptors 3 … 3 + n - 1 open?  Asked before we open any of our own, which would take the place of one that is
 * not. */
int preserved_check(unsigned n, struct err *e);

/* Start the bridge or init: socle-init from a sealed copy, with the plan sealed beside it and the descriptors that
 * its operations use.  r->channel becomes our end of the channel.  Returns the child's pid. */
int handover_clone(struct run *r, const struct op_clone *a, int *child_channel, int *ret_pidfd, struct err *e);

/* socle-init as a descriptor to execute: a sealed memfd, or where the kernel forbids executable ones, the
 * installed file through a detached read-only mount of itself. */
int init_program(struct err *e);

#endif

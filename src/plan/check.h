/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_CHECK_H
#define SOCLE_PLAN_CHECK_H

#include "plan/op.h"

/* Can this plan be carried out at all?  Walks the stages' lists side by side as the processes would run them:
 * every await is answered by a tell of the stage it names, no tell is left unheard, nobody waits in a circle, a
 * stage begins only once another has cloned it, and no descriptor is used before an operation has filled it. */
int plan_check_order(const struct plan_header *p, struct err *e);

#endif

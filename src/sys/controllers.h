/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_CONTROLLERS_H
#define SOCLE_SYS_CONTROLLERS_H

#include "base/err.h"
#include "base/types.h"

/* The controllers of cgroup version 2, which a cgroup has only if the one above hands them down. */

/* Hand controllers down from `top`, the hierarchy's root, to `dir`, by all cgroups between.  Without one of `needed`
 * it is an error, which says where it ended and why; without one of `wished` it goes on. */
int controllers_hand_down(const char *top, const char *dir, const struct strings *needed, const struct strings *wished,
			  struct err *e);

/* Say why a cgroup takes no process, as far as its type or its controllers tell; `e` holds the error.  Returns -1. */
int controllers_explain_entry(int dir, struct err *e);

#endif

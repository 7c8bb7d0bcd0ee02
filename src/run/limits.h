/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_LIMITS_H
#define SOCLE_RUN_LIMITS_H

#include "ops/run.h"

/* The host stage's operations on the files of cgroups. */
perform_fn perform_cgroup_set, perform_cgroup_controllers, perform_cgroup_check;

#endif

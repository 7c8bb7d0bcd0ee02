/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_LISTENER_H
#define SOCLE_RUN_LISTENER_H

#include "ops/run.h"

/* The listener of init's seccomp filter is taken and handed to the agent, with the container process state of
 * config-linux.md. */
perform_fn perform_listener;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_HOOKS_H
#define SOCLE_RUN_HOOKS_H

#include "run/container.h"

/* Run poststart or poststop hooks, in the runtime's namespaces, with the state on their stdin.  What they do wrong is
 * a warning and no more (config.md). */
void hooks_run(const char *name, const struct spec_hook_list *hooks, const struct state *s, int status,
	       const struct container_warn *w);

/* A file that takes what hooks write, behind what is in it; made if it is missing. */
int hook_output_open(const char *path, struct err *e);

#endif

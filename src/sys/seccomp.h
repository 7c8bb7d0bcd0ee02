/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_SECCOMP_H
#define SOCLE_SYS_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Load a filter of `n` instructions (struct sock_filter) for this thread and what it starts.  `flags` are the
 * kernel's SECCOMP_FILTER_FLAG_*.  Returns the descriptor of the listener, where the flags ask for one, else 0. */
int seccomp_filter_load(const void *program, size_t n, uint32_t flags, struct err *e);

/* Does this kernel know the flag? */
bool seccomp_filter_knows(uint32_t flag);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_ENV_H
#define SOCLE_BASE_ENV_H

#include "base/arena.h"
#include "base/types.h"

/* `base` and then `more`, which count in the place of those of the same name: programs differ in which of two they
 * take.  Each is NAME=VALUE.  The list lives in the arena, the texts where they were. */
struct strings env_override(const struct strings *base, const struct strings *more, struct arena *a);

#endif

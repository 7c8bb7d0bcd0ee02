/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_WEIGHTS_H
#define SOCLE_PLAN_WEIGHTS_H

#include <stdint.h>

/* Weights of version 1 as those of version 2. */

/* CPU shares, 2 to 262144, as a weight, 1 to 10000: as runc (since 1.4) and crun have it, who meet in 2 → 1,
 * 1024 → 100 and 262144 → 10000.  What lies outside becomes the nearest end. */
uint64_t weight_of_shares(uint64_t shares);

/* Block I/O, 10 to 1000 as 1 to 10000, in a straight line. */
uint64_t weight_of_block_io(uint64_t weight);

#endif

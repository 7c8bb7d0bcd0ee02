/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_NUMLIST_H
#define SOCLE_BASE_NUMLIST_H

#include <stdint.h>

/* The next range of a list such as "0-3,7", from *at on, with what separates it skipped: spaces around a range and
 * empty items are nothing.  Returns 1 with the range, 0 at the end, -1 where this is no list, a range runs backwards
 * or a number is larger than `max`. */
int numlist_next(const char **at, uint32_t max, uint32_t *ret_first, uint32_t *ret_last);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_TIMESTAMP_H
#define SOCLE_BASE_TIMESTAMP_H

#include <stdint.h>

/* A point in time as RFC 3339 has it, in UTC: "2026-11-20T19:56:00.559316896Z".  gmtime(3) would read the time zone
 * first, which for UTC is in vain. */
#define TIMESTAMP_SIZE 40
void timestamp_format(char buf[TIMESTAMP_SIZE], int64_t seconds, long nanoseconds);

#endif

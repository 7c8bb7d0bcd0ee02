/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_SPAN_H
#define SOCLE_BASE_SPAN_H

#include <stddef.h>
#include <string.h>

/* strspn and strcspn for texts that are a few bytes long.  The C library's build tables and lie on pages that nothing
 * else needs; a container's start pays for each page. */

/* How many bytes come before the first of `stops`, or before the end. */
static inline size_t span_until(const char *s, const char *stops)
{
	size_t n = 0;
	while (s[n] && !strchr(stops, s[n]))
		n++;
	return n;
}

/* How many bytes at the start are among `set`. */
static inline size_t span_of(const char *s, const char *set)
{
	size_t n = 0;
	while (s[n] && strchr(set, s[n]))
		n++;
	return n;
}

#endif

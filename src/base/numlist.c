/* SPDX-License-Identifier: Apache-2.0 */
#include "base/numlist.h"

#include "base/span.h"

static int read_number(const char **at, uint32_t max, uint32_t *ret)
{
	uint64_t n = 0;
	const char *s = *at;
	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (uint64_t)(*s - '0');
		if (n > max)
			return -1;
	}
	*ret = (uint32_t)n;
	*at = s;
	return 0;
}

int numlist_next(const char **at, uint32_t max, uint32_t *ret_first, uint32_t *ret_last)
{
	const char *s = *at + span_of(*at, ", ");
	uint32_t first, last;
	if (!*s)
		return 0;
	if (read_number(&s, max, &first) < 0)
		return -1;
	last = first;
	if (*s == '-' && (s++, read_number(&s, max, &last) < 0))
		return -1;
	s += span_of(s, " ");
	if (last < first || (*s && *s != ','))
		return -1;
	*at = s;
	*ret_first = first;
	*ret_last = last;
	return 1;
}

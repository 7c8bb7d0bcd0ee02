/* SPDX-License-Identifier: Apache-2.0 */

/* UTF-8 as RFC 3629 has it.
 *
 * What a lead byte allows in the byte after it is all that distinguishes well-formed sequences;
 * the third and fourth byte are plain continuations.  One row a range of lead bytes (Unicode,
 * table 3-7). */
#include "base/utf8.h"

static const struct lead {
	unsigned char from, to;	  /* the lead byte */
	unsigned char low, high;  /* the byte after it */
	unsigned char size;
} leads[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, /* below is overlong */
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, /* above are surrogates */
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, /* below is overlong */
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 }, /* above is beyond U+10FFFF */
};

static const struct lead *lead_find(unsigned char c)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (c >= leads[i].from && c <= leads[i].to)
			return &leads[i];
	return NULL;
}

size_t utf8_size(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	const struct lead *lead;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	lead = lead_find(u[0]);
	if (!lead || n < lead->size || u[1] < lead->low || u[1] > lead->high)
		return 0;
	for (size_t i = 2; i < lead->size; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return lead->size;
}

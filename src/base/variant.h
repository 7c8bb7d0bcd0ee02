/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_VARIANT_H
#define SOCLE_BASE_VARIANT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

/* A value of D-Bus in GVariant's text format: "uint64 5", "true", "'text'", "[('/dev/null', 'rw')]", "@as []".
 * A number without a type is an int32, one with a point a double.  Maps, maybes and nested variants are none of it. */
struct variant {
	const char *signature; /* "t", "as", "a(ss)" */
	/* All that is in it, in the order in which a message takes it: an array is the number of its items, then these;
	 * a tuple is its members.  Numbers are decimal, truth is "1" or "0". */
	struct strings words;
};

/* Read all of `text`.  The error says what is wrong with it, and where. */
int variant_read(const char *text, struct arena *a, struct variant *ret, struct err *e);

/* Append `s` as a text of that format. */
const char *variant_quote(const char *s, struct arena *a);

#endif

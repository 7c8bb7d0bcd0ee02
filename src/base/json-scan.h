/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_JSON_SCAN_H
#define SOCLE_BASE_JSON_SCAN_H

#include <stddef.h>

#include "base/err.h"

/* One key of a text: which object it belongs to (by number), and where its quoted form stands. */
struct json_key {
	size_t object;
	const char *at;
	size_t size; /* quotes included */
};

/* Check that `text` is one document as base/json.h promises, and count its members.  text[size]
 * has to be NUL. Integers that fit into no 64 bits are altered, see json-scan.c.  `keys`, unless
 * NULL, has room for all keys. */
int json_scan(char *text, size_t size, struct json_key *keys, size_t *ret_n_members, struct err *e);

/* Record an error with the line and column of `at`.  Returns -1. */
int json_scan_fail(const char *text, const char *at, struct err *e, const char *fmt, ...)
	ERR_PRINTF(4, 5);

#endif

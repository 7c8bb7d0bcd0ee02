/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_JSON_H
#define SOCLE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A value in the tree that json_parse made.  JSON's null is NULL, and so is a member that is not
 * there. */
struct json;

enum json_kind {
	JSON_NULL, JSON_BOOL, JSON_INTEGER, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT
};

#define JSON_DEPTH_MAX 100
#define JSON_SIZE_MAX  ((size_t)16 << 20)

/* Parse one document, as RFC 8259 has it and no laxer.  An error names line and column (in
 * characters, from 1). Errors too: a byte order mark, bytes that are no UTF-8, lone surrogates,
 * NUL in whatever form, a key twice in one object, more than JSON_DEPTH_MAX levels, more than
 * JSON_SIZE_MAX bytes.  The caller frees the tree. */
int json_parse(const char *text, size_t size, struct json **ret_json, struct err *e);
void json_free(struct json *j);

static inline void json_freep(struct json **j)
{
	json_free(*j);
}

/* JSON_INTEGER: a number written without fraction and exponent that fits into an int64_t or an
 * uint64_t. */
enum json_kind json_kind(const struct json *j);
const char *json_kind_name(enum json_kind kind); /* "a string" */

/* The value, of that kind only. */
bool json_is_true(const struct json *j);
const char *json_string(const struct json *j); /* the tree's */

/* An integer below 0 is json_i64's, any other json_u64's. */
bool json_negative(const struct json *j);
int64_t json_i64(const struct json *j);
uint64_t json_u64(const struct json *j);

/* How many items an array or members an object has; 0 for all else. */
size_t json_size(const struct json *j);
const struct json *json_item(const struct json *array, size_t i);
const struct json *json_member(const struct json *object, const char *key);

/* The members of an object in the order of the document:
 *     for (struct json_member m = json_first(object); m.key; json_next(&m)) */
struct json_member {
	const char *key; /* the tree's; NULL after the last */
	const struct json *value;
	const void *entry;
};
struct json_member json_first(const struct json *object);
void json_next(struct json_member *m);

#endif

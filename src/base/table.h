/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_TABLE_H
#define SOCLE_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/problem.h"
#include "base/types.h"
#include "base/writer.h"

/* A JSON object is a table, a member is a row.  The type of the struct's member picks how the row
 * is read and written, so the two cannot disagree:
 *
 *     ROWS(rlimit, struct spec_rlimit) = {
 *             WORD (rlimit, type, "type", REQUIRED, "RLIMIT_AS RLIMIT_CORE"),
 *             FIELD(rlimit, hard, "hard", REQUIRED),
 *     };
 *     static TABLE(rlimit); */

struct codec;
struct table;

enum need { OPTIONAL, REQUIRED };

struct field {
	const char *name;
	const struct codec *codec;
	union {
		const struct table *table; /* of an object, or of the items of an array or a map */
		const char *words;	   /* that a string may be, "one two"; NULL: anything */
	};
	uint16_t offset;
	uint8_t need;
};

struct table {
	const struct field *fields;
	uint16_t n_fields; /* at most 64 */
	uint16_t size; /* of the struct */
	uint16_t key;  /* of the values of a map: offset of the member that takes the key */
};

/* Read the text of a document into a new struct of the table.  Unknown members are ignored, null
 * is as absent, and so is an empty string where a string is optional: writers in Go cannot tell
 * the two apart.  Every problem is collected.  Returns -1 with `e` naming the first, if there is
 * any, and then nothing else. */
int table_read(const struct table *t, const char *text, size_t size, struct arena *a,
	       void **ret_object, struct problems *p, struct err *e);

/* Write what a struct holds.  Absent members are left out, and so are optional ones that are zero.
 */
void table_write(const struct table *t, const void *object, struct writer *w);

/* Lay `over` over `under`, both of the table: what `over` has counts, the rest stays.  Objects and maps go member by
 * member, arrays as a whole.  What is shared with `over` is not copied. */
void table_overlay(const struct table *t, void *under, const void *over, struct arena *a);

/* Call `see` for each row below a table.  `path` is the pointer of its member with '*' for any
 * item or key, thus "/process/rlimits/'*'/type" without the quotes.  `type` is JSON Schema's word,
 * `format` the range: "uint32". */
struct table_row { const char *path, *type, *format; const struct field *field; };
void table_walk(const struct table *t, void (*see)(const struct table_row *row, void *arg),
		void *arg);

/* Is `word` one of the words?  Returns which, from 0, or -1. */
int words_find(const char *words, const char *word);

/* --- rows ------------------------------------------------------------------------------------- */

#define ROWS(object, T)         \
	typedef T object##_type; \
	static const struct field object##_rows[]

/* `...`: for the values of a map, the member that takes the key. */
#define TABLE(object, ...) \
	const struct table object##_table = { \
		object##_rows, sizeof(object##_rows) / sizeof(struct field), \
		sizeof(object##_type), \
		__VA_OPT__(offsetof(object##_type, __VA_ARGS__)) }

/* For a header: a table that other files name in their rows. */
#define TABLE_DECLARE(object, T) \
	typedef T object##_type; \
	extern const struct table object##_table

#define ROW_(object, member, json, required, how, ...) \
	{ .name = (json), .codec = (how), .offset = offsetof(object##_type, member), \
	  .need = (required), __VA_ARGS__ }

#define MEMBER_(object, member) (((object##_type *)0)->member)

/* Numbers, booleans, texts, arrays of texts and of numbers, maps of texts. */
#define FIELD(object, member, json, required) \
	ROW_(object, member, json, required, CODEC_(MEMBER_(object, member)), .words = NULL)

/* A text, or an array of texts, that has to be among `list`. */
#define WORD(object, member, json, required, list) \
	ROW_(object, member, json, required, CODEC_WORD_(MEMBER_(object, member)), .words = (list))

/* An object, embedded or by pointer. */
#define OBJECT(object, member, json, required, of) \
	ROW_(object, member, json, required, \
	     _Generic(MEMBER_(object, member), \
		      of##_type: &codec_embedded, of##_type *: &codec_object), \
	     .table = &of##_table)

/* An array of objects, and a map of them: struct { size_t n; T *items; }. */
#define ARRAY(object, member, json, required, of) \
	ROW_(object, member, json, required, \
	     _Generic(MEMBER_(object, member).items, of##_type *: &codec_array), \
	     .table = &of##_table)
#define MAP(object, member, json, required, of) \
	ROW_(object, member, json, required, \
	     _Generic(MEMBER_(object, member).items, of##_type *: &codec_map), \
	     .table = &of##_table)

#define CODEC_(x) \
	_Generic((x), \
		bool: &codec_bool, \
		int32_t: &codec_i32, \
		uint32_t: &codec_u32, \
		int64_t: &codec_i64, \
		uint64_t: &codec_u64, \
		struct opt_bool: &codec_opt_bool, \
		struct opt_u16: &codec_opt_u16, \
		struct opt_i32: &codec_opt_i32, \
		struct opt_u32: &codec_opt_u32, \
		struct opt_i64: &codec_opt_i64, \
		struct opt_u64: &codec_opt_u64, \
		const char *: &codec_string, \
		struct strings: &codec_strings, \
		struct u32s: &codec_u32s, \
		struct string_map: &codec_string_map)

#define CODEC_WORD_(x) _Generic((x), const char *: &codec_string, struct strings: &codec_strings)

extern const struct codec codec_bool, codec_i32, codec_u32, codec_i64, codec_u64;
extern const struct codec codec_opt_bool, codec_opt_u16, codec_opt_i32, codec_opt_u32;
extern const struct codec codec_opt_i64, codec_opt_u64;
extern const struct codec codec_string, codec_strings, codec_u32s, codec_string_map;
extern const struct codec codec_object, codec_embedded, codec_array, codec_map;

#endif

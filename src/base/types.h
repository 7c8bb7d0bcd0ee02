/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_TYPES_H
#define SOCLE_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a member of a JSON object can be, beside plain numbers and texts: see base/table.h. */
struct opt_bool { bool set, v; };
struct opt_i32 { bool set; int32_t v; };
struct opt_u32 { bool set; uint32_t v; };
struct opt_u16 { bool set; uint16_t v; };
struct opt_i64 { bool set; int64_t v; };
struct opt_u64 { bool set; uint64_t v; };

struct strings { size_t n; const char **items; };
struct u32s { size_t n; uint32_t *items; };

struct string_pair { const char *key, *value; };
struct string_map { size_t n; struct string_pair *items; }; /* in the order of the file */

#endif

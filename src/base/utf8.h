/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_BASE_UTF8_H
#define SOCLE_BASE_UTF8_H

#include <stddef.h>

/* How many bytes the character at `s` takes, of the `n` that are there; 0 if they are no
 * well-formed UTF-8 (overlong, a surrogate, beyond U+10FFFF, cut off). */
size_t utf8_size(const char *s, size_t n);

#endif

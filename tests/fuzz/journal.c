/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes are a journal, if an empty one; and one that was cut short has the same entries but for the last ones. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/journal.h"

/* From a block of just that size. */
static void parse(const uint8_t *data, size_t size, struct arena *a, struct journal *j)
{
	char *text = malloc(size ? size : 1);

	memcpy(text, data, size);
	journal_parse(text, size, a, j);
	free(text);
	for (size_t i = 0; i < j->n; i++)
		assert(j->items[i].kind < N_JOURNAL && strlen(j->items[i].value) <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_done) struct arena a = {};
	struct journal whole, part;

	parse(data, size, &a, &whole);
	for (size_t cut = 1; cut <= size && cut < 64; cut++) {
		parse(data, size - cut, &a, &part);
		assert(part.n <= whole.n);
		for (size_t i = 0; i < part.n; i++) {
			assert(part.items[i].kind == whole.items[i].kind);
			assert(strcmp(part.items[i].value, whole.items[i].value) == 0);
		}
	}
	return 0;
}

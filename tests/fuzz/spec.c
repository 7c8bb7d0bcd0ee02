/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes are a configuration or a list of problems, and what is one stays the same when written
 * and read again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "spec/decode.h"
#include "spec/tables.h"

static void written_and_read(const struct spec *spec, struct arena *a)
{
	_cleanup_(buf_done) struct buf once = {}, twice = {};
	struct problems p = {};
	struct err e = {};
	struct spec *again;

	table_write(&spec_table, spec, &(struct writer){ .out = &once });
	assert(spec_decode(once.data, once.size, a, &again, &p, &e) == 0);
	table_write(&spec_table, again, &(struct writer){ .out = &twice });
	assert(strcmp(once.data, twice.data) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_done) struct arena a = {};
	struct problems p = {};
	struct spec *spec;
	struct err e = {};

	if (spec_decode((const char *)data, size, &a, &spec, &p, &e) == 0) {
		spec_validate(spec, &a, &p, &e);
		written_and_read(spec, &a);
	}
	assert((p.n > 0) == err_is_set(&e));
	return 0;
}

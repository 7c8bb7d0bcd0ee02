/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes are a plan or none; what is one can be walked and printed, and its JSON is JSON. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "plan/check.h"
#include "plan/print.h"

static void use(const struct plan_header *p)
{
	_cleanup_(buf_done) struct buf text = {}, out = {};
	struct json *j = NULL;
	struct err e = {};
	char step[64];

	plan_check_order(p, &e);
	for (uint32_t i = 0; i < p->n_ops; i++)
		op_step(p, plan_op_at(p, i), step, sizeof(step));
	plan_print_text(p, &text);
	plan_print_json(p, &out);
	/* Damaged counts can make two members of one name, or more than the parser takes. */
	if (json_parse(out.data, out.size, &j, &e) == 0)
		json_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_header *p = malloc(size ? size : 1);
	struct err e = {};

	memcpy(p, data, size);
	if (size >= sizeof(*p)) {
		/* What would have to be guessed. */
		memcpy(p->magic, PLAN_MAGIC, sizeof(PLAN_MAGIC));
		p->version = PLAN_VERSION;
		p->size = (uint32_t)size;
	}
	if (plan_check_shape(p, size, &e) == 0)
		use(p);
	else
		assert(err_is_set(&e));
	free(p);
	return 0;
}

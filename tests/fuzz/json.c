/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes are JSON or an error. */
#include <stdint.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *j = NULL;
	struct err e = {};

	if (json_parse((const char *)data, size, &j, &e) == 0)
		json_free(j);
	return 0;
}

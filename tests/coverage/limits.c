/* SPDX-License-Identifier: Apache-2.0 */
/* The table of docs/cgroups.md. */
#include <stdio.h>

#include "plan/resources.h"

int main(void)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	resources_document(&out);
	return fputs(out.data, stdout) < 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Every member that the tables of config.json know: its pointer and its type, a line each. */
#include <stdio.h>

#include "spec/tables.h"

static void print_row(const struct table_row *row, void *arg)
{
	(void)arg;
	printf("%s\t%s\n", row->path, row->format && row->format[0] ? row->format : row->type);
}

int main(void)
{
	table_walk(&spec_table, print_row, NULL);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* `copyup FROM TO`: what tmpcopyup does with a directory, and nothing else, to be measured against `cp -a`. */
#include <fcntl.h>
#include <stdio.h>

#include "sys/copytree.h"

int main(int argc, char **argv)
{
	const struct copytree_options o = { 0 };
	struct err e = { 0 };
	char line[1024];
	int from = open(argc == 3 ? argv[1] : "", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int to = open(argc == 3 ? argv[2] : "", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (from < 0 || to < 0) {
		perror("usage: copyup FROM TO");
		return 2;
	}
	if (copytree(from, to, &o, &e) < 0) {
		dprintf(2, "%s\n", err_line(&e, line, sizeof(line)));
		return 1;
	}
	return 0;
}

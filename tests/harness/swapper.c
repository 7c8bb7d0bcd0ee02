/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges two names of one directory over and over, so that whoever resolves one of them twice gets both.
 *
 *	swapper DIR NAME OTHER [TIMES]	… at most TIMES (by default ten million), or until it is ended
 *
 * Says "swapping" when it has begun; an even number of exchanges is done, so all is as before at the end. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

int main(int argc, char **argv)
{
	long times = argc > 4 ? atol(argv[4]) : 10 * 1000 * 1000;
	int dir = argc > 3 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0) {
		perror(argc > 3 ? argv[1] : "usage: swapper DIR NAME OTHER [TIMES]");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGTERM, end);
	for (long i = 0; i < times && !ended; i += 2) {
		for (int k = 0; k < 2; k++)
			if (renameat2(dir, argv[2], dir, argv[3], RENAME_EXCHANGE) < 0) {
				perror("renameat2");
				return 1;
			}
		if (i == 0) {
			puts("swapping");
			fflush(stdout);
		}
	}
	return 0;
}

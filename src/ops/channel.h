/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_OPS_CHANNEL_H
#define SOCLE_OPS_CHANNEL_H

#include <stdint.h>

#include "base/err.h"

/* The one socket between the stages: a pair of SOCK_SEQPACKET, so a message is whole or not there, and the death
 * of one side is the end of the other's wait. */

int channel_pair(int ret_fds[2], struct err *e);

/* Tell the other side `what` (enum sync), with a descriptor on the way if `fd` >= 0 (borrowed). */
int channel_tell(int channel, uint32_t what, int fd, struct err *e);

/* Tell `what` with a number, by write(2) and no other call. */
int channel_tell_number(int channel, uint32_t what, uint32_t number, struct err *e);

/* Send the error itself, as the last thing that one does.  Failures are nobody's to hear. */
void channel_tell_error(int channel, const struct err *error);

/* For struct spawn: a child that could not execute says so on the channel; `data` points to its descriptor. */
void channel_spawn_failed(void *data, const char *call, int num);

/* A wait: at most `limit` seconds (0: for ever), or until the descriptor `interrupt` can be read (-1: none), which is
 * how a signal ends what would take too long for somebody.  `peer`: who is waited for (NULL: the other side).
 * `pidfd`: theirs, where the channel does not end with them because others have it too (NULL: it does). */
struct channel_wait { int channel, interrupt; uint32_t limit; const char *peer; const int *pidfd; };

/* Wait for the other side to say `what`.  If it sent an error instead,
 * that one is in *e.  `name` is what the wait was for.  A descriptor that came along is put into *ret_fd (NULL:
 * none is expected).  Returns 0; or -1. */
int channel_await(const struct channel_wait *w, uint32_t what, const char *name, int *ret_fd, struct err *e);

/* Wait for what channel_tell_number says. */
int channel_await_number(const struct channel_wait *w, uint32_t what, uint32_t *ret_number, struct err *e);

/* Wait for the end of the other side's life as socle-init: 0 if the socket was closed without a word (the
 * program was executed), -1 with the error it sent. */
int channel_await_end(const struct channel_wait *w, struct err *e);

#endif

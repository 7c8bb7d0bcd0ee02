/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the other stage, and awaiting what it tells.  The planner adds both halves at once. */
#include <errno.h>
#include <sys/prctl.h>

#include "ops/channel.h"
#include "ops/run.h"

/* One that is not there to listen has most likely failed, and said so. */
int perform_tell(struct run *r, const struct op *op, struct err *e)
{
	const struct op_sync *a = ARGS(op_sync, r, op);
	const struct channel_wait w = { r->channel, r->interrupt, 0, stage_names[a->peer.v] };
	if (channel_tell(r->channel, a->what.v, -1, e) == 0)
		return 0;
	if ((!err_is(e, EPIPE) && !err_is(e, ECONNRESET)) || channel_await_end(&w, e) < 0)
		return -1;
	return err_rule(e, NULL, "%s ended before it was told \"%s\"", w.peer, sync_names[a->what.v]);
}

/* Up to here init dies with the host.  From here on the end of the channel tells it of the host's death, until the
 * word that lets it live on. */
int perform_outlive(struct run *r, const struct op *op, struct err *e)
{
	(void)r, (void)op;
	return prctl(PR_SET_PDEATHSIG, 0) < 0 ? err_call(e, "prctl PR_SET_PDEATHSIG", NULL) : 0;
}

int perform_await(struct run *r, const struct op *op, struct err *e)
{
	const struct op_sync *a = ARGS(op_sync, r, op);
	const struct channel_wait w = { r->channel, r->interrupt, a->limit, stage_names[a->peer.v] };
	return channel_await(&w, a->what.v, sync_names[a->what.v], NULL, e);
}

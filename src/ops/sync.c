/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the other stage, and awaiting what it tells.  The planner adds both halves at once. */
#include "ops/channel.h"
#include "ops/run.h"

int perform_tell(struct run *r, const struct op *op, struct err *e)
{
	return channel_tell(r->channel, ARGS(op_sync, r, op)->what.v, -1, e);
}

int perform_await(struct run *r, const struct op *op, struct err *e)
{
	const struct op_sync *a = ARGS(op_sync, r, op);
	return channel_await(r->channel, a->what.v, a->limit, sync_names[a->what.v], NULL, e);
}

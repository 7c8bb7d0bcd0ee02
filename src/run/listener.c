/* SPDX-License-Identifier: Apache-2.0 */
#include "run/listener.h"

#include <inttypes.h>

#include "base/buf.h"
#include "ops/channel.h"
#include "run/console.h"
#include "run/host.h"
#include "spec/spec.h"
#include "sys/calls.h"
#include "sys/fd.h"

/* `pid` is the process's, the one in the state the container's: with `exec` they differ. */
static void process_state(const struct host *h, const char *metadata, struct buf *out)
{
	buf_str(out, "{\"ociVersion\":\"" OCI_VERSION "\",\"fds\":[\"seccompFd\"]");
	buf_printf(out, ",\"pid\":%" PRId64, h->state->pid);
	if (metadata) {
		buf_str(out, ",\"metadata\":");
		buf_json_string(out, metadata);
	}
	buf_str(out, ",\"state\":");
	state_encode_public(h->container ? h->container : h->state,
			    status_names[h->container ? h->container_status : STATUS_CREATING], false, 0, out);
	buf_char(out, '}');
}

/* Init told its number: it makes no other call for us, as its filter may have any answered by the agent. */
int perform_listener(struct run *r, const struct op *op, struct err *e)
{
	const struct op_listener *a = ARGS(op_listener, r, op);
	const struct host *h = r->own;
	const struct channel_wait w = { r->channel, r->interrupt, a->limit, "init" };
	uint32_t number;
	TRY(channel_await_number(&w, SYNC_LISTENER, &number, e));
	_cleanup_close_ int listener = sys_pidfd_getfd(h->init_pidfd, (int)number);
	if (listener < 0)
		return err_call(e, "pidfd_getfd", "seccomp listener");
	_cleanup_(buf_done) struct buf state = { 0 };
	process_state(h, run_str(r, a->metadata), &state);
	return descriptor_send(run_str(r, a->socket), listener, state.data, e);
}

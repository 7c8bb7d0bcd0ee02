/* SPDX-License-Identifier: Apache-2.0 */
/* A root file system, planned, assembled and taken apart.
 *
 * Everything happens in the calling thread: mount namespace, root and working directory are the thread's, and on a
 * failure it stands where it stood before. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>

#include "api/api.h"
#include "ops/run.h"
#include "plan/print.h"
#include "run/facts.h"
#include "run/host.h"
#include "sys/cred.h"
#include "sys/fd.h"
#include "sys/oldroot.h"
#include "sys/stand.h"

#define FLAGS ((unsigned)(SOCLE_UNSHARE | SOCLE_CHANGE_ROOT | SOCLE_NO_PIVOT))

/* ---- planning --------------------------------------------------------------------------------------------- */

static int make_plan(const struct socle_rootfs *r, unsigned flags, struct arena *a, const struct plan_header **ret_plan,
		     struct err *e)
{
	struct problems warnings = { 0 };
	struct facts facts;
	TRY(api_need(r, "rootfs", e));
	TRY(api_need_flags(flags, FLAGS, e));
	TRY(facts_gather(a, &facts, e));
	struct rootfs_request request = r->request;
	request.new_namespace = flags & SOCLE_UNSHARE;
	request.change_root = flags & SOCLE_CHANGE_ROOT;
	request.no_pivot = flags & SOCLE_NO_PIVOT;
	TRY(plan_rootfs(&r->spec, &request, &facts, a, &warnings, ret_plan, e));
	api_tell_all(&r->listener, SOCLE_EVENT_WARNING, &warnings);
	return 0;
}

int socle_rootfs_plan(const struct socle_rootfs *r, unsigned flags, char **ret_text, struct socle_error *error)
{
	struct err e = { 0 };
	struct arena a = { 0 };
	struct buf text = { 0 };
	const struct plan_header *plan;
	int result = api_need(ret_text, "ret_text", &e);
	if (result == 0)
		result = make_plan(r, flags, &a, &plan, &e);
	if (result == 0) {
		plan_print_text(plan, &text);
		*ret_text = text.data;
	}
	arena_done(&a);
	return api_result(result, &e, error);
}

/* ---- assembling ------------------------------------------------------------------------------------------- */

/* One assembly on its way. */
struct assembly {
	const char *path; /* of the root, on the host */
	struct run run;
	struct init init;
	struct stand stand;
};

static int check_place(unsigned flags, struct err *e)
{
	uint64_t effective, permitted, inheritable;
	TRY(cred_get_caps(&effective, &permitted, &inheritable, e));
	if (!(effective >> CAP_SYS_ADMIN & 1)) {
		api_misuse(e, "no privilege to mount (CAP_SYS_ADMIN)");
		e->num = EPERM;
		return -1;
	}
	if (!(flags & SOCLE_UNSHARE) && mount_namespace_is_common())
		return err_rule(e, NULL, "the calling thread is in the mount namespace of process 1: nothing is mounted "
					 "there; SOCLE_UNSHARE makes one of its own");
	return 0;
}

static int make_slots(struct run *r, struct err *e)
{
	r->slots = malloc((r->plan->n_slots + 1) * sizeof(int));
	if (!r->slots)
		return err_call(e, "malloc", NULL);
	for (uint32_t i = 0; i < r->plan->n_slots; i++)
		r->slots[i] = -1;
	return 0;
}

/* The descriptor that OP_ROOT fills. */
static int *root_of(struct run *r)
{
	struct plan_list l = r->plan->lists[STAGE_INIT];
	for (uint32_t i = l.first; i < l.first + l.n; i++) {
		const struct op *op = plan_op_at(r->plan, i);
		if (op->kind == OP_ROOT)
			return &r->slots[ARGS(op_root, r, op)->keep.n];
	}
	return NULL; /* not in a plan of plan_rootfs */
}

static perform_fn *const host_table[N_OPS] = {
	[OP_ID_NAMESPACE] = perform_id_namespace,
};

static int carry_out(struct assembly *a, unsigned flags, struct err *e)
{
	if (flags & SOCLE_UNSHARE)
		TRY(stand_leave(&a->stand, e));
	a->stand.new_root = flags & SOCLE_CHANGE_ROOT;
	TRY(run_list(&a->run, STAGE_HOST, host_table, e));
	return run_list(&a->run, STAGE_INIT, rootfs_table, e);
}

/* The root's mount goes with all that is mounted in it, then what was made in the image to mount on. */
static void undo(struct assembly *a, struct err *e)
{
	struct err second = { 0 }, third = { 0 };
	int root = *root_of(&a->run);
	if (root >= 0 && tree_detach(root, &second) < 0)
		err_also(e, &second);
	if (stand_return(&a->stand, &third) < 0)
		err_also(e, &third);
	made_undo(&a->init.made, a->path);
}

static void close_all(struct assembly *a)
{
	for (uint32_t i = 0; a->run.slots && i < a->run.plan->n_slots; i++)
		fd_closep(&a->run.slots[i]);
	free(a->run.slots);
	init_done(&a->init);
}

static int assemble(struct assembly *a, unsigned flags, int *ret_root_fd, struct err *e)
{
	TRY(check_place(flags, e));
	TRY(make_slots(&a->run, e));
	TRY(stand_take(&a->stand, e));
	if (carry_out(a, flags, e) < 0) {
		undo(a, e);
		return -1;
	}
	stand_done(&a->stand);
	if (ret_root_fd)
		*ret_root_fd = fd_take(root_of(&a->run));
	return 0;
}

int socle_rootfs_assemble(const struct socle_rootfs *r, unsigned flags, int *ret_root_fd, struct socle_error *error)
{
	struct err e = { 0 };
	struct arena arena = { 0 };
	struct assembly a = { .run = { .channel = -1, .interrupt = -1, .plan_fd = -1, .own = &a.init } };
	init_begin(&a.init);
	int result = make_plan(r, flags, &arena, &a.run.plan, &e);
	if (result == 0) {
		a.path = r->root.path;
		result = assemble(&a, flags, ret_root_fd, &e);
	}
	close_all(&a);
	arena_done(&arena);
	return api_result(result, &e, error);
}

int socle_rootfs_disassemble(int root_fd, struct socle_error *error)
{
	struct err e = { 0 };
	struct stand stand;
	if (root_fd < 0)
		return api_result(api_misuse(&e, "root_fd is %d", root_fd), &e, error);
	int result = stand_take(&stand, &e);
	if (result == 0) {
		result = tree_detach(root_fd, &e);
		stand_done(&stand);
	}
	return api_result(result, &e, error);
}

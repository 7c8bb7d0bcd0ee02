/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that a root file system alone is made of.  They run in a process that is somebody else's: what
 * would change more of it than its mounts, root and working directory is not among them. */
#include "ops/run.h"

perform_fn *const rootfs_table[N_OPS] = {
	[OP_SOURCE] = perform_source,
	[OP_RELABEL] = perform_relabel,
	[OP_COMMAND] = perform_command,
	[OP_PROPAGATION] = perform_propagation,
	[OP_ROOT] = perform_root,
	[OP_MOUNT] = perform_mount,
	[OP_BIND] = perform_bind,
	[OP_NODE] = perform_node,
	[OP_BIND_NODE] = perform_bind_node,
	[OP_SYMLINK] = perform_symlink,
	[OP_ATTRIBUTES] = perform_attributes,
	[OP_READONLY] = perform_readonly,
	[OP_MASK] = perform_mask,
	[OP_CHANGE_ROOT] = perform_change_root,
};

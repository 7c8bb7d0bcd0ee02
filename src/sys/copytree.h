/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_COPYTREE_H
#define SOCLE_SYS_COPYTREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Whole trees: copied, relabelled, removed (R9, R13, R39).
 *
 * Every step goes from a directory's descriptor to a name in it; no symlink is followed and no path is put
 * together.  A tree may be as deep as it likes: few descriptors are held, no stack grows.  Mounts below the
 * source are walked through, as `cp -a` does: what one sees there is what is copied.
 *
 * An error names the path relative to the tree ("etc/passwd"; "." is the tree itself). */

enum id_kind { ID_USER, ID_GROUP };

struct copytree_options {
	/* What *id of the source becomes in the copy (also inside POSIX ACLs and file capabilities).  -1: it
	 * has no place there, which is an error naming the file.  NULL: ids stay as they are. */
	int (*shift)(void *data, enum id_kind kind, uint32_t *id);
	void *data;

	bool keep_top;	    /* to_dir's own mode, owner, times and attributes stay as they are */
	bool no_labels;	    /* leave security.selinux and its like to the target's file system */
	const char *doing;  /* for errors: "while …"; NULL: "copying up" */
};

/* Copy what is in the directory `from_dir` into the empty directory `to_dir`, then give that one the mode, owner,
 * times and extended attributes of the first.  Both are borrowed and open for reading, not O_PATH.
 *
 * Kept are directories, files with their holes, symlinks, hard links (also between directories), device nodes,
 * fifos, sockets, modes with setuid, owners, times, extended attributes.  An attribute that the target's file
 * system has no place for is left out only if it is user.*, a label, or another file system's own.
 *
 * After a failure what has been copied so far is still in `to_dir`: the caller discards that as a whole.  Opening
 * a file of a source that somebody changes meanwhile can hit a device: who distrusts it passes a `nodev` clone
 * of its mount.  Kernels before 6.13 can reach attributes of what cannot be opened only through the working
 * directory, which is then changed for a while and restored. */
int copytree(int from_dir, int to_dir, const struct copytree_options *o, struct err *e);

/* Give `dir` and everything below it this SELinux label. */
int relabel_tree(int dir, const char *label, struct err *e);

/* Remove `name` in `dir`, with everything below it; what is mounted there is not walked into but makes this fail
 * with EBUSY or EXDEV.  That there is no such name is no error. */
int remove_tree(int dir, const char *name, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* libsocle: root file systems and containers after the OCI runtime specification.
 *
 * Two parts.  A *root file system* is described by calls or by a config.json and assembled in the calling process,
 * without a container around it: for a build tool, a chroot manager, a test.  A *container* is created, started,
 * signalled and deleted as the program socle does it.
 *
 * What holds for every function:
 *
 * - One that can fail returns 0, or -1 with `error` filled in.  `error` may be NULL.  On success it is left alone.
 * - Results by pointer (`ret_…`) are written on success only.
 * - Strings that are passed in are copied; none is kept.  Strings that are returned belong to the handle they came
 *   from, unless the function says that the caller frees them.
 * - Descriptors that are returned are close-on-exec and the caller's to close.
 * - Sizes are in bytes, times in seconds.
 * - The library prints nothing, reads no environment, and keeps no state of its own: a handle may be used by one
 *   thread at a time, different handles by different threads at once.  A process that it starts executes a program
 *   at once, or (for the ids of an id-mapped mount) does nothing until it is ended; it is waited for.  Only when
 *   memory is exhausted does the library end the process, with a line on standard error.
 *
 * "Spec" is the OCI runtime specification, version 1.3. */
#ifndef SOCLE_H
#define SOCLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library, "0.1.0". */
const char *socle_version(void);

/* ---- errors ----------------------------------------------------------------------------------------------- */

/* One error, whole: plain data, nothing to free.  Every string ends with a NUL; empty means "not known".
 *
 * A mistake of the caller (a NULL that may not be, an unknown flag, a relative path) has num EINVAL, and an argument
 * named in `text`. */
struct socle_error {
	int num;	  /* errno of the call that failed; 0: a rule was broken, no call failed */
	char call[32];	  /* that system call: "move_mount" */
	char path[256];	  /* what it was about */
	char field[128];  /* what asked for it, as a JSON pointer into config.json: "/mounts/3/source".  Mounts and
			   * devices that were added by calls count as if they stood in the file's lists. */
	char step[64];	  /* the operation being carried out: "mount tmpfs" */
	char text[512];	  /* the rule, or what it happened in: "while copying up /etc" */
	char kernel[256]; /* what the kernel wrote to the mount's log */
	char also[256];	  /* what then went wrong while undoing; never hides the first */
};

/* The error in one line, without a newline, cut to `size` bytes with the NUL.  Returns `buf`. */
const char *socle_error_line(const struct socle_error *error, char *buf, size_t size);

/* ---- events ----------------------------------------------------------------------------------------------- */

enum socle_event_kind {
	SOCLE_EVENT_WARNING = 1, /* something is not as it was asked for; the text says what goes on regardless */
	SOCLE_EVENT_PROBLEM = 2, /* one of the mistakes in a config.json; the call fails, and its error is the first */
};

struct socle_event {
	enum socle_event_kind kind;
	const char *text; /* "/mounts/3/options: a bind mount takes no option …", valid during the call */
};

/* Called in the thread that called the library.  It may not call the library with the same handle. */
typedef void socle_event_fn(void *data, const struct socle_event *event);

/* ---- a root file system ----------------------------------------------------------------------------------- */

/* The description of one.  It changes nothing until it is assembled, which can be done any number of times. */
struct socle_rootfs;

/* An empty description; the caller frees it.  NULL with errno ENOMEM when there is no memory. */
struct socle_rootfs *socle_rootfs_new(void);

/* Free a description; NULL is fine.  What was assembled from it stays. */
void socle_rootfs_free(struct socle_rootfs *rootfs);

/* Where warnings and problems go; NULL: nowhere.  `data` is passed on. */
int socle_rootfs_set_events(struct socle_rootfs *rootfs, socle_event_fn *event, void *data,
			    struct socle_error *error);

/* Take root, mounts, devices, masked and read-only paths, propagation and the mount label from config.json in this
 * directory.  What it says of the process, of namespaces, hooks and resources has no say here.  Its root, propagation
 * and label replace what was set before; its lists are added to what was added before.  Relative paths in it are
 * below `bundle`, which may be relative to the working directory.  Commands that an annotation of socle's asks for
 * around its mounts are run by the calling process, with the host's root; such a configuration has to be loaded before
 * other mounts are added.
 *
 * Errors: ENOENT and the like for the file; without a number, the first of its problems (each goes to the events).
 * After an error the description is as it was.  Spec: config.md, "Root", "Mounts"; config-linux.md, "Devices",
 * "Rootfs Mount Propagation", "Masked Paths", "Readonly Paths", "Mount Label". */
int socle_rootfs_load_config(struct socle_rootfs *rootfs, const char *bundle, struct socle_error *error);

/* The root directory, an absolute path of the host; its last component may not be a symlink.  Needed.
 * Spec: config.md, "Root", `path`. */
int socle_rootfs_set_root(struct socle_rootfs *rootfs, const char *path, struct socle_error *error);

/* Whether the root is made read-only (0: no).  What is mounted in it is not affected.
 * Spec: config.md, "Root", `readonly`. */
int socle_rootfs_set_readonly(struct socle_rootfs *rootfs, int readonly, struct socle_error *error);

/* "private", "slave", "shared", "unbindable", or one of them with an "r" in front; NULL: the default, by which mounts
 * of the host show up inside and none gets out.  Spec: config-linux.md, "Rootfs Mount Propagation". */
int socle_rootfs_set_propagation(struct socle_rootfs *rootfs, const char *propagation, struct socle_error *error);

/* Add a mount; they are made in the order in which they were added.
 *
 * `destination` is an absolute path inside the root, resolved there when it is used; it is made if it is missing.
 * `type` is a file system, or "bind" or NULL for a bind mount, which has "bind" or "rbind" among its options, too.
 * `source` is for a bind mount an absolute path of the host, opened before anything is attached; for others, what the
 * file system makes of it, or NULL.  `options` ends with a NULL and may be NULL: options of the mount are carried
 * out, others are the file system's own.  One that is not known to it is an error when the mount is made, with the
 * kernel's words in `error->kernel`.  A mount of type "cgroup" shows the cgroup of the calling process.
 * Spec: config.md, "Mounts". */
int socle_rootfs_add_mount(struct socle_rootfs *rootfs, const char *destination, const char *type, const char *source,
			   const char *const *options, struct socle_error *error);

/* A device node. */
struct socle_device {
	size_t size;	   /* sizeof(struct socle_device) */
	const char *path;  /* absolute, inside the root */
	char type;	   /* 'c' or 'u', 'b', 'p' (a fifo: no numbers) */
	uint32_t major, minor;
	uint32_t mode;	   /* permission bits; the umask has no say */
	uint32_t uid, gid; /* its owner */
};

/* Add a device node, beside those that every root gets: null, zero, full, random, urandom, tty, ptmx and the links in
 * /dev (none of which is made where /dev is a bind mount).  A node of that path that is there and is the very device
 * is kept; anything else there is an error when it is assembled.  Where no node can be made, the host's is bound.
 * Spec: config-linux.md, "Devices", "Default Devices". */
int socle_rootfs_add_device(struct socle_rootfs *rootfs, const struct socle_device *device, struct socle_error *error);

/* Cover an absolute path inside the root, so that nobody reads it: a file by the null device, a directory by an empty
 * one.  A missing path is no error.  Spec: config-linux.md, "Masked Paths". */
int socle_rootfs_mask(struct socle_rootfs *rootfs, const char *path, struct socle_error *error);

/* Make an absolute path inside the root read-only, with all that is mounted below.  A missing path is no error.
 * Spec: config-linux.md, "Readonly Paths". */
int socle_rootfs_readonly_path(struct socle_rootfs *rootfs, const char *path, struct socle_error *error);

/* Bind files of the host over /etc/resolv.conf, /etc/hostname and /etc/hosts, behind all other mounts: private, and
 * read-only when the root is.  Absolute paths; NULL leaves that file alone.  A second call replaces the first. */
int socle_rootfs_add_network_files(struct socle_rootfs *rootfs, const char *resolv_conf, const char *hostname,
				   const char *hosts, struct socle_error *error);

/* Mount /dev/shm, a tmpfs of mode 1777 and this many bytes (0: the kernel's default, half of the memory), and
 * /dev/mqueue, each unless a mount on it was added, before this call or after. */
int socle_rootfs_add_ipc(struct socle_rootfs *rootfs, uint64_t shm_size, struct socle_error *error);

enum socle_assemble_flags {
	SOCLE_UNSHARE = 1u << 0,     /* in a new mount namespace of the calling thread */
	SOCLE_CHANGE_ROOT = 1u << 1, /* make it the root directory, and "/" the working directory */
	SOCLE_NO_PIVOT = 1u << 2,    /* with both: by moving it onto "/", for hosts whose root is an initramfs */
};

/* What socle_rootfs_assemble with these flags would do, a line an operation.  Needs no privilege and changes nothing.
 * The caller frees *ret_text with free(3). */
int socle_rootfs_plan(const struct socle_rootfs *rootfs, unsigned flags, char **ret_text, struct socle_error *error);

/* Assemble it in the calling thread.
 *
 * With SOCLE_UNSHARE the thread first gets a mount namespace of its own, from which nothing reaches the host unless
 * the propagation says "shared"; what it starts from then on is in it, too.  Without, it has to be in one already: one
 * that process 1 is in is refused.  There, the mount that holds the root is made private, and nothing else of the
 * namespace is changed.
 *
 * On success *ret_root_fd is the root, an O_PATH descriptor: for fchdir(2) and chroot(2), for openat2(2) with
 * RESOLVE_IN_ROOT, for socle_rootfs_disassemble.  With SOCLE_CHANGE_ROOT it is the thread's root already: by
 * pivot_root(2) in a namespace that was made here, else by chroot(2).  Descriptors that the caller had open before
 * still lead to the host.  `ret_root_fd` may be NULL.
 *
 * On failure all that was attached is detached again, mount points that were made in the root directory are removed,
 * and the thread is in the namespace, the root and the directory that it was in; where the kernel refuses the way back
 * (from a user namespace to the mount namespace of its parent), `error->also` says so.  Either way its root, working directory and umask are its own from then on, as after
 * unshare(CLONE_FS): in a program of one thread that makes no difference.
 *
 * Needs CAP_SYS_ADMIN, for SOCLE_UNSHARE and SOCLE_CHANGE_ROOT CAP_SYS_CHROOT as well, and Linux 5.14; SOCLE_UNSHARE
 * needs /proc.  Errors: EPERM without the privilege; those of the system call that is named; none for a rule.
 * Spec: config.md, "Root", "Mounts"; config-linux.md, "Default Filesystems". */
int socle_rootfs_assemble(const struct socle_rootfs *rootfs, unsigned flags, int *ret_root_fd,
			  struct socle_error *error);

/* Detach a root that was assembled, with all that is mounted in it, in the mount namespace of the calling thread.
 * `root_fd` stays open, and processes that still use it keep it until they end.  Mount points and device nodes that
 * were made in the directory stay there.  Errors: EINVAL if it is no mount of this namespace, or is its root. */
int socle_rootfs_disassemble(int root_fd, struct socle_error *error);

/* ---- containers ------------------------------------------------------------------------------------------- */

enum socle_container_flags {
	SOCLE_CONTAINER_NO_PIVOT = 1u << 0,	  /* do not use pivot_root(2) */
	SOCLE_CONTAINER_NO_NEW_KEYRING = 1u << 1, /* keep the caller's session keyring */
	SOCLE_CONTAINER_DETACH = 1u << 2,	  /* run: return once the program runs */
	SOCLE_CONTAINER_KEEP = 1u << 3,		  /* run: leave the container in place when it has ended */
	SOCLE_CONTAINER_NO_SUBREAPER = 1u << 4,	  /* run: do not adopt the container's orphans */
};

/* What a new container is made from.  Relative paths are relative to the working directory. */
struct socle_container_options {
	size_t size;		    /* sizeof(struct socle_container_options) */
	const char *state_root;	    /* absolute; NULL: /run/socle */
	const char *id;		    /* needed: up to 255 letters, digits and "_+-.", no "." in front */
	const char *bundle;	    /* NULL: the working directory */
	const char *config;	    /* NULL: config.json in the bundle */
	const char *pid_file;	    /* gets init's process id, in decimal; NULL: none */
	const char *console_socket; /* unix socket that is sent the terminal's master; NULL: none */
	unsigned flags;		    /* SOCLE_CONTAINER_… */
	unsigned preserve_fds;	    /* so many descriptors from 3 on stay open in the container */
	socle_event_fn *event;	    /* NULL: nobody is told */
	void *event_data;
};

/* Create a container, all but its program, which waits for socle_container_start.  Its standard streams are the
 * caller's.  The caller's descriptors from 3 + preserve_fds on are made close-on-exec.
 * Errors: without a number when the configuration breaks a rule or the id is taken ("already exists" is in the text).
 * After an error nothing is left.  Spec: runtime.md, "Create". */
int socle_container_create(const struct socle_container_options *options, struct socle_error *error);

/* Create and start a container.  Unless detached it stays until the program ends, with *ret_status its exit status or
 * 128 + the signal that ended it, and deletes the container; meanwhile every signal is blocked in the calling thread
 * and passed on to the container, the process becomes a child subreaper, and other children that end are reaped.
 * That is for a program with this one purpose; others detach.  `ret_status` may be NULL.
 * Errors as for create.  Spec: runtime.md, "Lifecycle". */
int socle_container_run(const struct socle_container_options *options, int *ret_status, struct socle_error *error);

/* Run the program of a container that was created.  `state_root` is as in the options.
 * Errors: ENOENT if there is no such container; without a number if it has been started already.
 * Spec: runtime.md, "Start". */
int socle_container_start(const char *state_root, const char *id, struct socle_error *error);

/* Send a signal (its number) to the container's init, or with `all` not 0 to every process of it.
 * Errors: ENOENT if there is no such container; without a number if it is not running.  Spec: runtime.md, "Kill". */
int socle_container_kill(const char *state_root, const char *id, int signal, int all, struct socle_error *error);

/* Remove what is left of a container that has stopped.  With `force` not 0 one that runs is killed first, and one that
 * does not exist is no error.  Errors: ENOENT if there is no such container; without a number if it has not stopped.
 * Spec: runtime.md, "Delete". */
int socle_container_delete(const char *state_root, const char *id, int force, struct socle_error *error);

/* What is known of a container, at one moment. */
struct socle_state;

/* Find out about one; the caller frees it with socle_state_free.  Errors: ENOENT if there is none.
 * Spec: runtime.md, "State", "Query State". */
int socle_container_state(const char *state_root, const char *id, struct socle_state **ret_state,
			  struct socle_error *error);
void socle_state_free(struct socle_state *state); /* NULL is fine */

const char *socle_state_id(const struct socle_state *state);
const char *socle_state_status(const struct socle_state *state);  /* "creating", "created", "running", "stopped" */
pid_t socle_state_pid(const struct socle_state *state);		  /* of init; 0 when it has stopped */
const char *socle_state_bundle(const struct socle_state *state);  /* absolute */
const char *socle_state_rootfs(const struct socle_state *state);  /* absolute */
const char *socle_state_created(const struct socle_state *state); /* RFC 3339, UTC; "" while it is not known */
uid_t socle_state_owner(const struct socle_state *state);	  /* who created it */
/* The value of this annotation, or NULL. */
const char *socle_state_annotation(const struct socle_state *state, const char *key);
/* The specification's state object as a line of JSON.  The caller frees it with free(3). */
char *socle_state_json(const struct socle_state *state);

/* All containers of a state directory, in the order of their ids. */
struct socle_list;

/* The caller frees it with socle_list_free.  That the directory does not exist is an empty list; a container whose
 * state cannot be read is left out. */
int socle_container_list(const char *state_root, struct socle_list **ret_list, struct socle_error *error);
void socle_list_free(struct socle_list *list); /* NULL is fine */
size_t socle_list_size(const struct socle_list *list);
/* The container at `i` (from 0), which belongs to the list; NULL if there are not so many. */
const struct socle_state *socle_list_item(const struct socle_list *list, size_t i);

#ifdef __cplusplus
}
#endif

#endif

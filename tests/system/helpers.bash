# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the system tests share.  Each test has a bundle and a state directory of its own in its temporary folder, and
# each compares the host before and after: mounts, cgroups, processes, network namespaces, state directories.

bats_require_minimum_version 1.5.0

SOCLE=${SOCLE:-$BATS_TEST_DIRNAME/../../build/socle}
SOCLE_BUILD=${SOCLE_BUILD:-$BATS_TEST_DIRNAME/../../build}

# ---- the bundle

# Once a file: a root file system of busybox, and the default configuration without a terminal.
make_base() {
	base=$BATS_FILE_TMPDIR/base
	mkdir -p "$base"/rootfs/{bin,dev,etc,proc,sys,tmp}
	cp "$(command -v busybox)" "$base/rootfs/bin/busybox"
	# in one process, as each would cost a second in a guest that is emulated
	(cd "$base/rootfs/bin" && ./busybox --list | perl -lne 'symlink "busybox", $_ if $_ ne "busybox"')
	echo "root:x:0:0:root:/:/bin/sh" >"$base/rootfs/etc/passwd"
	"$SOCLE" spec -b "$base"
	jq '.process.terminal = false' "$base/config.json" >"$base/next" && mv "$base/next" "$base/config.json"
}

# Before each test.  Its busybox is a hard link: a process of a container is known by its inode.
begin() {
	base=$BATS_FILE_TMPDIR/base
	bundle=$BATS_TEST_TMPDIR/bundle
	root=$BATS_TEST_TMPDIR/state
	c=c$BATS_ROOT_PID-$BATS_SUITE_TEST_NUMBER # the container's id: cgroups are the whole host's
	cp -al "$base" "$bundle"
	cd "$BATS_TEST_TMPDIR" || return 1
	host_snapshot
}

# After each test.  One that failed has its containers removed, and says what it had to say already.
finish() {
	local id good=1
	for id in "${ENDS[@]}"; do
		kill -KILL "$id" 2>/dev/null && wait "$id" 2>/dev/null
	done
	[ -z "$BATS_TEST_COMPLETED$BATS_TEST_SKIPPED" ] || host_unchanged || good=
	for id in "$root"/*; do
		[ ! -d "$id" ] || "$SOCLE" --root "$root" delete --force "${id##*/}" || true
	done
	[ -n "$good" ]
}

# config FILTER [jq option…]: change the configuration
config() {
	local filter=$1
	shift
	jq "$@" "$filter" "$bundle/config.json" >"$bundle/next" && mv "$bundle/next" "$bundle/config.json"
}

# unconfigured: the default configuration again
unconfigured() {
	rm "$bundle/config.json"
	cp "$base/config.json" "$bundle/config.json"
}

# program TEXT: what the container's shell runs
program() {
	config '.process.args = ["/bin/sh", "-c", $text]' --arg text "$1"
}

# without NAMESPACE…
without() {
	local type
	for type; do
		config 'del(.linux.namespaces[] | select(.type == $type))' --arg type "$type"
	done
}

# join NAMESPACE PATH
join() {
	config '.linux.namespaces |= map(if .type == $type then .path = $path else . end)' --arg type "$1" --arg path "$2"
}

# ---- socle

socle() {
	"$SOCLE" --root "$root" "$@"
}

# inside [OPTION…]: run the container "$c" to its end
inside() {
	"$SOCLE" --root "$root" run -b "$bundle" "$@" "$c" </dev/null
}

# create ID [OPTION…]: output goes to the file ID.out, as the container keeps it open
create() {
	local id=$1
	shift
	"$SOCLE" --root "$root" create -b "$bundle" "$@" "$id" </dev/null >"$id.out" 2>&1 ||
		{ cat "$id.out"; return 1; }
}

# detach ID [OPTION…]: `run -d`
detach() {
	local id=$1
	shift
	"$SOCLE" --root "$root" run -d -b "$bundle" "$@" "$id" </dev/null >"$id.out" 2>&1 ||
		{ cat "$id.out"; return 1; }
}

# status ID, pid ID
status() { socle state "$1" | jq -r .status; }
pid()    { socle state "$1" | jq -r .pid; }

# eventually COMMAND…: wait for it to be true, at most for ten seconds (where all is slow, for SOCLE_PATIENCE)
eventually() {
	local end=$((SECONDS + ${SOCLE_PATIENCE:-10}))
	while [ "$SECONDS" -le "$end" ]; do
		"$@" && return
		sleep 0.02
	done
	echo "in vain waited for: $*"
	return 1
}

is_status() { [ "$(status "$1" 2>/dev/null)" = "$2" ]; }
becomes()   { eventually is_status "$1" "$2"; }
says_in()   { grep -qF -- "$2" "$1" 2>/dev/null; }

# gone ID…: kill and delete
gone() {
	local id
	for id; do
		socle delete --force "$id"
	done
}

# background PROGRAM…: in the background, ended after the test at the latest; its id is $!
background() {
	"$@" <&0 >background.out 2>&1 3>&- &
	ENDS+=($!)
}

# foreground [OPTION…]: `run` in the background, as $run
foreground() {
	background "$SOCLE" --root "$root" run -b "$bundle" "$@" "$c" </dev/null
	run=$! # shellcheck disable=SC2034 # used by the tests
}

# ends_with STATUS PID: of a child
ends_with() {
	local got=0
	wait "$2" || got=$?
	[ "$got" = "$1" ] || { echo "expected status $1, got $got"; return 1; }
}

# needs PROGRAM…
needs() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "no $program"
	done
}

# ---- what is expected

# refused COMMAND…: status 1, nothing on standard output, an error on standard error.  Through files: a container
# that was not refused keeps its output open.
refused() {
	status=0
	"$@" >refused.out 2>refused.err || status=$?
	output=$(<refused.out) stderr=$(<refused.err)
	[ "$status" = 1 ] || { echo "status $status: $stderr"; return 1; }
	[ -z "$output" ] || { echo "on standard output: $output"; return 1; }
	[[ $stderr == "error: "* ]] || { echo "on standard error: $stderr"; return 1; }
}

# says TEXT…: each is in what went to standard error
says() {
	local text
	for text; do
		[[ $stderr == *"$text"* ]] || { echo "expected: $text"; echo "stderr: $stderr"; return 1; }
	done
}

# same EXPECTED [GOT]: by default of the output
same() {
	[ "${2-$output}" = "$1" ] || { echo "expected: $1"; echo "got:      ${2-$output}"; return 1; }
}

# ---- the host

host_cgroups() { find /sys/fs/cgroup -mindepth 1 -type d 2>/dev/null | sort; }

# Ours are known by what they execute: socle, its init, this bundle's busybox.
host() { "$BATS_TEST_DIRNAME/host" "$@" "$SOCLE" "$base/rootfs/bin/busybox"; }
host_snapshot() { host >before.host; }
host_difference() {
	host --since before.host
	ls -A -I .seccomp "$root" 2>/dev/null | sed "s|^|left over in the state directory: |"
}

is_unchanged() { [ -z "$(host_difference)" ]; }

# The kernel takes its time to end processes and to free what they had.
host_unchanged() {
	eventually is_unchanged || { host_difference; return 1; }
}

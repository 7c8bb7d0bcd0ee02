# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of published flaws share: a canary on the host, an auditor in the container, a file system that
# lies.  Whatever a test is about, the canary has to be as it was at its end.

load helpers

HARNESS_SOURCE=$BATS_TEST_DIRNAME/../harness
HARNESS=$SOCLE_BUILD/harness

secure_file() {
	make -s -f "$HARNESS_SOURCE/Makefile" OUT="$HARNESS" >&2
	make_base
	cp "$HARNESS/auditor" "$HARNESS/payload" "$base/rootfs/bin/"
}

# $canary: a path of the host.  An image that names it means a path in its own root.
secure() {
	begin
	canary=$BATS_TEST_TMPDIR/canary
	rootfs=$bundle/rootfs
	"$HARNESS_SOURCE/canary" make "$canary"
	"$HARNESS_SOURCE/canary" sum "$canary" >canary.before
}

secured() {
	local good=1
	[ -n "$BATS_TEST_SKIPPED" ] || canary_unchanged || good=
	finish || good=
	[ -n "$good" ]
}

canary_unchanged() {
	"$HARNESS_SOURCE/canary" sum "$canary" | diff "$canary.before" - && return
	echo "the canary has changed"
	return 1
}

# audit [OPTION…]: run the auditor in the container; $output is its line
audit() {
	config '.process.args = ["/bin/auditor"]'
	run --separate-stderr -0 inside "$@"
}

# found FILTER: what jq makes of the auditor's line
found() { jq -c "$1" <<<"$output"; }

# writable: the root file system may be written to, so that a test sees what it would have done
writable() { config '.root.readonly = false'; }

# without_mount DESTINATION…
without_mount() {
	local at
	for at; do
		config 'del(.mounts[] | select(.destination == $at))' --arg at "$at"
	done
}

# mounts LINE…: each a JSON object, behind the others
mounts() {
	local line
	for line; do
		config '.mounts += [$line]' --argjson line "$line"
	done
}

# bound SOURCE DESTINATION [OPTION…]: a bind mount more
bound() {
	local source=$1 at=$2
	shift 2
	config '.mounts += [{destination: $at, source: $source, type: "bind", options: (["rbind"] + $more)}]' \
		--arg source "$source" --arg at "$at" --argjson more "$(jq -nc '$ARGS.positional' --args "$@")"
}

# link TARGET NAME: in the image, in the place of what is there
link() {
	rm -rf "${rootfs:?}/$2"
	mkdir -p "$(dirname "$rootfs/$2")"
	ln -s "$1" "$rootfs/$2"
}

# settled COMMAND…: it ends, as a start or as an error of socle's, and never otherwise
settled() {
	run --separate-stderr "$@"
	[ "$status" = 0 ] || [[ $status = 1 && $output$stderr == *"error: "* ]] || {
		echo "status $status"
		echo "stderr: $stderr"
		return 1
	}
}

# none_of LIST TEXT…
none_of() {
	local list=$1 text
	shift
	for text; do
		[[ $list != *"$text"* ]] || { echo "found \"$text\" in: $list"; return 1; }
	done
}

# ---- a mount namespace for what may not be mounted on the host

# volume RULE…: a file system that lies at $volume, which `there` alone sees; its end is `unmounted`
volume() {
	[ -x "$HARNESS/flipfs" ] || skip "no libfuse3 to build flipfs with"
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	volume=$BATS_TEST_TMPDIR/volume
	mkdir -p "$volume"
	: >volume.out
	unshare -m --propagation private "$HARNESS/flipfs" "$volume" "$@" </dev/null >volume.out 2>&1 3>&- &
	holder=$!
	ENDS+=("$holder")
	eventually says_in volume.out mounted
}

# private SCRIPT: a mount namespace of its own in which the script was run; `there` is in it
private() {
	unshare -m --propagation private sh -ec "$1"'
		echo ready
		exec sleep 1000' - </dev/null >private.out 2>&1 3>&- &
	holder=$!
	ENDS+=("$holder")
	eventually says_in private.out ready
}

there() { nsenter --mount="/proc/$holder/ns/mnt" -- "$@"; }

unmounted() {
	kill -TERM "$holder"
	wait "$holder" || true
}

# insider [OPTION…]: as `inside`, there
insider() {
	there "$SOCLE" --root "$root" run -b "$bundle" "$@" "$c" </dev/null
}

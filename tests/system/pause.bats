# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Pausing and going on, and what may happen meanwhile; the processes of a container.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# A program that counts in a file of its own.
counter() {
	config '.root.readonly = false'
	program 'n=0; while :; do n=$((n + 1)); echo $n >/n; usleep 1000; done'
}

counted() { cat "$bundle/rootfs/n"; }
goes_on() { [ "$(counted)" != "$1" ]; }

matrix() {
	counter
	detach "$c"
	eventually test -s "$bundle/rootfs/n"
	socle pause "$c"
	same paused "$(status "$c")"
	local n
	n=$(counted)
	refused socle pause "$c"
	says "container is paused"
	refused socle start "$c"
	refused socle delete "$c"
	run -255 socle exec "$c" true
	[[ $output == *"container is paused"* ]]
	same "$n" "$(counted)"
	socle resume "$c"
	same running "$(status "$c")"
	eventually goes_on "$n"
	refused socle resume "$c"
	says "container is not paused"
	gone "$c"
}

@test "pause: nothing goes on until resume" { matrix; }

@test "pause: by the freezer of version 1" {
	[ -d /sys/fs/cgroup/freezer ] || skip "no freezer of version 1 on this host"
	SOCLE=$SOCLE unshare -m sh -c 'umount /sys/fs/cgroup/unified && exec "$0" "$@"' true || skip "no version 2 to hide"
	counter
	run -0 unshare -m bash -c 'umount /sys/fs/cgroup/unified
		s() { "$SOCLE" --root "$0" "$@"; }
		s run -d -b "$1" "$2" </dev/null >/dev/null 2>&1 && s pause "$2" && cat "/sys/fs/cgroup/freezer/$2/freezer.state" &&
		s state "$2" | grep status; s delete --force "$2"' "$root" "$bundle" "$c"
	[[ $output == *FROZEN*paused* ]]
}

@test "pause: a paused container is killed and deleted all the same" {
	counter
	detach "$c"
	socle pause "$c"
	socle kill "$c" KILL
	becomes "$c" stopped
	socle delete "$c"
	detach "$c"
	socle pause "$c"
	gone "$c"
}

@test "pause: not what has ended or is not there" {
	refused socle pause "$c"
	says "container does not exist"
	program true
	detach "$c"
	becomes "$c" stopped
	refused socle pause "$c"
	says "container is not running"
	refused socle resume "$c"
	socle delete "$c"
}

@test "ps: the container's processes and no others" {
	program 'sleep 1000 & sleep 2000 & wait'
	detach "$c"
	three() { [ "$(socle ps -f json "$c" | jq length)" = 3 ]; }
	eventually three
	same "$(pid "$c")" "$(socle ps -f json "$c" | jq 'min')"
	run -0 socle ps "$c"
	[[ ${lines[0]} == *PID*CMD* && ${#lines[@]} = 4 && $output == *"sleep 1000"* && $output == *"sleep 2000"* ]]
	run -0 socle ps "$c" -o pid,comm
	[[ ${lines[0]} == *PID*COMMAND* && ${#lines[@]} = 4 ]]
	gone "$c"
	refused socle ps "$c"
	says "container does not exist"
}

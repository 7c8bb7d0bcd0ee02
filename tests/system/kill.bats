# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Ending what does not want to end: many processes, processes that fork, that stand still, that share a pid namespace;
# and cgroups that somebody else was at meanwhile.

load helpers

setup_file() {
	make_base
	# One that goes on when it can fork no more, which a shell does not.
	gcc -static -Os -x c -o "$base/rootfs/bin/bomb" - <<<'#include <unistd.h>
		int main(void) { for (;;) fork(); }'
}
setup() { begin; }
teardown() { finish; }

processes() { socle ps -f json "$c" | jq length; }
are()       { [ "$(processes)" -ge "$1" ]; }
no_more()   { [ "$(processes)" = 0 ]; }

# Forks as fast as it can; what it forks does the same.
fork_bomb() {
	config '.process.args = ["/bin/bomb"]'
}

# limit N: of processes, once it is created
limit() {
	local dir
	dir=/sys/fs/cgroup/pids$(sed -n 's/^[0-9]*:pids://p' "/proc/$(pid "$c")/cgroup")
	[ -e "$dir/pids.max" ] || dir=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid "$c")/cgroup")
	[ -e "$dir/pids.max" ] || skip "no pids controller: a fork bomb would be the host's"
	echo "$1" >"$dir/pids.max"
}

begin_bomb() {
	fork_bomb
	create "$c"
	limit 150
	socle start "$c"
	eventually are 100
}

# Only the freezer of version 1, as on a host without version 2: what is run there has $c, $root and $bundle.
on_version_1() {
	[ -d /sys/fs/cgroup/freezer ] || skip "no freezer of version 1 on this host"
	unshare -m bash -c 'umount /sys/fs/cgroup/unified' 2>/dev/null || skip "no version 2 to hide"
	export -f socle status pid create detach limit are processes eventually is_status becomes no_more
	export SOCLE root bundle c
	run -0 unshare -m bash -ec 'umount /sys/fs/cgroup/unified
		'"$1"
}

@test "kill: all of hundreds" {
	program 'for i in $(seq 300); do sleep 1000 & done; wait'
	detach "$c"
	eventually are 301
	socle kill --all "$c" KILL
	becomes "$c" stopped
	socle delete "$c"
}

@test "kill: hundreds in the host's pid namespace are deleted with their init" {
	without pid
	program 'for i in $(seq 300); do sleep 1000 & done; wait'
	detach "$c"
	eventually are 301
	socle delete --force "$c"
}

@test "kill: what is left in the host's pid namespace once init has ended" {
	without pid
	program 'sleep 1000 & sleep 1000 & exit 0'
	detach "$c"
	becomes "$c" stopped
	eventually are 2
	socle kill --all "$c" KILL
	eventually no_more
	socle delete "$c"
}

@test "kill: a fork bomb is deleted" {
	begin_bomb
	socle delete --force "$c"
}

@test "kill: a fork bomb in the host's pid namespace is deleted" {
	without pid
	begin_bomb
	socle delete --force "$c"
}

@test "kill: a fork bomb is killed by --all" {
	without pid
	begin_bomb
	socle kill --all "$c" KILL
	eventually no_more
	becomes "$c" stopped
	socle delete "$c"
}

@test "kill: a frozen fork bomb is deleted" {
	without pid
	begin_bomb
	socle pause "$c"
	same paused "$(status "$c")"
	socle delete --force "$c"
}

@test "kill: a fork bomb, by the freezer of version 1" {
	without pid
	fork_bomb
	on_version_1 'create "$c"; limit 150; socle start "$c"; eventually are 100; socle kill --all "$c" KILL
		eventually no_more; becomes "$c" stopped; socle delete "$c"'
	on_version_1 'create "$c"; limit 150; socle start "$c"; eventually are 100; socle pause "$c"
		[ "$(status "$c")" = paused ]; socle delete --force "$c"'
	on_version_1 'create "$c"; limit 150; socle start "$c"; eventually are 100; socle delete --force "$c"'
}

@test "kill: a signal to all of a paused container is there when it goes on" {
	program 'trap "echo heard; exit 0" USR1; echo ready; while :; do sleep 0.01; done'
	detach "$c"
	eventually says_in "$c.out" ready
	socle pause "$c"
	socle kill --all "$c" USR1
	same paused "$(status "$c")"
	socle resume "$c"
	eventually says_in "$c.out" heard
	becomes "$c" stopped
	socle delete "$c"
}

@test "pause: frozen by somebody else's freezer, too" {
	[ -d /sys/fs/cgroup/freezer ] || skip "no freezer of version 1 on this host"
	program 'exec sleep 1000'
	detach "$c"
	echo FROZEN >"/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' "/proc/$(pid "$c")/cgroup")/freezer.state"
	becomes "$c" paused
	socle resume "$c"
	same running "$(status "$c")"
	socle pause "$c"
	socle resume "$c"
	gone "$c"
}

@test "pause: a cgroup above that is frozen is told of, and does not keep it from being deleted" {
	[ -d /sys/fs/cgroup/freezer ] || skip "no freezer of version 1 on this host"
	program 'exec sleep 1000'
	config '.linux.cgroupsPath = $p' --arg p "/$c-above/inner"
	detach "$c"
	echo FROZEN >"/sys/fs/cgroup/freezer/$c-above/freezer.state"
	becomes "$c" paused
	refused socle resume "$c"
	says "a cgroup above theirs is frozen"
	echo THAWED >"/sys/fs/cgroup/freezer/$c-above/freezer.state"
	becomes "$c" running
	gone "$c"
}

# ---- somebody else was at its cgroups

@test "cgroups: removed by somebody else meanwhile" {
	program 'exec sleep 1000'
	detach "$c"
	local init dirs
	init=$(pid "$c")
	dirs=$(jq -r '.cgroups[]' "$root/$c/state.json")
	socle kill "$c" KILL
	becomes "$c" stopped
	for d in $dirs; do eventually rmdir "$d"; done
	socle delete "$c"
}

@test "cgroups: created, populated and frozen below by somebody else meanwhile" {
	program 'exec sleep 1000'
	detach "$c"
	local d
	background sleep 1000
	local stranger=$!
	for d in $(jq -r '.cgroups[]' "$root/$c/state.json"); do
		mkdir "$d/below" "$d/below/more"
		for k in cpuset.cpus cpuset.mems; do
			[ ! -e "$d/$k" ] || { cat "$d/$k" >"$d/below/$k"; cat "$d/$k" >"$d/below/more/$k"; }
		done
		echo "$stranger" >"$d/below/more/cgroup.procs"
		[ ! -e "$d/below/freezer.state" ] || echo FROZEN >"$d/below/freezer.state"
	done
	socle delete --force "$c"
	# Whoever moved it there gave it to the container.
	ends_with 137 "$stranger"
}

@test "cgroups: a host with a thousand of them" {
	local d top
	top=/sys/fs/cgroup/pids/$c-many
	[ -d /sys/fs/cgroup/pids ] || top=/sys/fs/cgroup/$c-many
	mkdir "$top"
	for d in $(seq 1000); do echo "$top/$d"; done | xargs mkdir
	program 'echo good'
	run -0 inside
	same good
	detach "$c"
	becomes "$c" stopped
	socle delete "$c"
	same 1000 "$(find "$top" -mindepth 1 -type d | wc -l)"
	find "$top" -depth -type d -exec rmdir {} +
}

@test "cgroups: a create that was killed between any two of its writes" {
	command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	program 'exec sleep 1000'
	local n status=137 kills=0
	for n in $(seq 1 100); do
		status=0
		strace -qq -o /dev/null -e trace=mkdir,write -e "inject=mkdir,write:signal=KILL:when=$n" \
			"$SOCLE" --root "$root" create -b "$bundle" "$c" </dev/null >out 2>&1 3>&- || status=$?
		socle delete --force "$c"
		host_unchanged
		[ "$status" = 137 ] || break
		kills=$((kills + 1))
	done
	[ "$kills" -ge 10 ] && [ "$status" = 0 ]
}

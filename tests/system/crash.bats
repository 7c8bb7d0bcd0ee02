# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A socle that is killed, at whatever moment: the next delete removes all that it left.

load helpers
load limits

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# Nothing but what the next delete sees to: no process that is in nobody's container.
repaired() {
	if [ -e "$root/$c" ]; then
		case $(status "$c") in
		stopped) socle delete "$c" ;;
		*)       socle delete --force "$c" ;;
		esac
	fi
	socle delete --force "$c" # there may be nothing
	[ -z "$(ls -A "$root" 2>/dev/null)" ]
	host_unchanged
}

# killed_at CALL COMMAND…: kills socle, not its children, when it enters CALL for the first time, the second, …
# until it comes to its end.
killed_at() {
	local call=$1 n status
	shift
	for n in 1 2 3 4 5 6 8 11 15 20 27 40; do
		status=0
		[ -z "$prepare" ] || "$prepare"
		strace -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
			"$SOCLE" --root "$root" "$@" </dev/null >out 2>&1 3>&- || status=$?
		repaired || { echo "$call, $n: status $status"; cat out; return 1; }
		[ "$status" = 137 ] || return 0
		kills=$((kills + 1))
	done
}

needs_strace() {
	command -v strace >/dev/null || skip "no strace"
	strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	kills=0
	program 'exec sleep 1000'
}

@test "crash: create, killed at every step that makes something" {
	needs_strace
	for call in mkdir mkdirat mknodat openat clone3 renameat sendmsg recvmsg; do
		killed_at "$call" create -b "$bundle" "$c"
	done
	[ "$kills" -ge 4 ]
}

@test "crash: create, killed at its writes and reads" {
	needs_strace
	for call in write read close poll fcntl memfd_create; do
		killed_at "$call" create -b "$bundle" --pid-file pid "$c"
	done
	[ "$kills" -ge 4 ]
}

# Limits of each controller that the host has.
limited() {
	config '.linux.resources += ({memory: {limit: 67108864, reservation: 33554432}, cpu: {shares: 512, quota: 50000, period: 100000},
		pids: {limit: 50}} | with_entries(select(.key | IN($has[]))))' --argjson has "$(for name in memory cpu pids; do
			{ v1_has "$name" || v2_has "$name"; } && echo "$name"; done | jq -R . | jq -s .)"
}

@test "crash: create with limits, killed at every write" {
	needs_strace
	limited
	killed_at openat create -b "$bundle" "$c"
	killed_at write create -b "$bundle" "$c"
	[ "$kills" -ge 4 ]
}

@test "crash: update, killed at every write: the container goes on and can be updated" {
	needs_strace
	{ v1_has cpu || v2_has cpu; } && { v1_has pids || v2_has pids; } || skip "no controllers here"
	create "$c"
	for call in write openat renameat; do
		for n in 1 2 3 4 5 6 8 11 15; do
			strace -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
				"$SOCLE" --root "$root" update --cpu-share 100 --cpu-quota 50000 --cpu-period 200000 --pids-limit 30 "$c" \
				>out 2>&1 3>&- && break
		done
		same created "$(status "$c")"
		socle update --cpu-share 1024 --cpu-quota -1 --cpu-period 100000 --pids-limit 20 "$c"
		has_limit "$c" pids.max 20 pids.max 20
		has_limit "$c" cpu.shares 1024 cpu.weight 100
	done
	gone "$c"
}

@test "crash: create that joins a pid namespace, killed at every step" {
	needs_strace
	background unshare --pid --fork --kill-child sleep 1000
	eventually pgrep -P "$!" >/dev/null
	join pid "/proc/$(pgrep -P "$!")/ns/pid"
	for call in clone3 recvmsg waitid sendmsg; do
		killed_at "$call" create -b "$bundle" "$c"
	done
	[ "$kills" -ge 4 ]
}

@test "crash: run --detach, killed at every step" {
	needs_strace
	for call in mkdir openat clone3 renameat sendmsg recvmsg; do
		killed_at "$call" run --detach -b "$bundle" "$c"
	done
	[ "$kills" -ge 4 ]
}

@test "crash: delete, killed at every step" {
	needs_strace
	prepare=make_stopped
	make_stopped() {
		create "$c" && socle kill "$c" KILL && becomes "$c" stopped
	}
	for call in rmdir unlinkat flock; do
		killed_at "$call" delete "$c"
	done
	[ "$kills" -ge 4 ]
}

@test "crash: delete --force of a running container, killed at every step" {
	needs_strace
	prepare=make_running
	make_running() { detach "$c"; }
	for call in pidfd_send_signal poll rmdir unlinkat; do
		killed_at "$call" delete --force "$c"
	done
	[ "$kills" -ge 4 ]
}

@test "crash: start, killed at every step" {
	needs_strace
	prepare=make_created
	make_created() { create "$c"; }
	for call in openat write poll unlinkat; do
		killed_at "$call" start "$c"
	done
	[ "$kills" -ge 4 ]
}

@test "crash: create and run in the foreground, killed after ever longer times" {
	program 'exec sleep 1000'
	for command in create run; do
		for delay in 0 0.001 0.002 0.003 0.004 0.005 0.006 0.008 0.01 0.015; do
			background "$SOCLE" --root "$root" "$command" -b "$bundle" "$c" </dev/null
			sleep "$delay"
			kill -KILL "$!" 2>/dev/null || true
			wait "$!" || true
			repaired
		done
	done
}

@test "crash: a container whose run was killed goes on, and is managed as before" {
	program 'echo ready; exec sleep 1000'
	foreground
	eventually says_in background.out ready
	kill -KILL "$run"
	wait "$run" || true
	same running "$(status "$c")"
	socle kill "$c" KILL
	becomes "$c" stopped
	socle delete "$c"
}

@test "crash: a created container whose creator is gone can be started" {
	program 'echo good'
	create "$c"
	socle start "$c"
	becomes "$c" stopped
	same good "$(cat "$c.out")"
	socle delete "$c"
}

@test "crash: init that is killed during create" {
	command -v strace >/dev/null || skip "no strace"
	program true
	# every process but socle itself is killed when it first mounts something
	run --separate-stderr -1 strace -f -qq -o /dev/null -e trace=fsopen -e inject=fsopen:signal=KILL:when=1 \
		"$SOCLE" --root "$root" create -b "$bundle" "$c"
	says "killed by signal 9" "init ended before"
}

@test "crash: a program that is killed while it waits for start" {
	program true
	create "$c"
	kill -KILL "$(pid "$c")"
	becomes "$c" stopped
	refused socle start "$c"
	says "container is not running"
	socle delete "$c"
}

@test "crash: a state file or a journal that was cut short" {
	program 'exec sleep 1000'
	detach "$c"
	cp -r "$root/$c" saved
	printf 'cgroup 30:/sys/fs/cg' >>"$root/$c/journal"
	socle kill "$c" KILL
	becomes "$c" stopped
	head -c 20 saved/state.json >"$root/$c/state.json.next"
	socle delete "$c"
}

@test "crash: a directory with nothing in it" {
	mkdir -p "$root/$c"
	chmod 700 "$root"
	same stopped "$(status "$c")"
	socle delete "$c"
}

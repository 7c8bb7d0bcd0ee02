# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What a container uses, and that it ran out of memory.

load helpers

setup_file() { make_base; }
setup() { begin; program 'exec sleep 1000'; }
teardown() { finish; }

# cgroup_of PID CONTROLLER: its directory of version 1
cgroup_of() {
	echo "/sys/fs/cgroup/$2$(sed -n "s/^[0-9]*:$2://p" "/proc/$1/cgroup")"
}

data() { socle events --stats "$c" | jq -r ".data$1"; }

@test "events: the figures once, in runc's words" {
	detach "$c"
	run -0 socle events --stats "$c"
	same 1 "${#lines[@]}"
	same "stats $c" "$(jq -r '"\(.type) \(.id)"' <<<"$output")"
	same 'cpu cpuset memory pids blkio hugetlb intel_rdt network_interfaces' "$(jq -r '.data | keys_unsorted | join(" ")' <<<"$output")"
	jq -e '.data.cpu.usage.total > 0' <<<"$output"
	gone "$c"
}

@test "events: every key is one of runc's, and it has them all" {
	command -v runc >/dev/null || skip "no runc to compare with"
	# of what depends on the machine, or is newer than Debian's runc, nothing
	keys() { jq -r 'paths | map(tostring) | join(".")' | grep -vE '^data\.(hugetlb|blkio|memory\.raw|[a-z]+\.psi)(\.|$)' | sort; }
	detach "$c"
	runc --root "$BATS_TEST_TMPDIR/runc" run -d -b "$bundle" "r$c" </dev/null >/dev/null 2>&1 3>&- ||
		skip "runc does not run containers here"
	run -0 diff <(socle events --stats "$c" | keys) <(runc --root "$BATS_TEST_TMPDIR/runc" events --stats "r$c" | keys)
	runc --root "$BATS_TEST_TMPDIR/runc" delete --force "r$c"
	gone "$c"
}

@test "events: the figures are the kernel's" {
	[ -d /sys/fs/cgroup/memory ] && [ -d /sys/fs/cgroup/pids ] || skip "no memory and pids of version 1 on this host"
	program 'sleep 1000 & sleep 1000 & wait'
	detach "$c"
	local memory pids
	memory=$(cgroup_of "$(pid "$c")" memory) pids=$(cgroup_of "$(pid "$c")" pids)
	echo 30000000 >"$memory/memory.limit_in_bytes"
	echo 17 >"$pids/pids.max"
	same "$(cat "$memory/memory.limit_in_bytes")" "$(data .memory.usage.limit)"
	same 17 "$(data .pids.limit)"
	three() { [ "$(data .pids.current)" = 3 ]; }
	eventually three
	socle pause "$c"
	same 3 "$(data .pids.current)"
	gone "$c"
}

@test "events: again and again until the container ends" {
	detach "$c"
	background "$SOCLE" --root "$root" events --interval 20ms "$c"
	local events=$!
	three() { [ "$(grep -c '"stats"' background.out)" -ge 3 ]; }
	eventually three
	socle kill "$c" KILL
	ends_with 0 "$events"
	jq -e . <background.out >/dev/null
	socle delete "$c"
}

@test "events: a container that runs out of memory" {
	[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || [ -e /sys/fs/cgroup/memory.stat ] ||
		grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null || skip "no memory controller"
	# The program waits until somebody listens.
	config '.root.readonly = false'
	program 'until [ -e /go ]; do usleep 1000; done; dd if=/dev/zero of=/dev/null bs=100M count=1; exec sleep 1000'
	detach "$c"
	local memory
	memory=$(cgroup_of "$(pid "$c")" memory)
	if [ -e "$memory/memory.limit_in_bytes" ]; then
		echo 20000000 >"$memory/memory.limit_in_bytes"
	else
		echo 20000000 >"/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid "$c")/cgroup")/memory.max"
	fi
	background "$SOCLE" --root "$root" events --interval 10ms "$c"
	local events=$!
	eventually says_in background.out '"stats"'
	touch "$bundle/rootfs/go"
	eventually says_in background.out "{\"type\":\"oom\",\"id\":\"$c\"}"
	gone "$c"
	ends_with 0 "$events"
}

@test "events: of what has ended, of what is not there, at no interval" {
	refused socle events "$c"
	says "container does not exist"
	program true
	detach "$c"
	becomes "$c" stopped
	refused socle events --stats "$c"
	says "container is not running"
	socle delete "$c"
	local span
	for span in 0 0s -1s 5 5x s '' 1e400s; do
		refused socle events --interval="$span" "$c"
		says "span of time"
	done
}

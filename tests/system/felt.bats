# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Limits that the container feels, by whichever hierarchy has the controller, and whoever makes the cgroup.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# controller NAME: skip the test where no hierarchy has it
controller() {
	grep -qsw "$1" /sys/fs/cgroup/cgroup.controllers || [ -e "/sys/fs/cgroup/$1/cgroup.procs" ] ||
		skip "no $1 controller"
}

# its CONTROLLER V1-FILE V2-FILE: the path of the file in the container's cgroup
its() {
	local own
	own=$(sed -nE "s/^[0-9]+:([^:]*,)?$1(,[^:]*)?:(.*)/\3/p" "/proc/$(pid "$c")/cgroup")
	if [ -n "$own" ]; then
		echo "/sys/fs/cgroup/$1$own/$2"
	else
		echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid "$c")/cgroup")/$3"
	fi
}

# limits JSON
limits() { config '.linux.resources += $l' --argjson l "$1"; }

by_systemd() {
	[ -d /run/systemd/system ] || skip "systemd is not process 1"
	manager=--systemd-cgroup
}

# managed COMMAND…: by systemd, after by_systemd
managed() { "$SOCLE" --root "$root" $manager "$@"; }

hog_is_killed() {
	controller memory
	limits '{"memory": {"limit": 20000000}}'
	program 'head -c 100000000 /dev/zero | tail -n 1 >/dev/null; echo "tail: $?"; exec sleep 1000'
	managed run -d -b "$bundle" "$c" </dev/null >said 2>&1
	eventually says_in said "tail: 137"
	run -0 grep -E '^oom_kill [1-9]' "$(its memory memory.oom_control memory.events)"
	managed delete --force "$c"
}

forks_are_refused() {
	controller pids
	limits '{"pids": {"limit": 6}}'
	program '(for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done); exec sleep 1000'
	managed run -d -b "$bundle" "$c" </dev/null >said 2>&1
	eventually says_in said "can't fork: Resource temporarily unavailable"
	same 6 "$(cat "$(its pids pids.max pids.max)")"
	managed delete --force "$c"
}

loop_is_slowed() {
	controller cpu
	limits '{"cpu": {"quota": 5000, "period": 100000}}'
	program 'while :; do :; done'
	managed run -d -b "$bundle" "$c" </dev/null >said 2>&1
	slowed() { awk '$1 == "nr_throttled" && $2 > 2 { found = 1 } END { exit !found }' "$(its cpu cpu.stat cpu.stat)"; }
	eventually slowed
	managed delete --force "$c"
}

@test "felt: more memory than is allowed is death, of the process and not of the container" { hog_is_killed; }
@test "felt: the same in a scope of systemd's" { by_systemd; hog_is_killed; }
@test "felt: a process more than is allowed cannot be" { forks_are_refused; }
@test "felt: no more than that in a scope of systemd's" { by_systemd; forks_are_refused; }
@test "felt: a loop gets the time that it is allowed" { loop_is_slowed; }
@test "felt: and in a scope of systemd's" { by_systemd; loop_is_slowed; }

@test "felt: a container that dies of its memory ends with 137" {
	controller memory
	limits '{"memory": {"limit": 20000000}}'
	program 'exec tail -n 1 /dev/zero'
	run -137 inside
}

@test "felt: a scope's limits are those of its unit: they outlive a reload of systemd" {
	by_systemd
	controller pids
	limits '{"pids": {"limit": 33}, "memory": {"limit": 50000000}, "cpu": {"shares": 512}}'
	program 'exec sleep 1000'
	managed create -b "$bundle" "$c" </dev/null >said 2>&1
	weight=$(cat "$(its cpu cpu.shares cpu.weight)")
	systemctl daemon-reload
	same 33 "$(cat "$(its pids pids.max pids.max)")"
	same "$((50000000 / 4096 * 4096))" "$(cat "$(its memory memory.limit_in_bytes memory.max)")"
	same "$weight" "$(cat "$(its cpu cpu.shares cpu.weight)")"
	managed start "$c"
	unit=$(basename "$(dirname "$(its pids x x)")")
	same loaded "$(systemctl show -P LoadState "$unit")"
	managed delete --force "$c"
	same not-found "$(systemctl show -P LoadState "$unit")"
}

@test "felt: processors and nodes" {
	controller cpuset
	limits '{"cpu": {"cpus": "0", "mems": "0"}}'
	program 'grep -E "^(Cpus|Mems)_allowed_list" /proc/self/status'
	run -0 inside
	same $'Cpus_allowed_list:\t0\nMems_allowed_list:\t0'
}

@test "felt: a processor that the machine lacks" {
	controller cpuset
	limits '{"cpu": {"cpus": "4000"}}'
	program true
	refused inside
	says /linux/resources/cpu/cpus 4000
}

@test "felt: every controller there is, at once" {
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "not only cgroup version 2 here"
	controller memory
	disk=$(cat /sys/block/nvme*/dev /sys/block/[sv]da/dev 2>/dev/null | head -n 1)
	limits '{"memory": {"limit": 50000000, "reservation": 30000000, "swap": 50000000}, "pids": {"limit": 77},
		"cpu": {"shares": 2048, "quota": 50000, "period": 100000, "burst": 10000, "cpus": "0", "mems": "0"},
		"unified": {"memory.high": "45000000", "memory.oom.group": "1"}}'
	[ -z "$disk" ] || config '.linux.resources.blockIO.throttleReadBpsDevice = [{major: $a, minor: $b, rate: 1048576}]' \
		--argjson a "${disk%:*}" --argjson b "${disk#*:}"
	program 'exec sleep 1000'
	create "$c"
	at=$(dirname "$(its none x x)")
	run -0 sh -c 'cd "$1" && grep -H . memory.max memory.low memory.swap.max pids.max cpu.max cpu.max.burst \
		cpuset.cpus cpuset.mems memory.high memory.oom.group io.max' - "$at"
	echo "$output"
	for line in memory.max:49999872 memory.low:29999104 memory.swap.max:0 pids.max:77 "cpu.max:50000 100000" \
		cpu.max.burst:10000 cpuset.cpus:0 cpuset.mems:0 memory.high:44998656 memory.oom.group:1; do
		[[ $'\n'$output$'\n' == *$'\n'"$line"$'\n'* ]] || { echo "not there: $line"; false; }
	done
	[ -z "$disk" ] || [[ $output == *"io.max:$disk rbps=1048576"* ]]
	gone "$c"
}

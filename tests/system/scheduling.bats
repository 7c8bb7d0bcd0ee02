# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# How the kernel treats the process: scheduler, I/O priority, memory policy, execution domain.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# Fields 19 and 41 of a process's stat: nice, and the number of its policy.
policy() {
	program 'cut -d" " -f19,41 /proc/self/stat'
	run -0 inside
}

@test "scheduler: batch with a nice value, and idle" {
	config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 5}'
	policy
	same "5 3"
	config '.process.scheduler = {"policy": "SCHED_IDLE"}'
	policy
	same "0 5"
}

@test "scheduler: round robin with a priority, which goes back on fork" {
	chrt -r 1 true || skip "no real-time scheduling here"
	[ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "a new cgroup has no real-time budget on this host"
	config '.process.scheduler = {"policy": "SCHED_RR", "priority": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}'
	program 'cut -d" " -f40,41 /proc/$$/stat; cut -d" " -f40,41 /proc/self/stat; true'
	run -0 inside
	same $'3 2\n0 0'
}

@test "scheduler: what the kernel refuses names the field and the call" {
	config '.process.scheduler = {"policy": "SCHED_DEADLINE", "runtime": 10, "deadline": 5, "period": 1}'
	refused inside
	says /process/scheduler
	config '.process.scheduler = {"policy": "SCHED_NONE"}'
	refused inside
	says /process/scheduler/policy
}

@test "ioPriority: class and priority" {
	config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
	program 'busybox ionice'
	run -0 inside
	same "best-effort: prio 6"
	config '.process.ioPriority = {"class": "IOPRIO_CLASS_IDLE", "priority": 0}'
	run -0 inside
	[[ $output == idle* ]]
}

@test "personality: a 32-bit machine" {
	[ "$(uname -m)" = x86_64 ] || skip "knows the names of x86 only"
	config '.linux.personality = {"domain": "LINUX32"}'
	program 'uname -m'
	run -0 inside
	same i686
}

@test "memoryPolicy: bound to a node" {
	[ -e /proc/self/numa_maps ] || skip "a kernel without memory policies"
	config '.linux.memoryPolicy = {"mode": "MPOL_BIND", "nodes": "0"}'
	program 'head -1 /proc/self/numa_maps | cut -d" " -f2'
	run -0 inside
	same bind:0
}

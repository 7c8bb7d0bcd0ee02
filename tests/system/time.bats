# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Time namespaces: clocks with offsets, and joined ones.

load helpers

setup_file() { make_base; }
setup() {
	begin
	[ -e /proc/self/ns/time ] || skip "a kernel without time namespaces"
	config '.linux.namespaces += [{"type": "time"}]'
}
teardown() { finish; }

# uptime COMMAND…: the seconds that it prints are those of a host that has been up for a hundred days more
shifted() { [ "$1" -ge $((host + 8640000)) ] && [ "$1" -lt $((host + 8640000 + 300)) ]; }

@test "time: offsets of both clocks, from the program's beginning" {
	config '.linux.timeOffsets = {"monotonic": {"secs": 8640000, "nanosecs": 5}, "boottime": {"secs": 8640000}}'
	program 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets; readlink /proc/self/ns/time'
	host=$(cut -d. -f1 /proc/uptime)
	run -0 inside
	shifted "${lines[0]}"
	[[ ${lines[1]} =~ ^monotonic\ +8640000\ +5$ ]]
	[[ ${lines[2]} =~ ^boottime\ +8640000\ +0$ ]]
	[ "${lines[3]}" != "$(readlink /proc/self/ns/time)" ]
}

@test "time: a namespace without offsets has the host's clocks" {
	program 'cut -d. -f1 /proc/uptime; readlink /proc/self/ns/time'
	host=$(cut -d. -f1 /proc/uptime)
	run -0 inside
	[ "${lines[0]}" -ge "$host" ] && [ "${lines[0]}" -lt $((host + 300)) ]
	[ "${lines[1]}" != "$(readlink /proc/self/ns/time)" ]
}

@test "time: exec and a joining container have the clocks of the namespace" {
	config '.linux.timeOffsets.boottime.secs = 8640000'
	program 'exec sleep 1000'
	detach "$c"
	host=$(cut -d. -f1 /proc/uptime)
	run -0 socle exec "$c" cut -d. -f1 /proc/uptime
	shifted "$output"
	unconfigured
	config '.linux.namespaces += [{"type": "time", "path": $path}]' --arg path "/proc/$(pid "$c")/ns/time"
	program 'cut -d. -f1 /proc/uptime; readlink /proc/self/ns/time'
	run -0 "$SOCLE" --root "$root" run -b "$bundle" "$c-b" </dev/null
	shifted "${lines[0]}"
	same "$(readlink "/proc/$(pid "$c")/ns/time")" "${lines[1]}"
	gone "$c"
}

@test "time: in a new user namespace, and beside a joined pid namespace" {
	config '.linux.timeOffsets.boottime.secs = 8640000 | .linux.namespaces += [{"type": "user"}]
		| .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
	program 'cut -d. -f1 /proc/uptime; exec sleep 1000'
	host=$(cut -d. -f1 /proc/uptime)
	detach "$c"
	eventually test -s "$c.out"
	shifted "$(head -1 "$c.out")"
	unconfigured
	config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets.boottime.secs = 8640000'
	join pid "/proc/$(pid "$c")/ns/pid"
	program 'cut -d. -f1 /proc/uptime'
	run -0 "$SOCLE" --root "$root" run -b "$bundle" "$c-b" </dev/null
	shifted "$output"
	gone "$c"
}

@test "time: a clock that would run below zero is refused, and the reason told" {
	config '.linux.timeOffsets.boottime.secs = -8640000000'
	refused inside
	says "time offset boottime" "below zero" "Numerical result out of range" /linux/timeOffsets/boottime
	config '.linux.timeOffsets = {"monotonic": {"nanosecs": 1000000000}}'
	refused inside
	says /linux/timeOffsets/monotonic/nanosecs
	without time
	config '.linux.timeOffsets = {"monotonic": {"secs": 1}}'
	refused inside
	says "needs a time namespace"
}

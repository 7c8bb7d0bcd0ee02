# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# systemd makes the cgroups.

load helpers
load systemd

setup_file() { systemd_file; }
setup() {
	! is_booted || begin
	unit=socle-$c.scope
}
teardown() { ! is_booted || finish; }

# by_systemd COMMAND…: with the driver
by_systemd() { "$SOCLE" --root "$root" --systemd-cgroup "$@"; }

# made ID: created by it, and running nothing yet
made() { by_systemd create -b "$bundle" "$1" </dev/null >"$1.out" 2>&1 || { cat "$1.out"; return 1; }; }

# shown UNIT PROPERTY: its value
shown() { systemctl show "$1" -p "$2" --value; }

# cgroup_in ID: the container's, in the hierarchy that systemd has
cgroup_in() { awk -F: '$2 == "name=systemd" { v1 = $3 } $2 == "" { v2 = $3 } END { print (v2 == "/" && v1 ? v1 : v2) }' "/proc/$(pid "$1")/cgroup"; }

is_state() { [ "$(shown "$1" ActiveState)" = "$2" ]; }

# no_unit UNIT: systemd knows nothing of it
no_unit() { same not-found "$(shown "$1" LoadState)"; }

scope() {
	program 'sleep 1000'
	made "$c"
	same "/system.slice/$unit" "$(cgroup_in "$c")"
	same active "$(shown "$unit" ActiveState)"
	same "socle container $c" "$(shown "$unit" Description)"
	same system.slice "$(shown "$unit" Slice)"
	same yes "$(shown "$unit" Delegate)"
	same no "$(shown "$unit" DefaultDependencies)"
	same strict "$(shown "$unit" DevicePolicy)"
	same yes "$(shown "$unit" TasksAccounting)"
	socle start "$c"
	run -0 socle exec "$c" cat /proc/self/cgroup
	[[ $output == *:/* ]]
	refused socle delete "$c"
	socle delete --force "$c"
	no_unit "$unit"
}
@test "systemd: a container is a scope, and gone with it" { there any scope; }
@test "systemd: … with version 1 of the cgroups" { there v1 scope; }

named() {
	config '.linux.cgroupsPath = "socle-test.slice:pre:name"'
	program 'sleep 1000'
	made "$c"
	same "/socle.slice/socle-test.slice/pre-name.scope" "$(cgroup_in "$c")"
	same socle-test.slice "$(shown pre-name.scope Slice)"
	config '.linux.cgroupsPath = ":other:name"'
	made "$c-2"
	same "/system.slice/other-name.scope" "$(cgroup_in "$c-2")"
	gone "$c" "$c-2"
	no_unit pre-name.scope
	no_unit other-name.scope
	systemctl stop socle.slice
}
@test "systemd: slice, prefix and name come from cgroupsPath" { there any named; }

a_slice() {
	config '.linux.cgroupsPath = "system.slice:x:socletest.slice"'
	program 'sleep 1000'
	made "$c"
	same "/socletest.slice" "$(cgroup_in "$c")"
	gone "$c"
	is_state socletest.slice inactive
}
@test "systemd: a name that ends in .slice is the unit" { there any a_slice; }

ends_by_itself() {
	program 'exit 3'
	run -3 by_systemd run -b "$bundle" "$c"
	no_unit "$unit"
	program 'true'
	by_systemd run -d -b "$bundle" "$c" >/dev/null 2>&1 </dev/null
	becomes "$c" stopped
	socle delete "$c"
	no_unit "$unit"
}
@test "systemd: a container that ended leaves no unit" { there any ends_by_itself; }

properties() {
	config '.annotations = {
		"org.systemd.property.CollectMode": "'\''inactive-or-failed'\''",
		"org.systemd.property.TimeoutStopSec": "7",
		"org.systemd.property.RuntimeMaxSec": "5000.5",
		"org.systemd.property.After": "['\''a.service'\'', '\''b.service'\'']",
		"org.systemd.property.Description": "'\''it\\'\''s mine'\''"}'
	program 'sleep 1000'
	made "$c"
	same inactive-or-failed "$(shown "$unit" CollectMode)"
	same 7s "$(shown "$unit" TimeoutStopUSec)"
	same "1h 23min 20.500000s" "$(shown "$unit" RuntimeMaxUSec)"
	[[ $(shown "$unit" After) == *a.service* ]]
	same "it's mine" "$(shown "$unit" Description)"
	gone "$c"
	no_unit "$unit"
}
@test "systemd: annotations are properties" { there any properties; }

forbidden() {
	local name
	for name in ExecStart FailureAction SuccessAction JobTimeoutAction IPIngressFilterPath BPFProgram DeviceAllow \
		DevicePolicy OnFailure User; do
		config '.annotations = {("org.systemd.property." + $name): "['\''/bin/touch'\'']"}' --arg name "$name"
		refused by_systemd create -b "$bundle" "$c"
		says "\"$name\" is not among the properties of a unit that a container may set"
	done
	config '.annotations = {"org.systemd.property.TimeoutStopSec": "'\''soon'\''"}'
	refused by_systemd create -b "$bundle" "$c"
	says "a number of seconds is wanted"
	no_unit "$unit"
}
@test "SEC-44 annotations set no property that could harm the host" { there any forbidden; }

refused_by_systemd() {
	config '.annotations = {"org.systemd.property.CollectMode": "'\''never'\''"}'
	refused by_systemd create -b "$bundle" "$c"
	says "systemd unit $unit: " StartTransientUnit CollectMode
	no_unit "$unit"
	[ ! -e "$root/$c" ]
}
@test "systemd: what systemd refuses is told in its words, and nothing is left" { there any refused_by_systemd; }

subgroup() {
	config '.annotations = {"run.oci.systemd.subgroup": "container"}'
	program 'sleep 1000'
	made "$c"
	same "/system.slice/$unit/container" "$(cgroup_in "$c")"
	socle start "$c"
	run -0 socle exec "$c" true
	run -0 socle ps -f json "$c"
	same "[$(pid "$c")]" "$(jq -c . <<<"$output")"
	gone "$c"
	no_unit "$unit"
	config '.annotations = {"run.oci.systemd.subgroup": ""}'
	made "$c"
	same "/system.slice/$unit" "$(cgroup_in "$c")"
	gone "$c"
}
@test "systemd: run.oci.systemd.subgroup is a cgroup below the scope" { there any subgroup; }
@test "systemd: … with version 1" { there v1 subgroup; }

# Init has a scope made around it before there is anything below it to be moved to.
delegated() {
	config '.annotations = {"run.oci.systemd.subgroup": "container", "run.oci.delegate-cgroup": "payload"}
		| .linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings | .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	program 'sleep 1000'
	made "$c"
	same "/system.slice/$unit/container/payload" "$(cgroup_in "$c")"
	socle start "$c"
	run -0 socle exec "$c" stat -c "%n %u" /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/payload/cgroup.procs
	same "/sys/fs/cgroup/cgroup.procs 65534
/sys/fs/cgroup/payload/cgroup.procs 0"
	gone "$c"
	no_unit "$unit"
}
@test "systemd: run.oci.delegate-cgroup is one below, and the container's" { there v2 delegated; }

devices() {
	config '.linux.resources.devices = [{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}]'
	program 'sleep 1000'
	made "$c"
	socle start "$c"
	[[ $(shown "$unit" DeviceAllow) == *"/dev/char/10:229 rw"* ]]
	systemctl daemon-reload
	run -0 socle exec "$c" sh -c 'mknod /tmp/kmsg c 1 11; mknod /tmp/fuse c 10 229; echo x >/dev/null
		! (: </tmp/kmsg) 2>/dev/null && (: <>/tmp/fuse) && echo as ever'
	same "as ever"
	gone "$c"
}
reload() {
	config '.root.readonly = false | .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	devices
}
@test "systemd: device rules are properties, so that a daemon-reload is harmless" { there any reload; }
@test "systemd: … also with version 1" { there v1 reload; }

limits() {
	config '.linux.resources += {"pids": {"limit": 1}, "cpu": {"shares": 512, "quota": 50000, "period": 100000},
		"memory": {"limit": 67108864}}'
	program 'sleep 1000'
	made "$c"
	socle start "$c"
	same 1 "$(shown "$unit" TasksMax)"
	same 500ms "$(shown "$unit" CPUQuotaPerSecUSec)"
	same 100ms "$(shown "$unit" CPUQuotaPeriodUSec)"
	systemctl daemon-reload
	if [ "$(cgroup_layout)" = v2 ]; then
		same 67108864 "$(shown "$unit" MemoryMax)"
		same 67108864 "$(cat "/sys/fs/cgroup/system.slice/$unit/memory.max")"
		same 1 "$(cat "/sys/fs/cgroup/system.slice/$unit/pids.max")"
		same "50000 100000" "$(cat "/sys/fs/cgroup/system.slice/$unit/cpu.max")"
	else
		same 67108864 "$(shown "$unit" MemoryLimit)"
		same 67108864 "$(cat "/sys/fs/cgroup/memory/system.slice/$unit/memory.limit_in_bytes")"
		same 1 "$(cat "/sys/fs/cgroup/pids/system.slice/$unit/pids.max")"
		same 512 "$(cat "/sys/fs/cgroup/cpu/system.slice/$unit/cpu.shares")"
	fi
	gone "$c"
}
v2_limits() {
	grep -q memory /sys/fs/cgroup/cgroup.controllers || skip "version 2 has no controllers here"
	limits
}
@test "systemd: limits are files and properties, and a daemon-reload leaves them" { there v1 limits; }
@test "systemd: … with version 2" { there v2 v2_limits; }

updated() {
	config '.linux.resources += {"pids": {"limit": 30}, "memory": {"limit": 67108864}}'
	program 'sleep 1000'
	made "$c"
	socle update --pids-limit 7 --memory 32m "$c"
	same 7 "$(shown "$unit" TasksMax)"
	same 33554432 "$(shown "$unit" MemoryLimit)"
	systemctl daemon-reload
	same 7 "$(cat "/sys/fs/cgroup/pids/system.slice/$unit/pids.max")"
	same 33554432 "$(cat "/sys/fs/cgroup/memory/system.slice/$unit/memory.limit_in_bytes")"
	echo '{"devices": [{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]}' >r
	socle update -r r "$c"
	[[ $(shown "$unit" DeviceAllow) == *"/dev/char/1:11 r"* ]]
	systemctl daemon-reload
	grep -x "c 1:11 r" "/sys/fs/cgroup/devices/system.slice/$unit/devices.list"
	gone "$c"
}
@test "systemd: update changes files and properties" { there v1 updated; }

there_already() {
	systemd-run --quiet --scope --unit="$unit" sleep 1000 >/dev/null 2>&1 &
	ENDS+=($!)
	eventually test -d "/sys/fs/cgroup/system.slice/$unit" -o -d "/sys/fs/cgroup/systemd/system.slice/$unit"
	refused by_systemd create -b "$bundle" "$c"
	same active "$(shown "$unit" ActiveState)"
	[ ! -e "$root/$c" ]
	systemctl stop "$unit"
}
@test "systemd: a unit that is there already is nobody's container, and stays" { there any there_already; }

# A container whose unit ended, and whose name was taken by another one since.
somebody_elses() {
	program 'sleep 1000'
	made "$c"
	kill -KILL "$(pid "$c")"
	becomes "$c" stopped
	eventually no_unit "$unit"
	systemd-run --quiet --scope --unit="$unit" sleep 1000 >/dev/null 2>&1 &
	ENDS+=($!)
	eventually is_state "$unit" active
	socle delete "$c"
	same active "$(shown "$unit" ActiveState)"
	systemctl stop "$unit"
}
@test "systemd: a unit that has the name since is left alone by delete" { there any somebody_elses; }

failed_before() {
	systemd-run --quiet --scope --unit="$unit" -p RuntimeMaxSec=1ms sleep 1000 >/dev/null 2>&1 || true
	eventually is_state "$unit" failed
	program 'sleep 1000'
	made "$c"
	same active "$(shown "$unit" ActiveState)"
	gone "$c"
}
@test "systemd: a unit that failed before is forgotten" { there any failed_before; }

# killed CALL N: create is killed at its Nth call of that name
killed() {
	strace -qq -o /dev/null -e trace="$1" -e inject="$1":signal=KILL:when="$2" \
		"$SOCLE" --root "$root" --systemd-cgroup create -b "$bundle" "$c" </dev/null >killed.out 2>&1 3>&-
}
crashes() {
	local n
	program 'sleep 1000'
	for n in 1 2 3 4 5 6 7; do
		! killed sendmsg "$n" || { echo "there is no call $n"; return 1; }
		socle delete --force "$c"
		eventually no_unit "$unit"
	done
	for n in 3 7 11 15 19 23; do
		killed recvmsg "$n" || true
		socle delete --force "$c"
		eventually no_unit "$unit"
	done
}
@test "systemd: SIGKILL while systemd is at work leaves nothing that delete does not remove" { there any crashes; }

unreachable() {
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$PWD/nothing refused by_systemd create -b "$bundle" "$c"
	says "systemd cannot be reached" "$PWD/nothing" "No such file or directory"
	DBUS_SYSTEM_BUS_ADDRESS=nonsense refused by_systemd create -b "$bundle" "$c"
	says "systemd cannot be reached"
	[ ! -e "$root/$c" ]
}
@test "systemd: a bus that is not there" { there any unreachable; }

wrong_paths() {
	local path
	config '.linux.cgroupsPath = "/absolute"'
	refused by_systemd create -b "$bundle" "$c"
	says 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "/absolute" instead'
	for path in a.slice:b a:b:c a--b.slice:b:c; do
		config '.linux.cgroupsPath = $path' --arg path "$path"
		refused by_systemd create -b "$bundle" "$c"
		says cgroupsPath
	done
	config '.linux.cgroupsPath = "a.slice:b:c/d"'
	refused by_systemd create -b "$bundle" "$c"
	says '"b-c/d.scope" cannot be the name of a unit'
	[ ! -e "$root/$c" ]
}
@test "systemd: what is no slice, and no name of a unit" { there any wrong_paths; }

# The user's own systemd.  The caller stands in a cgroup that is not his, as in a session.
as_user() { setpriv --reuid 1234 --regid 1234 --clear-groups env XDG_RUNTIME_DIR=/run/user/1234 HOME=/ "$@"; }
of_a_user() {
	[ -n "$GUEST" ] || skip "no user is made on a machine that is not ours"
	getent passwd 1234 >/dev/null || useradd -u 1234 -d / socle-test
	systemctl start user@1234.service && eventually test -S /run/user/1234/systemd/private ||
		skip "no systemd for a user starts here"
	chown -R 1234 "$bundle"
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR"/..
	rm "$bundle/config.json"
	(cd "$bundle" && as_user "$SOCLE" spec --rootless)
	config '.process.terminal = false'
	chown 1234 "$bundle/config.json"
	program 'sleep 1000'
	as_user "$SOCLE" --systemd-cgroup create -b "$bundle" "$c" </dev/null >user.out 2>&1 || { cat user.out; return 1; }
	as_user "$SOCLE" start "$c"
	local init
	init=$(as_user "$SOCLE" state "$c" | jq .pid)
	same "0::/user.slice/user-1234.slice/user@1234.service/user.slice/$unit" "$(grep ^0 "/proc/$init/cgroup")"
	run -0 as_user "$SOCLE" exec "$c" cat /proc/self/cgroup
	[[ $output == *0::/ ]]
	as_user "$SOCLE" pause "$c"
	as_user "$SOCLE" resume "$c"
	as_user "$SOCLE" delete --force "$c"
	run as_user systemctl --user show "$unit" -p LoadState --value
	same not-found
	systemctl stop user@1234.service user-runtime-dir@1234.service user-1234.slice
}
@test "systemd: a user has his own, and exec gets there from a session" { there v2 of_a_user; }

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Profiles of AppArmor, where it is on.

load helpers

is_on() { grep -qsx Y /sys/module/apparmor/parameters/enabled && command -v apparmor_parser >/dev/null; }

setup_file() {
	is_on || return 0
	make_base
	for name in one two; do
		apparmor_parser --replace --skip-cache <<-END
			profile socle-test-$name flags=(attach_disconnected, mediate_deleted) {
				file, capability, network, mount, umount, signal, ptrace, unix, dbus,
				deny /etc/denied-$name rwklx,
			}
		END
	done
}

teardown_file() {
	local name
	is_on || return 0
	for name in one two; do
		echo "profile socle-test-$name { }" | apparmor_parser --remove
	done
}

setup() {
	is_on || skip "AppArmor is off here, or has no apparmor_parser"
	begin
	echo secret >bundle/rootfs/etc/denied-one
	echo secret >bundle/rootfs/etc/denied-two
	config '.process.apparmorProfile = "socle-test-one"'
}

teardown() { [ -n "$BATS_TEST_SKIPPED" ] || finish; }

tries='cat /proc/self/attr/current; cat /etc/denied-one; cat /etc/denied-two; true'

@test "apparmor: the program is under the profile, with no_new_privs and without, and it is enforced" {
	program "$tries"
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"
		run -0 inside
		same "socle-test-one (enforce)" "${lines[0]}"
		[[ ${lines[1]} == *"denied-one"*"Permission denied"* ]]
		same secret "${lines[2]}"
	done
}

@test "apparmor: a further process is under it, too, or under the one that exec is told" {
	program 'exec sleep 1000'
	detach "$c"
	run -0 socle exec "$c" sh -c "$tries"
	same "socle-test-one (enforce)" "${lines[0]}"
	[[ ${lines[1]} == *"denied-one"*"Permission denied"* ]]
	run -0 socle exec --apparmor socle-test-two "$c" sh -c "$tries"
	same "socle-test-two (enforce)" "${lines[0]}"
	same secret "${lines[1]}"
	[[ ${lines[2]} == *"denied-two"*"Permission denied"* ]]
	gone "$c"
}

@test "apparmor: unconfined is a profile like any other" {
	config '.process.apparmorProfile = "unconfined"'
	program 'cat /proc/self/attr/current'
	run -0 inside
	same unconfined
}

@test "apparmor: a profile that is not loaded is an error that names it, and nothing runs" {
	config '.process.apparmorProfile = "nobody-knows"'
	program 'echo it runs'
	refused inside
	says nobody-knows /process/apparmorProfile
}

@test "apparmor: what is done for the container before its program is not under the profile" {
	printf '#!/bin/sh\ncat /proc/self/attr/current >%s/hooked\n' "$PWD" >hook
	chmod +x hook
	config '.hooks.createContainer = [{path: $hook, env: ["PATH=/bin"]}]' --arg hook "$PWD/hook"
	program 'echo it runs'
	run -0 inside
	same "it runs"
	same unconfined "$(cat hooked)"
}

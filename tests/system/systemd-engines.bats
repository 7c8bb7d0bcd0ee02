# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Engines whose cgroups systemd makes, as they do by default where it runs.

load helpers
load systemd

setup_file() { systemd_file; }
setup() { ! is_booted || begin; }
teardown() { ! is_booted || finish; }

# podman COMMAND…: with what it keeps in the test's folder
podman() {
	command podman --root "$PWD/storage" --runroot "$PWD/run" --tmpdir "$PWD/tmp" --storage-driver vfs \
		--cgroup-manager systemd --events-backend file --runtime "$SOCLE" "$@"
}

# cgroup_of PID: in the hierarchy that systemd has
cgroup_of() { awk -F: '$2 == "name=systemd" { v1 = $3 } $2 == "" { v2 = $3 } END { print (v2 == "/" && v1 ? v1 : v2) }' "/proc/$1/cgroup"; }

by_podman() {
	local scope
	command -v podman conmon >/dev/null || skip "podman and conmon are not installed"
	[ "$(cgroup_layout)" = v1 ] || grep -qw pids /sys/fs/cgroup/cgroup.controllers || skip "no limits here: version 2 has no controllers"
	tar -C "$base/rootfs" -c . | podman import -q - image
	same hello "$(podman run --rm --network none image echo hello)"
	podman run -d --name box --network none image sleep 1000
	scope=libpod-$(podman inspect --format '{{.Id}}' box).scope
	same "/machine.slice/$scope" "$(cgroup_of "$(podman inspect --format '{{.State.Pid}}' box)")"
	same active "$(systemctl show "$scope" -p ActiveState --value)"
	same in "$(podman exec box echo in)"
	podman pause box
	podman unpause box
	podman stop -t 0 box
	podman rm box
	same not-found "$(systemctl show "$scope" -p LoadState --value)"
	run -127 podman run --rm --network none image nothing
	systemctl stop machine.slice
	rm -rf /run/socle/.seccomp # kept on purpose
}
@test "systemd: Podman, with systemd as its cgroup manager" { there any by_podman; }
@test "systemd: … with version 1" { there v1 by_podman; }

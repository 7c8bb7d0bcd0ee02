# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# SEC-37 to SEC-44: terminals, standard streams, cgroups, devices, sysctls.

load security

setup_file() { secure_file; }
setup() { secure; }
teardown() { secured; }

up=../../../../../../../../../..

in_terminal() { script -qec "$SOCLE --root $root run -b $bundle $c" typescript </dev/null >/dev/null; }

# The auditor's line of the typescript
heard() { output=$(grep -ao '{"fds".*}' typescript); [ -n "$output" ] || { cat -A typescript; return 1; }; }

@test "SEC-37 /dev/console is the terminal that was made, of the container's own devpts" {
	config '.process.terminal = true | .process.args = ["/bin/auditor"]'
	mkdir -p pts
	mkfifo pts/0
	ln -s /proc/sysrq-trigger pts/1
	ln -s /proc/self/sched pts/2
	echo no >pts/ptmx
	for volume in "" pts; do
		[ -z "$volume" ] || config '.mounts |= [.[] | if .destination == "/dev/pts" then
			{destination: "/dev/pts", type: "bind", source: $v, options: ["rbind"]}, . else . end]' --arg v "$PWD/pts"
		in_terminal
		heard
		for fd in 0 1 2; do
			[[ $(found ".fds[$fd].rdev") == '"136:'* ]]
		done
		same 1 "$(found '.fds | map(.dev) | unique | length')"
		same 1 "$(found '[.mountinfo[] | select(contains(" /dev/console ")) | select(contains(" - devpts "))] | length')"
		same '"devpts"' "$(found '[.mountinfo[] | select(contains(" /dev/console "))][0] | split(" - ")[1] | split(" ")[0]')"
	done
	same no "$(cat pts/ptmx)"
}

@test "SEC-37 /dev/pts of a volume is swapped all the time" {
	mkdir -p volume/pts volume/pts.evil
	ln -s "$canary/ptmx" volume/pts.evil/ptmx
	ln -s "$canary/console" volume/console
	config '.process.terminal = true | .process.args = ["/bin/auditor"] | .mounts |= [.[] | if .destination == "/dev" then
			{destination: "/dev", type: "bind", source: $v, options: ["rbind"]} else . end]' --arg v "$PWD/volume"
	"$HARNESS/swapper" "$PWD/volume" pts pts.evil >swapper.out 2>&1 3>&- &
	ENDS+=($!)
	eventually says_in swapper.out swapping
	for ((n = 0; n < 20; n++)); do
		in_terminal || true
		canary_unchanged
	done
}

@test "SEC-37 a terminal without a devpts of the container's own is refused" {
	config '.process.terminal = true'
	without_mount /dev/pts
	refused inside
	says /process/terminal
	bound /dev/pts /dev/pts
	refused inside
	says /process/terminal
}

@test "SEC-39 a stream that is not the null device stays what it is, and whose it is" {
	writable
	touch victim
	chown 12:34 victim
	config '.process.user = {uid: 1000, gid: 1000} | .process.args = ["/bin/auditor"]'
	without_mount /dev /dev/pts /dev/shm /dev/mqueue
	bound "$PWD/victim" /dev/null
	: >out
	chown 56:78 out
	echo in >in
	settled inside
	for how in file pipe closed; do
		status=0
		case $how in
		file)   "$SOCLE" --root "$root" run -b "$bundle" "$c" <in >out 2>err || status=$? ;;
		pipe)   "$SOCLE" --root "$root" run -b "$bundle" "$c" <in 2>err | cat >copy ;;
		closed) "$SOCLE" --root "$root" run -b "$bundle" "$c" 0<&- >out 2>err || status=$? ;;
		esac
		[ "$status" -le 1 ]
		same "12:34 0" "$(stat -c '%u:%g %s' victim)"
		same 56:78 "$(stat -c %u:%g out)"
	done
	for what in 'link "$canary/file" dev/null' 'mkfifo "$rootfs/dev/null"' 'echo x >"$rootfs/dev/null"' 'mknod "$rootfs/dev/null" c 1 5'; do
		unconfigured
		without_mount /dev /dev/pts /dev/shm /dev/mqueue
		rm -rf "$rootfs/dev"
		mkdir "$rootfs/dev"
		eval "$what"
		config '.process.args = ["/bin/auditor"]'
		settled inside
		[ "$status" = 0 ] || says /dev/null
	done
}

@test "SEC-40 every cgroup mount of a read-only line is read-only, with and without a namespace" {
	for namespace in own host; do
		unconfigured
		[ $namespace = own ] || without cgroup
		audit
		[ "$(found '[.mountinfo[] | split(" ") | select(.[4] | startswith("/sys/fs/cgroup"))] | length')" -gt 0 ]
		same '[]' "$(found '[.mountinfo[] | split(" ") | select(.[4] | startswith("/sys/fs/cgroup")) | select(.[5] | test("^ro") | not)]')"
		program 'for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/made 2>/dev/null && echo $d; done; true'
		run -0 inside
		same ""
	done
}

@test "SEC-40 /sys bound recursively and read-only to its depth" {
	without_mount /sys /sys/fs/cgroup
	without cgroup
	bound /sys /sys rro
	audit
	same '[]' "$(found '[.mountinfo[] | split(" ") | select(.[4] | startswith("/sys")) | select(.[5] | test("^ro") | not)]')"
}

@test "SEC-41 no device but the usual ones, unless a rule allows it" {
	writable
	program 'try() { mknod /tmp/node $1 $2 $3 2>/dev/null || { echo "no node $1 $2:$3"; return; }
		(: </tmp/node) 2>/dev/null && echo "$1 $2:$3"; rm /tmp/node; }
		try c 1 3; try c 1 1; try c 1 11; try b 7 0; try c 10 237; try c 5 1; try c 4 0; true'
	config '.process.capabilities[] |= . + ["CAP_MKNOD", "CAP_SYS_RAWIO", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]'
	cp bundle/config.json saved.json
	for rules in 'del(.linux.resources)' 'del(.linux.resources.devices)' '.linux.resources.devices = []' \
		'.linux.resources.devices = [{allow: true, type: "c", major: 1, minor: 3, access: "rwm"}]' \
		'.linux.resources.devices = [{allow: true, type: "c", major: 1, minor: 3, access: "rwm"}, {allow: false, access: "rwm"}]' \
		'.linux.resources.devices = [{allow: false, access: "rwm"}]'; do
		cp --remove-destination saved.json bundle/config.json
		config "$rules"
		run -0 inside
		none_of "$output" "c 1:1" "c 1:11" "b 7:0" "c 10:237" "c 5:1" "c 4:0"
		[[ $rules == *'allow: false'* || $output == "c 1:3" ]]
	done
}

@test "SEC-42 a cgroup path does not lead upwards" {
	program 'true'
	for path in .. ../x "../$c-evil" /../x /a/../../x a/.. a/../b; do
		config '.linux.cgroupsPath = $path' --arg path "$path"
		refused inside
		says /linux/cgroupsPath
	done
}

@test "SEC-43 a sysctl's name is a name, and of a namespace of the container's own" {
	hostname=$(cat /proc/sys/kernel/hostname)
	program 'true'
	for key in "kernel.shm_rmid_forced=1" "kernel.shm_rmid_forced+kernel.core_pattern" "net/../kernel/core_pattern" \
		"net..kernel" ".." "." "/" "" "kernel/core_pattern" "kernel.core_pattern" "/kernel/core_pattern" \
		"KERNEL.SHMMAX" $'net.x\nkernel.core_pattern' "net.ipv4.ip_forward " "vm.overcommit_memory" "kernel.sysrq" \
		"fs.suid_dumpable" "net.//.kernel.core_pattern" "kernel.domainname/../core_pattern"; do
		unconfigured
		program 'true'
		config '.linux.sysctl = {($key): "x"}' --arg key "$key"
		refused inside
		says sysctl
	done
	unconfigured
	without network uts ipc
	for key in net.ipv4.ip_default_ttl kernel.hostname kernel.shmmax fs.mqueue.msg_max; do
		config 'del(.hostname) | .linux.sysctl = {($key): "1"}' --arg key "$key"
		refused inside
		says sysctl
	done
	same "$hostname" "$(cat /proc/sys/kernel/hostname)"
}

@test "SEC-44 SEC-61 annotations choose neither commands nor files" {
	config '.annotations = {
		"org.systemd.property.ExecStart": ("[\"/bin/touch\", \"" + $canary + "/made\"]"),
		"org.criu.config": ($canary + "/file"),
		"run.oci.handler": "krun", "run.oci.seccomp.receiver": ($canary + "/socket"),
		"module.wasm.image/variant": "compat", "krun.ram_mib": "1"}' --arg canary "$canary"
	config '.annotations.long = $text' --arg text "$(head -c 100000 /dev/zero | tr '\0' x)"
	audit
	same '[]' "$(found '[.groups[] | select(. != 0)]')"
	# Those that have an effect are named to engines, which must not take them from an image.
	run -0 socle features
	for name in run.oci.hooks.stdout run.oci.hooks.stderr run.oci.pidfd_receiver run.oci.keep_original_groups \
		run.oci.seccomp.receiver io.socle.mount.commands; do
		jq -e --arg name "$name" '.potentiallyUnsafeConfigAnnotations | index($name)' <<<"$output"
	done
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# SEC-01 to SEC-09: the runtime's own binary, descriptors that leak, streams and terminals of the caller.

load security

setup_file() { secure_file; }
setup() { secure; }
teardown() { secured; }

programs() { sha256sum "$SOCLE" "$SOCLE_BUILD/socle-init"; stat -L -c '%n %i %s %Y %Z' "$SOCLE" "$SOCLE_BUILD/socle-init"; }

@test "SEC-01 a program that is /proc/self/exe gets a sealed copy, never a file of the host" {
	before=$(programs)
	link /proc/self/exe bin/exe
	printf '#!/proc/self/exe\n' >"$rootfs/script"
	chmod +x "$rootfs/script"
	for name in /proc/self/exe /bin/exe /script; do
		config '.process.args = [$name, "x"]' --arg name "$name"
		run -1 inside
		[[ $output == *"socle-init is started by socle and by nobody else"* ]]
	done
	same "$before" "$(programs)"
}

@test "SEC-01 the waiting init is a sealed memory file" {
	program 'exec sleep 1000'
	create "$c"
	exe=/proc/$(pid "$c")/exe
	[[ $(readlink "$exe") == "/memfd:socle-init"* ]]
	[ "$(stat -L -c %d "$exe")" != "$(stat -c %d "$SOCLE")" ]
	run ! dd if=/dev/zero of="$exe" bs=1 count=1 conv=notrunc
	run ! truncate -s 1 "$exe"
	gone "$c"
}

@test "SEC-01 a program that writes to what it runs from reaches its image at most" {
	before=$(programs)
	writable
	cp --remove-destination "$HARNESS/payload" "$rootfs/bin/mine"
	config '.process.args = ["/bin/mine", "write"]'
	run -0 inside
	same done
	same "$before" "$(programs)"
}

@test "SEC-02 where executable memory files are forbidden the start fails, or uses the installed file read-only" {
	program 'echo started'
	before=$(programs)
	cat >forbidden <<-'EOF_'
		echo 2 >/proc/sys/vm/memfd_noexec || exit 77
		exec "$@"
	EOF_
	status=0
	unshare -p -f --mount-proc sh forbidden "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null >out 2>err || status=$?
	[ "$status" != 77 ] || skip "the kernel has no vm.memfd_noexec"
	[ "$status" = 0 ] || {
		[ "$status" = 1 ]
		says_in err "executable memfds are forbidden here (vm.memfd_noexec)"
	}
	[ "$status" = 1 ] || same started "$(cat out)"
	same "$before" "$(programs)"
}

@test "SEC-02 where nothing on disk may be executed or written the container is as well protected" {
	program 'readlink /proc/1/exe'
	private 'for dir in /dev/shm /run /var/tmp; do mount -t tmpfs -o noexec,nosuid,nodev x $dir; done'
	run -0 insider
	same /bin/busybox
}

@test "SEC-03 a container's process sees nothing of another container that joins its pid namespace" {
	mkdir shared
	bound "$BATS_TEST_TMPDIR/shared" /shared
	config '.process.args = ["/bin/payload", "prowl", "/shared/end"]
		| .process.capabilities[] |= map(select(. != "CAP_SYS_PTRACE"))'
	detach "$c"
	eventually says_in "$c.out" prowling
	first=$(pid "$c")
	program 'true'
	for ns in pid network ipc uts cgroup; do
		file=$ns; [ "$ns" != network ] || file=net
		join "$ns" "/proc/$first/ns/$file"
	done
	for ((i = 0; i < 50; i++)); do
		"$SOCLE" --root "$root" run -b "$bundle" "$c-$i" </dev/null
	done
	# one that is met for certain: it waits for its start
	create "$c-created"
	sleep 0.2
	touch shared/end
	eventually says_in "$c.out" done
	same $'prowling\nmet socle often\ndone' "$(cat "$c.out")"
	gone "$c-created" "$c"
}

@test "SEC-03 SEC-05 the waiting init holds no directory of the host" {
	program 'true'
	create "$c"
	init=$(pid "$c")
	own=$(cut -d' ' -f1 "/proc/$init/mountinfo")
	for fd in /proc/"$init"/fd/*; do
		[ -d "$fd" ] || continue
		mount=$(awk '/^mnt_id:/ { print $2 }' "/proc/$init/fdinfo/${fd##*/}")
		grep -qx "$mount" <<<"$own" || { echo "${fd##*/} is $(readlink "$fd")"; false; }
	done
	gone "$c"
}

@test "SEC-06 fifty open directories of the caller: none reaches the program" {
	config '.process.args = ["/bin/auditor"]'
	run --separate-stderr -0 bash -c '
		for ((n = 3; n < 53; n++)); do eval "exec $n</"; done
		exec "$@"' - "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null
	same '[0,1,2]' "$(found '[.fds[].fd]')"
	same '"/"' "$(found .cwd)"
	same '"/"' "$(found .root)"
}

@test "SEC-06 a working directory that is a descriptor" {
	program 'true'
	for path in self/fd/N self/fd/N/../../.. thread-self/fd/N 1/fd/N self/task/1/fd/N self/cwd self/root/.. self/fd/N/x/y; do
		for n in 3 4 5 6 7 8 9 10 11 12 13 14 20 40 52 255; do
			[[ $path == *N* || $n = 3 ]] || continue
			config '.process.cwd = $cwd' --arg cwd "/proc/${path//N/$n}"
			refused bash -c '
				for ((n = 3; n < 53; n++)); do eval "exec $n</"; done
				exec "$@"' - "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null
			says "/process/cwd"
		done
	done
}

@test "SEC-06 a working directory that is a symlink of the image to a descriptor, or to the host" {
	for n in 3 4 5 6 7 8 9 10 11 12; do
		link "/proc/self/fd/$n" work
		config '.process.cwd = "/work"'
		program 'true'
		refused inside
		says "/process/cwd"
	done
	writable
	link "../../../../../../../../../../$canary/dir" work
	audit
	same "\"$canary/dir\"" "$(found .cwd)" # in the image, made there
	[ -d "$rootfs$canary/dir" ]
}

@test "SEC-06 a program named through a descriptor" {
	mkdir -p marked/bin
	cp "$rootfs/bin/busybox" marked/bin/sh
	for n in $(seq 3 60) 255; do
		for up in "" /.. /../.. /../../..; do
			config '.process.args = [$file, "-c", "echo started"]' \
				--arg file "/proc/self/fd/$n$up$BATS_TEST_TMPDIR/marked/bin/sh"
			run --separate-stderr -1 bash -c '
				for ((n = 3; n < 53; n++)); do eval "exec $n</"; done
				exec "$@"' - "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null
			[ -z "$output" ]
		done
	done
}

@test "SEC-07 standard streams are the caller's, whatever the image has in /dev" {
	without_mount /dev /dev/pts /dev/shm /dev/mqueue
	writable
	for name in console null tty stdin stdout stderr; do
		link "$canary/file" "dev/$name"
	done
	config '.process.args = ["/bin/auditor"]'
	# the host's null device would become the container's, and that one is a link
	refused inside
	says '/dev/null'
	echo text >in
	for streams in '<in >out 2>err' '0<&- 1>out 2>err' '<in 3>&1 1>out 2>&-' '<in 2>err | cat >out'; do
		status=0
		bash -c '"$1" --root "$2" run -b "$3" "$4" '"$streams" - "$SOCLE" "$root" "$bundle" "$c" || status=$?
		[ "$status" -le 1 ]
		canary_unchanged
	done
	rm "$rootfs"/dev/*
	for streams in '<in >out 2>err' '0<&- 1>out 2>err' '<in 1>out 2>&-' '<in 2>err | cat >out'; do
		run -0 bash -c '"$1" --root "$2" run -b "$3" "$4" '"$streams" - "$SOCLE" "$root" "$bundle" "$c"
		output=$(cat out)
		[ "$(found '[.fds[] | select(.fd > 2)]')" = "[]" ]
		none_of "$(found '[.fds[].path]')" "$canary" "$root"
	done
}

@test "SEC-07 the same with a terminal" {
	without_mount /dev /dev/shm /dev/mqueue
	writable
	config '.process.terminal = true | .process.args = ["/bin/auditor"]'
	for name in console tty stdin stdout stderr; do
		link "$canary/file" "dev/$name"
		settled script -qec "$SOCLE --root $root run -b $bundle $c" /dev/null </dev/null
		canary_unchanged
		rm "$rootfs/dev/$name"
	done
}

@test "SEC-08 the caller's terminal is out of reach" {
	config '.process.args = ["/bin/payload", "inject"]'
	cat >session <<-EOF_
		"$SOCLE" --root "$root" run -b "$bundle" "$c" >out 2>&1
	EOF_
	# standard input and the controlling terminal are the caller's
	script -qec "sh session" typescript </dev/null
	same done "$(cat out)"
	run ! grep -q INJECTED typescript
	config '.process.capabilities[] |= map(select(. != "CAP_SYS_ADMIN"))'
	script -qec "sh session" typescript </dev/null
	same done "$(cat out)"
}

@test "SEC-08 the container has a session of its own" {
	without pid
	audit
	same true "$(found '.pid == .sid')"
}

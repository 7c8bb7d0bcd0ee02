# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The main job: a container's life step by step and by `run`, its status, signals, streams, descriptors, pid file.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# ---- step by step

@test "main: create, state, start, list, kill, delete" {
	program 'echo "pid $$"; exec sleep 1000'
	create "$c"
	[ ! -s "$c.out" ]
	same created "$(status "$c")"
	run -0 socle start "$c"
	same ""
	same running "$(status "$c")"
	eventually says_in "$c.out" "pid 1"
	run -0 socle list
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[1]} == "$c "*" running "*" $bundle "*" root" ]]
	run -0 socle kill "$c" KILL
	becomes "$c" stopped
	run -0 socle delete "$c"
	refused socle state "$c"
	says "container does not exist"
}

@test "main: nothing of the program runs before start" {
	program 'echo here'
	create "$c"
	# shellcheck disable=SC2046
	[ "$(tr '\0' ' ' </proc/$(pid "$c")/cmdline)" != "/bin/sh -c echo here " ]
	[ ! -s "$c.out" ]
	socle start "$c"
	becomes "$c" stopped
	same here "$(cat "$c.out")"
	socle delete "$c"
}

@test "main: a script is run, by its interpreter" {
	printf '#!/bin/sh\necho "script: $0 $*"\nexit 3\n' >"$bundle/rootfs/script"
	chmod +x "$bundle/rootfs/script"
	config '.process.args = ["/script", "a b", ""]'
	run -3 inside
	same "script: /script a b "
}

# ---- exit status

@test "main: run ends with the program's exit status" {
	for n in 0 1 7 126 127 255; do
		program "exit $n"
		run "-$n" inside
		same ""
	done
}

@test "main: a program that TERM kills ends run with 143" {
	without pid
	program 'kill -TERM $$; sleep 10'
	run -143 inside
}

@test "main: a program that KILL kills ends run with 137" {
	program 'echo ready; exec sleep 1000'
	foreground
	eventually says_in background.out ready
	socle kill "$c" KILL
	ends_with 137 "$run"
}

@test "main: a program that dies of a fault ends run with 128 and the signal" {
	without pid
	for s in SEGV:139 ABRT:134 BUS:135; do
		program "kill -${s%:*} \$\$; sleep 10"
		run "-${s#*:}" inside
	done
}

# ---- signals

@test "main: signals go from run to the program" {
	program 'for s in HUP INT QUIT USR1 USR2 ALRM TERM CONT WINCH PWR IO; do trap "echo got $s" $s; done
		trap "exit 9" VTALRM
		echo ready
		while :; do sleep 1000 & wait $!; done'
	foreground
	eventually says_in background.out ready
	for s in HUP INT QUIT USR1 USR2 ALRM TERM CONT WINCH PWR IO; do
		kill -s "$s" "$run"
		eventually says_in background.out "got $s"
	done
	kill -s VTALRM "$run"
	ends_with 9 "$run"
}

@test "main: a signal that run was started with as ignored is passed on as well, and not ignored inside" {
	program 'trap "echo got" USR1; trap "exit 6" HUP; echo ready; while :; do sleep 1000 & wait $!; done'
	(trap '' HUP USR1; exec "$SOCLE" --root "$root" run -b "$bundle" "$c" </dev/null >background.out 2>&1 3>&-) &
	run=$!
	ENDS+=("$run")
	eventually says_in background.out ready
	kill -USR1 "$run"
	eventually says_in background.out got
	kill -HUP "$run"
	ends_with 6 "$run"
}

@test "main: the program starts with no signal blocked or ignored" {
	config '.process.args = ["/bin/grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"]'
	run -0 bash -c 'trap "" HUP PIPE RTMIN; exec "$@"' - "$SOCLE" --root "$root" run -b bundle "$c"
	same $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
}

# ---- keep, detach

@test "main: run removes the container, with --keep it does not" {
	program 'exit 4'
	run -4 inside
	[ -z "$(ls "$root")" ]
	run -4 inside --keep
	same stopped "$(status "$c")"
	refused inside
	says "already exists"
	socle delete "$c"
}

@test "main: run --detach comes back while the program runs" {
	program 'exec sleep 1000'
	detach "$c"
	same running "$(status "$c")"
	[ ! -s "$c.out" ]
	gone "$c"
}

@test "main: run --detach leaves the ended container to be deleted" {
	program 'exit 4'
	detach "$c"
	becomes "$c" stopped
	socle delete "$c"
}

@test "main: deleting a container that run waits for lets run end with its status" {
	program 'echo ready; exec sleep 1000'
	foreground
	eventually says_in background.out ready
	run -0 socle delete --force "$c"
	ends_with 137 "$run"
	[ -z "$(ls "$root")" ]
}

@test "main: what a program leaves running is ended with the container" {
	without pid
	program 'sleep 1000 & echo "$!"; exit 5'
	inside >out || [ $? = 5 ]
	eventually test ! -e "/proc/$(cat out)"
}

@test "main: run adopts and reaps the program's orphans" {
	without pid
	program '(sh -c "sleep 0 & exec sleep 1000" & echo $!) >/pid; exec sleep 1000'
	config '.root.readonly = false'
	foreground
	eventually test -s "$bundle/rootfs/pid"
	orphan=$(cat "$bundle/rootfs/pid")
	parent_is_run() { [ "$(awk '/^PPid:/ { print $2 }' "/proc/$orphan/status")" = "$run" ]; }
	eventually parent_is_run
	kill -KILL "$orphan"
	eventually test ! -e "/proc/$orphan"
	socle kill "$c" KILL
	ends_with 137 "$run"
}

# ---- pid file

@test "main: the pid file has the program's pid, and nothing else" {
	program 'exec sleep 1000'
	create "$c" --pid-file "$BATS_TEST_TMPDIR/pid"
	same "$(pid "$c")" "$(cat pid)"
	same "$(wc -c <pid)" "$(pid "$c" | tr -d '\n' | wc -c)"
	[ -z "$(ls pid.* 2>/dev/null)" ]
	gone "$c"
}

@test "main: a relative pid file is relative to the caller, not to the bundle" {
	program 'exec sleep 1000'
	mkdir elsewhere
	(cd elsewhere && root=$root detach "$c" --pid-file its.pid)
	same "$(pid "$c")" "$(cat elsewhere/its.pid)"
	[ ! -e "$bundle/its.pid" ]
	gone "$c"
}

@test "main: a pid file that is there already is replaced" {
	program 'true'
	echo 123456789 >pid
	run -0 inside --pid-file pid
	[ "$(cat pid)" != 123456789 ]
}

@test "main: a pid file that cannot be written is an error" {
	program 'true'
	refused inside --pid-file nowhere/pid
	says "nowhere/pid" "No such file or directory"
}

@test "main: a relative bundle, and the working directory as one" {
	program 'echo hello'
	run -0 socle run -b bundle "$c"
	same hello
	cd bundle
	run -0 socle run "$c"
	same hello
}

@test "main: another configuration file than config.json" {
	program 'echo other'
	mv bundle/config.json other.json
	run -0 inside --config other.json
	same other
}

# ---- streams and descriptors

@test "main: bytes go in and out as they are" {
	program 'cat; echo error >&2'
	head -c 1000000 /dev/urandom >in
	socle run -b bundle "$c" <in >out 2>err
	cmp in out
	same error "$(cat err)"
}

@test "main: the host's null device becomes the container's" {
	program 'stat -L -c "%d %t:%T" /proc/self/fd/0; stat -c "%d %t:%T" /dev/null'
	run -0 inside
	same "${lines[1]}" "${lines[0]}"
	[[ ${lines[0]} == *" 1:3" ]]
	[ "${lines[0]%% *}" != "$(stat -c %d /dev/null)" ]
}

@test "main: no descriptor of the caller or of socle reaches the program" {
	program 'ls /proc/self/fd'
	run -0 socle run -b bundle "$c" 5</dev/null 7</dev/null 9>other
	same "$(printf '%s\n' 0 1 2 3)" # 3 is ls's own
}

@test "main: --preserve-fds hands on as many as it says" {
	echo three >three
	echo four >four
	program 'cat <&3; cat <&4; [ ! -e /proc/self/fd/5 ]'
	run -0 socle run -b bundle --preserve-fds 2 "$c" 3<three 4<four 5<four
	same "$(printf 'three\nfour')"
	create "$c" --preserve-fds 2 3<three 4<four 5<four
	socle start "$c" 3>&-
	becomes "$c" stopped
	same "$(printf 'three\nfour')" "$(cat "$c.out")"
	socle delete "$c"
}

@test "main: --preserve-fds of one that is not open is an error" {
	program 'true'
	refused socle run -b bundle --preserve-fds 2 "$c" 3</dev/null 4<&-
	says "--preserve-fds 2" "descriptor 4 is not open"
}

# ---- other options

@test "main: --no-pivot gives the same root, and no way back" {
	program 'cut -d" " -f2,3 /proc/mounts; ls /; [ ! -e /proc/1/root/work ]'
	run -0 inside
	expected=$output
	run -0 inside --no-pivot
	same "$expected"
	program "ls $BATS_TEST_TMPDIR"
	run -1 inside --no-pivot
}

@test "main: the container has a session keyring of its own, unless --no-new-keyring" {
	[ -e /proc/keys ] || skip "the kernel has no keys"
	config '.linux.maskedPaths = []'
	program 'grep -o " _ses[^:]*" /proc/keys'
	run inside --no-new-keyring
	[[ $output != *"_ses.$c"* ]]
	run inside
	[[ $output == *" _ses.$c"* ]]
}

@test "main: the container has a session and a process group of its own" {
	without pid
	program 'cut -d" " -f1,5,6 /proc/self/stat | tr " " "\n" | uniq | wc -l'
	config '.process.args = ["/bin/cut", "-d ", "-f1,5,6", "/proc/self/stat"]'
	run -0 inside
	read -r pid group session <<<"$output"
	same "$pid $pid" "$group $session"
}

@test "main: a container in a container" {
	config '.linux.namespaces |= map(select(.type != "network"))
		| .process.capabilities[] |= . + ["CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_SYS_CHROOT", "CAP_SETUID", "CAP_SETGID",
			"CAP_SETPCAP", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_CHOWN"]
		| .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false
		| .mounts |= map(select(.destination != "/sys/fs/cgroup" and .destination != "/sys"))
		| .mounts += [{"destination": "/run", "type": "tmpfs", "source": "run"}]'
	config '.process.args = ["/bin/echo", "innermost"]'
	cp bundle/config.json "$bundle/rootfs/inner.json"
	ldd "$SOCLE" >/dev/null || skip "socle is linked statically"
	for lib in $(ldd "$SOCLE" | grep -oE '/[^ ]+'); do
		mkdir -p "$bundle/rootfs${lib%/*}"
		cp "$lib" "$bundle/rootfs$lib"
	done
	cp "$SOCLE" "$bundle/rootfs/socle"
	mkdir -p "$bundle/rootfs/inner"
	jq '.root.path = "/inner"' "$bundle/rootfs/inner.json" >"$bundle/rootfs/config.json"
	cp -a "$bundle/rootfs/bin" "$bundle/rootfs/inner/bin"
	program 'cd / && /socle run -b / inner'
	run -0 inside
	same innermost
}

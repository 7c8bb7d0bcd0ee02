# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Readiness told to the caller (NOTIFY_SOCKET), and sockets that the caller hands on (LISTEN_FDS).

load helpers

setup_file() {
	make_base
	cp "$SOCLE_BUILD/sdnotify" "$base/rootfs/bin/notify"
}
setup() {
	begin
	export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/host.sock
	[ ${#NOTIFY_SOCKET} -lt 108 ] || NOTIFY_SOCKET=@socle-test-$$-$BATS_SUITE_TEST_NUMBER
	"$base/rootfs/bin/notify" listen "$NOTIFY_SOCKET" >heard 2>&1 3>&- &
	ENDS+=($!)
	eventually says_in heard listening
}
teardown() { finish; }

heard() { tail -n +2 heard; }

@test "notify: run -d comes back when the program is ready, which has come to the caller" {
	program 'notify send STATUS=x; notify send "X=1\nREADY=1\nMAINPID=1"; exec sleep 1000'
	detach "$c"
	same $'READY=1\nMAINPID='"$(pid "$c")"$'\nfd BARRIER=1' "$(heard)"
	gone "$c"
}

@test "notify: start comes back when the program is ready" {
	program 'read line </start; notify send READY=1; exec sleep 1000'
	mkfifo "$bundle/rootfs/start"
	create "$c"
	same "" "$(heard)"
	background "$SOCLE" --root "$root" start "$c"
	starting=$!
	becomes "$c" running
	kill -0 "$starting"
	echo go >"$bundle/rootfs/start"
	ends_with 0 "$starting"
	same $'READY=1\nMAINPID='"$(pid "$c")"$'\nfd BARRIER=1' "$(heard)"
	gone "$c"
}

@test "notify: a container that is not ready yet can be killed and deleted" {
	program 'exec sleep 1000'
	create "$c"
	background "$SOCLE" --root "$root" start "$c"
	starting=$!
	becomes "$c" running
	socle delete --force "$c"
	ends_with 0 "$starting"
	same "" "$(heard | grep READY || true)"
}

@test "notify: in the foreground socle is the main process" {
	program 'notify send READY=1; exec sleep 1000'
	foreground
	eventually says_in heard READY
	same $'READY=1\nMAINPID='"$run" "$(heard)"
	kill -KILL "$(pid "$c")"
	ends_with 137 "$run"
}

@test "notify: a program that ends without being ready" {
	program 'notify send STATUS=x; exit 3'
	run -3 inside
	detach "$c"
	! grep -q READY heard
	becomes "$c" stopped
	gone "$c"
}

@test "notify: as another user, with a read-only root; the socket's directory is read-only and the test's alone" {
	config '.process.user = {"uid": 1000, "gid": 1000} | .process.env += ["NOTIFY_SOCKET=/elsewhere"]'
	mkdir -p "$bundle/rootfs/run/notify"
	program 'echo $NOTIFY_SOCKET; grep " /run/notify " /proc/self/mountinfo | cut -d" " -f6,7; ls /run/notify; notify send READY=1; touch /run/notify/x'
	run -1 inside
	same /run/notify/notify.sock "${lines[0]}"
	[[ ${lines[1]} == ro,nosuid,nodev,noexec* && ${lines[1]} != *shared* && ${lines[1]} != *master* ]]
	same notify.sock "${lines[2]}"
	says_in heard READY
}

@test "notify: in a user namespace" {
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	mkdir -p "$bundle/rootfs/run/notify"
	program 'notify send READY=1'
	run -0 inside
	says_in heard READY
}

@test "notify: a caller's socket that is not there is a warning" {
	export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/none
	program 'notify send READY=1; echo done'
	run -0 --separate-stderr inside
	same "done"
	[[ $stderr == *'telling that the program is ready: connect "'*'No such file or directory, going on'* ]]
}

@test "notify: without the variable there is no socket" {
	unset NOTIFY_SOCKET
	program 'echo "${NOTIFY_SOCKET-none}"; ls /run/notify'
	run -1 --separate-stderr inside
	same none
}

# listening N [NAME=VALUE…] COMMAND…: as a service manager starts it, with N sockets
listening() {
	local n=$1
	shift
	# shellcheck disable=SC2016 # not this shell's
	env LISTEN_FDS="$n" sh -c 'LISTEN_PID=$$ exec "$@"' - "$@"
}

@test "LISTEN_FDS: sockets go to the program, which is told so" {
	unset NOTIFY_SOCKET
	export LISTEN_FDNAMES=one:two
	program 'env | grep ^LISTEN | sort; ls /proc/self/fd | tr "\n" " "; cat <&3; cat <&5'
	run -0 listening 2 "$SOCLE" --root "$root" run --preserve-fds 1 -b "$bundle" "$c" 3<<<third 4</dev/null 5<<<fifth 6</etc </dev/null
	same $'LISTEN_FDNAMES=one:two\nLISTEN_FDS=2\nLISTEN_PID=1\n0 1 2 3 4 5 6 third\nfifth' # 6 is ls's own
}

@test "LISTEN_FDS: sockets that are somebody else's, or not there" {
	unset NOTIFY_SOCKET
	program 'env | grep -c ^LISTEN; ls /proc/self/fd | tr "\n" " "'
	run -0 env LISTEN_FDS=1 LISTEN_PID=1 "$SOCLE" --root "$root" run -b "$bundle" "$c" 3</etc </dev/null
	same $'0\n0 1 2 3 '
	run -1 --separate-stderr listening 9 "$SOCLE" --root "$root" run -b "$bundle" "$c" 3</etc 4<&- </dev/null
	[[ $stderr == *"is not open"* ]]
}

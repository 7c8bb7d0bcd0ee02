# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A terminal for the container: with `run`, and through a console socket.

load helpers

setup_file() { make_base; }

setup() {
	begin
	config '.process.terminal = true'
}

teardown() { finish; }

# on_terminal COMMAND…: with a terminal of 30 rows and 100 columns; what it shows, without carriage returns
on_terminal() {
	local status=0
	printf '%q ' "$@" >command
	[ -p typed ] || mkfifo typed
	script -qec "stty rows 30 cols 100; . ./command" /dev/null 0<>"$BATS_TEST_TMPDIR/typed" >shown || status=$?
	tr -d '\r' <shown
	return "$status"
}

@test "terminal: the program has one, of the caller's size, and it is its own" {
	program 'tty; stty size; stat -c "%t:%T" /dev/console; ps -o pid,tty | sed -n "s/^ *1 //p"; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all'
	run -0 on_terminal "$SOCLE" --root "$root" run -b bundle "$c"
	same "/dev/pts/0
30 100
88:0
136,0
all"
}

@test "terminal: the size that the configuration asks for" {
	config '.process.consoleSize = {"height": 11, "width": 22}'
	program 'stty size'
	run -0 "$SOCLE" --root "$root" run -b bundle "$c" </dev/null
	same "11 22" "$(tr -d '\r' <<<"$output")"
}

@test "terminal: run ends with the program's status, and restores the caller's settings" {
	program 'stty -a | head -n 1; exit 7'
	run on_terminal sh -c 'stty -a >stty.1; "$1" --root "$2" run -b bundle "$3"; echo "status $?"; stty -a >stty.2' - "$SOCLE" "$root" "$c"
	[[ $output == *"status 7"* ]]
	cmp stty.1 stty.2
}

@test "terminal: the caller's settings are restored when the container is refused, too" {
	config '.process.args = ["/nowhere"]'
	run on_terminal sh -c 'stty -a >stty.1; "$1" --root "$2" run -b bundle "$3"; echo "status $?"; stty -a >stty.2' - "$SOCLE" "$root" "$c"
	[[ $output == *"No such file or directory"*"status 1"* ]]
	cmp stty.1 stty.2
}

@test "terminal: what is typed goes to the program, ^C as a signal" {
	program 'trap "echo interrupted; exit 3" INT; read -r line; echo "read $line"; while :; do sleep 0.1; done'
	mkfifo typed
	exec 8<>typed
	background script -qefc "$SOCLE --root $root run -b bundle $c" shown <typed
	script=$!
	printf 'a line\r' >&8
	eventually says_in background.out "read a line"
	printf '\003' >&8
	eventually says_in background.out interrupted
	ends_with 3 "$script"
	exec 8>&-
}

@test "terminal: a new size of the caller's reaches the program" {
	program 'trap "stty size" WINCH; echo ready; while :; do sleep 0.1; done'
	on_terminal sh -c 'tty >its; exec "$@"' - "$SOCLE" --root "$root" run -b bundle "$c" 3>&- &
	ENDS+=($!)
	eventually says_in shown ready
	stty rows 12 cols 34 <"$(cat its)"
	eventually says_in shown "12 34"
	gone "$c"
}

@test "terminal: output of a program that ends at once is all there" {
	program 'seq 20000'
	run -0 "$SOCLE" --root "$root" run -b bundle "$c" </dev/null
	same "$(seq 20000)" "$(tr -d '\r' <<<"$output")"
}

@test "terminal: stdin that is none is an end of file to the program" {
	program 'cat; echo end'
	run -0 bash -c 'echo typed | "$@"' - "$SOCLE" --root "$root" run -b bundle "$c"
	[[ $output == *typed* && $output == *end* ]]
}

@test "terminal: it belongs to the container's user" {
	config '.process.user = {"uid": 1000, "gid": 1000}'
	program 'stat -c "%u %a" "$(tty)"; echo good >/dev/console; echo good >/dev/tty'
	run -0 "$SOCLE" --root "$root" run -b bundle "$c" </dev/null
	same $'1000 620\ngood\ngood' "$(tr -d '\r' <<<"$output")"
}

@test "terminal: create and run --detach need a console socket for it" {
	program true
	refused socle create -b bundle "$c"
	says /process/terminal --console-socket
	refused socle run -d -b bundle "$c"
	says /process/terminal --console-socket
}

@test "terminal: a console socket without a terminal, and one that nobody listens on" {
	program true
	refused socle create -b bundle --console-socket "$BATS_TEST_TMPDIR/none" "$c"
	says "$BATS_TEST_TMPDIR/none" "No such file or directory"
	config '.process.terminal = false'
	refused socle create -b bundle --console-socket "$BATS_TEST_TMPDIR/none" "$c"
	says /process/terminal
}

@test "terminal: the master goes to the console socket" {
	config '.process.consoleSize = {"height": 33, "width": 44}'
	program 'tty; stty size; echo "said by $$"'
	background "$SOCLE_BUILD/recvtty" socket
	eventually test -S socket
	socle create -b bundle --console-socket socket "$c"
	eventually says_in background.out "master "
	socle start "$c"
	eventually says_in background.out "said by 1"
	same "master /dev/ptmx 33 44
/dev/pts/0
33 44
said by 1" "$(tr -d '\r' <background.out)"
	becomes "$c" stopped
	socle delete "$c"
}

@test "pidfd socket: it gets the init's pidfd" {
	config '.process.terminal = false'
	program 'sleep 1000'
	background "$SOCLE_BUILD/recvtty" socket
	eventually test -S socket
	socle create -b bundle --pidfd-socket socket --pid-file pid "$c" </dev/null
	eventually says_in background.out "pidfd of $(cat pid)"
	gone "$c"
}

@test "pidfd socket: by an annotation" {
	program 'sleep 1000'
	config '.process.terminal = false | .annotations["run.oci.pidfd_receiver"] = $socket' --arg socket "$PWD/socket"
	background "$SOCLE_BUILD/recvtty" socket
	eventually test -S socket
	socle create -b bundle --pid-file pid "$c" </dev/null
	eventually says_in background.out "pidfd of $(cat pid)"
	gone "$c"
}

@test "terminal: a console socket that is a file, a directory, a stream that nobody reads" {
	config '.process.terminal = true'
	program true
	echo text >file
	for socket in file "$PWD" none; do
		refused socle create -b bundle --console-socket "$socket" "$c"
		says "connect" "$socket"
	done
	same text "$(cat file)"
	config '.process.terminal = false'
	program 'exec sleep 1000'
	detach "$c"
	run -255 --separate-stderr socle exec -t -d --console-socket file "$c" true
	[[ $stderr == *'connect "file": '* ]]
	gone "$c"
}

@test "terminal: exec has the caller's size, and the one that its process object asks for" {
	config '.process.terminal = false'
	program 'exec sleep 1000'
	detach "$c"
	cat >session <<-EOF_
		stty rows 33 cols 77
		"$SOCLE" --root "$root" exec -t "$c" stty size
	EOF_
	run -0 script -qec "sh session" /dev/null </dev/null
	[[ $output == *"33 77"* ]]
	echo '{"args": ["sh", "-c", "stty size >/tmp/size"], "cwd": "/", "user": {"uid": 0, "gid": 0}, "env": ["PATH=/bin"],
		"terminal": true, "consoleSize": {"height": 11, "width": 22}}' >process
	background "$SOCLE_BUILD/recvtty" socket
	eventually test -S socket
	config '.root.readonly = false'
	gone "$c"
	detach "$c"
	socle exec -d --process process --console-socket socket "$c" </dev/null
	eventually says_in "$bundle/rootfs/tmp/size" "11 22"
	gone "$c"
}

@test "terminal: run --detach with a console socket" {
	program 'echo "said by $$"; sleep 1000'
	background "$SOCLE_BUILD/recvtty" socket
	eventually test -S socket
	socle run -d -b bundle --console-socket socket "$c"
	eventually says_in background.out "said by 1"
	gone "$c"
}

@test "terminal: it needs a devpts of the container's own" {
	config 'del(.mounts[] | select(.destination == "/dev/pts"))'
	program true
	refused inside
	says /process/terminal devpts
}

@test "terminal: a symlink as the image's /dev/console is covered, not followed" {
	config 'del(.mounts[] | select(.destination == "/dev")) | .root.readonly = false'
	ln -s /tmp/victim "$bundle/rootfs/dev/console"
	program 'echo written >/dev/console; ls /tmp'
	run -0 "$SOCLE" --root "$root" run -b bundle "$c" </dev/null
	same written "$(tr -d '\r' <<<"$output")"
	[ ! -e "$bundle/rootfs/tmp/victim" ]
}

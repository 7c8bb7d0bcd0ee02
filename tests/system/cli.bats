# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The command line as far as it needs no container: usage, help, version, what is refused, and where things go.

bats_require_minimum_version 1.5.0

setup() {
	socle=${SOCLE:-$BATS_TEST_DIRNAME/../../build/socle}
	man=$BATS_TEST_DIRNAME/../../docs/socle.1.scd
	commands="create delete events exec features kill layer list pause plan ps resume run spec start state update"
	cd "$BATS_TEST_TMPDIR" || return 1
	root=$BATS_TEST_TMPDIR/state
}

# refused COMMAND…: status 1, nothing on standard output.
refused() {
	run --separate-stderr -1 "$@"
	[ -z "$output" ]
}

says() {
	[[ $stderr == *"$1"* ]] || { echo "expected: $1"; echo "stderr: $stderr"; false; }
}

# ---- help and version

@test "cli: the version names the program, the commit and the specification" {
	run --separate-stderr -0 "$socle" --version
	[[ ${lines[0]} == "socle version "* ]]
	[[ ${lines[1]} == "commit: "* ]]
	[ "${lines[2]}" = "spec: 1.3.0" ]
	[ -z "$stderr" ]
	[ "$("$socle" -v)" = "$output" ]
}

@test "cli: the help lists every command, and each has its own" {
	run --separate-stderr -0 "$socle" --help
	[ "$("$socle" -h)" = "$output" ]
	[ "$("$socle" help)" = "$output" ]
	for c in $commands; do
		grep -q "^  $c " <<<"$output"
		run --separate-stderr -0 "$socle" "$c" --help
		[[ ${lines[0]} == "usage: socle $c"* ]]
		[ "$("$socle" help "$c")" = "$output" ]
		[ "$c" = ps ] || [ "$("$socle" "$c" x -h)" = "$output" ] # what follows the id is the host's ps's
		run --separate-stderr -0 "$socle" --help
	done
}

@test "cli: help goes before what is wrong elsewhere" {
	run -0 "$socle" kill --help --nope
	run -0 "$socle" run -h a b c
}

# "create ID" and "create -b, --bundle DIR", a line each
options_of_help() {
	"$socle" --help | sed -n '/^commands:/,/^$/s/^  \(.\{28\}\).*/\1/p' | sed 's/ *$//'
	for c in "" $commands; do
		# shellcheck disable=SC2086 # none, or one word
		"$socle" $c --help | sed -n '/^options:/,$p' | grep -oE '^ +(-., )?--[a-z0-9-]+( [A-Z]+)?' |
			sed "s/^ */$c /"
	done
}

options_of_man() {
	awk '
		/^# /                    { section = substr($0, 3); command = "" }
		/^## /                   { print substr($0, 4); command = $2 }
		/^\*-.*\*( _[A-Z]+_)?$/ && section ~ /^(OPTIONS|COMMANDS)$/ {
			n = split($0, several, /, (\*--)/) # "*--memory* _SIZE_, *--memory-swap* _SIZE_"
			if ($0 ~ /^\*-.\*,/) { several[1] = $0; n = 1 } # "*-r*, *--resources* _FILE_"
			for (i = 1; i <= n; i++) {
				line = (i > 1 ? "--" : "") several[i]
				gsub(/[*_]/, "", line)
				print command " " line
			}
		}
	' "$man"
}

@test "cli: the man page has the commands and options of the help, and no others" {
	diff <(options_of_help | sort) <(options_of_man | sort)
}

# ---- what is refused

@test "cli: no command, or one that is unknown" {
	refused "$socle"
	says "error: a command is missing"
	says "usage: socle [OPTION]... COMMAND"
	refused "$socle" nope
	says 'error: command "nope" is unknown'
	refused "$socle" help nope
	says 'error: command "nope" is unknown'
}

@test "cli: unknown options and arguments" {
	for c in "" $commands; do
		# shellcheck disable=SC2086
		refused "$socle" $c --nope
		says 'option "--nope" is unknown'
		says "usage: socle"
		# shellcheck disable=SC2086
		refused "$socle" $c -Z
		says 'option "-Z" is unknown'
	done
	refused "$socle" list extra
	says 'list: argument "extra" is one too many'
	refused "$socle" kill a TERM extra
	says 'kill: argument "extra" is one too many'
}

@test "cli: arguments that are missing" {
	for c in create delete kill run start state; do
		refused "$socle" "$c"
		says "$c: ID is missing"
		says "usage: socle $c"
	done
	refused "$socle" create x --bundle
	says 'option "--bundle" needs an argument'
	refused "$socle" --root
	says 'option "--root" needs an argument'
}

@test "cli: values that make no sense" {
	refused "$socle" --log-format xml list
	says '--log-format "xml" is unknown'
	refused "$socle" --log-level loud list
	says '--log-level "loud" is unknown'
	refused "$socle" --rootless maybe list
	says '--rootless "maybe" is unknown'
	refused "$socle" --root "$root" list --format yaml
	says '--format "yaml" is unknown'
	refused "$socle" create x --preserve-fds=-1
	says 'option "--preserve-fds" takes a number'
	refused "$socle" create x --no-pivot=perhaps
	says 'option "--no-pivot" is true or false'
}

@test "cli: signals that are none" {
	for signal in NOPE SIG KILLX 65 RTMIN-1 RTMIN+31 RTMAX+1 9x ""; do
		refused "$socle" --root "$root" kill x "$signal"
		says "signal \"$signal\" is unknown"
	done
}

@test "cli: who makes cgroups is one of those there are" {
	run -0 "$socle" --systemd-cgroup list
	run -0 "$socle" --systemd-cgroup --cgroup-manager systemd list
	refused "$socle" --systemd-cgroup --cgroup-manager cgroupfs list
	says "--systemd-cgroup and --cgroup-manager cgroupfs are two managers"
	refused "$socle" --cgroup-manager=nope list
	says '--cgroup-manager "nope" is unknown'
	run -0 "$socle" --systemd-cgroup=false --cgroup-manager=cgroupfs --rootless auto features
}

@test "cli: an empty root directory's name" {
	refused "$socle" --root "" list
	says "--root is empty"
}

@test "cli: no state directory for one who is not root and has no XDG_RUNTIME_DIR" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	cp "$socle" "$BATS_TEST_TMPDIR/socle"
	chmod -R a+rx "$BATS_TEST_TMPDIR"
	refused env -u XDG_RUNTIME_DIR setpriv --reuid 65534 --regid 65534 --clear-groups ./socle list
	says "XDG_RUNTIME_DIR"
}

@test "cli: root of a user namespace has the state directory of the user, as engines expect who set no USER" {
	mkdir xdg
	: >xdg/socle # to be seen in the error
	refused unshare -Ur env -u USER XDG_RUNTIME_DIR="$PWD/xdg" "$socle" list
	says "$PWD/xdg/socle"
	run -0 unshare -Ur env USER=root XDG_RUNTIME_DIR="$PWD/xdg" "$socle" list -q
}

# ---- the log

@test "cli: an error goes to the log, too, as one line of text" {
	refused "$socle" --log log kill x NOPE
	says 'signal "NOPE" is unknown'
	refused "$socle" --log log nope
	[ "$(wc -l <log)" = 2 ]
	grep -qE '^time="[0-9-]{10}T[0-9:]{8}Z" level=error msg="kill: signal \\"NOPE\\" is unknown"$' log
}

@test "cli: … or of JSON" {
	refused "$socle" --log-format=json --log=file:log spec -b "$BATS_TEST_TMPDIR/none"
	[ "$(jq -r .level log)" = error ]
	[ "$(jq -r .call log)" = open ]
	[ "$(jq -r .path log)" = "$BATS_TEST_TMPDIR/none/config.json" ]
	[ "$(jq -r .errno log)" = 2 ]
	# in the letters that Docker's client looks for
	[[ $(jq -r .msg log) == *": no such file or directory" ]]
	jq -e '.time | fromdate' log
}

@test "cli: the time in the log is now" {
	refused "$socle" --log log --log-format json nope
	[ "$(($(date +%s) - $(jq '.time | fromdate' log)))" -lt 10 ]
}

@test "cli: a log that cannot be written changes nothing else" {
	refused "$socle" --log /nonexistent/log nope
	says 'command "nope" is unknown'
	says 'warning: log: open "/nonexistent/log"'
	refused "$socle" --log syslog:x nope
	says 'command "nope" is unknown'
	for kind in file syslog journald; do
		refused "$socle" --log $kind: list
		says "--log \"$kind:\": a name is missing"
	done
}

# to_log SOCKET TARGET: what arrives at a system's log, in a /dev and a /run of our own
to_log() {
	"${CC:-cc}" -o recvdgram "$BATS_TEST_DIRNAME/recvdgram.c"
	mkdir -p log
	unshare -m sh -ec 'mount -t tmpfs log log; mkdir -p log/dev log/run/systemd/journal; mknod log/dev/null c 1 3
		cp recvdgram "$1" log; mount --bind log/run /run; mount --bind log/dev /dev; set +e
		timeout 10 log/recvdgram "$2" >got & receiver=$!
		until [ -S "$2" ] || ! kill -0 $receiver; do sleep 0.02; done
		"log/${1##*/}" --log "$3" spec -b /none
		wait "$receiver"' sh "$socle" "$@"
}

@test "cli: the log can be syslog's, or the journal's with the parts of an error as fields" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	run to_log /dev/log syslog:me
	grep -qE '^<27>me: time="[^"]*" level=error msg="open .*: no such file or directory"' got
	run to_log /run/systemd/journal/socket journald:me
	grep -qxF 'MESSAGE=open "/none/config.json": no such file or directory' got
	grep -qxF 'SYSLOG_IDENTIFIER=me' got
	grep -qxF 'PRIORITY=3' got
	grep -qxF 'SOCLE_CALL=open' got
	grep -qxF 'SOCLE_PATH=/none/config.json' got
	grep -qxF 'ERRNO=2' got
}

@test "cli: without an error no log is made" {
	run -0 "$socle" --log log features
	[ ! -e log ]
}

# ---- spec and features

@test "cli: spec writes a configuration, and never over another" {
	run --separate-stderr -0 "$socle" spec
	[ -z "$output$stderr" ]
	[ "$(jq -r .ociVersion config.json)" = 1.3.0 ]
	[ "$(jq -c '[.linux.namespaces[].type]' config.json)" = '["pid","network","ipc","uts","mount","cgroup"]' ]
	[ "$(jq -r .process.args[0] config.json)" = sh ]
	[ "$(jq '.mounts | length' config.json)" = 7 ]
	echo mine >config.json
	refused "$socle" spec
	says '"config.json" already exists'
	[ "$(cat config.json)" = mine ]
}

@test "cli: spec writes where it is told" {
	mkdir bundle
	run -0 "$socle" spec --bundle bundle
	run -0 "$socle" spec -f other.json
	cmp bundle/config.json other.json
	ln -s other.json link.json
	refused "$socle" spec -f link.json
	refused "$socle" spec -b none
	[ ! -e none ]
}

@test "cli: spec --rootless maps the caller" {
	run -0 "$socle" spec --rootless
	[ "$(jq -c '[.linux.namespaces[].type]' config.json)" = '["pid","ipc","uts","mount","cgroup","user"]' ]
	[ "$(jq -c .linux.uidMappings config.json)" = "[{\"containerID\":0,\"hostID\":$(id -u),\"size\":1}]" ]
	[ "$(jq -c .linux.gidMappings config.json)" = "[{\"containerID\":0,\"hostID\":$(id -g),\"size\":1}]" ]
	[ "$(jq -c .linux.resources config.json)" = null ]
	run -1 grep gid= config.json
}

@test "cli: features is the specification's structure" {
	run --separate-stderr -0 "$socle" features
	[ "$(jq -r .ociVersionMin <<<"$output")" = 1.0.0 ]
	[ "$(jq -r .ociVersionMax <<<"$output")" = 1.3.0 ]
	[ "$(jq '.linux.capabilities | length' <<<"$output")" = 41 ]
	jq -e '.mountOptions | index("ro") and index("rbind") and . == (unique)' <<<"$output"
	jq -e '.linux.namespaces | index("pid") and index("mount")' <<<"$output"
	jq -e '.linux.cgroup | .v1 and .v2 and .systemd and .systemdUser' <<<"$output"
}

# ---- list

@test "cli: an absent root directory is an empty list, and is not made" {
	run --separate-stderr -0 "$socle" --root "$root" list
	[ "$output" = "ID          PID         STATUS      BUNDLE      CREATED     OWNER" ]
	[ "$("$socle" --root "$root" list -q)" = "" ]
	[ "$("$socle" --root "$root" list -f json)" = "[]" ]
	[ "$("$socle" --root "$root" list --format=json)" = "[]" ]
	[ ! -e "$root" ]
}

@test "cli: a regular expression that is none, and one that nothing matches" {
	refused "$socle" --root "$root" delete --regex '('
	says 'regular expression "("'
	run -0 "$socle" --root "$root" delete --regex 'no.*one'
	run -0 "$socle" --root "$root" kill --regex 'no.*one' KILL
}

@test "cli: a standard output that takes no more is an error" {
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr -1 bash -c '"$1" features >/dev/full' - "$socle"
	says "No space left on device"
}

@test "cli: start-up loads the C library and nothing else" {
	run -0 ldd "$socle"
	[ "$(grep -c '=>' <<<"$output")" -le 2 ]
	run -1 grep -vE 'libc\.so|linux-vdso|ld-linux' <<<"$output"
}

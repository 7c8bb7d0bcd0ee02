# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Hooks: their order, namespaces, input, environment and time, and what one that fails causes.

load helpers

setup_file() { make_base; }
setup() {
	begin
	log=$BATS_TEST_TMPDIR/hooks.log
	cat >hook <<-EOF
		#!/bin/sh
		echo "\$1: \$(pwd) \$(env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= | sort | tr '\n' ' ')\$(cat)" >>$log
	EOF
	chmod 755 hook
}
teardown() { finish; }

# hook KIND [JSON]: one that writes into the log
hook() {
	local more=${2:-'{}'}
	config '.hooks[$kind] += [{path: $path, args: ["hook", $kind]} + $more]' --arg kind "$1" --arg path "$PWD/hook" --argjson more "$more"
}

all() {
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do hook "$kind"; done
}

kinds() { cut -d: -f1 "$log" | tr '\n' ' '; }

@test "R27 hooks: in their order, with the state on their stdin" {
	all
	program true
	inside
	same "prestart createRuntime createContainer poststart poststop " "$(kinds)"
	same $'creating\ncreating\ncreating\nrunning\nstopped' "$(sed 's/^[^{]*//' "$log" | jq -r .status)"
	same "$bundle" "$(sed 's/^[^{]*//' "$log" | jq -r .bundle | sort -u)"
	[ "$(sed 's/^[^{]*//' "$log" | jq 'select(.status != "stopped") | .pid > 1' | sort -u)" = true ]
}

@test "R27 hooks: create runs those of its time, start and delete theirs" {
	all
	program true
	create "$c"
	same "prestart createRuntime createContainer " "$(kinds)"
	socle start "$c"
	becomes "$c" stopped
	same "prestart createRuntime createContainer poststart " "$(kinds)"
	socle delete "$c"
	same "prestart createRuntime createContainer poststart poststop " "$(kinds)"
}

@test "SEC-60 hooks: the environment is the hook's own, the directory the bundle" {
	config '.process.env += ["LD_PRELOAD=/evil.so", "A=container"]'
	hook createRuntime
	hook createContainer '{"env": ["A=b", "C=d"]}'
	program true
	LEAKED=1 inside
	[[ $(grep createRuntime "$log") == "createRuntime: $bundle {"* ]]
	[[ $(grep createContainer "$log") == "createContainer: $bundle A=b C=d {"* ]]
}

@test "R27 hooks: createContainer sees the container's mounts and the host's root" {
	cat >look <<-EOF
		#!/bin/sh
		cat >/dev/null
		grep -c " $bundle/rootfs/proc " /proc/self/mountinfo >$PWD/mounts
		ls -d $bundle >$PWD/root
	EOF
	chmod 755 look
	config '.hooks.createContainer = [{path: $path}]' --arg path "$PWD/look"
	program true
	inside
	same 1 "$(cat mounts)"
	same "$bundle" "$(cat root)"
	[ ! -s "$bundle/rootfs/proc/self" ]
}

@test "hooks: startContainer runs in the container, as its user, before the program" {
	config '.root.readonly = false | .process.user = {uid: 7, gid: 8} |
		.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "id -u >/tmp/hook; cat >>/tmp/hook"]}]'
	chmod 1777 "$bundle/rootfs/tmp"
	program 'head -1 /tmp/hook; grep -o created /tmp/hook'
	run -0 inside
	same $'7\ncreated'
}

@test "hooks: one that fails before the start ends the container, and says what it said" {
	program 'echo never'
	for kind in prestart createRuntime createContainer startContainer; do
		config '.hooks = {poststop: [{path: $log, args: ["hook", "poststop"]}]} | .hooks[$kind] =
			[{path: "/bin/sh", args: ["sh", "-c", "echo so it is; exit 3"]}]' --arg kind "$kind" --arg log "$PWD/hook"
		: >"$log"
		refused inside
		says "$kind" "/hooks/$kind/0" "status 3" "so it is"
		same "poststop " "$(kinds)"
	done
}

@test "hooks: one that fails after the start or the end is a warning" {
	config '.hooks = {poststart: [{path: "/bin/false"}], poststop: [{path: "/none"}]}'
	program 'echo here'
	run -0 --separate-stderr inside
	same here
	[[ $stderr == *"warning: poststart hook: "*"warning: poststop hook: "* ]]
}

@test "hooks: a timeout ends what ignores signals, and its children" {
	config '.hooks.createRuntime = [{path: "/bin/sh", timeout: 1,
		args: ["sh", "-c", "trap \"\" TERM; sleep 4321 & sleep 4321"]}]'
	program true
	refused inside
	says createRuntime "1 seconds"
	! pgrep -f '^sleep 4321$'
}

@test "hooks: one that floods its output, and one that does not read its input" {
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "yes | head -c 1000000; echo at last; exit 1"]}]'
	program true
	refused inside
	says "at last"
	config '.hooks.createRuntime = [{path: "/bin/true"}] | .annotations.big = ("x" * 200000)'
	run -0 inside
}

@test "hooks: a signal that asks to end does so while one hangs, and leaves nothing" {
	config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "4322"]}]'
	program true
	foreground
	eventually pgrep -f '^sleep 4322$'
	kill -TERM "$run"
	ends_with 143 "$run"
	! pgrep -f '^sleep 4322$'
}

@test "hooks: their output goes into files, if annotations name any" {
	hook_that() { config '.hooks[$kind] += [{path: "/bin/sh", args: ["sh", "-c", $text], env: ["PATH=/bin:/usr/bin"]}]' --arg kind "$1" --arg text "$2"; }
	for kind in prestart createContainer startContainer poststart poststop; do
		hook_that "$kind" "echo out of $kind; echo errors of $kind >&2"
	done
	config '.annotations = {"run.oci.hooks.stdout": ($dir + "/out"), "run.oci.hooks.stderr": ($dir + "/errors")}' --arg dir "$PWD"
	echo before >out
	program true
	inside
	same $'before\nout of prestart\nout of createContainer\nout of startContainer\nout of poststart\nout of poststop' "$(cat out)"
	same 5 "$(wc -l <errors)"
	hook_that prestart 'echo it said >&2; exit 3'
	refused inside
	says "ended with status 3"
	says_in errors "it said"
	config '.annotations["run.oci.hooks.stdout"] = "relative"'
	refused inside
	says /annotations/run.oci.hooks.stdout "no absolute path"
	config '.annotations["run.oci.hooks.stdout"] = "/none/out"'
	refused inside
	says /annotations/run.oci.hooks.stdout "No such file or directory"
}

@test "hooks: one that is missing, one that may not be executed, one that is a directory" {
	program true
	for path in /none "$PWD" "$bundle/config.json"; do
		config '.hooks.createRuntime = [{path: $path}]' --arg path "$path"
		refused inside
		says "hook createRuntime" "$path" /hooks/createRuntime/0
	done
	config '.hooks.createRuntime = [{path: "relative"}]'
	refused inside
	says /hooks/createRuntime/0/path
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The plan, printed: without privileges, and nothing is changed.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# as_nobody COMMAND…: with a copy of socle that anybody may execute
as_nobody() {
	[ -e socle ] || cp "$SOCLE" socle
	chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all "$@"
}

everything() { find "$bundle" "$root" /run/socle -printf '%p %i %m %s %T@\n' 2>/dev/null | sort; }

@test "plan: an unprivileged user gets the same plan as root" {
	run -0 socle plan -b bundle "$c"
	expected=$output
	run -0 --separate-stderr as_nobody ./socle --root "$root" plan -b bundle "$c"
	same "$expected"
	same "" "$stderr"
	run -0 --separate-stderr as_nobody ./socle --root "$root" plan -b bundle --format json "$c"
	jq -e . <<<"$output" >/dev/null
}

@test "plan: nothing is changed" {
	before=$(everything)
	run -0 socle plan -b bundle "$c"
	run -0 socle plan -b bundle --format json "$c"
	same "$before" "$(everything)"
	[ ! -e "$root" ]
}

@test "plan: nothing is made, mounted, or executed" {
	command -v strace >/dev/null || skip "no strace"
	run -0 strace -f -qq -o trace "$SOCLE" --root "$root" plan -b bundle "$c"
	run -1 grep -E '^[0-9]+ +(clone|clone3|fork|vfork|mount|fsopen|open_tree|move_mount|mkdir|mkdirat|mknodat|unshare|setns|unlink|unlinkat|rename|renameat|memfd_create|kill)\(' trace
	same 1 "$(grep -c 'execve(' trace)"
}

@test "plan: the text names what the configuration asks for, and where" {
	run -0 socle plan -b bundle "$c"
	for word in /mounts/0 /linux/namespaces /root/path /process/args /linux/maskedPaths/0 "$bundle/rootfs" "$c" devpts mqueue; do
		grep -qF -- "$word" <<<"$output" || { echo "missing: $word"; false; }
	done
}

@test "plan: the JSON has the operations of the text" {
	run -0 socle plan -b bundle --format json "$c"
	[ "$(jq '[.. | objects | select(has("operation") or has("op") or has("kind"))] | length' <<<"$output")" -gt 50 ]
	[ "$(jq -r '[.. | strings] | index("/mounts/0") != null' <<<"$output")" = true ]
}

@test "plan: the id is the bundle's name, where none is given" {
	mkdir "my bundle"
	cp -al bundle/. "my bundle/"
	run -0 socle plan -b "my bundle"
	grep -q "my-bundle" <<<"$output"
}

@test "plan: bad input is refused as create refuses it" {
	config '.process.cwd = "relative"'
	refused socle plan -b bundle "$c"
	says /process/cwd
	refused socle plan -b nowhere
	says nowhere
	unconfigured
	config '.linux.intelRdt = {"closID": "x"}'
	refused socle plan -b bundle
	says /linux/intelRdt
}

@test "plan: it is the same each time" {
	run -0 socle plan -b bundle --format json "$c"
	first=$output
	run -0 socle plan -b bundle --format json "$c"
	same "$first"
}

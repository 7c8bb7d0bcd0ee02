# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What engines write into config.json and into exec's process object: the golden inputs tests/golden/engine-* and
# tests/engines/process, carried out with a root of busybox.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

golden=$BATS_TEST_DIRNAME/../golden

# What is another machine's is made this one's: paths, ids of other containers' processes, devices, and the rights
# that root does not have here.
adapt() {
	local source target
	jq --arg root "$bundle/rootfs" --arg cgroup "/$c" --arg sources "$BATS_TEST_TMPDIR/sources" \
		--argjson open "$(ulimit -Hn)" --argjson processes "$(ulimit -Hu)" '
		def at_most($n): if . > $n then $n else . end;
		.root.path = $root | .linux.cgroupsPath = $cgroup | .process.args = ["true"] |
		.linux.namespaces[] |= del(.path) |
		del(.linux.resources.blockIO.throttleReadBpsDevice, .linux.resources.blockIO.weight) |
		(.process.rlimits[]? | select(.type == "RLIMIT_NOFILE") | .soft, .hard) |= at_most($open) |
		(.process.rlimits[]? | select(.type == "RLIMIT_NPROC") | .soft, .hard) |= at_most($processes) |
		(.mounts[] | select((.source // "" | startswith("/")) and .type == "bind" and
			(.source | test("^/(dev/mqueue|(?!(dev|sys|proc)(/|$)))")))) |= (.source = $sources + .destination)
		' "$1" >"$bundle/config.json"
	jq -r --arg s "$BATS_TEST_TMPDIR/sources" '.mounts[] | select((.source // "") | startswith($s)) | .destination' \
		"$bundle/config.json" | while read -r target; do
		source=$BATS_TEST_TMPDIR/sources$target
		mkdir -p "${source%/*}"
		case $target in
		/etc/* | */.containerenv | */etc-hostname | */resolv.conf) : >>"$source" ;;
		*) mkdir -p "$source" ;;
		esac
	done
}

# An engine that maps ids has the image belong to them.
give_away() {
	local ids
	ids=$(jq -r '.linux | "\(.uidMappings[0].hostID // 0):\(.gidMappings[0].hostID // 0)"' "$bundle/config.json")
	find "$bundle/rootfs" -type d -exec chown "$ids" {} +
}

# works ENGINE: every golden configuration of it
works() {
	local dir failed=
	for dir in "$golden/engine-$1"*/; do
		rm -rf "$bundle/rootfs"
		cp -al "$base/rootfs" "$bundle/rootfs"
		adapt "$dir/config.json"
		give_away
		socle run -b "$bundle" "$c" </dev/null >out 2>&1 || { failed=1; echo "${dir%/}: status $?:"; cat out; }
		host_unchanged || { failed=1; echo "after ${dir%/}"; }
	done
	[ -z "$failed" ]
}

@test "engines: what Podman writes" { works podman; }
@test "engines: what Podman writes for a user" { works rootless; }
@test "engines: what Buildah writes" { works buildah; }
@test "engines: what containerd writes" { works containerd; }
@test "engines: what containerd writes for a pod and its container" { works cri; }
@test "engines: what Docker writes" { works docker; }

@test "engines: what each writes for a further process" {
	config '.process.args = ["sleep", "1000"] | .root.readonly = false'
	detach "$c"
	for process in "$BATS_TEST_DIRNAME"/../engines/process/*.json; do
		run -0 socle exec --process "$process" "$c" </dev/null
	done
	gone "$c"
}

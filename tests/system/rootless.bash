# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of unprivileged callers share: a user of their own, with a copy of socle and a bundle.

USER_ID=61234   # nobody of this host
SUBIDS=2000000  # what /etc/subuid lends that user in these tests
SUBIDS_N=65536

# Once a file, in place of make_base.
make_user_base() {
	make_base
	chmod a+x "$BATS_RUN_TMPDIR"
	cp "$SOCLE" "$BATS_FILE_TMPDIR/socle"
	rm "$base/config.json"
	chown -R "$USER_ID:$USER_ID" "$base"
	user "$SOCLE" spec --rootless -b "$base"
	jq '.process.terminal = false' "$base/config.json" >"$base/next"
	cat "$base/next" >"$base/config.json"
	rm "$base/next"
}

# Before each test, in place of begin.
begin_user() {
	SOCLE=$BATS_FILE_TMPDIR/socle
	begin
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	root=$XDG_RUNTIME_DIR/socle
	mkdir "$XDG_RUNTIME_DIR"
	chmod 700 "$XDG_RUNTIME_DIR"
	chown "$USER_ID:$USER_ID" "$BATS_TEST_TMPDIR" "$XDG_RUNTIME_DIR" "$bundle"
}

# After each test, in place of finish.
finish_user() {
	local id
	for id in "$root"/*; do
		[ -n "$BATS_TEST_COMPLETED$BATS_TEST_SKIPPED" ] || [ ! -d "$id" ] || mine delete --force "${id##*/}" || true
	done
	finish
}

# user COMMAND…: as that user, in no other group and without any privilege
as_user=(setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --inh-caps=-all)
user() { "${as_user[@]}" "$@"; }

# mine COMMAND…: socle as that user
mine() { user "$SOCLE" "$@"; }

# inside_mine [OPTION…]: run the container "$c" to its end
inside_mine() { user "$SOCLE" run -b "$bundle" "$@" "$c" </dev/null; }

# detach_mine ID [OPTION…]
detach_mine() {
	local id=$1
	shift
	user "$SOCLE" run -d -b "$bundle" "$@" "$id" </dev/null >"$id.out" 2>&1 || { cat "$id.out"; return 1; }
}

# lent COMMAND…: as that user, on a host that has lent it more ids.  In a mount namespace of its own, as the files that say
# so are the host's.
lent() {
	command -v newuidmap >/dev/null || skip "the package uidmap is not installed"
	echo "lender:x:$USER_ID:$USER_ID::/:/bin/sh" | cat /etc/passwd - >etc-passwd
	echo "lender:$SUBIDS:$SUBIDS_N" >etc-subid
	chmod a+r etc-passwd etc-subid
	# shellcheck disable=SC2016 # the inner shell's
	unshare -m sh -c '
		for f in passwd:passwd subid:subuid subid:subgid; do
			[ -e "/etc/${f#*:}" ] || : >"/etc/${f#*:}"
			mount --bind "etc-${f%:*}" "/etc/${f#*:}" || exit 99
		done
		id=$1; shift
		exec setpriv --reuid "$id" --regid "$id" --clear-groups --inh-caps=-all "$@"' - "$USER_ID" "$@"
}

inside_lent() { lent "$SOCLE" run -b "$bundle" "$@" "$c" </dev/null; }

# map CONTAINER:HOST:SIZE…: both maps
map() {
	local m
	config '.linux.uidMappings = [] | .linux.gidMappings = []'
	for m; do
		IFS=: read -r inner outer size <<<"$m"
		config '.linux.uidMappings += [{containerID: $i, hostID: $o, size: $n}] | .linux.gidMappings = .linux.uidMappings' \
			--argjson i "$inner" --argjson o "$outer" --argjson n "$size"
	done
}

# two_maps: the user is root, and the lent ids follow
two_maps() { map "0:$USER_ID:1" "1:$SUBIDS:$SUBIDS_N"; }

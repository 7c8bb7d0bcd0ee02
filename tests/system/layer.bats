# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# R39: layers of the vfs driver, by the command.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	store=$BATS_TEST_TMPDIR/var/store
	umask 022
}

layer() { "$SOCLE" layer --store "$store" "$@"; }

# tree ID: where its files are
tree() { layer get "$1"; }

# A layer "base": one of everything that a tree may hold.
make_base() {
	local t
	layer create base
	t=$(tree base)
	mkdir -p "$t"/etc/sub "$t"/usr/lib
	echo root:x:0:0 >"$t/etc/passwd"
	ln "$t/etc/passwd" "$t/usr/lib/same"
	ln -s ../etc/passwd "$t/usr/link"
	ln -s /nowhere "$t/dangling"
	mkfifo "$t/etc/fifo"
	mknod "$t/null" c 1 3
	cp /bin/true "$t/usr/tool"
	chmod 4711 "$t/usr/tool"
	truncate -s 10M "$t/sparse"
	echo end >>"$t/sparse"
	chown 12:34 "$t/etc/sub"
	chmod 2750 "$t/etc/sub"
	touch -d '2001-02-03 04:05:06.123456789' "$t/etc/passwd" "$t/etc"
	touch -h -d '2002-02-03 04:05:06.987654321' "$t/dangling"
	echo "odd" >"$t/etc/"$'a\nb, c: \\ \xff'
}

# what DIR: every file with all that stat tells, its contents, its other names
what() {
	(
		cd "$1" || exit
		find . -printf '%p %y %m %U:%G %s %T@ %l %n\n' | sort
		find . -type f -exec md5sum {} + | sort
		find . -name null -exec stat -c '%t:%T' {} +
		find . -samefile etc/passwd | sort
		stat -c %b sparse
	)
}

# is_copy ID: of base
is_copy() { diff "$BATS_TEST_TMPDIR/base.what" <(what "$(tree "$1")"); }

note_base() { what "$(tree base)" >base.what; }

# at_work DIR: what lies in the store beside complete layers
at_work() { find "$store/vfs/new" "$store/vfs/gone" -mindepth 1; }

@test "layer: R39-create-get-put-remove-exists-list" {
	same "" "$(layer list)"
	run -1 layer exists a
	layer create a
	layer create b
	same $'a\nb' "$(layer list)"
	run -0 layer exists a
	[ -z "$output" ]
	run -0 layer get a
	same "$store/vfs/layers/a/tree"
	[ -d "$output" ]
	run -0 layer put a
	[ -z "$output" ]
	run -0 layer remove a
	[ -z "$output" ]
	run -1 layer exists a
	same b "$(layer list)"
	[ -z "$(at_work)" ]
}

@test "layer: R39-looking makes no store" {
	run -0 layer list
	run -1 layer exists a
	run -0 layer status
	refused layer get a
	says 'layer "a" does not exist'
	[ ! -e "$store" ]
}

@test "layer: R39-modes" {
	umask 0
	layer create a
	same 755 "$(stat -c %a "$(tree a)")"
	same 0:0 "$(stat -c %u:%g "$(tree a)")"
	for d in "$store" "$store/vfs" "$store/vfs/layers" "$store/vfs/layers/a"; do
		same 700 "$(stat -c %a "$d")"
	done
}

@test "layer: R39-owner is the root of the id mapping" {
	layer create --uidmap 0:100000:65536 --gidmap=1:5:1,0:200000:1 a
	same 100000:200000:755 "$(stat -c %u:%g:%a "$(tree a)")"
	same 100000:200000:700 "$(stat -c %u:%g:%a "$(tree a)/..")"
	refused layer create --uidmap 1:100000:65536 b
	says "--uidmap has no place for 0"
	refused layer create --gidmap 0:1:10,5:20:1 b
	says "--gidmap: range 2 overlaps range 1"
	refused layer create --uidmap x b
	says '--uidmap "x" is no list'
	same a "$(layer list)"
}

@test "layer: R39-copy of the parent keeps everything" {
	make_base
	note_base
	layer create --parent base child
	is_copy child
	same base "$(layer status child | jq -r .parent)"
	# It is a copy, not a view.
	echo more >>"$(tree child)/etc/passwd"
	is_copy base
	layer remove base
	[ -s "$(tree child)/usr/lib/same" ]
	[ -z "$(at_work)" ]
}

@test "layer: R39-options are refused by name" {
	refused layer create -o size=10G,x a
	says 'the vfs driver does not know the option "size"'
	run -1 layer exists a
	refused layer list -o size=1
	says "list takes no option but --store"
}

@test "layer: R39-labelled" {
	make_base
	run --separate-stderr layer create --parent base --label system_u:object_r:container_file_t:s0 a
	if [ "$status" != 0 ]; then
		says "while labelling"
		run -1 layer exists a
		skip "labels are not possible here"
	fi
	for f in . etc/passwd usr/link null etc/fifo; do
		same system_u:object_r:container_file_t:s0 \
			"$(cd "$(tree a)" && getfattr -h --only-values -n security.selinux "$f" | tr -d '\0')"
	done
}

@test "layer: R39-ids are checked" {
	for id in "" . .. .a a/b ../a /a $'a\nb' "$(printf 'x%.0s' {1..256})"; do
		for action in create get put remove exists status; do
			refused layer "$action" "$id"
			says "the layer's id"
		done
		[ -z "$id" ] || refused layer create --parent "$id" b
	done
	id=$(printf 'x%.0s' {1..255})
	layer create "$id"
	layer create -p "$id" "a b"
	same $'a b\n'"$id" "$(layer list)"
	layer remove "$id"
	[ -z "$(at_work)" ]
}

@test "layer: R39-what is not there, and what is there already" {
	layer create a
	refused layer create a
	says 'layer "a" already exists'
	refused layer create --parent none b
	says 'parent: layer "none" does not exist'
	for action in get put remove status; do
		refused layer "$action" b
		says 'layer "b" does not exist'
	done
	same a "$(layer list)"
	[ -z "$(at_work)" ]
}

@test "layer: R39-misuse" {
	refused layer
	says "ACTION is missing" "usage: socle layer"
	refused layer frob
	says 'action "frob" is unknown'
	refused layer create
	says "ID is missing"
	refused layer list a
	says 'argument "a" is one too many'
}

@test "layer: R39-status" {
	same '{"driver":"vfs","store":"'"$store"'","layers":0,"leftovers":0}' "$(layer status | jq -c .)"
	layer create a
	layer create -p a b
	same 2 "$(layer status | jq .layers)"
	same "{\"driver\":\"vfs\",\"id\":\"b\",\"parent\":\"a\",\"path\":\"$store/vfs/layers/b/tree\",\"uid\":0,\"gid\":0,\"mode\":\"0755\"}" \
		"$(layer status b | jq -c .)"
	same null "$(layer status a | jq .parent)"
}

@test "layer: R39-a store that others can write to is refused" {
	layer create a
	chmod 777 "$store"
	refused layer create b
	says "is not ours alone (owner 0, mode 0777)"
	refused layer list
	chmod 700 "$store"
	chown 1000 "$store/vfs/new"
	refused layer create b
	says '"new" is not ours alone (owner 1000'
	chown 0 "$store/vfs/new"
	mv "$store/vfs" "$store/elsewhere"
	ln -s elsewhere "$store/vfs"
	refused layer create b
	[ ! -e "$store/elsewhere/layers/b" ]
}

@test "layer: R39-out of space leaves nothing" {
	make_base
	mkdir small
	run --separate-stderr -1 unshare -m bash -c 'mount -t tmpfs -o size=300k,mode=700 none small &&
		"$1" layer --store small create big && head -c 200000 /dev/zero >small/vfs/layers/big/tree/file &&
		! "$1" layer --store small create --parent big more &&
		[ -z "$(find small/vfs/new small/vfs/gone -mindepth 1)" ] && "$1" layer --store small list && exit 1' - "$SOCLE"
	same big
	says 'while copying the parent layer: write "file": No space left on device'
}

# killed_at CALL N: a creation that is killed at its Nth call of that name.  Status 137 if it came to that.
killed_at() {
	local status=0
	strace -qq -o /dev/null -e signal=none -e "inject=$1:signal=KILL:when=$2" \
		"$SOCLE" layer --store "$store" create --parent base child 2>/dev/null || status=$?
	return "$status"
}

@test "layer: R39-killed at any moment, no layer looks complete" {
	command -v strace >/dev/null || skip "strace is not installed"
	make_base
	note_base
	local n status call absent=0 present=0
	for call in openat mkdirat mknodat symlinkat linkat write fchown fchmod utimensat ftruncate flock renameat syncfs fsync; do
		for ((n = 1; ; n++)); do
			status=0
			killed_at "$call" "$n" 2>/dev/null || status=$?
			[ "$status" != 0 ] || break
			same 137 "$status"
			if layer exists child; then
				present=$((present + 1))
				is_copy child
				layer remove child
			else
				absent=$((absent + 1))
				same base "$(layer list)"
			fi
		done
		# The last one came through: it found nothing in its way, and cleared up.
		is_copy child
		layer remove child
		[ -z "$(at_work)" ]
	done
	is_copy base
	[ "$absent" -gt 80 ]
	[ "$present" -gt 0 ]
}

@test "layer: R39-any call that fails leaves nothing" {
	command -v strace >/dev/null || skip "strace is not installed"
	make_base
	for call in mkdirat mknodat symlinkat linkat write fchown fchmod utimensat ftruncate renameat syncfs fsync; do
		run --separate-stderr -1 strace -qq -o /dev/null -e "inject=$call:error=EIO:when=1" \
			"$SOCLE" layer --store "$store" create --parent base child
		says "Input/output error"
		same base "$(layer list)"
		[ -z "$(at_work)" ]
	done
}

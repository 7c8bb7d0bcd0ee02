# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A systemd to test with.  Where the machine runs one, tests go by that.  Elsewhere systemd-nspawn boots this machine's
# own tree under an overlay, and all tests of the file run in there at once; outside each test then tells its result.
# There are two such guests: one with version 2 of the cgroups, one with version 1.

is_booted() { [ -d /run/systemd/system ] && [ "$(cat /proc/1/comm)" = systemd ]; }

cgroup_layout() {
	case $(stat -f -c %T /sys/fs/cgroup) in
	cgroup2fs) echo v2 ;;
	*) echo v1 ;;
	esac
}

# guest_units DIR: what the guest starts, and nothing else
guest_units() {
	cat >"$1/guest.service" <<-'END'
		[Unit]
		Wants=dbus.service systemd-logind.service
		After=basic.target dbus.service
		[Service]
		Type=oneshot
		ExecStart=/bin/bash /run/guest/job
		OOMPolicy=continue
		TasksMax=infinity
		Delegate=yes
	END
	printf '[Unit]\nRequires=guest.service\n' >"$1/guest.target"
}

# guest_job DIR LAYOUT: what runs in it.  nspawn leaves version 1 read-only.
guest_job() {
	cat >"$1/job" <<-END
		export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C SOCLE=$(realpath "$SOCLE") SOCLE_BUILD=$(realpath "$SOCLE_BUILD")
		if [ $2 = v1 ]; then
			for m in \$(awk '\$3 == "cgroup" { print \$2 }' /proc/mounts); do mount -o remount,bind,rw "\$m"; done
			systemctl daemon-reexec
		fi
		mount -o remount,dev /tmp # where the bundles are
		export GUEST=$2
		cd /
		bats --formatter tap ${BATS_TEST_FILENAME@Q} >/run/guest/tap 2>&1 </dev/null
		touch /run/guest/done
		systemctl exit 0 --no-block
	END
}

hierarchies() { awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts; }

# guest_cgroup NAME: one of our own in each hierarchy, and into it
guest_cgroup() {
	local h f
	for h in $(hierarchies); do
		mkdir "$h/$1"
		for f in cpuset.cpus cpuset.mems; do [ ! -e "$h/$f" ] || cat "$h/$f" >"$h/$1/$f"; done
		echo "$BASHPID" >"$h/$1/cgroup.procs"
	done
}

guest_cgroup_gone() {
	local h try
	for h in $(hierarchies); do
		[ ! -e "$h/$1/cgroup.kill" ] || echo 1 >"$h/$1/cgroup.kill"
		for try in {1..100}; do
			find "$h/$1" -depth -type d -exec rmdir {} + 2>/dev/null && break
			[ -d "$h/$1" ] || break
			sleep 0.05
		done
	done
}

# guest_boot LAYOUT: all of this file in there; the results are in guest-LAYOUT/tap
guest_boot() {
	local dir=$BATS_FILE_TMPDIR/guest-$1 name=socle-guest-$$-$1 bind
	mkdir -p "$dir"/{share,over}
	guest_units "$dir/share"
	guest_job "$dir/share" "$1"
	bind=$(realpath "$SOCLE_BUILD")
	# In a mount namespace of its own: only processes see the overlay.
	(
		guest_cgroup "$name"
		export SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=$([ "$1" = v2 ] && echo 1 || echo 0)
		export DIR=$dir NAME=$name BUILD=$bind TESTS=$BATS_TEST_DIRNAME PROGRAM=$(realpath "$SOCLE")
		# shellcheck disable=SC2016 # its own variables
		exec unshare -m --propagation private bash -ec '
			mount -t tmpfs none "$DIR/over"
			mkdir "$DIR"/over/{up,work,root}
			mount -t overlay -o "lowerdir=/,upperdir=$DIR/over/up,workdir=$DIR/over/work" none "$DIR/over/root"
			cp "$DIR"/share/guest.* "$DIR/over/root/etc/systemd/system/"
			: >"$DIR/over/root/etc/fstab"
			exec timeout -k 1 240 systemd-nspawn --quiet --register=no --keep-unit -D "$DIR/over/root" -M "$NAME" \
				--private-network --capability=all --console=pipe --bind="$DIR/share:/run/guest" \
				--tmpfs=/tmp --bind-ro="$BUILD" --bind-ro="$TESTS" --bind-ro="${PROGRAM%/*}" \
				--boot -- systemd.unit=guest.target systemd.show_status=0'
	) </dev/null >"$dir/console" 2>&1 3>&- || true
	guest_cgroup_gone "$name"
	[ -e "$dir/share/done" ]
}

# Once a file.
systemd_file() {
	local layout
	make_base
	! is_booted || return 0
	command -v systemd-nspawn >/dev/null || return 0
	for layout in v2 v1; do guest_boot "$layout"& done
	wait
}

# there LAYOUT FUNCTION: the test itself, or what became of it in a guest; LAYOUT: v1, v2 or any
there() {
	local layout=$1 tap line
	if is_booted; then
		[ "$layout" != any ] || layout=${GUEST:+v2}
		[ "${layout:-$(cgroup_layout)}" = "$(cgroup_layout)" ] || skip "is about cgroups of $layout"
		"$2"
		return
	fi
	command -v systemd-nspawn >/dev/null || skip "neither systemd nor systemd-nspawn is here"
	[ "$layout" != any ] || layout=v2
	tap=$BATS_FILE_TMPDIR/guest-$layout/share/tap
	[ -s "$tap" ] || { tail -n 30 "$BATS_FILE_TMPDIR/guest-$layout/console"; skip "systemd-nspawn boots no systemd here"; }
	line=$(grep -E "^(not )?ok [0-9]+ " "$tap" | grep -F -- " $BATS_TEST_DESCRIPTION" | head -n 1)
	case $line in
	*'# skip'*) skip "in the guest: ${line##*# skip }" ;;
	ok\ *) return 0 ;;
	esac
	awk -v test="$line" '$0 == test { on = 1; next } /^(not )?ok / { on = 0 } on' "$tap"
	[ -n "$line" ] || tail -n 20 "$tap"
	return 1
}

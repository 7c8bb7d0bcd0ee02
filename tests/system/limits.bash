# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Limits, read back from wherever this host has them: a test names the file of either version.

# layout: v1, hybrid, v2
layout() {
	if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
		echo v2
	elif grep -q ^0:: /proc/self/cgroup && grep -q ' - cgroup2 ' /proc/self/mountinfo; then
		echo hybrid
	else
		echo v1
	fi
}

# mounted TYPE OPTION: where the file system of that type is mounted that has the option; any, for none
mounted() {
	awk -v type="$1" -v option="$2" '{
		for (i = 7; $i != "-"; i++);
		n = split($NF, options, ",")
		for (k = 1; k <= n; k++) has[options[k]] = 1
		if ($(i + 1) == type && (option == "" || option in has)) { print $5; exit }
		delete has
	}' /proc/self/mountinfo
}

# v1_has CONTROLLER, v2_has CONTROLLER
v1_has() { [ -n "$(mounted cgroup "$1")" ]; }
v2_has() { grep -qw -- "$1" "$(mounted cgroup2 '')/cgroup.controllers" 2>/dev/null; }

# cgroup_of ID CONTROLLER [CONTROLLER-OF-VERSION-2]: the container's directory that has it
cgroup_of() {
	local pid path
	pid=$(pid "$1")
	if v1_has "$2"; then
		path=$(awk -F: -v c="$2" '{ n = split($2, l, ","); for (i = 1; i <= n; i++) if (l[i] == c) print $3 }' "/proc/$pid/cgroup")
		echo "$(mounted cgroup "$2")$path"
	else
		path=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
		echo "$(mounted cgroup2 '')$path"
	fi
}

# needs CONTROLLER [CONTROLLER-OF-VERSION-2]: skips the test where the host has neither
needs() {
	v1_has "$1" || v2_has "${2:-$1}" || skip "no controller \"$1\" on this host"
}

# limit ID FILE-OF-VERSION-1 FILE-OF-VERSION-2: what the container's cgroup has there, in one line
limit() {
	local controller=${2%%.*} dir
	dir=$(cgroup_of "$1" "$controller")
	if v1_has "$controller"; then
		tr '\n' ' ' <"$dir/$2" | sed 's/ $//'
	else
		tr '\n' ' ' <"$dir/$3" | sed 's/ $//'
	fi
}

# has_limit ID FILE-OF-VERSION-1 VALUE FILE-OF-VERSION-2 VALUE
has_limit() {
	local got expected=$5
	got=$(limit "$1" "$2" "$4")
	! v1_has "${2%%.*}" || expected=$3
	[ "$got" = "$expected" ] || { echo "$2 or $4: expected \"$expected\", got \"$got\""; return 1; }
}

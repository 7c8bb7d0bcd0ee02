# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The life cycle as a matrix: status by command; and what a container's state, its signals and its id are.

load helpers

setup_file() { make_base; }
setup() { begin; }
teardown() { finish; }

# A program that tells what signals it gets.
listener() {
	program 'for s in HUP INT USR1 TERM WINCH; do trap "echo got $s" $s; done; echo ready
		while :; do sleep 1000 & wait $!; done'
}

sleeper() { program 'exec sleep 1000'; }

# ---- the matrix: created

@test "lifecycle: created: state, kill, start, delete --force" {
	sleeper
	create "$c"
	same created "$(status "$c")"
	[ "$(pid "$c")" -gt 1 ]
	refused socle delete "$c"
	says "container is not stopped" '"created"'
	same created "$(status "$c")"
	socle start "$c"
	same running "$(status "$c")"
	socle delete --force "$c"
}

@test "lifecycle: created: kill ends it before it has begun" {
	program 'echo never'
	create "$c"
	socle kill "$c" KILL
	becomes "$c" stopped
	refused socle start "$c"
	says "container is not running"
	socle delete "$c"
	[ ! -s "$c.out" ]
}

@test "lifecycle: created: delete --force" {
	sleeper
	create "$c"
	its=$(pid "$c")
	run -0 socle delete --force "$c"
	eventually test ! -e "/proc/$its"
}

# ---- running

@test "lifecycle: running: start again is refused, delete is refused" {
	sleeper
	detach "$c"
	refused socle start "$c"
	says "started already" '"running"'
	refused socle delete "$c"
	says "container is not stopped" '"running"'
	same running "$(status "$c")"
	socle delete --force "$c"
}

# ---- stopped

@test "lifecycle: stopped: start and kill are refused, delete removes it" {
	program 'true'
	detach "$c"
	becomes "$c" stopped
	refused socle start "$c"
	says "container is not running"
	refused socle kill "$c" TERM
	says "container is not running"
	run -0 socle kill --all "$c" KILL
	same 0 "$(pid "$c")"
	socle delete "$c"
}

@test "lifecycle: stopped: delete --force" {
	program 'true'
	detach "$c"
	becomes "$c" stopped
	run -0 socle delete --force "$c"
}

# ---- none

@test "lifecycle: no container: every command says that it does not exist" {
	for command in state start "kill" "delete"; do
		refused socle "$command" "$c"
		says "container does not exist" "\"$c\""
	done
	refused socle kill --all "$c" KILL
	says "container does not exist"
	run --separate-stderr -0 socle delete --force "$c"
	same "" "$output$stderr"
	[ ! -e "$root" ]
}

@test "lifecycle: no container, where others are" {
	sleeper
	detach "${c}a"
	refused socle state "$c"
	says "container does not exist"
	run -0 socle delete --force "$c"
	same running "$(status "${c}a")"
	gone "${c}a"
}

# ---- create

@test "lifecycle: an id that is taken is refused, whatever its container does" {
	sleeper
	create "$c"
	refused socle create -b "$bundle" "$c"
	says "already exists" "\"$c\""
	socle start "$c"
	refused socle run -b "$bundle" "$c"
	says "already exists"
	same running "$(status "$c")"
	socle kill "$c" KILL
	becomes "$c" stopped
	refused inside
	says "already exists"
	same stopped "$(status "$c")"
	socle delete "$c"
}

@test "lifecycle: of two creates of one id at once one wins, and the other is told" {
	sleeper
	for i in $(seq 20); do
		create "$c" >one 2>&1 3>&- &
		first=$!
		(socle create -b "$bundle" "$c" </dev/null >two 2>&1 3>&-) &
		second=$!
		a=0 b=0
		wait "$first" || a=$?
		wait "$second" || b=$?
		[ "$((a + b))" = 1 ] || { echo "round $i: $a $b"; cat one two; false; }
		cat one two | grep -q "already exists"
		same created "$(status "$c")"
		socle delete --force "$c"
	done
}

@test "lifecycle: two creates of two ids in one cgroup: the second is refused" {
	sleeper
	config '.linux.cgroupsPath = $p' --arg p "/$c-shared"
	create "${c}a"
	refused socle create -b "$bundle" "${c}b"
	says "holds processes already" "$c-shared"
	same created "$(status "${c}a")"
	gone "${c}a"
}

@test "lifecycle: two deletes at once" {
	program 'true'
	for i in $(seq 10); do
		detach "$c"
		becomes "$c" stopped
		socle delete "$c" >one 2>&1 &
		first=$!
		socle delete "$c" >two 2>&1 &
		second=$!
		a=0 b=0
		wait "$first" || a=$?
		wait "$second" || b=$?
		[ "$((a + b))" -le 1 ] || { cat one two; false; }
		[ "$((a + b))" = 0 ] || grep -q "container does not exist" one two || { cat one two; false; }
	done
}

@test "lifecycle: before there is a process: creating, and start, kill and delete are refused" {
	# what a creator has that holds the lock and has got no further
	mkdir -p "$root/$c"
	chmod 700 "$root"
	echo "bundle ${#bundle}:$bundle" >"$root/$c/journal"
	background flock "$root/$c" sh -c 'echo ready; exec sleep 1000'
	eventually says_in background.out ready
	same creating "$(status "$c")"
	same "$bundle" "$(socle state "$c" | jq -r .bundle)"
	for command in start kill delete "delete --force"; do
		# shellcheck disable=SC2086
		refused socle $command "$c"
		says "container is being created"
	done
	pkill -KILL -P "$!" || true
	becomes "$c" stopped
	socle delete "$c"
}

# ---- kill

@test "lifecycle: signals by every kind of name" {
	listener
	detach "$c"
	eventually says_in "$c.out" ready
	for row in HUP:HUP SIGINT:INT usr1:USR1 15:TERM sigwinch:WINCH; do
		run -0 socle kill "$c" "${row%:*}"
		eventually says_in "$c.out" "got ${row#*:}"
	done
	gone "$c"
}

@test "lifecycle: a signal is TERM where none is named" {
	listener
	detach "$c"
	eventually says_in "$c.out" ready
	socle kill "$c"
	eventually says_in "$c.out" "got TERM"
	gone "$c"
}

@test "lifecycle: a real-time signal" {
	without pid
	sleeper
	background "$SOCLE" --root "$root" run -b "$bundle" "$c"
	run=$!
	becomes "$c" running
	socle kill "$c" RTMIN+3
	ends_with $((128 + $(kill -l RTMIN) + 3)) "$run"
}

@test "lifecycle: kill --all reaches every process of the container" {
	without pid
	program 'for i in 1 2 3; do (trap "echo got \$i; exit" USR1; echo "ready $i"; while :; do sleep 0.1; done) & done
		trap : USR1; while :; do wait; done'
	detach "$c"
	for i in 1 2 3; do
		eventually says_in "$c.out" "ready $i"
	done
	socle kill --all "$c" USR1
	says_all() { [ "$(grep -c got "$c.out")" = 3 ]; }
	eventually says_all
	gone "$c"
}

@test "lifecycle: kill --all of a stopped container ends what it left" {
	without pid
	program 'sleep 1000 & echo $!'
	detach "$c"
	becomes "$c" stopped
	its=$(cat "$c.out")
	[ -e "/proc/$its" ]
	socle kill --all "$c" KILL
	eventually test ! -e "/proc/$its"
	socle delete "$c"
}

@test "lifecycle: delete ends what a stopped container left" {
	without pid
	program 'sleep 1000 & echo $!'
	detach "$c"
	becomes "$c" stopped
	socle delete "$c"
	eventually test ! -e "/proc/$(cat "$c.out")"
}

@test "lifecycle: kill and delete by regular expression" {
	sleeper
	for i in 1 2 3; do
		detach "$c$i"
	done
	socle kill --regex "^${c}[12]\$" KILL
	becomes "${c}1" stopped
	becomes "${c}2" stopped
	same running "$(status "${c}3")"
	run -1 socle delete --regex "^$c" # one of them runs
	same "${c}3" "$(socle list -q)"
	socle delete --force --regex "^$c"
	same "" "$(socle list -q)"
}

# ---- state

@test "lifecycle: the state's members" {
	config '.annotations = {"a.b": "c", "empty": ""}'
	sleeper
	create "$c"
	run -0 socle state "$c"
	same "$c" "$(jq -r .id <<<"$output")"
	same "$(jq -r .ociVersion "$bundle/config.json")" "$(jq -r .ociVersion <<<"$output")"
	same created "$(jq -r .status <<<"$output")"
	same "$bundle" "$(jq -r .bundle <<<"$output")"
	same "$bundle/rootfs" "$(jq -r .rootfs <<<"$output")"
	same root "$(jq -r .owner <<<"$output")"
	same '{"a.b":"c","empty":""}' "$(jq -c .annotations <<<"$output")"
	[[ $(jq -r .created <<<"$output") =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z$ ]]
	its=$(jq .pid <<<"$output")
	grep -q "$c" "/proc/$its/cgroup"
	created=$(jq -r .created <<<"$output")
	socle start "$c"
	socle kill "$c" KILL
	becomes "$c" stopped
	run -0 socle state "$c"
	same 0 "$(jq .pid <<<"$output")"
	same "$created" "$(jq -r .created <<<"$output")"
	socle delete "$c"
}

@test "lifecycle: a bundle's name with spaces, quotes and a newline" {
	odd=$BATS_TEST_TMPDIR/$'a "b" \\c\nd'
	program 'echo good'
	cp -al "$bundle" "$odd"
	run -0 socle run --keep -b "$odd" "$c"
	same good
	same "$odd" "$(socle state "$c" | jq -r .bundle)"
	same "$odd" "$(socle list -f json | jq -r '.[0].bundle')"
	socle delete "$c"
}

# ---- list

@test "lifecycle: list as a table, as JSON, as ids" {
	sleeper
	create "${c}b"
	detach "${c}a"
	program true
	detach "${c}c"
	becomes "${c}c" stopped
	run -0 socle list
	same "ID PID STATUS BUNDLE CREATED OWNER" "$(echo ${lines[0]})"
	[[ $(echo ${lines[1]}) == "${c}a $(pid "${c}a") running $bundle "*Z" root" ]]
	[[ $(echo ${lines[2]}) == "${c}b $(pid "${c}b") created $bundle "*Z" root" ]]
	[[ $(echo ${lines[3]}) == "${c}c 0 stopped $bundle "*Z" root" ]]
	[ "${#lines[@]}" = 4 ]
	same "$(printf '%s\n' "${c}a" "${c}b" "${c}c")" "$(socle list -q)"
	same "[\"${c}a:running\",\"${c}b:created\",\"${c}c:stopped\"]" "$(socle list -f json | jq -c 'map(.id + ":" + .status)')"
	same "$(socle state "${c}a" | jq -S .)" "$(socle list -f json | jq -S '.[0]')"
	gone "${c}a" "${c}b" "${c}c"
	same "[]" "$(socle list -f json)"
}

@test "lifecycle: list goes on where a state is damaged, or is none" {
	sleeper
	detach "$c"
	mkdir "$root/broken" "$root/.hidden"
	echo "{" >"$root/broken/state.json"
	touch "$root/file"
	run -0 socle list -q
	same "broken
$c"
	refused socle state broken
	says state.json
	gone "$c"
	rm -r "$root/broken" "$root/.hidden" "$root/file"
}

# ---- ids

@test "lifecycle: ids of every allowed kind" {
	program true
	for id in a Z 0 a.b a-b a_b a+b _a +a "$(printf 'x%.0s' $(seq 255))"; do
		run -0 "$SOCLE" --root "$root" run -b "$bundle" "$id" </dev/null
	done
}

@test "lifecycle: ids that are none" {
	program true
	for id in "" . .. .a a/b ../a /a "a b" $'a\nb' 'a"b' ä 'a*' "$(printf 'x%.0s' $(seq 256))" "$(printf 'x%.0s' $(seq 1025))"; do
		refused socle run -b "$bundle" "$id"
		says "id"
		refused socle state "$id"
		refused socle delete --force "$id"
	done
	[ ! -e "$root" ]
}

# ---- pids

@test "lifecycle: a pid that has been given to another process is not signalled" {
	sleeper
	detach "$c"
	its=$(pid "$c")
	background sleep 1000
	other=$!
	# as if the container had ended and its pid were the other's now
	state=$root/$c/state.json
	jq --argjson pid "$other" '.pid = $pid' "$state" >next
	cp "$state" saved
	cp next "$state"
	same stopped "$(status "$c")"
	refused socle kill "$c" KILL
	says "container is not running"
	kill -0 "$other"
	cp saved "$state"
	same "$its" "$(pid "$c")"
	socle kill "$c" KILL
	becomes "$c" stopped
	cp next "$state"
	socle delete --force "$c"
	kill -0 "$other"
}

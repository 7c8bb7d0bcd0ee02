# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The documents say what is so.

top=$BATS_TEST_DIRNAME/../..

setup() { cd "$top" || return 1; }

# block FILE N: the Nth block of FILE between lines of ``` alone
block() { awk -v n="$2" '/^```/ { if (inside) { inside = 0 } else { inside = 1; k += $0 == "```" ; show = $0 == "```" && k == n }; next } inside && show' "$1"; }

@test "documents: ARCHITECTURE.md has every source, and no others" {
	for folder in src/*/; do
		folder=${folder%/}
		section=$(awk -v at="    $folder/ " 'index($0, at) == 1 { on = 1; sub(/^ *[^ ]+ */, ""); print; next } on && /^    [^ ]/ { exit } on' ARCHITECTURE.md)
		[ -n "$section" ] || { echo "no section: $folder"; false; }
		for file in "$folder"/*; do
			name=$(basename "$file")
			name=${name%.[ch]}
			[ -e "$folder/${name%.test}.c" ] || [ -e "$folder/${name%.test}.h" ] && name=${name%.test}
			grep -qE "(^|[[:space:]])${name//./\\.}([[:space:]]|:|\$)" <<<"$section" || { echo "not there: $file"; false; }
		done
		[ "$folder" != src/init ] || continue
		while read -r name _; do
			[ -e "$folder/$name" ] || [ -e "$folder/$name.c" ] || [ -e "$folder/$name.h" ] || { echo "no such file: $folder/$name"; false; }
		done < <(sed -n 's/^      //p' <<<"$section")
	done
}

@test "documents: the README's plans are those of the golden cases" {
	for row in 1:default-v2 2:rootfs-features; do
		block README.md "${row%:*}" >"$BATS_TEST_TMPDIR/plan"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/plan")" -gt 30 ]
		while IFS= read -r line; do
			case $line in
			*"          … "*) continue ;;
			*'"…"'*)         grep -qF -- "${line%%\"…\"*}" "tests/golden/${row#*:}/plan.txt" ;;
			*)               grep -qxF -- "$line" "tests/golden/${row#*:}/plan.txt" ;;
			esac || { echo "not in ${row#*:}: $line"; false; }
		done <"$BATS_TEST_TMPDIR/plan"
	done
}

@test "documents: the README's configuration is the golden case's" {
	awk '/^```json/ { on = 1; print "{"; next } /^```/ { on = 0 } on' README.md | sed '$s/],*$/]}/' | jq -S .mounts >"$BATS_TEST_TMPDIR/mounts"
	jq -S .mounts tests/golden/rootfs-features/config.json | diff "$BATS_TEST_TMPDIR/mounts" -
}

@test "documents: docs/rootfs.md has R1 to R41, each with files that exist and tests that do" {
	for ((n = 1; n <= 41; n++)); do
		line=$(grep "^| R$n |" docs/rootfs.md)
		IFS='|' read -r _ _ _ where tests _ <<<"$line"
		for place in ${where//,/ }; do
			[ -e "src/$place.c" ] || { echo "R$n: no src/$place.c"; false; }
		done
		[ -n "${tests// /}" ]
		IFS=';' read -ra list <<<"$tests"
		for test in "${list[@]}"; do
			test=$(sed 's/^ *//; s/ *$//' <<<"$test")
			case $test in
			golden:*) test=${test#golden: }; compgen -G "tests/golden/${test%%,*}" ;;
			rootfs:*) grep -qE "^@test \"([^\"]* )?R$n( |\")" tests/system/rootfs.bats ;;
			*.test)   [ -e "src/$test.c" ] ;;
			"every "*) ;;
			*)        [ -e "tests/system/${test%%:*}.bats" ] ;;
			esac >/dev/null || { echo "R$n: no such test: $test"; false; }
		done
	done
}

@test "documents: docs/spec-coverage.md has every field of the specification, as the tables and the plans have it" {
	tests/coverage/run "$SOCLE_BUILD" >"$BATS_TEST_TMPDIR/coverage"
	diff docs/spec-coverage.md "$BATS_TEST_TMPDIR/coverage"
}

@test "documents: docs/cgroups.md has the table by which limits are set" {
	diff <(grep -A1000 '^| --- ' docs/cgroups.md | sed -n '2,/^$/p' | grep '^|') <("$SOCLE_BUILD/limits-table")
}

@test "documents: links lead to files" {
	for page in README.md ARCHITECTURE.md HACKING.md docs/*.md; do
		for link in $(grep -oE '\]\([^)#]+\)' "$page" | tr -d '[]()'); do
			[[ $link == http* ]] || [ -e "$(dirname "$page")/$link" ] || { echo "$page: $link"; false; }
		done
	done
}

@test "documents: no command is missing in the README" {
	for command in $("${SOCLE:-build/socle}" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		grep -qE "^\|.*\`${command}[ \`]" README.md || { echo "$command"; false; }
	done
}

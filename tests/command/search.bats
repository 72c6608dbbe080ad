#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# search: by a registry's index, by its catalog, and the tags of a repository.

load ../lib/common.bash
load ../lib/registry.bash

setup_file() {
	local name dir=$BATS_FILE_TMPDIR
	registry_start "$dir/plain" || return 1
	echo "$REGISTRY_ADDRESS" >"$dir/plain.address"
	echo "$REGISTRY_PID" >"$dir/pids"
	for name in app:1 app:2 team/app:1 other:1; do
		skopeo --insecure-policy copy -q --dest-tls-verify=false \
			"oci:$PROA_TEST_SCRATCH/layout:busybox" "docker://$REGISTRY_ADDRESS/$name"
	done
	python3 "$BATS_TEST_DIRNAME/../lib/indexserver.py" "$dir/requests" >"$dir/log" 2>&1 3>&- &
	echo $! >>"$dir/pids"
	wait_for_line "$dir/log" $! 'listening on 127\.0\.0\.1:[0-9]+' | sed 's/.* //' >"$dir/index.address"
}

teardown_file() {
	local pid
	while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$BATS_FILE_TMPDIR/pids"
}

setup_more() {
	PLAIN=$(cat "$BATS_FILE_TMPDIR/plain.address")
	INDEX=$(cat "$BATS_FILE_TMPDIR/index.address")
}

@test "the index's results come with the most stars first, in docker's table" {
	run --separate-stderr proa search "$INDEX/word"
	[ "$status" = 0 ]
	[[ ${lines[0]} =~ ^NAME\ +DESCRIPTION\ +STARS\ +OFFICIAL$ ]]
	[[ ${lines[1]} =~ ^$INDEX/many\ +a\ long\ description\ of\ an\ image\ that\ many\ peo…\ +7000\ +\[OK\]$ ]]
	[[ ${lines[2]} =~ ^$INDEX/team/auto\ +50 ]]
	[[ ${lines[3]} =~ ^$INDEX/team/few\ +few\ stars\ +3 ]]
	grep -q '^/v1/search?q=word&n=25$' "$BATS_FILE_TMPDIR/requests"
}

@test "results are filtered, limited, and not cut when asked" {
	[ "$(proa search --format '{{.Name}}' --filter is-official=true "$INDEX/x")" = "$INDEX/many" ]
	[ "$(proa search --format '{{.Name}}' -f stars=50 -f is-official=false "$INDEX/x")" = "$INDEX/team/auto" ]
	[ "$(proa search --format '{{.Name}}' -f is-automated=true "$INDEX/x")" = "$INDEX/team/auto" ]
	[ "$(proa search --limit 1 --format '{{.Name}} {{.Stars}} {{.Index}}' "$INDEX/x")" = \
		"$INDEX/team/few 3 $INDEX" ]
	[[ "$(proa search --no-trunc "$INDEX/x")" == *"many people like xxxx"* ]]
	run proa search --format json --limit 1 "$INDEX/x"
	[ "$output" = "{\"Description\":\"few stars\",\"IsAutomated\":\"\",\"IsOfficial\":\"\",\"Name\":\"$INDEX/team/few\",\"StarCount\":\"3\"}" ]
}

@test "wrong filters and limits are refused" {
	run proa search --filter stars=many "$INDEX/x"
	[ "$status" = 1 ]
	[[ $output == *"invalid filter 'stars=many'"* ]]
	run proa search --filter age=1 "$INDEX/x"
	[ "$status" = 1 ]
	run proa search --limit 101 "$INDEX/x"
	[ "$status" = 1 ]
	[[ $output == *"limit 101 is outside the range of [1, 100]"* ]]
	run proa search https://r.example.com/x
	[ "$status" = 125 ]
}

@test "a registry without a search is searched by its catalog" {
	run proa search --format '{{.Name}}' "$PLAIN/app"
	[ "$status" = 0 ]
	[ "$output" = "$PLAIN/app"$'\n'"$PLAIN/team/app" ]
	[ "$(proa search --format '{{.Name}}' "$PLAIN/" | wc -l)" = 3 ]
	[ -z "$(proa search --format '{{.Name}}' "$PLAIN/nothing")" ]
	[ "$(proa search --limit 2 --format '{{.Name}}' "$PLAIN/" | wc -l)" = 2 ]
}

@test "tags are listed" {
	run proa search --list-tags "$PLAIN/app"
	[ "$status" = 0 ]
	[[ ${lines[0]} =~ ^NAME\ +TAG$ ]]
	[[ ${lines[1]} =~ ^$PLAIN/app\ +[12]$ ]]
	[ "$(proa search --list-tags --format '{{.Tag}}' "$PLAIN/app" | sort | xargs)" = "1 2" ]
	run --separate-stderr proa search --list-tags "$PLAIN/absent"
	[ "$status" = 1 ]
	one_line_error "no repository 'absent'"
}

@test "pages follow one another" {
	local i data
	data=$(find "$BATS_FILE_TMPDIR/plain/data" -type d -name app -path '*repositories/app')
	[ -n "$data" ]
	for i in $(seq 250); do cp -r "$data" "$(dirname "$data")/many$i"; done
	[ "$(proa search --list-tags --limit 1000 --format '{{.Tag}}' "$PLAIN/many7" | wc -l)" = 2 ]
	[ "$(proa search --limit 100 --format '{{.Name}}' "$PLAIN/many" | sort -u | wc -l)" = 100 ]
	[ "$(proa search --format '{{.Name}}' "$PLAIN/many250")" = "$PLAIN/many250" ]
	[ "$(proa search --format '{{.Name}}' "$PLAIN/team/")" = "$PLAIN/team/app" ]
}

@test "an answer that is none, or that would paint on the terminal" {
	run --separate-stderr proa search "$INDEX/broken"
	[ "$status" = 1 ]
	one_line_error "cannot search for '$INDEX/broken'"
	run proa search "$INDEX/rude"
	[ "$status" = 0 ]
	[[ $output == *'a\x1b[2Jb'* && $output == *'\x07ring'* ]]
}

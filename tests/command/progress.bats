#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The progress of a pull on a terminal, and elsewhere.

load ../lib/common.bash
load ../lib/registry.bash

setup_file() {
	fakereg_start "$BATS_FILE_TMPDIR/fake" || return 1
	echo "$FAKEREG_ADDRESS" >"$BATS_FILE_TMPDIR/fake.address"
	echo "$FAKEREG_PID" >"$BATS_FILE_TMPDIR/pid"
}

teardown_file() { kill "$(cat "$BATS_FILE_TMPDIR/pid")" 2>/dev/null || true; }

setup_more() {
	FAKE=$(cat "$BATS_FILE_TMPDIR/fake.address")
	export TERM=xterm LC_ALL=C
	unset NO_COLOR
}

# on_terminal [OPTIONS] COLUMNSxROWS COMMAND...: the screen in the end is in `lines`.
on_terminal() { run timeout 60 python3 "$TESTS/lib/terminal.py" "$@"; }

@test "a line a layer stays, and what is said of the whole" {
	on_terminal 80x24 "$PROA" --root "$STORE" pull "$REGISTRY/layers"
	[ "${lines[0]}" = "Using default tag: latest" ]
	[ "${lines[1]}" = "latest: Pulling from layers" ]
	for i in 2 3 4 5; do [[ ${lines[i]} =~ ^[0-9a-f]{12}:\ Pull\ complete$ ]]; done
	[[ ${lines[6]} == "Digest: sha256:"* ]]
	[[ ${lines[7]} == "Status: Downloaded newer image for "* ]]
	[ "${lines[8]}" = "$REGISTRY/layers:latest" ]
	[ "${lines[-2]}" = "in colour" ]
	[ "${lines[-1]}" = "status 0" ]
	[[ $output != *Total:* ]]
}

@test "NO_COLOR is honoured" {
	export NO_COLOR=1
	on_terminal 80x24 "$PROA" --root "$STORE" pull "$REGISTRY/layers"
	[[ ${lines[2]} =~ ^[0-9a-f]{12}:\ Pull\ complete$ ]]
	[[ $output != *"in colour"* ]]
}

@test "narrow screens, low ones, and such that change" {
	local size
	for size in 39x24 20x24 8x24 300x24; do
		on_terminal "$size" "$PROA" --root "$STORE" pull "$FAKE/slow"
		[ "${lines[-1]}" = "status 0" ]
		[ "$(grep -c '^[0-9a-f]\{7\}' <<<"$output")" -ge 1 ]
		proa rmi -f "$FAKE/slow"
	done
	on_terminal 80x4 "$PROA" --root "$STORE" pull "$REGISTRY/layers"
	[ "${lines[-1]}" = "status 0" ]
	[[ $output == *"4 of 4 complete"* ]]
	on_terminal --resize 60x24 90x24 "$PROA" --root "$STORE" pull "$FAKE/slow"
	[ "${lines[-1]}" = "status 0" ]
	[ "$(grep -c ': Pull complete' <<<"$output")" = 1 ]
}

@test "a bar, how much, and the sum; after Ctrl-C the cursor is below it" {
	on_terminal --interrupt "Downloading  [" 100x24 "$PROA" --root "$STORE" pull "$FAKE/gated"
	[ "${lines[-1]}" = "status 130" ]
	grep -Eq '^[0-9a-f]{12}: Downloading  \[=*> *\] +[0-9]+% ' <<<"$output"
	grep -Eq '^Total:        [01] of 2 ' <<<"$output"
	[[ $output == *$'\n''^CError: cannot pull '*"interrupted"* ]]
}

@test "no terminal: docker's plain lines; quiet: the name alone" {
	run --separate-stderr proa pull "$REGISTRY/busybox"
	[[ $output != *$'\033'* ]]
	[[ $output == *": Pulling fs layer"*": Download complete"*": Pull complete"* ]]
	export TERM=dumb
	on_terminal 80x24 "$PROA" --root "$STORE" pull "$REGISTRY/layers"
	[[ $output == *": Already exists"*": Pulling fs layer"* ]]
	export TERM=xterm
	on_terminal 80x24 "$PROA" --root "$STORE" pull -q "$REGISTRY/layers"
	[ "${#lines[@]}" = 2 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Log drivers and their options, and reading logs back.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

log_folder() { dirname "$(proa inspect -f '{{.LogPath}}' "$1")"; }
sum() { sha256sum | cut -d' ' -f1; }

# Lines that make a log of max-size=100k rotate often: 2000 lines of 60 bytes.
chatter='i=0; while [ $i -lt 2000 ]; do echo "line $i of a log that is long enough to be cut in pieces"; i=$((i + 1)); done'

@test "options are known by name, and bounded" {
	local option
	for option in no-such=1 max-size=many max-size=-1 max-file=0 compress=perhaps mode=x tag='{{.Nonsense}}' \
		labels-regex='(' bare; do
		run --separate-stderr proa create --log-opt "$option" "$BUSYBOX" true
		[ "$status" = 125 ]
		one_line_error "log opt"
	done
	run --separate-stderr proa create --log-driver none --log-opt max-size=1m "$BUSYBOX" true
	one_line_error "unknown log opt 'max-size' for none log driver"
	run --separate-stderr proa create --log-driver syslog "$BUSYBOX" true
	one_line_error "log driver 'syslog' is not supported"
	proa create --name all --log-driver json-file --log-opt max-size=1m --log-opt max-file=2 --log-opt compress=true \
		--log-opt mode=non-blocking --log-opt max-buffer-size=1m "$BUSYBOX" true
	[ "$(proa inspect -f '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "compress"}}' all)" = "json-file true" ]
}

@test "max-size and max-file: rotated, bounded, read across the files" {
	proa run --name box --log-opt max-size=100k --log-opt max-file=10 "$BUSYBOX" sh -c "$chatter" >"$BATS_TEST_TMPDIR/out"
	# What is written at once stays together, so a file may be some tens of kB over its size.
	[ "$(find "$(log_folder box)" -maxdepth 1 -name '*-json.log*' | wc -l)" -ge 2 ]
	[ -z "$(find "$(log_folder box)" -maxdepth 1 -name '*-json.log*' -size +200k)" ]
	[ "$(proa logs box | sum)" = "$(sum <"$BATS_TEST_TMPDIR/out")" ]
	[ "$(proa logs --tail 1500 box | sum)" = "$(tail -n 1500 "$BATS_TEST_TMPDIR/out" | sum)" ]
	proa run --name small --log-opt max-size=20k --log-opt max-file=2 "$BUSYBOX" sh -c "$chatter" >/dev/null
	[ "$(find "$(log_folder small)" -maxdepth 1 -name '*-json.log*' | wc -l)" = 2 ]
	[ "$(proa logs small | tail -n 1)" = "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" ]
}

@test "compress: older files are gzip, and read as well" {
	proa run --name box --log-opt max-size=100k --log-opt max-file=10 --log-opt compress=true "$BUSYBOX" sh -c "$chatter" >"$BATS_TEST_TMPDIR/out"
	[ "$(find "$(log_folder box)" -maxdepth 1 -name '*-json.log.*.gz' | wc -l)" -ge 1 ]
	[ "$(find "$(log_folder box)" -maxdepth 1 -name '*-json.log.[0-9]' | wc -l)" = 0 ]
	find "$(log_folder box)" -maxdepth 1 -name '*.gz' -exec gzip -t {} +
	[ "$(proa logs box | sum)" = "$(sum <"$BATS_TEST_TMPDIR/out")" ]
	[ "$(proa logs --tail 1500 box | sum)" = "$(tail -n 1500 "$BATS_TEST_TMPDIR/out" | sum)" ]
	proa run --name local --log-driver local --log-opt max-size=100k "$BUSYBOX" sh -c "$chatter" >/dev/null
	[ "$(find "$(log_folder local)" -maxdepth 1 -name '*.gz' | wc -l)" -ge 1 ]
	[ "$(proa logs local | sum)" = "$(sum <"$BATS_TEST_TMPDIR/out")" ]
}

@test "a follower loses nothing while files are rotated and compressed" {
	local compress
	for compress in true false; do
		proa run -d --name "box$compress" --log-opt max-size=60k --log-opt max-file=50 --log-opt compress=$compress "$BUSYBOX" \
			sh -c "until [ -e /go ]; do sleep 0.05; done; $chatter"
		proa logs -f "box$compress" >"$BATS_TEST_TMPDIR/followed" 3>&- &
		proa exec "box$compress" touch /go
		wait $!
		[ "$(proa logs "box$compress" | sum)" = "$(sum <"$BATS_TEST_TMPDIR/followed")" ]
		[ "$(wc -l <"$BATS_TEST_TMPDIR/followed")" = 2000 ]
	done
}

@test "labels, env and tag: in the records, and shown by --details" {
	proa run --name box --label tier=web --label secret=1 -e STAGE=test -e OTHER=2 --log-opt labels=tier --log-opt env-regex='^STA' \
		--log-opt tag='{{.Name}}/{{.ID}}' "$BUSYBOX" echo hello >/dev/null
	local id
	id=$(proa ps -aq)
	run proa logs --details box
	[ "$output" = "STAGE=test,tag=box/$id,tier=web hello" ]
	jq -e '.attrs == {"STAGE": "test", "tier": "web", "tag": "box/'"$id"'"}' "$(proa inspect -f '{{.LogPath}}' box)"
	[ "$(proa logs box)" = hello ]
}

@test "none keeps nothing; the client sees the output all the same" {
	[ "$(proa run --name box --log-driver none "$BUSYBOX" echo shown)" = shown ]
	[ -z "$(proa inspect -f '{{.LogPath}}' box)" ]
	run --separate-stderr proa logs box
	[ "$status" = 1 ]
	one_line_error "does not support reading"
}

@test "passthrough: the program has our own streams" {
	[ "$(proa run --rm --log-driver passthrough "$BUSYBOX" readlink /proc/self/fd/1 | cut -d: -f1)" = pipe ]
	[ "$(echo in | proa run -i --rm --log-driver passthrough "$BUSYBOX" cat)" = in ]
	proa run --name box --log-driver passthrough "$BUSYBOX" sh -c 'echo out; echo err >&2; exit 3' \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || [ $? = 3 ]
	[ "$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")" = $'out\nerr' ]
	run --separate-stderr proa run -t --log-driver passthrough "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "not with a terminal"
}

@test "journald: entries by the native protocol" {
	need_root
	need_program unshare
	# shellcheck disable=SC2016 # the inner shell's
	PROA_COMMAND="$PROA --root $STORE" unshare -m bash -c '
		mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal
		python3 "$TESTS/lib/fakejournal.py" /run/systemd/journal/socket 2 >"$0/entries" &
		until [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
		$PROA_COMMAND run --name box --network none --log-driver journald --label tier=web --log-opt labels=tier --log-opt tag=mine \
			"$BUSYBOX" sh -c "echo out; echo err >&2" >/dev/null 2>&1 3>&-
		wait' "$BATS_TEST_TMPDIR"
	sort "$BATS_TEST_TMPDIR/entries" >"$BATS_TEST_TMPDIR/sorted"
	jq -es '.[0].MESSAGE == "err" and .[0].PRIORITY == "3" and .[1].MESSAGE == "out" and .[1].PRIORITY == "6"' \
		<(jq -cS . "$BATS_TEST_TMPDIR/entries" | jq -cs 'sort_by(.MESSAGE)[]')
	jq -es '.[0] | .CONTAINER_NAME == "box" and .CONTAINER_TAG == "mine" and .SYSLOG_IDENTIFIER == "mine" and .TIER == "web" and (.CONTAINER_ID_FULL | length) == 64' \
		"$BATS_TEST_TMPDIR/entries"
	run --separate-stderr proa logs box
	[ "$status" = 1 ]
	[[ $stderr == *"does not support reading"*journalctl* ]]
}

@test "journald without a journal is an error, at once" {
	[ ! -e /run/systemd/journal/socket ] || skip "this machine has a journal"
	run --separate-stderr proa run --log-driver journald "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "there is no journal"
}

@test "--since and --until bound what is shown, and --until ends -f" {
	proa run -d --name box "$BUSYBOX" sh -c 'echo early; sleep 1000'
	wait_until bash -c '[ "$(proa logs box)" = early ]'
	local now
	now=$(date +%s.%N)
	[ -z "$(proa logs --since "$now" box)" ]
	[ "$(proa logs --until "$now" box)" = early ]
	[ "$(timeout 20 "$PROA" --root "$STORE" logs -f --until "$(($(date +%s) + 1))" box)" = early ]
}

@test "several containers: by name, by ID, followed together" {
	local name
	for name in one two; do proa run --name $name "$BUSYBOX" sh -c "echo from $name; echo more" >/dev/null; done
	run proa logs --names one two
	[ "$output" = $'one from one\none more\ntwo from two\ntwo more' ]
	run proa logs one two
	[[ ${lines[0]} =~ ^[0-9a-f]{12}\ from\ one$ ]]
	[ "$(proa logs -f --names one two | sort)" = $'one from one\none more\ntwo from two\ntwo more' ]
	[ "$(proa logs --latest)" = $'from two\nmore' ]
	[[ $(proa logs --names --color one) == $'\033['* ]]
	run --separate-stderr proa logs one none
	[ "$status" = 1 ]
	[[ $stderr == *"No such container: none"* ]]
}

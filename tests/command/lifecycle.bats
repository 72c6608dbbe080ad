#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# create, start, stop, kill, wait, rm, logs, exec, inspect: a container's life.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

state() { proa inspect -f '{{.State.Status}}' "$1"; }
export -f state
is_state() { [ "$(state "$1")" = "$2" ]; }

@test "create, start, logs, wait, rm" {
	local id
	id=$(proa create --name one "$BUSYBOX" sh -c 'echo out; echo err >&2; exit 3')
	[ ${#id} = 64 ]
	is_state one created
	[ "$(proa start one)" = one ]
	[ "$(proa wait one)" = 3 ]
	is_state one exited
	run --separate-stderr proa logs one
	[ "$output" = out ]
	[ "$stderr" = err ]
	[ "$(proa rm one)" = one ]
	[ -z "$(proa ps -aq)" ]
}

@test "-d prints the id and ps shows it running" {
	local id
	id=$(proa run -d --name server "$BUSYBOX" sleep 1000)
	[ ${#id} = 64 ]
	run proa ps
	[[ ${lines[0]} =~ ^"CONTAINER ID   IMAGE"[[:space:]]+"COMMAND"[[:space:]]+"CREATED"[[:space:]]+"STATUS"[[:space:]]+"PORTS"[[:space:]]+"NAMES"$ ]]
	[[ ${lines[1]} == "${id:0:12}"*'"sleep 1000"'*"Up "*server ]]
	[ "$(proa ps -q)" = "${id:0:12}" ]
	[ "$(proa ps --format '{{.ID}} {{.Names}} {{.State}}')" = "${id:0:12} server running" ]
	[ "$(proa inspect --format '{{.State.Running}} {{.Name}}' "${id:0:6}")" = "true /server" ]
}

@test "stop asks, then kills; the exit code tells which" {
	proa run -d --name polite "$BUSYBOX" sh -c 'trap "exit 5" TERM; while :; do sleep 0.05; done'
	wait_until is_state polite running
	[ "$(proa stop polite)" = polite ]
	[ "$(proa inspect -f '{{.State.ExitCode}}' polite)" = 5 ] || [ "$(proa inspect -f '{{.State.ExitCode}}' polite)" = 143 ]
	proa run -d --name deaf "$BUSYBOX" sh -c 'trap "" TERM; while :; do sleep 0.05; done'
	proa stop -t 0 deaf
	[ "$(proa inspect -f '{{.State.ExitCode}}' deaf)" = 137 ]
	proa stop deaf
}

@test "kill: default, by name, of a stopped container" {
	proa run -d --name a "$BUSYBOX" sleep 1000
	proa kill a
	[ "$(proa wait a)" = 137 ]
	run --separate-stderr proa kill a
	[ "$status" = 1 ]
	one_line_error "is not running"
	proa run -d --name b "$BUSYBOX" sh -c 'trap "exit 9" USR1; echo ready; while :; do sleep 0.05; done'
	wait_until bash -c '[ "$(proa logs b)" = ready ]'
	proa kill -s USR1 b
	[ "$(proa wait b)" = 9 ]
}

@test "rm refuses a running container, -f does not" {
	proa run -d --name busy "$BUSYBOX" sleep 1000
	run --separate-stderr proa rm busy
	[ "$status" = 1 ]
	one_line_error "is running"
	[ "$(proa rm -f busy)" = busy ]
	[ -z "$(proa ps -aq)" ]
	proa rm -f no-such-container
	run --separate-stderr proa rm no-such-container
	[ "$status" = 1 ]
	one_line_error "No such container: no-such-container"
}

@test "a stopped container starts again with its files" {
	proa run --name again "$BUSYBOX" sh -c 'echo x >>/count; wc -l </count'
	run proa start -a again
	[ "$output" = 2 ]
}

@test "exec: output, status, environment, user, working directory" {
	proa run -d --name box -e FROM=run "$BUSYBOX" sleep 1000
	run proa exec -e MORE=exec -w /tmp -u app box sh -c 'echo $FROM $MORE; pwd; id -u; exit 6'
	[ "$status" = 6 ]
	[ "${lines[*]}" = "run exec /tmp 1000" ]
	run proa exec box no-such
	[ "$status" = 127 ]
	run proa exec box /etc/passwd
	[ "$status" = 126 ]
	run bash -c 'echo data | proa exec -i box cat'
	[ "$output" = data ]
	proa stop -t 0 box
	run --separate-stderr proa exec box true
	[ "$status" = 1 ]
	one_line_error "is not running"
}

@test "exec sees the container's processes and files, not the host's" {
	proa run -d --name box "$BUSYBOX" sh -c 'echo mine >/file; exec sleep 1000'
	wait_until proa exec box test -e /file
	run proa exec box sh -c 'cat /file; tr "\0" " " </proc/1/cmdline'
	[ "${lines[0]}" = mine ]
	[[ ${lines[1]} == "sleep 1000"* ]]
}

@test "logs: tail, timestamps, follow to the end" {
	proa run -d --name talk "$BUSYBOX" sh -c 'for i in 1 2 3 4 5; do echo line $i; done'
	proa wait talk
	[ "$(proa logs --tail 2 talk)" = $'line 4\nline 5' ]
	run proa logs -t --tail 1 talk
	[[ $output =~ ^[0-9]{4}-[0-9-]+T[0-9:.]+Z\ line\ 5$ ]]
	proa run -d --name slow "$BUSYBOX" sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done'
	run proa logs -f slow
	[ "$output" = $'1\n2\n3' ]
}

@test "the log is docker's json-file" {
	proa run --name talk "$BUSYBOX" sh -c 'printf "tab\there \"q\"\n"' >/dev/null
	local log
	log=$(proa inspect -f '{{.LogPath}}' talk)
	[ "$(jq -c 'del(.time)' "$log")" = '{"log":"tab\there \"q\"\n","stream":"stdout"}' ]
	jq -r .time "$log" | grep -Eqx '20[0-9-]+T[0-9:.]+Z'
}

@test "--rm leaves nothing, and names can be used again" {
	proa run --rm --name gone "$BUSYBOX" true
	proa run --rm --name gone "$BUSYBOX" true
	[ -z "$(proa ps -aq)" ]
	proa run -d --rm --name gone "$BUSYBOX" sh -c 'read x </proc/sys/kernel/random/uuid'
	wait_until bash -c '[ -z "$(proa ps -aq)" ]'
}

@test "several operands: those that can be are done, the status is 1" {
	proa create --name a "$BUSYBOX" true
	proa create --name b "$BUSYBOX" true
	run --separate-stderr proa rm a none b
	[ "$status" = 1 ]
	[ "$output" = $'a\nb' ]
}

@test "kill -9 of the client: the container goes on, its output is kept" {
	proa run --name orphan "$BUSYBOX" sh -c 'echo begun; while [ ! -e /go ]; do sleep 0.05; done; echo ended' >/dev/null 3>&- &
	local client=$!
	wait_until bash -c '[ "$(proa logs orphan 2>/dev/null)" = begun ]'
	pkill -KILL -P "$client" || true
	kill -KILL "$client" 2>/dev/null || true
	is_state orphan running
	proa exec orphan touch /go
	[ "$(proa wait orphan)" = 0 ]
	[ "$(proa logs orphan)" = $'begun\nended' ]
}

@test "kill -9 of the supervisor: ps tells the truth and rm cleans all" {
	proa run -d --name lost "$BUSYBOX" sleep 1000
	local init supervisor
	init=$(proa inspect -f '{{.State.Pid}}' lost)
	supervisor=$(awk '/^PPid:/ { print $2 }' "/proc/$init/status")
	kill -KILL "$supervisor"
	wait_until is_state lost exited
	[ -z "$(proa ps -q)" ]
	[ ! -e "/proc/$init" ] || [ "$(awk '/^State:/ { print $2 }' "/proc/$init/status")" = Z ]
	[ "$(proa inspect -f '{{.State.ExitCode}}' lost)" = 137 ]
	proa rm lost
	[ -z "$(proa ps -aq)" ]
	[ "$(ls "$STORE/containers")" = names ]
}

@test "restart policies: on-failure tries again, a stop ends it" {
	proa run -d --name stubborn --restart on-failure:2 "$BUSYBOX" sh -c 'echo try; exit 1'
	wait_until is_state stubborn exited
	[ "$(proa logs stubborn | wc -l)" = 3 ]
	[ "$(proa inspect -f '{{.RestartCount}}' stubborn)" = 2 ]
	run --separate-stderr proa run --rm --restart always "$BUSYBOX" true
	[ "$status" = 125 ]
}

@test "detach keys leave the container running" {
	need_program script
	proa run -d -it --name tty "$BUSYBOX" sh
	mkfifo "$BATS_TEST_TMPDIR/keys"
	script -qec '"$PROA" --root "$STORE" attach tty' /dev/null <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/screen" 3>&- &
	local client=$!
	exec 5>"$BATS_TEST_TMPDIR/keys"
	echo "echo at''tached" >&5	# as it is echoed, it does not match
	wait_until grep -q attached "$BATS_TEST_TMPDIR/screen"
	printf '\x10\x11' >&5
	wait "$client"
	exec 5>&-
	is_state tty running
}

@test "signals go to the program" {
	proa run --name sig "$BUSYBOX" sh -c 'trap "echo got; exit 4" TERM; echo ready; while :; do sleep 0.05; done' >"$BATS_TEST_TMPDIR/out" 3>&- &
	local client=$!
	wait_until grep -q ready "$BATS_TEST_TMPDIR/out"
	pkill -TERM -P "$client" proa || kill -TERM "$client"
	run wait "$client"
	[ "$(proa wait sig)" = 4 ]
	grep -q got "$BATS_TEST_TMPDIR/out"
}

@test "wait, inspect and others name what does not exist" {
	local command
	for command in "wait x" "stop x" "kill x" "logs x" "start x" "exec x true"; do
		# shellcheck disable=SC2086
		run --separate-stderr proa $command
		[ "$status" = 1 ]
		one_line_error "No such container: x"
	done
	run --separate-stderr proa inspect x
	[ "$status" = 1 ]
	[ "$output" = "[]" ]
	one_line_error "No such object: x"
}

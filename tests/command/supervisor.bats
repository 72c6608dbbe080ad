#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the one process beside a container does: restarts, streams and their clients, ends.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

teardown_more() {
	[ -z "${NOTIFIED:-}" ] || kill "$NOTIFIED" 2>/dev/null || true
}

inspect() { proa inspect -f "$2" "$1"; }
export -f inspect
status() { inspect "$1" '{{.State.Status}}'; }
is_status() { [ "$(status "$1")" = "$2" ]; }
restarted() { [ "$(inspect "$1" '{{.RestartCount}}')" -ge "$2" ]; }
shows() { proa logs "$1" 2>&1 | grep -qx "$2"; }
export -f shows
sum() { sha256sum | cut -d' ' -f1; }

@test "--restart on-failure:2 tries twice more, then leaves it" {
	proa run -d --name box --restart on-failure:2 "$BUSYBOX" sh -c 'echo run; exit 3'
	[ "$(proa wait box)" = 3 ]
	[ "$(inspect box '{{.RestartCount}} {{.State.Status}} {{.State.Restarting}}')" = "2 exited false" ]
	[ "$(proa logs box | grep -c run)" = 3 ]
	run proa events --since 1h --until 0s --filter container=box --format '{{.Action}}'
	[ "$output" = $'create\nstart\ndie\nstart\ndie\nstart\ndie' ] ||
		[ "$(grep -c '^die$' <<<"$output")" = 3 ]
	proa start box
	wait_until restarted box 2
	[ "$(inspect box '{{.RestartCount}}')" = 2 ]
}

@test "on-failure leaves success alone; always and unless-stopped do not" {
	proa run -d --name good --restart on-failure "$BUSYBOX" true
	[ "$(proa wait good)" = 0 ]
	is_status good exited
	local policy
	for policy in always unless-stopped; do
		proa run -d --name $policy --restart $policy "$BUSYBOX" true
		wait_until restarted $policy 2
		proa stop -t 0 $policy
		is_status $policy exited
	done
}

@test "restarting is shown, and stop and kill end it" {
	local verb
	for verb in stop kill rm; do
		proa run -d --name box --restart always "$BUSYBOX" false
		wait_until restarted box 4
		wait_until is_status box restarting
		[[ $(proa ps -a --format '{{.Status}}') == "Restarting (1) "*" ago" ]]
		case $verb in
		stop) proa stop box ;;
		kill) proa kill box; proa wait box ;;
		esac
		[ $verb = rm ] || is_status box exited
		proa rm -f box
	done
}

@test "--rm with --restart is refused" {
	run --separate-stderr proa run --rm --restart always "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "conflicting options"
}

@test "what is to start after boot: by its policy, and not what was stopped by hand" {
	local policy
	for policy in no on-failure always unless-stopped; do
		proa run -d --name $policy --stop-signal KILL --restart $policy "$BUSYBOX" sleep 1000
	done
	proa run -d --name by-hand --restart unless-stopped "$BUSYBOX" sleep 1000
	proa stop -t 0 by-hand
	[ "$(proa ps -a --filter should-start-on-boot=true --format '{{.Names}}' | sort)" = $'always\nunless-stopped' ]
	# The machine goes down: each supervisor is sent SIGTERM.
	for policy in no on-failure always unless-stopped; do
		kill "$(ps -o ppid= -p "$(inspect $policy '{{.State.Pid}}')")"
	done
	for policy in no on-failure always unless-stopped; do wait_until is_status $policy exited; done
	[ "$(proa start --all --filter should-start-on-boot=true | wc -l)" = 2 ]
	is_status always running
	is_status unless-stopped running
	is_status by-hand exited
	is_status no exited
}

@test "--timeout ends it, --pidfile and --conmon-pidfile tell who it is" {
	cd "$BATS_TEST_TMPDIR"
	run proa run --timeout 1 --name box "$BUSYBOX" sleep 1000
	[ "$status" = 137 ]
	proa run -d --name two --pidfile pid --conmon-pidfile supervisor "$BUSYBOX" sleep 1000
	[ "$(cat pid)" = "$(inspect two '{{.State.Pid}}')" ]
	[ "$(ps -o ppid= -p "$(cat pid)" | tr -d ' ')" = "$(cat supervisor)" ]
}

notified() { grep -qx "$1" "$BATS_TEST_TMPDIR/told"; }

# listen_for: begins to note what a service manager is told.
listen_for() {
	: >"$BATS_TEST_TMPDIR/told"
	python3 "$TESTS/lib/notified.py" "$BATS_TEST_TMPDIR/manager" >"$BATS_TEST_TMPDIR/told" 3>&- &
	NOTIFIED=$!
	wait_until test -S "$BATS_TEST_TMPDIR/manager"
	export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/manager
}

@test "--sdnotify: the container tells it, the supervisor, the health check, or nobody" {
	listen_for
	proa run -d --name by-us --sdnotify conmon "$BUSYBOX" sleep 1000
	wait_until notified READY=1
	notified "MAINPID=$(ps -o ppid= -p "$(inspect by-us '{{.State.Pid}}')" | tr -d ' ')"
	: >"$BATS_TEST_TMPDIR/told"
	proa run -d --name by-health --sdnotify healthy --health-cmd 'test -e /well' --health-interval 50ms "$BUSYBOX" sleep 1000
	wait_until notified 'MAINPID=.*'
	[ "$(grep -c READY "$BATS_TEST_TMPDIR/told")" = 0 ]
	proa exec by-health touch /well
	wait_until notified READY=1
	proa run -d --name ignored --sdnotify ignore "$BUSYBOX" sh -c 'echo "[$NOTIFY_SOCKET]"; exec sleep 1000'
	wait_until shows ignored '\[\]'
	proa run -d --name itself "$BUSYBOX" sh -c 'echo $NOTIFY_SOCKET; ls -l $NOTIFY_SOCKET | cut -c1; exec sleep 1000'
	wait_until shows itself s
}

@test "attach: several clients see the same, each its own detaching" {
	proa run -d -i --name box "$BUSYBOX" sh -c 'while read -r line; do echo "got $line"; done; echo end' >/dev/null
	mkfifo "$BATS_TEST_TMPDIR/in"
	(exec "$PROA" --root "$STORE" attach --no-stdin box >"$BATS_TEST_TMPDIR/one" 3>&-) &
	local one=$!
	(exec "$PROA" --root "$STORE" attach box <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/two" 3>&-) &
	local two=$!
	exec 5>"$BATS_TEST_TMPDIR/in"
	# Until both are there: what is said before, the later one does not see.
	wait_until bash -c 'echo ping >&5; grep -q ping "$0/one" && grep -q ping "$0/two"' "$BATS_TEST_TMPDIR"
	echo last >&5
	wait_until grep -q 'got last' "$BATS_TEST_TMPDIR/one"
	wait_until grep -q 'got last' "$BATS_TEST_TMPDIR/two"
	exec 5>&-
	proa kill box
	wait $one || [ $? = 137 ]
	wait $two || [ $? = 137 ]
}

@test "attach and reattach with a terminal" {
	proa run -dit --name box "$BUSYBOX" sh >/dev/null
	local round client
	for round in 1 2; do
		mkfifo "$BATS_TEST_TMPDIR/keys$round"
		script -qec '"$PROA" --root "$STORE" attach --detach-keys ctrl-a,x box' /dev/null <"$BATS_TEST_TMPDIR/keys$round" \
			>"$BATS_TEST_TMPDIR/screen$round" 3>&- &
		client=$!
		exec 5>"$BATS_TEST_TMPDIR/keys$round"
		echo "echo \$((40 + $round))" >&5
		wait_until grep -q "^4$round" "$BATS_TEST_TMPDIR/screen$round"
		printf '\001x' >&5
		wait $client
		exec 5>&-
		is_status box running
	done
}

@test "a reader that is slow, or stops, holds the program back and loses nothing" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	(exec "$PROA" --root "$STORE" run --name box --log-driver none "$BUSYBOX" sh -c \
		'head -c 8000000 /dev/zero | tr "\0" x; touch /written; sleep 0.01' >"$BATS_TEST_TMPDIR/pipe" 3>&-) &
	local client=$!
	exec 6<"$BATS_TEST_TMPDIR/pipe"
	wait_until is_status box running
	head -c 100000 <&6 >/dev/null
	run proa exec box test -e /written
	[ "$status" = 1 ]
	[ "$(($(wc -c <&6) + 100000))" -ge 7900000 ]
	exec 6<&-
	wait $client
}

@test "64 MiB through attach and the log, whole, with a supervisor that stays small" {
	local expected supervisor
	proa run -d --name box --log-opt max-size=200m "$BUSYBOX" sh -c \
		'until [ -e /go ]; do sleep 0.02; done; yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde | head -n 1048576; sleep 1000'
	supervisor=$(ps -o ppid= -p "$(inspect box '{{.State.Pid}}')" | tr -d ' ')
	(exec "$PROA" --root "$STORE" attach --no-stdin box >"$BATS_TEST_TMPDIR/out" 3>&-) &
	local client=$!
	wait_until test -n "$(cat "/proc/$client/wchan" 2>/dev/null)"
	wait_until is_attached "$supervisor"
	proa exec box touch /go
	wait_until bash -c '[ "$(stat -c %s "$0")" = 67108864 ]' "$BATS_TEST_TMPDIR/out"
	expected=$(yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde | head -n 1048576 | sum)
	[ "$(sum <"$BATS_TEST_TMPDIR/out")" = "$expected" ]
	[ "$(proa logs box | sum)" = "$expected" ]
	as_root || [ -r "/proc/$supervisor/smaps_rollup" ] || skip "the supervisor's memory cannot be read"
	[ "$(awk '/^Pss:/ { print $2 }' "/proc/$supervisor/smaps_rollup")" -lt "$(small_enough)" ]
	proa rm -f box
	wait $client || [ $? = 137 ]
}

# One client's socket beside the listener.
is_attached() { [ "$(grep -c "$STORE/run/.*attach.sock\|attach.sock" /proc/net/unix)" -ge 2 ]; }
# In KiB. ASan has needs of its own.
small_enough() { if grep -qa __asan_init "$PROA"; then echo 1000000; else echo 1500; fi; }

@test "--init: signals reach the program, orphans are reaped, its status is ours" {
	proa run -d --init --name box "$BUSYBOX" sh -c 'trap "exit 9" USR1; sh -c "sleep 0.1 & exit" ; echo ready; while :; do sleep 0.05; done'
	wait_until shows box ready
	[ "$(proa exec box ps -o pid,stat | grep -c Z)" = 0 ]
	proa kill -s USR1 box
	[ "$(proa wait box)" = 9 ]
	run proa run --rm --init "$BUSYBOX" sh -c 'echo $$'
	[ "$output" != 1 ]
}

@test "--sig-proxy: a signal to the client is the program's, or is not" {
	(exec env --default-signal "$PROA" --root "$STORE" run --name box "$BUSYBOX" sh -c 'trap "echo told; exit 7" HUP; echo ready; while :; do sleep 0.05; done' \
		>/dev/null 3>&-) &
	local client=$!
	wait_until shows box ready
	kill -HUP $client
	local code=0
	wait $client || code=$?
	[ $code = 7 ]
	(exec env --default-signal "$PROA" --root "$STORE" run --sig-proxy=false --name other "$BUSYBOX" sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done' \
		>/dev/null 3>&-) &
	client=$!
	wait_until shows other ready
	kill -TERM $client
	wait $client || code=$?
	[ $code = 143 ]
	is_status other running
}

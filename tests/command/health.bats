#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Health checks: run by the supervisor, shown by ps, inspect and events.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

health() { proa inspect -f '{{.State.Health.Status}}' "$1"; }
export -f health
is_health() { [ "$(health "$1")" = "$2" ]; }
status() { proa inspect -f '{{.State.Status}}' "$1"; }
is_status() { [ "$(status "$1")" = "$2" ]; }
fast=(--health-interval 50ms --health-retries 2)

@test "starting, healthy, unhealthy, and back" {
	proa run -d --name box --health-cmd 'cat /state && test -e /well' "${fast[@]}" --health-start-period 1h \
		--health-start-interval 50ms "$BUSYBOX" sleep 1000
	is_health box starting
	[[ $(proa ps --format '{{.Status}}') == *"(health: starting)" ]]
	proa exec box sh -c 'echo said >/state; touch /well'
	wait_until is_health box healthy
	[[ $(proa ps --format '{{.Status}}') == *"(healthy)" ]]
	[ "$(proa ps --format '{{.Names}}' --filter health=healthy)" = box ]
	[ "$(proa inspect -f '{{(index .State.Health.Log 0).Output}}' box | head -n 1)" != "" ]
	proa exec box rm /well
	wait_until is_health box unhealthy
	[[ $(proa ps --format '{{.Status}}') == *"(unhealthy)" ]]
	[ "$(proa inspect -f '{{.State.Health.FailingStreak}}' box)" -ge 2 ]
	proa exec box touch /well
	wait_until is_health box healthy
	[ "$(proa inspect -f '{{.State.Health.FailingStreak}}' box)" = 0 ]
	run proa events --since 1h --until 0s --filter event=health_status --format '{{.Action}}'
	[ "$output" = $'health_status: healthy\nhealth_status: unhealthy\nhealth_status: healthy' ]
}

enough_results() { [ "$(proa exec box sh -c 'cat /count | wc -l')" -ge 8 ]; }

@test "inspect has the last five results, their codes and their output" {
	proa run -d --name box --health-cmd 'echo x >>/count; echo seen; exit 7' "${fast[@]}" "$BUSYBOX" sleep 1000
	wait_until enough_results
	[ "$(proa inspect -f '{{len .State.Health.Log}}' box)" = 5 ]
	run proa inspect -f '{{range .State.Health.Log}}{{.ExitCode}} {{.Output}}{{end}}' box
	[ "${lines[0]}" = "7 seen" ]
	proa inspect box | jq -e '.[0].State.Health.Log[0] | .Start < .End'
}

timed_out() { [ "$(proa inspect -f '{{range .State.Health.Log}}{{.ExitCode}};{{end}}' box | cut -d';' -f1)" = -1 ]; }

@test "a check that is too slow fails and is killed" {
	proa run -d --name box --health-cmd 'echo before; exec sleep 500' --health-timeout 100ms --health-interval 50ms \
		"$BUSYBOX" sleep 1000
	wait_until timed_out
	[[ $(proa inspect -f '{{(index .State.Health.Log 0).Output}}' box) == *"exceeded timeout (0.1s): before"* ]]
	wait_until is_health box unhealthy
	run proa exec box ps
	[ "$(grep -c 'sleep 500' <<<"$output")" -le 1 ]
}

@test "the test as words, and the image's" {
	proa run -d --name box --health-cmd '["cat", "/no such file"]' "${fast[@]}" "$BUSYBOX" sleep 1000
	[ "$(proa inspect -f '{{json .Config.Healthcheck.Test}}' box)" = '["CMD","cat","/no such file"]' ]
	wait_until is_health box unhealthy
	[[ $(proa inspect -f '{{(index .State.Health.Log 0).Output}}' box) == *"/no such file"* ]]
	proa run -d --name plain --no-healthcheck "$BUSYBOX" sleep 1000
	[ "$(proa inspect -f '{{.State.Health}}' plain)" = "<nil>" ]
	run --separate-stderr proa run --no-healthcheck --health-cmd true "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "--no-healthcheck conflicts"
	run --separate-stderr proa run --health-interval 1us --health-cmd true "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "less than 1ms"
}

@test "healthcheck run: its status is the check's, and it is recorded" {
	proa run -d --name box --health-cmd 'test -e /well' --health-interval 1h "$BUSYBOX" sleep 1000
	run proa healthcheck run box
	[ "$status" = 1 ]
	proa healthcheck run --ignore-result box
	proa exec box touch /well
	proa healthcheck run box
	is_health box healthy
	[ "$(proa inspect -f '{{len .State.Health.Log}}' box)" = 3 ]
	proa stop -t 0 box
	run --separate-stderr proa healthcheck run box
	[ "$status" = 1 ]
	one_line_error "is not running"
	proa create --name bare "$BUSYBOX" true
	run --separate-stderr proa healthcheck run bare
	one_line_error "has no health check"
}

restarted() { [ "$(proa inspect -f '{{.RestartCount}}' "$1")" -ge 1 ]; }

@test "--health-on-failure: kill, stop, restart" {
	local action
	for action in kill stop restart; do
		proa run -d --name "$action" --health-on-failure "$action" --health-cmd 'test -e /well' "${fast[@]}" \
			--stop-timeout 0 "$BUSYBOX" sh -c 'test -e /ran && touch /well; touch /ran; exec sleep 1000'
	done
	[ "$(proa wait kill)" = 137 ]
	proa wait stop
	is_status stop exited
	wait_until restarted restart
	wait_until is_health restart healthy
	is_status restart running
}

@test "a startup check comes first" {
	proa run -d --name box --health-startup-cmd 'test -e /up' --health-startup-interval 50ms --health-cmd 'echo main >>/main' \
		"${fast[@]}" "$BUSYBOX" sleep 1000
	wait_until bash -c '[ "$(proa inspect -f "{{len .State.Health.Log}}" box)" -ge 2 ]'
	is_health box starting
	run proa exec box test -e /main
	[ "$status" = 1 ]
	proa exec box touch /up
	wait_until is_health box healthy
	proa exec box test -e /main
}

@test "checks pause with the container, and begin anew with it" {
	proa run -d --name box --health-cmd true "${fast[@]}" "$BUSYBOX" sleep 1000
	wait_until is_health box healthy
	proa stop -t 0 box
	[ "$(health box)" = healthy ]
	proa start box
	wait_until is_health box healthy
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ps and inspect: what they show of containers.

load ../lib/common.bash

@test "the columns are docker's, also when there is nothing to show" {
	run proa ps
	[ "$output" = "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES" ]
	run proa ps --format '{{.ID}}'
	[ -z "$output" ]
}

@test "a container through its states" {
	proa pull -q "$BUSYBOX"
	local id
	id=$(proa create --name one --label a=b "$BUSYBOX" sh -c 'exit 3')
	[ -z "$(proa ps -q)" ]
	[ "$(proa ps -a --format '{{.Status}} {{.State}}')" = "Created created" ]
	run proa start -a one
	[ "$status" = 3 ]
	[[ $(proa ps -a --format '{{.Status}}') =~ ^Exited\ \(3\)\ .*\ ago$ ]]
	run proa ps -a
	[[ ${lines[1]} =~ ^${id:0:12}\ +$BUSYBOX\ +\"sh\ -c\ \'exit\ 3\'\"\ +.*\ ago\ +Exited ]]
	[[ ${lines[1]} == *one ]]
	[ "$(proa ps -aq --no-trunc)" = "$id" ]
	[ "$(proa inspect -f '{{.State.ExitCode}} {{.Name}} {{.Config.Labels.a}}' one)" = "3 /one b" ]
}

@test "long commands are cut, unless told otherwise" {
	proa pull -q "$BUSYBOX"
	proa create "$BUSYBOX" echo 'a very long line with "quotes" in it' >/dev/null
	[ "$(proa ps -a --format '{{.Command}}')" = "\"echo 'a very long l…\"" ]
	[ "$(proa ps -a --no-trunc --format '{{.Command}}')" = \
		'"echo '"'"'a very long line with \"quotes\" in it'"'"'"' ]
}

@test "filters" {
	proa pull -q "$BUSYBOX"
	proa create --name alpha --label x=1 --label y=2 "$BUSYBOX" true >/dev/null
	proa create --name beta --label x=2 "$BUSYBOX" true >/dev/null
	proa run --name gamma "$BUSYBOX" sh -c 'exit 4' || true
	names() { proa ps -a --format '{{.Names}}' "$@" | tr '\n' ' '; }
	[ "$(names)" = "gamma beta alpha " ]
	[ "$(names -f name=a)" = "gamma beta alpha " ]
	[ "$(names -f name='^/?al')" = "alpha " ]
	[ "$(names -f name=alpha -f name=beta)" = "beta alpha " ]
	[ "$(names -f label=x)" = "beta alpha " ]
	[ "$(names -f label=x -f label=y=2)" = "alpha " ]
	[ "$(names -f status=exited)" = "gamma " ]
	[ "$(names -f status=created -f name=beta)" = "beta " ]
	[ "$(names -f exited=4)" = "gamma " ]
	[ "$(names -f exited=5)" = "" ]
	[ "$(names -f before=beta)" = "alpha " ]
	[ "$(names -f since=alpha)" = "gamma beta " ]
	[ "$(names -f ancestor="$BUSYBOX")" = "gamma beta alpha " ]
	[ "$(names -f ancestor=hello)" = "" ]
	[ "$(names -n 2)" = "gamma beta " ]
	[ "$(names -l)" = "gamma " ]
	[ "$(names -f id="$(proa ps -aqf name=beta)")" = "beta " ]
	run --separate-stderr proa ps -f colour=red
	[ "$status" = 1 ]
	one_line_error "invalid filter 'colour'"
	run proa ps -f status=asleep
	[ "$status" = 1 ]
	run proa ps -f before=nobody
	[ "$status" = 1 ]
}

@test "json: an object a line, every value a string, docker's names" {
	proa pull -q "$BUSYBOX"
	proa create --name one "$BUSYBOX" true >/dev/null
	proa create --name two "$BUSYBOX" true >/dev/null
	[ "$(proa ps -a --format json | wc -l)" = 2 ]
	[ "$(proa ps -a --format json | head -n 1 | jq -r '[.[] | type] | unique | .[]')" = string ]
	[ "$(proa ps -a --format json | head -n 1 | jq -r 'keys | join(" ")')" = \
		"Command CreatedAt HealthStatus ID Image Labels LocalVolumes Mounts Names Networks Platform Ports RunningFor Size State Status" ]
	[ "$(proa ps -a --format '{{json .Names}}' | head -n 1)" = '"two"' ]
}

@test "-s shows what was written" {
	proa pull -q "$BUSYBOX"
	proa run --name one "$BUSYBOX" sh -c 'head -c 5000 /dev/zero >/file'
	[[ $(proa ps -as --format '{{.Size}}') =~ ^5kB\ \(virtual\ .*B\)$ ]]
}

@test "a damaged container does not keep the others from being listed" {
	proa pull -q "$BUSYBOX"
	local id
	id=$(proa create --name bad "$BUSYBOX" true)
	proa create --name good "$BUSYBOX" true >/dev/null
	echo '{' >"$STORE/containers/$id/config.json"
	run --separate-stderr proa ps -a --format '{{.Names}}'
	[ "$status" = 0 ]
	[ "$output" = good ]
	[[ $stderr == WARNING:* ]]
	rm -rf "$STORE/containers/$id"
}

@test "container prune removes what has ended" {
	proa pull -q "$BUSYBOX"
	proa run --name ended "$BUSYBOX" true
	proa run -d --name busy "$BUSYBOX" sleep 100 >/dev/null
	run bash -c 'echo n | proa container prune'
	[ "$status" = 0 ]
	[ "$(proa ps -aq | wc -l)" = 2 ]
	run proa container prune -f
	[[ $output == *"Deleted Containers:"*"Total reclaimed space:"* ]]
	[ "$(proa ps -a --format '{{.Names}}')" = busy ]
	proa rm -f busy
}

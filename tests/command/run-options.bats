#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Options of run and create that are not told by run.bats.

load ../lib/common.bash

setup_more() { proa pull -q "$BUSYBOX" >/dev/null; }

@test "create keeps what was asked for, and inspect shows it" {
	local id
	id=$(proa create --name kept -e A=1 -l k=v --entrypoint /bin/echo -w /tmp -u app \
		--stop-signal INT --stop-timeout 3 --restart on-failure:2 --cap-add NET_ADMIN --init \
		--health-cmd true --health-interval 5s "$BUSYBOX" one two 2>/dev/null)
	[ "${#id}" = 64 ]
	show() { proa inspect -f "$1" kept; }
	[ "$(show '{{.Path}} {{join .Args " "}}')" = "/bin/echo one two" ]
	[ "$(show '{{.Config.User}} {{.Config.WorkingDir}} {{.Config.StopSignal}}')" = "app /tmp INT" ]
	[ "$(show '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}')" = \
		"on-failure 2" ]
	[[ $(show '{{.Config.Env}}') == *A=1* ]]
	[ "$(show '{{.Config.Labels.k}}')" = v ]
}

@test "bad values are refused before anything is done" {
	local options
	while read -r options; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr proa create $options "$BUSYBOX" true
		[ "$status" = 125 ] || { echo "passes: $options" >&2; return 1; }
		[ "$(wc -l <<<"$stderr")" -le 2 ]
	done <<-'END'
		--name -x
		-v relative:also
		-v /a:/b:wrong
		--mount type=npipe,target=/x
		--ulimit files=1
		--memory 1k
		--cpus x
		--restart sometimes
		--stop-signal NOPE
		--network no-such-network
		-p 99999:80
		--add-host x
		--dns x
		--sysctl x
		--cap-add FLY
		--security-opt apparmor=x
		--log-driver syslog
		--pull sometimes
		--platform not/a/real/one
		--userns keep-id
		--env-file /nonexistent
		-e =x
	END
	[ -z "$(proa ps -aq)" ]
}

@test "a bare -e of an unset variable takes the image's away" {
	run proa run --rm -e PATH= -e NOTHING_OF_THE_KIND "$BUSYBOX" /bin/env
	[[ $output == *"PATH="* ]]
	[[ $output != *NOTHING_OF_THE_KIND* ]]
}

@test "--volumes-from mounts what another has" {
	mkdir "$BATS_TEST_TMPDIR/data"
	echo hello >"$BATS_TEST_TMPDIR/data/file"
	proa create --name first -v "$BATS_TEST_TMPDIR/data:/data" "$BUSYBOX" true
	run proa run --rm --volumes-from first "$BUSYBOX" cat /data/file
	[ "$output" = hello ]
	run proa run --rm --volumes-from first:ro "$BUSYBOX" touch /data/new
	[ "$status" != 0 ]
}

@test "--label-file, --group-add, --env-host, --unsetenv" {
	printf 'one=1\nalone\n# no\n' >"$BATS_TEST_TMPDIR/labels"
	proa create --name one --label-file "$BATS_TEST_TMPDIR/labels" -l two "$BUSYBOX" true
	[ "$(proa ps -a --format '{{.Labels}}')" = "made-by=umoci,one=1,two=" ]
	FROM_HOST=yes run proa run --rm --env-host "$BUSYBOX" env
	[[ $output == *FROM_HOST=yes* ]]
	if [ "$PROA_TEST_WHO" != single ]; then
		run proa run --rm -u app --group-add 777 "$BUSYBOX" id -G
		[[ $output == *777* ]]
	fi
}

@test "--replace takes the place of a container, --name is free after --rm" {
	local first
	first=$(proa create --name same "$BUSYBOX" true)
	proa create --replace --name same "$BUSYBOX" true
	[ "$(proa ps -aq | wc -l)" = 1 ]
	[ "$(proa ps -aq --no-trunc)" != "$first" ]
}

@test "--pull: never fails for what is missing, always asks the registry" {
	proa rmi "$BUSYBOX"
	run --separate-stderr proa run --rm --pull=never "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "No such image"
	run --separate-stderr proa run --rm --pull=always "$BUSYBOX" echo there
	[ "$output" = there ]
	[[ $stderr == *"Status: Downloaded newer image"* ]]
	run --separate-stderr proa run --rm --pull=always "$BUSYBOX" echo there
	[[ $stderr == *"Image is up to date"* ]]
	run --separate-stderr proa run --rm -q --pull=always "$BUSYBOX" echo there
	[ -z "$stderr" ]
}

@test "-d with -a, and -t without a terminal at -i, are refused" {
	run --separate-stderr proa run -d -a stdout "$BUSYBOX" true
	[ "$status" = 125 ]
	one_line_error "conflicting options: -a and -d"
	run --separate-stderr proa run -it "$BUSYBOX" true </dev/null
	[ "$status" != 0 ]
	one_line_error "the input device is not a TTY"
	[ -z "$(proa ps -aq)" ]
}

@test "-a chooses the streams" {
	run --separate-stderr proa run --rm -a stderr "$BUSYBOX" sh -c 'echo out; echo err >&2'
	[ -z "$output" ]
	[ "$stderr" = err ]
}

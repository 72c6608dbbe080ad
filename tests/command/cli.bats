#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line itself: words, help, errors, exit codes, version and info.

load ../lib/common.bash

@test "no command and --help print the help, within 80 columns" {
	run proa
	[ "$status" = 0 ]
	[[ $output == *"Usage:  proa [OPTIONS] COMMAND"* ]]
	local command
	for command in '' run create start stop restart kill rm ps logs exec attach wait port pull \
		images rmi tag inspect info version completion container image; do
		# shellcheck disable=SC2086 # '' is no word
		run proa $command --help
		[ "$status" = 0 ]
		[[ ${lines[0]} == Usage:* ]]
		[ -z "$(printf '%s\n' "$output" | awk 'length($0) > 80')" ]
	done
}

@test "help COMMAND, help GROUP COMMAND, and COMMAND --help after operands" {
	run proa help container ls
	[[ ${lines[0]} == "Usage:  proa container ls [OPTIONS]" ]]
	[[ $output == *"proa ps"* ]]
	run proa rm x --help
	[ "$status" = 0 ]
	[[ ${lines[0]} == "Usage:  proa rm [OPTIONS] CONTAINER [CONTAINER...]" ]]
}

@test "short and long spellings are one command" {
	[ "$(proa ps --help | tail -n +2)" = "$(proa container ls --help | tail -n +2)" ]
	[ "$(proa container list --help | tail -n +2)" = "$(proa container ps --help | tail -n +2)" ]
	[ "$(proa images --help | tail -n +2)" = "$(proa image list --help | tail -n +2)" ]
	[ "$(proa rmi --help | tail -n +2)" = "$(proa image remove --help | tail -n +2)" ]
	run proa container --debug ls -q
	[ "$status" = 0 ]
}

@test "unknown words are answered with the nearest known one" {
	run --separate-stderr proa imagse
	[ "$status" = 1 ]
	[[ $stderr == *"'imagse' is not a proa command; did you mean 'images'?"* ]]
	run --separate-stderr proa container lss
	[ "$status" = 1 ]
	[[ $stderr == *"did you mean 'ls'?"* ]]
	run --separate-stderr proa ps --fomat x
	[ "$status" = 125 ]
	[[ $stderr == "unknown flag: --fomat; did you mean --format?"* ]]
	[[ $stderr == *"See 'proa ps --help'."* ]]
	run proa run -Z image
	[ "$status" = 125 ]
	run proa stop --timeout
	[ "$status" = 125 ]
}

@test "a wrong number of operands is 1" {
	run --separate-stderr proa history
	[ "$status" = 1 ]
	[[ $stderr == '"proa history" requires exactly 1 argument.'* ]]
	run --separate-stderr proa pull
	[ "$status" = 1 ]
	[[ $stderr == '"proa pull" requires at least 1 argument.'* ]]
	run --separate-stderr proa run
	[ "$status" = 1 ]
	run proa ps extra
	[ "$status" = 1 ]
	run proa exec only-one
	[ "$status" = 1 ]
}

@test "what is not there yet is refused by name, not ignored" {
	run --separate-stderr proa run --gpus all hello
	[ "$status" = 125 ]
	[[ $stderr == "--gpus is not supported yet"* ]]
	run --separate-stderr proa run --isolation default --disable-content-trust --rm --network none hello
	[ "$status" = 0 ]
}

@test "failures of run are 125, of other commands 1" {
	run --separate-stderr proa run --rm --restart=always hello
	[ "$status" = 125 ]
	one_line_error "conflicting options: --restart and --rm"
	run --separate-stderr proa run --pull=never "$REGISTRY/nothing"
	[ "$status" = 125 ]
	one_line_error "nothing"
	run --separate-stderr proa start nothing
	[ "$status" = 1 ]
	[ "$stderr" = "Error: No such container: nothing" ]
	run --separate-stderr proa rm -f nothing
	[ "$status" = 0 ]
}

@test "inspect of nothing prints [] and fails" {
	run --separate-stderr proa inspect nothing
	[ "$status" = 1 ]
	[ "$output" = "[]" ]
	[ "$stderr" = "Error: No such object: nothing" ]
	run proa image inspect nothing
	[ "$status" = 1 ]
	run proa inspect --type network nothing
	[ "$status" = 1 ]
}

@test "version and info, for people and for scripts" {
	local version
	version=$(proa --version)
	version=${version##* }
	[ "$(proa version --format '{{.Server.Version}}')" = "$version" ]
	[ "$(proa version -f '{{.Client.Os}}')" = linux ]
	[[ $(proa version -f '{{.Client.APIVersion}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}}') =~ ^1\.[0-9]+\ 1\.[0-9]+\ 1\.[0-9]+$ ]]
	proa version | grep -q "^ Version: *$version$"
	[ "$(proa info --format '{{.DockerRootDir}}')" = "$STORE" ]
	[ "$(proa info --format json | jq -r .NCPU)" = "$(nproc --all)" ]
	run proa version -f '{{.Foo'
	[ "$status" = 64 ]
	run proa inspect -f '{{' hello
	[ "$status" = 64 ]
}

@test "output that cannot be written is a failure" {
	[ -w /dev/full ] || skip "no /dev/full"
	run bash -c 'proa images >/dev/full'
	[ "$status" = 1 ]
	[[ $output == *"No space left on device"* ]]
}

@test "names from outside cannot write to the terminal" {
	run --separate-stderr proa start $'evil\e[31m\nname'
	[ "$status" = 1 ]
	one_line_error 'evil\x1b[31m\x0aname'
}

@test "completion scripts are made for three shells" {
	proa completion bash >"$BATS_TEST_TMPDIR/bash"
	bash -n "$BATS_TEST_TMPDIR/bash"
	[ "$(bash -c '. "$0"; COMP_WORDS=(proa container l); COMP_CWORD=2; _proa; echo "${COMPREPLY[*]}"' \
		"$BATS_TEST_TMPDIR/bash")" = "ls logs" ]
	proa completion zsh | grep -q '^#compdef proa'
	proa completion fish | grep -q -- "-l volume -s v"
	run proa completion tcsh
	[ "$status" = 1 ]
}

@test "images: table, filters, formats, tags and their removal" {
	proa pull -q "$BUSYBOX"
	proa tag "$BUSYBOX" example.test/app:1
	run proa images
	[[ ${lines[0]} =~ ^REPOSITORY\ +TAG\ +IMAGE\ ID\ +CREATED\ +SIZE$ ]]
	[[ $output =~ example\.test/app\ +1\ +[0-9a-f]{12} ]]
	[ "$(proa images -q 'example.test/*' | wc -l)" = 1 ]
	[ "$(proa images --filter reference='*/busybox' --format '{{.Tag}}')" = latest ]
	[ "$(proa images --filter label=made-by=umoci -q | sort -u | wc -l)" = 1 ]
	[ "$(proa images --filter label=made-by=nobody -q | wc -l)" = 0 ]
	[ "$(proa images --digests --format '{{.Digest}}' "$REGISTRY/busybox" | cut -c1-7)" = sha256: ]
	run proa images --filter nonsense=1
	[ "$status" = 1 ]
	run proa rmi example.test/app:1
	[ "${lines[0]}" = "Untagged: example.test/app:1" ]
	run proa rmi "$BUSYBOX"
	[ "$status" = 0 ]
	[[ $output == *"Deleted: sha256:"* ]]
}

@test "an image in use is not removed without -f" {
	proa pull -q "$BUSYBOX"
	local id
	id=$(proa create "$BUSYBOX" true)
	run --separate-stderr proa rmi "$BUSYBOX"
	[ "$status" = 1 ]
	one_line_error "(must force) - container ${id:0:12} is using its referenced image"
	proa rmi -f "$BUSYBOX"
	[ "$(proa images -q "$BUSYBOX" | wc -l)" = 0 ]
	proa rm "$id"
}

@test "pull tells what it does in docker's lines" {
	run --separate-stderr proa pull "$REGISTRY/layers"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "Using default tag: latest" ]
	[ "${lines[1]}" = "latest: Pulling from layers" ]
	[[ $output == *": Pull complete"* ]]
	[[ $output =~ Digest:\ sha256:[0-9a-f]{64} ]]
	[[ $output == *"Status: Downloaded newer image for $REGISTRY/layers:latest"* ]]
	[ "${lines[-1]}" = "$REGISTRY/layers:latest" ]
	run proa pull "$REGISTRY/layers:latest"
	[[ $output == *"Status: Image is up to date for $REGISTRY/layers:latest"* ]]
}

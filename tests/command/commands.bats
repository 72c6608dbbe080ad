#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# rename, pause, update, top, wait and what else there is to do to containers.

load ../lib/common.bash

setup_more() {
	proa pull -q "$BUSYBOX"
}

state() { proa inspect -f '{{.State.Status}}' "$1"; }
export -f state
is_state() { [ "$(state "$1")" = "$2" ]; }
# connected N: so many clients have a connection to the only container's supervisor.
connected() {
	[ "$(grep -c "attach.sock$" /proc/net/unix)" -ge "$(($1 + 1))" ]
}
sleeper() { proa run -d --network none "$@" "$BUSYBOX" sleep 1000; }

@test "rename: the old name is free, the new one taken, the host name stays" {
	local id
	id=$(sleeper --name one --hostname box)
	[ -z "$(proa rename one two)" ]
	[ "$(proa inspect -f '{{.Name}} {{.Id}}' two)" = "/two $id" ]
	[ "$(proa ps --format '{{.Names}}')" = two ]
	run --separate-stderr proa inspect one
	[ "$status" = 1 ]
	[ "$(proa exec two hostname)" = box ]
	proa create --name one "$BUSYBOX" true >/dev/null
	run --separate-stderr proa rename two one
	[ "$status" = 1 ]
	one_line_error 'is already in use by container'
	run --separate-stderr proa rename two two
	[ "$status" = 1 ]
	one_line_error "same name"
	run --separate-stderr proa rename two 'a b'
	one_line_error "Invalid container name"
	run --separate-stderr proa rename none other
	one_line_error "No such container: none"
	# Its supervisor gives the new name back.
	proa rename "$id" three
	proa stop -t 0 three
	[ "$(state three)" = exited ]
	proa rm three
	proa create --name three "$BUSYBOX" true
	run proa events --since 1h --until 0s --filter event=rename --format '{{.Actor.Attributes.oldName}}'
	[ "${lines[*]}" = "/one /two" ]
}

@test "rename of a container that is removed at its end" {
	sleeper --rm --name one
	proa rename one two
	proa stop -t 0 two
	[ -z "$(proa ps -aq)" ]
	[ -z "$(ls "$STORE/containers/names")" ]
	proa create --name two "$BUSYBOX" true
}

@test "a rename that was killed half way leaves no name taken" {
	local id
	id=$(proa create --name one "$BUSYBOX" true)
	# As it is after the name was taken, and before config.json says so.
	echo "$id" >"$STORE/containers/names/two"
	run --separate-stderr proa inspect two
	[ "$status" = 1 ]
	[ "$(proa inspect -f '{{.Name}}' one)" = /one ]
	proa create --name two "$BUSYBOX" true
	[ "$(proa ps -a --format '{{.Names}}' | sort | tr '\n' ' ')" = "one two " ]
}

@test "pause and unpause" {
	proa run -d --network none --name p "$BUSYBOX" \
		sh -c 'sh -c "while :; do date +%s%N >/inner; done" & while :; do date +%s%N >/outer; done'
	wait_until proa exec p test -s /inner
	[ "$(proa pause p)" = p ]
	[[ $(proa ps --format '{{.Status}}') == "Up "*" (Paused)" ]]
	[ "$(proa inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.Running}}' p)" = "paused true true" ]
	local pid before
	pid=$(proa inspect -f '{{.State.Pid}}' p)
	before=$(grep -h ctxt /proc/"$pid"/status)
	run --separate-stderr proa pause p
	[ "$status" = 1 ]
	one_line_error "is already paused"
	run --separate-stderr proa exec p true
	[ "$status" = 1 ]
	one_line_error "is paused, unpause the container before exec"
	run --separate-stderr proa start p
	one_line_error "cannot start a paused container, try unpause instead"
	run --separate-stderr proa rm p
	one_line_error "container is paused and must be unpaused first"
	[ "$(proa ps -q -f status=paused | wc -l)" = 1 ]
	[ "$(grep -h ctxt /proc/"$pid"/status)" = "$before" ]
	[ "$(proa unpause p)" = p ]
	is_state p running
	proa exec p true
	run --separate-stderr proa unpause p
	[ "$status" = 1 ]
	one_line_error "is not paused"
	proa stop -t 0 p
	run --separate-stderr proa pause p
	one_line_error "is not running"
}

@test "pause holds what exec has started, too" {
	sleeper --name p
	proa exec -d p sh -c 'while :; do date +%s%N >/ticks; done'
	wait_until proa exec p test -s /ticks
	proa pause p
	[ "$(proa top p -o stat,args | grep -c '^[^T].*while')" = 0 ]
	proa unpause p
	proa exec p true
}

@test "a paused container that is stopped gets the signal" {
	proa run -d --network none --name p "$BUSYBOX" \
		sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'
	wait_until bash -c '[ "$(proa logs p)" = ready ]'
	proa pause p
	proa stop -t 20 p
	[ "$(proa inspect -f '{{.State.Status}} {{.State.ExitCode}}' p)" = "exited 7" ]
	proa start p
	proa pause p
	proa kill p
	[ "$(proa wait p)" = 137 ]
	proa start p
	proa pause p
	proa rm -f p
	[ -z "$(proa ps -aq)" ]
}

@test "a container that somebody else lets go on is not shown as paused" {
	need_root
	sleeper --name p
	proa pause p
	kill -CONT "$(proa inspect -f '{{.State.Pid}}' p)"
	wait_until is_state p running
}

@test "--all, --latest, --filter, --cidfile, --ignore" {
	sleeper --name a --cidfile "$BATS_TEST_TMPDIR/cid" --label x=1
	sleeper --name b --label x=2
	sleeper --name c
	[ "$(proa pause --filter label=x | wc -l)" = 2 ]
	[ "$(proa ps -q -f status=paused | wc -l)" = 2 ]
	[ "$(proa unpause --all | wc -l)" = 2 ]
	[ "$(proa stop -t 0 --cidfile "$BATS_TEST_TMPDIR/cid")" = "$(proa inspect -f '{{.Id}}' a)" ]
	is_state a exited
	[ "$(proa kill --latest)" = "$(proa inspect -f '{{.Id}}' c)" ]
	[ "$(proa wait c)" = 137 ]
	[ "$(proa start --filter name=a)" = "$(proa inspect -f '{{.Id}}' a)" ]
	[ "$(proa restart -t 0 --running | wc -l)" = 2 ]
	[ "$(proa stop -t 0 --all | wc -l)" = 2 ]
	[ -z "$(proa ps -q)" ]
	[ "$(proa start --all | wc -l)" = 3 ]
	proa stop -t 0 --ignore none a
	run --separate-stderr proa stop none
	[ "$status" = 1 ]
	proa rm --ignore none a
	run --separate-stderr proa stop
	[ "$status" = 1 ]
	[[ $stderr == *"requires at least 1 argument"* ]]
	run --separate-stderr proa stop --all a
	[ "$status" = 125 ]
	[ "$(proa rm -f --all | wc -l)" = 2 ]
	[ -z "$(proa ps -aq)" ]
}

@test "stop asks all before it waits for the first" {
	local i
	for i in 1 2 3; do
		proa run -d --network none --name "s$i" -v "$BATS_TEST_TMPDIR:/out" "$BUSYBOX" \
			sh -c "trap 'echo >/out/asked.$i' TERM; echo ready; while [ ! -e /out/go ]; do sleep 0.05; done"
		wait_until bash -c '[ "$(proa logs s'"$i"')" = ready ]'
	done
	chmod 777 "$BATS_TEST_TMPDIR"
	"$PROA" --root "$STORE" stop -t 100 s1 s2 s3 >"$BATS_TEST_TMPDIR/stopped" 3>&- &
	local stopping=$!
	wait_until [ -e "$BATS_TEST_TMPDIR/asked.1" ] && wait_until [ -e "$BATS_TEST_TMPDIR/asked.3" ]
	[ ! -s "$BATS_TEST_TMPDIR/stopped" ]
	touch "$BATS_TEST_TMPDIR/go"
	wait "$stopping"
	[ "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/stopped")" = "s1 s2 s3 " ]
}

@test "rm --depend removes those that share its namespaces" {
	sleeper --name base
	proa run -d --network container:base --name user "$BUSYBOX" sleep 1000
	proa rm -f --depend base
	[ -z "$(proa ps -aq)" ]
}

@test "wait: next-exit, removed, states" {
	proa create --name w "$BUSYBOX" sh -c 'exit 3' >/dev/null
	"$PROA" --root "$STORE" wait --condition next-exit w >"$BATS_TEST_TMPDIR/next" 3>&- &
	local next=$!
	"$PROA" --root "$STORE" wait --condition removed w >"$BATS_TEST_TMPDIR/removed" 3>&- &
	local removed=$!
	[ "$(proa wait w)" = 0 ]	# it does not run
	# Both have to be there before it starts: they watch its folder.
	wait_until bash -c "grep -q inotify /proc/$next/fdinfo/* && grep -q inotify /proc/$removed/fdinfo/*"
	proa start -a w || true
	wait "$next"
	[ "$(cat "$BATS_TEST_TMPDIR/next")" = 3 ]
	[ "$(proa wait --condition exited,stopped w)" = 3 ]
	[ "$(proa wait --condition created,exited w)" = 3 ]
	proa rm w
	wait "$removed"
	[ "$(cat "$BATS_TEST_TMPDIR/removed")" = 3 ]
	[ "$(proa wait --ignore none)" = -1 ]
	sleeper --name r
	[ "$(proa wait --condition running r)" = -1 ]
	[ "$(proa wait --exit-first-match --condition running,paused r)" = -1 ]
	run --separate-stderr proa wait --condition nonsense r
	[ "$status" = 125 ]
}

@test "several wait for one that is removed at its end" {
	proa run -d --rm --network none --name w "$BUSYBOX" \
		sh -c 'trap "exit 9" USR1; echo ready; while :; do sleep 0.05; done'
	wait_until bash -c '[ "$(proa logs w)" = ready ]'
	local i waiters=()
	for i in 1 2 3 4; do
		proa wait w >"$BATS_TEST_TMPDIR/code.$i" 3>&- &
		waiters+=($!)
	done
	# Each holds a connection to the supervisor.
	wait_until connected 4
	proa kill -s USR1 w
	wait "${waiters[@]}"
	[ "$(cat "$BATS_TEST_TMPDIR"/code.* | tr '\n' ' ')" = "9 9 9 9 " ]
}

@test "update --restart counts for a container that runs" {
	proa run -d --network none --name u --restart no "$BUSYBOX" sh -c 'sleep 0.2; exit 1'
	[ "$(proa update --restart on-failure:2 u)" = u ]
	[ "$(proa inspect -f '{{.HostConfig.RestartPolicy.Name}}' u)" = on-failure ]
	[ "$(proa wait u)" = 1 ]
	[ "$(proa inspect -f '{{.RestartCount}}' u)" = 2 ]
	run --separate-stderr proa update u
	[ "$status" = 1 ]
	one_line_error "one or more flags"
	run --separate-stderr proa update --restart nonsense u
	[ "$status" = 125 ]
}

@test "update of limits works or says why not" {
	sleeper --name u
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then skip "there is cgroup v2"; fi
	run --separate-stderr proa update --memory 64m u
	[ "$status" = 1 ]
	one_line_error "limits need cgroup v2"
	[ "$(proa inspect -f '{{.HostConfig.Memory}}' u)" = 0 ]
}

@test "top: docker's columns, those of ps, podman's" {
	sleeper --name t
	run proa top t
	[[ ${lines[0]} =~ ^UID\ +PID\ +PPID\ +C\ +STIME\ +TTY\ +TIME\ +CMD$ ]]
	[[ ${lines[1]} =~ ^root\ +[0-9]+\ .*sleep\ 1000$ ]]
	[ "$(proa top t -o pid= | tr -d ' ')" = "$(proa inspect -f '{{.State.Pid}}' t)" ]
	[ "$(proa top t pid args | tail -1 | tr -s ' ')" = "1 sleep 1000" ]
	[[ $(proa top t aux | head -1) =~ ^USER\ +PID\ +%CPU ]]
	proa exec -d t sh -c 'sleep 1001; true'
	wait_until bash -c 'proa top t -eo args | grep -q "sleep 1001"'
	run --separate-stderr proa top t -o nonsense
	[ "$status" = 125 ]
	one_line_error "unknown column 'nonsense'"
	proa stop -t 0 t
	run --separate-stderr proa top t
	[ "$status" = 1 ]
	one_line_error "is not running"
}

@test "container exists, init, cleanup" {
	proa create --name e "$BUSYBOX" sleep 1000 >/dev/null
	proa container exists e
	run proa container exists none
	[ "$status" = 1 ]
	[ -z "$output" ]
	[ "$(proa container init e)" = e ]
	[ "$(proa container cleanup e)" = e ]
	proa start e
	run --separate-stderr proa container cleanup e
	[ "$status" = 1 ]
	one_line_error "refusing to clean up"
	proa kill e
	proa wait e
	[ "$(proa container cleanup --rm e)" = e ]
	run proa container exists e
	[ "$status" = 1 ]
}

@test "cleanup after a supervisor that was killed" {
	need_root
	local supervisor init
	sleeper --name k
	init=$(proa inspect -f '{{.State.Pid}}' k)
	supervisor=$(awk '/^PPid/ { print $2 }' "/proc/$init/status")
	kill -9 "$supervisor" "$init"
	wait_until is_state k exited
	proa container cleanup k
	[ "$(proa inspect -f '{{.State.Status}} {{.State.ExitCode}}' k)" = "exited 137" ]
	proa rm k
}

@test "a wait of more than a second for a lock says for whom" {
	need_program flock
	sleeper --name l
	local id
	id=$(proa inspect -f '{{.Id}}' l)
	flock "$STORE/containers/$id/.lock" sleep 4 3>&- &
	local holder=$!
	wait_until bash -c '! flock -n "$STORE/containers/'"$id"'/.lock" true'
	run --separate-stderr proa rename l m
	wait "$holder"
	[ "$status" = 0 ]
	[[ $stderr == *"waiting for process "*"holds the lock"* ]]
}

@test "ps: order, headings, namespaces, podman's members" {
	proa create --name b --label x=1 "$BUSYBOX" true >/dev/null
	proa create --name a --restart always "$BUSYBOX" echo >/dev/null
	names() { proa ps -a --format '{{.Names}}' "$@" | tr '\n' ' '; }
	[ "$(names)" = "a b " ]
	[ "$(names --sort names)" = "a b " ]
	[ "$(names --sort command)" = "a b " ]
	[ "$(names --sort id | wc -w)" = 2 ]
	[ "$(names -f command=echo)" = "a " ]
	[ "$(names -f restart-policy=always)" = "a " ]
	[ "$(names -f 'label!=x')" = "a " ]
	[ "$(names -f until=0s)" = "a b " ]
	[ "$(names -f until=1h)" = "" ]
	[ "$(proa ps -a --noheading | wc -l)" = 2 ]
	[ "$(proa ps -a --format '{{.Pid}} {{.Restarts}}' -n 1)" = "0 0" ]
	[[ $(proa ps -a --ns | head -1) =~ ^"CONTAINER ID"\ +NAMES\ +PID\ +CGROUPNS\ +IPC ]]
	run --separate-stderr proa ps --sort nonsense
	[ "$status" = 125 ]
}

@test "inspect has docker's members" {
	sleeper --name i
	local member shown
	shown=$(proa inspect i)
	for member in AutoRemove Binds BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps \
		BlkioDeviceWriteIOps BlkioWeight BlkioWeightDevice CapAdd CapDrop Cgroup CgroupParent \
		CgroupnsMode ConsoleSize ContainerIDFile CpuCount CpuPercent CpuPeriod CpuQuota \
		CpuRealtimePeriod CpuRealtimeRuntime CpuShares CpusetCpus CpusetMems DeviceCgroupRules \
		DeviceRequests Devices Dns DnsOptions DnsSearch ExtraHosts GroupAdd IOMaximumBandwidth \
		IOMaximumIOps IpcMode Isolation Links LogConfig MaskedPaths Memory MemoryReservation \
		MemorySwap MemorySwappiness NanoCpus NetworkMode OomKillDisable OomScoreAdj PidMode \
		PidsLimit PortBindings Privileged PublishAllPorts ReadonlyPaths ReadonlyRootfs \
		RestartPolicy Runtime SecurityOpt ShmSize UTSMode Ulimits UsernsMode VolumeDriver \
		VolumesFrom; do
		grep -q "^ *\"$member\": " <<<"$shown" || { echo "no $member"; return 1; }
	done
	[ "$(proa container inspect -f '{{.State.Status}} {{.State.OOMKilled}} {{.State.Dead}}' i)" = "running false false" ]
	[ "$(proa container inspect --size -f '{{.SizeRw}}' i)" = 0 ]
	proa inspect --type container i >/dev/null
	run --separate-stderr proa inspect --type image i
	[ "$status" = 1 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# system df: it adds up to what du says; system prune.

load ../lib/common.bash

sum() { proa system df --format '{{.RawSize}}' | awk '{ all += $1 } END { print all }'; }
# What du says. Directories that only the user's namespace may look into are empty (overlayfs's work).
disk() { { du -s -B1 "$STORE" 2>/dev/null || true; } | cut -f 1; }
adds_up() { [ "$(sum)" = "$(disk)" ] || { echo "df: $(sum), du: $(disk)" >&2; proa system df -v >&2; return 1; }; }

@test "the rows add up to what du says of the store" {
	proa images >/dev/null
	adds_up
	proa pull -q "$REGISTRY/busybox"
	proa pull -q "$REGISTRY/layers"
	proa tag "$REGISTRY/layers" again:1
	adds_up
	proa run --name one --network none -v named:/data -v /anonymous "$BUSYBOX" \
		sh -c 'echo data >/data/file; dd if=/dev/zero of=/big bs=1k count=300 2>/dev/null; ln /big /data/x || ln /big /big2'
	adds_up
	echo half >"$STORE/tmp/blob-$(printf '%064d' 0)"
	adds_up
	[ "$(proa system df --format '{{.Type}} {{.TotalCount}}' | tail -1)" = "Partial Downloads 1" ]
	proa rmi -f "$REGISTRY/layers" again:1
	adds_up
}

@test "docker's rows and fields" {
	proa pull -q "$BUSYBOX"
	run proa system df
	[[ ${lines[0]} =~ ^TYPE\ +TOTAL\ +ACTIVE\ +SIZE\ +RECLAIMABLE$ ]]
	[[ ${lines[1]} =~ ^Images\ +1\ +0\ +[0-9.]+[kM]B\ +[0-9.]+[kM]B\ \([0-9]+%\)$ ]]
	[[ ${lines[2]} =~ ^Containers\ +0\ +0\  ]]
	[[ ${lines[3]} =~ ^Local\ Volumes\ +0\ +0\ +0B\ +0B$ ]]
	[[ ${lines[4]} =~ ^Build\ Cache\ +0\ +0\ +0B\ +0B$ ]]
	[ "${#lines[@]}" = 5 ]
	run proa system df --format json
	[[ ${lines[0]} == '{"Active":"0","Reclaimable":"'*'","Size":"'*'","TotalCount":"1","Type":"Images"}' ]]
	proa create --name user -v named:/data "$BUSYBOX" true
	[ "$(proa system df --format '{{.Type}} {{.TotalCount}} {{.Active}}')" = \
		"$(printf '%s\n' 'Images 1 1' 'Containers 1 0' 'Local Volumes 1 1' 'Build Cache 0 0')" ]
	run proa system df --format '{{if eq .Type "Images"}}{{.RawReclaimable}}{{end}}'
	[ "${lines[0]}" = 0 ]
}

@test "in detail: what each image has alone, and what they share" {
	proa pull -q "$REGISTRY/busybox"
	proa pull -q "$REGISTRY/layers"
	proa create --name user -v named:/data "$BUSYBOX" true
	run proa system df -v
	[[ $output == "Images space usage:"*"Containers space usage:"*"Local Volumes space usage:"*"Build cache usage: 0B"* ]]
	[[ $output == *"VOLUME NAME   LINKS"*"named "* ]]
	run proa system df -v --format '{{range .Images}}{{println .Repository .UniqueSize .Containers}}{{end}}'
	[[ $output == *"$REGISTRY/busybox 0B 1"* ]]
	run proa system df -v --format '{{range .Other}}{{.What}}: {{.Size}} {{end}}'
	[[ $output =~ Layers\ that\ images\ share:\ [0-9.]+[kM]B ]]
}

@test "system prune removes what nothing uses, after a yes" {
	proa pull -q "$BUSYBOX"
	proa pull -q "$REGISTRY/layers"
	proa create --name gone -v kept:/data -v /anonymous "$BUSYBOX" true
	echo half >"$STORE/tmp/blob-$(printf '%064d' 0)"
	run proa system prune <<<n
	[[ $output == "WARNING! This will remove:"*"- all stopped containers"*"- all dangling images"* ]]
	[ -n "$(proa ps -aq)" ]
	run proa system prune --volumes --filter until=1h -f
	[ "$status" = 125 ]
	run proa system prune -f
	[[ $output == *"Deleted Containers:"*"Total reclaimed space: "* ]]
	[ -z "$(proa ps -aq)" ]
	[ -z "$(ls -A "$STORE/tmp")" ]
	[ "$(proa images -q --filter readonly=false | wc -l)" = 2 ]
	[ "$(find "$STORE/volumes" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
	run proa system prune -af --volumes
	[[ $output == *"Deleted Volumes:"* ]]
	[ -z "$(proa images -q --filter readonly=false)" ]
	[ "$(ls "$STORE/volumes")" = kept ]
}

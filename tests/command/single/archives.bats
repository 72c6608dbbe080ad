#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A user without subordinate ids has no owners on disk; they are in the records, and stay with an
# image that is saved and loaded.

load ../../lib/common.bash

setup_more() {
	[ "$PROA_TEST_WHO" = single ] || skip "for a user without subordinate ids"
	TMP=$BATS_TEST_TMPDIR
}

owners() { # ARCHIVE: of all layers' entries
	local layer
	for layer in $(tar -xOf "$1" manifest.json | jq -r '.[0].Layers[]'); do
		tar -xOf "$1" "$layer" | tar --numeric-owner -tvf - | awk '{ print $2, $6 }'
	done
}

@test "recorded owners survive save and load" {
	proa pull -q "$REGISTRY/layers:latest" 2>/dev/null
	proa save -o "$TMP/one.tar" "$REGISTRY/layers:latest"
	proa rmi -f "$REGISTRY/layers:latest" >/dev/null
	proa load -i "$TMP/one.tar" >/dev/null
	proa save -o "$TMP/two.tar" "$REGISTRY/layers:latest"
	cmp "$TMP/one.tar" "$TMP/two.tar"
	skopeo --insecure-policy copy -q "oci:$PROA_TEST_SCRATCH/layout:layers" "docker-archive:$TMP/theirs.tar"
	[ "$(owners "$TMP/one.tar")" = "$(owners "$TMP/theirs.tar")" ]
}

@test "a container is committed, exported and imported; its files are root's" {
	proa pull -q "$BUSYBOX" 2>/dev/null
	proa run --name work --network none "$BUSYBOX" sh -c 'echo new >/new; rm -r /home'
	proa diff work | grep -qx 'A /new'
	proa commit work made:1 >/dev/null
	proa save -o "$TMP/made.tar" made:1
	owners "$TMP/made.tar" | grep -qx '0/0 new'
	[ "$(proa run --rm --network none made:1 sh -c 'cat /new; ls -d /home 2>/dev/null')" = new ]
	proa export work | proa import - flat:1 >/dev/null
	[ "$(proa run --rm --network none flat:1 cat /new)" = new ]
}

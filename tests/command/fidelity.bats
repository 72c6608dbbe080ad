#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The tree inside a container equals what umoci unpacks from the same image: type, mode, owner,
# size, time, attributes, link targets and counts, content.
#
# PROA_TEST_TARS="FILE..." adds whole roots (a debootstrapped Debian, packed) to the comparison.

load ../lib/common.bash

setup_more() {
	need_program umoci
	need_program python3
	as_root || unshare --help | grep -q map-auto || skip "unshare has no --map-auto"
}

# What the engine puts over the image, and where it mounts.
SKIP=(proc sys dev tree-list etc/hosts etc/hostname etc/resolv.conf)

# In a user namespace laid out like the one that proa makes.
in_ids() { if as_root; then "$@"; else unshare --map-auto --map-root-user "$@"; fi; }

list_container() { # IMAGE
	proa run --rm --network none -v "$PROA_TEST_SCRATCH/tree-list:/tree-list:ro" "$1" \
		/tree-list / "${SKIP[@]}"
}

list_umoci() { # LAYOUT:TAG
	in_ids umoci unpack --image "$1" "$BATS_TEST_TMPDIR/bundle" >/dev/null
	in_ids "$PROA_TEST_SCRATCH/tree-list" "$BATS_TEST_TMPDIR/bundle/rootfs" "${SKIP[@]}"
	in_ids rm -rf "$BATS_TEST_TMPDIR/bundle"
}

# An ordinary user may not make devices: those are only recorded.
every_kind() {
	local options=()
	as_root || options=(--no-devices)
	python3 "$TESTS/tools/every-kind.py" "${options[@]}" --lower >"$BATS_TEST_TMPDIR/lower.tar"
	python3 "$TESTS/tools/every-kind.py" "${options[@]}" >"$BATS_TEST_TMPDIR/every.tar"
}

same_trees() { # IMAGE LAYOUT:TAG
	proa pull -q "$1"
	list_container "$1" >"$BATS_TEST_TMPDIR/ours"
	list_umoci "$2" >"$BATS_TEST_TMPDIR/theirs"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/theirs")" -gt 5 ]
	# The root itself and the directories we mount into get their times from that.
	diff <(grep -vE '^(\.|\./etc) d ' "$BATS_TEST_TMPDIR/theirs") \
		<(grep -vE '^(\.|\./etc) d ' "$BATS_TEST_TMPDIR/ours")
}

@test "layers with whiteouts, opaque directories, links and FIFOs" {
	same_trees "$REGISTRY/layers:latest" "$PROA_TEST_SCRATCH/layout:layers"
}

@test "an image with every kind of entry" {
	local layout=$BATS_TEST_TMPDIR/every
	every_kind
	python3 "$TESTS/lib/image-from-tars.py" "$layout" "$BATS_TEST_TMPDIR/lower.tar" "$BATS_TEST_TMPDIR/every.tar"
	push_tars every-kind "$BATS_TEST_TMPDIR/lower.tar" "$BATS_TEST_TMPDIR/every.tar"
	same_trees "$REGISTRY/$PROA_TEST_WHO/every-kind:latest" "$layout:image"
}

@test "whole roots given by PROA_TEST_TARS" {
	[ -n "${PROA_TEST_TARS:-}" ] || skip "none given"
	local tar layout=$BATS_TEST_TMPDIR/whole
	for tar in $PROA_TEST_TARS; do
		rm -rf "$layout"
		python3 "$TESTS/lib/image-from-tars.py" "$layout" "$tar"
		push_tars whole "$tar"
		same_trees "$REGISTRY/$PROA_TEST_WHO/whole:latest" "$layout:image"
	done
}

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

# Layers that name a file, but not the directory it lies in: that is as the layers below have it.
implied_layers() {
	python3 - "$BATS_TEST_TMPDIR" <<-'END'
	import io, sys, tarfile

	def layer(name, *entries):
	    with tarfile.open(f"{sys.argv[1]}/{name}.tar", "w", format=tarfile.PAX_FORMAT) as tar:
	        for path, mode, owner in entries:
	            info = tarfile.TarInfo(path.rstrip("/"))
	            info.mode, info.uid, info.gid, info.mtime = mode, owner, owner + 1, 1000000000 + owner
	            if path.endswith("/"):
	                info.type = tarfile.DIRTYPE
	                info.pax_headers = {"SCHILY.xattr.user.note": path}
	            else:
	                info.size = len(path)
	            tar.addfile(info, io.BytesIO(path.encode()))

	layer("implied-1", ("opt/", 0o700, 5), ("opt/deep/", 0o2751, 6), ("opt/deep/est/", 0o500, 7),
	      ("srv/", 0o711, 8), ("srv/old/", 0o750, 9), ("srv/old/gone", 0o644, 9),
	      ("mnt/", 0o555, 12), ("mnt/link/", 0o700, 13))
	layer("implied-2", ("opt/deep/est/file", 0o600, 1), ("srv/old/file", 0o600, 2),
	      ("mnt/link/file", 0o600, 2))
	layer("implied-3", ("srv/", 0o1777, 10), ("srv/old/.wh.gone", 0, 0))
	layer("implied-4", ("opt/deep/more", 0o600, 3), ("srv/new", 0o600, 4), ("mnt/more", 0o600, 4))
	END
}

@test "directories that upper layers only imply have the attributes that lower layers give them" {
	local layout=$BATS_TEST_TMPDIR/implied tars
	local busybox=$BATS_TEST_TMPDIR/busybox
	implied_layers
	busybox_root "$busybox"
	tar -C "$busybox" --owner=0 --group=0 --numeric-owner -cf "$BATS_TEST_TMPDIR/implied-0.tar" .
	tars=("$BATS_TEST_TMPDIR"/implied-[0-4].tar)
	python3 "$TESTS/lib/image-from-tars.py" "$layout" "${tars[@]}"
	push_tars implied "${tars[@]}"
	same_trees "$REGISTRY/$PROA_TEST_WHO/implied:latest" "$layout:image"
	grep -q '^\./opt d' "$BATS_TEST_TMPDIR/ours"
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

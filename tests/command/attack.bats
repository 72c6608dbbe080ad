#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attempts to get around what protects the store and the user.

load ../lib/common.bash
load ../lib/registry.bash

setup_more() {
	TMP=$BATS_TEST_TMPDIR
	NAME=$REGISTRY/$PROA_TEST_WHO/attack
	export CONTAINERS_POLICY_JSON=$TMP/policy.json CONTAINERS_REGISTRIES_CONF=$TMP/registries.conf
	: >"$CONTAINERS_REGISTRIES_CONF"
	policy insecureAcceptAnything
}

policy() { echo "{\"default\": [{\"type\": \"$1\"}]}" >"$CONTAINERS_POLICY_JSON"; }

# fails TEXT ARGUMENTS...: `proa ARGUMENTS` says TEXT in one line.
fails() {
	local text=$1
	shift
	run --separate-stderr proa "$@"
	[ "$status" != 0 ] || { echo "it succeeded: $output" >&2; return 1; }
	one_line_error "$text"
}

# push_artifact: an artifact at $NAME:1, and none in the store.
push_artifact() {
	echo text >"$TMP/file.txt"
	proa artifact add "$NAME:1" "$TMP/file.txt" >/dev/null
	proa artifact push "$NAME:1" >/dev/null 2>&1
	proa artifact rm "$NAME:1" >/dev/null
}

@test "an artifact comes in only as the policy allows" {
	push_artifact
	policy reject
	fails "rejected by policy" artifact pull -q "$NAME:1"
	run ! proa artifact inspect "$NAME:1"
	[ -z "$(ls -A "$STORE/tmp")" ]
	policy insecureAcceptAnything
	proa artifact pull -q "$NAME:1"
	proa artifact rm "$NAME:1"
}

@test "what is blocked is so for artifacts and manifest lists" {
	push_artifact
	printf '[[registry]]\nlocation = "%s"\nblocked = true\n' "$REGISTRY" >"$CONTAINERS_REGISTRIES_CONF"
	fails "is blocked" artifact pull -q "$NAME:1"
	fails "is blocked" manifest inspect "$NAME:1"
	proa manifest create "$NAME:list" >/dev/null
	fails "is blocked" manifest add "$NAME:list" "docker://$NAME:1"
	fails "is blocked" manifest push "$NAME:list"
	proa manifest rm "$NAME:list"
}

# archive NAMES: an archive of docker's form with one image of so many names.
archive() {
	python3 - "$1" "$TMP/names.tar" <<-'END'
	import hashlib, io, json, sys, tarfile
	layer = io.BytesIO()
	tarfile.open(fileobj=layer, mode="w").close()
	diff = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
	config = {"architecture": "amd64", "os": "linux", "config": {},
	          "rootfs": {"type": "layers", "diff_ids": [diff]}}
	tags = ["attack/names:%d" % i for i in range(int(sys.argv[1]))]
	files = {
	    "manifest.json": json.dumps([{"Config": "c.json", "RepoTags": tags, "Layers": ["l.tar"]}]),
	    "c.json": json.dumps(config),
	}
	with tarfile.open(sys.argv[2], "w") as tar:
	    for name, data in [(n, t.encode()) for n, t in files.items()] + [("l.tar", layer.getvalue())]:
	        member = tarfile.TarInfo(name)
	        member.size = len(data)
	        tar.addfile(member, io.BytesIO(data))
	END
}

@test "an archive cannot fill the store with names" {
	archive 1001
	fails "more than 1000 names" load -i "$TMP/names.tar"
	run ! proa image inspect attack/names:0
	archive 3
	proa load -q -i "$TMP/names.tar"
	proa rmi attack/names:0 attack/names:1 attack/names:2
}

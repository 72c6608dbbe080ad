# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What every command test starts from: a store of its own, and `proa` that uses it.
# tests/run gives: PROA (the program), TESTS (this tree), PROA_TEST_WHO (root, user,
# single), PROA_TEST_SCRATCH (readable by all: the registry's address, images, helpers).

bats_require_minimum_version 1.5.0

REGISTRY=$(cat "$PROA_TEST_SCRATCH/registry.address")	# 127.0.0.1:PORT, plain, anonymous
export REGISTRY
BUSYBOX=$REGISTRY/busybox:latest
export BUSYBOX

setup() {
	umask 022
	STORE=$BATS_TEST_TMPDIR/store
	export HOME=$BATS_TEST_TMPDIR/home
	mkdir -p "$HOME"
	unset XDG_DATA_HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME REGISTRY_AUTH_FILE DOCKER_CONFIG
	export STORE
	if declare -f setup_more >/dev/null; then setup_more; fi
}

teardown() {
	if declare -f teardown_more >/dev/null; then teardown_more; fi
	if [ -d "$STORE" ]; then
		proa ps -aq | while read -r id; do proa rm -f "$id"; done >/dev/null 2>&1 || true
		proa images -aq --no-trunc | sort -u | while read -r id; do proa rmi -f "$id"; done \
			>/dev/null 2>&1 || true
	fi
}

proa() { "$PROA" --root "$STORE" "$@"; }
export -f proa

as_root() { [ "$PROA_TEST_WHO" = root ]; }
need_root() { as_root || skip "needs root"; }
need_user() { ! as_root || skip "for an ordinary user"; }
need_program() { command -v "$1" >/dev/null || skip "$1 is not installed"; }

# wait_until COMMAND...: tries until it succeeds, for at most half a minute.
wait_until() {
	local deadline=$((SECONDS + 30))
	until "$@"; do
		[ $SECONDS -lt $deadline ] || { echo "gave up waiting for: $*" >&2; return 1; }
		read -r -t 0.05 <> <(:) || true
	done
}

# one_line_error TEXT: the last `run --separate-stderr` failed with one line on stderr that holds TEXT.
one_line_error() {
	# shellcheck disable=SC2154 # set by bats
	[ "$status" -ne 0 ] || { echo "it succeeded" >&2; return 1; }
	# shellcheck disable=SC2154 # set by bats
	if [ "$(printf '%s\n' "$stderr" | grep -vc '^$')" != 1 ] || [[ $stderr != *"$1"* ]]; then
		printf 'expected one line with: %s\ngot: %s\n' "$1" "$stderr" >&2
		return 1
	fi
}

# push_tars NAME [OPTIONS] TAR...: an image of these layers, as they are, in the shared registry.
# Each test file and user has names of its own there.
push_tars() {
	local name=$1 layout=$BATS_TEST_TMPDIR/layout-$1
	shift
	python3 "$TESTS/lib/image-from-tars.py" "$layout" "$@"
	skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$layout:image" \
		"docker://$REGISTRY/$PROA_TEST_WHO/$name:latest" >/dev/null
	rm -rf "$layout"
}

# busybox_root DIRECTORY: a small root to make images of.
busybox_root() {
	mkdir -p "$1/bin" "$1/tmp"
	cp "$(command -v busybox)" "$1/bin/busybox"
	local applet
	for applet in sh ls cat echo true stat id mount; do ln -sf busybox "$1/bin/$applet"; done
}

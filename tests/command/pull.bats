#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pull: docker's words, every kind of registry, and one clear line for everything that goes wrong.

load ../lib/common.bash
load ../lib/registry.bash

# Registries of this file's own: with a password, with TLS, with tokens; and one that misbehaves.
setup_file() {
	local kind layout=$PROA_TEST_SCRATCH/layout:busybox
	REG=$BATS_FILE_TMPDIR
	for kind in basic tls token; do
		registry_start "$REG/$kind" "$kind" || return 1
		echo "$REGISTRY_ADDRESS" >"$REG/$kind.address"
		echo "$REGISTRY_PID ${TOKEN_PID:-}" >>"$REG/pids"
		skopeo --insecure-policy copy -q --dest-tls-verify=false \
			--dest-creds "$REGISTRY_USER:$REGISTRY_PASSWORD" "oci:$layout" \
			"docker://$REGISTRY_ADDRESS/private/busybox:latest"
	done
	skopeo --insecure-policy copy -q --dest-tls-verify=false \
		--dest-creds "$REGISTRY_USER:$REGISTRY_PASSWORD" "oci:$layout" \
		"docker://$REGISTRY_ADDRESS/public/busybox:latest"
	fakereg_start "$REG/fake" || return 1
	echo "$FAKEREG_ADDRESS" >"$REG/fake.address"
	echo "$FAKEREG_PID" >>"$REG/pids"
	fakereg_start "$REG/faketls" "$REG/tls/tls" || return 1
	echo "$FAKEREG_ADDRESS" >"$REG/faketls.address"
	echo "$FAKEREG_PID" >>"$REG/pids"
}

teardown_file() {
	local pid
	# shellcheck disable=SC2013 # words
	for pid in $(cat "$BATS_FILE_TMPDIR/pids"); do kill "$pid" 2>/dev/null || true; done
}

setup_more() {
	REG=$BATS_FILE_TMPDIR
	FAKE=$(cat "$REG/fake.address")
	CREDS=$REGISTRY_USER:$REGISTRY_PASSWORD
}

address() { cat "$REG/$1.address"; }
port() { local of; of=$(address "$1"); echo "${of##*:}"; }

# fails TEXT ARGUMENTS...: `proa pull ARGUMENTS` says TEXT in one line and leaves nothing half done.
fails() {
	local text=$1
	shift
	run --separate-stderr proa pull "$@"
	[ "$status" = 1 ] || { echo "status $status: $output $stderr" >&2; return 1; }
	one_line_error "$text"
	nothing_half_done
}

nothing_half_done() {
	[ -z "$(ls -A "$STORE/tmp")" ] || { ls -lA "$STORE/tmp" >&2; return 1; }
}

no_images() {
	if grep -s '"digest"' "$STORE/images/index.json" >&2; then return 1; fi
}

requests() { cat "$REG/fake/requests"; }

@test "pull prints what docker prints" {
	run --separate-stderr proa pull "$REGISTRY/busybox"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "${lines[0]}" = "Using default tag: latest" ]
	[ "${lines[1]}" = "latest: Pulling from busybox" ]
	[[ $output =~ [0-9a-f]{12}:\ Pull\ complete ]]
	[[ $output =~ Digest:\ sha256:[0-9a-f]{64} ]]
	[[ $output == *"Status: Downloaded newer image for $REGISTRY/busybox:latest"* ]]
	[ "${lines[-1]}" = "$REGISTRY/busybox:latest" ]
	run proa pull "$REGISTRY/busybox:latest"
	[ "$status" = 0 ]
	[[ $output != *"Using default tag"* ]]
	[[ $output == *"Status: Image is up to date for $REGISTRY/busybox:latest"* ]]
	nothing_half_done
}

@test "pull -q prints the ID alone" {
	run --separate-stderr proa pull -q "$REGISTRY/busybox"
	[ "$status" = 0 ]
	[ "$output" = "$(proa images -q --no-trunc "$REGISTRY/busybox")" ]
	[ -z "$stderr" ]
}

@test "layers that are there are not fetched again" {
	proa pull -q "$REGISTRY/busybox"
	run proa pull "$REGISTRY/layers"
	[ "$status" = 0 ]
	[[ $output == *": Already exists"* ]]
	[[ $output == *": Pull complete"* ]]
}

@test "pull by digest, and the digest decides" {
	local digest
	digest=$(proa pull "$REGISTRY/busybox" | sed -n 's/^Digest: //p')
	run proa pull "$REGISTRY/busybox@$digest"
	[ "$status" = 0 ]
	fails "not found" "$REGISTRY/busybox@sha256:$(printf '%064d' 0)"
}

@test "an index: the platform that fits, or those there are" {
	run proa pull --platform linux/amd64 "$FAKE/index"
	[ "$status" = 0 ]
	fails "linux/s390x" --platform linux/arm64 "$FAKE/index"
	fails "not found" --platform linux/s390x "$FAKE/index"
}

@test "unknown tags, repositories, hosts and ports are told in docker's words" {
	fails "manifest for $REGISTRY/busybox:nope not found: manifest unknown" "$REGISTRY/busybox:nope"
	fails "not found" "$REGISTRY/nope"
	fails "repository $FAKE/nope not found: name unknown" "$FAKE/nope"
	fails "no such host 'registry.invalid'" registry.invalid/x
	fails "connection refused by 127.0.0.1:1; is the registry running?" 127.0.0.1:1/x
	run proa pull "$REGISTRY/UPPER"
	[ "$status" = 1 ]
	[[ $output == *"invalid reference format"* ]]
}

@test "basic authentication" {
	local host
	host=$(address basic)
	fails "pull access denied for $host/private/busybox, repository does not exist or may require 'proa login'" \
		"$host/private/busybox"
	fails "unauthorized: incorrect username or password" --creds tester:wrong "$host/private/busybox"
	run proa pull -q --creds "$CREDS" "$host/private/busybox"
	[ "$status" = 0 ]
}

@test "token authentication" {
	local host
	host=$(address token)
	fails "pull access denied for $host/private/busybox" "$host/private/busybox"
	fails "unauthorized: incorrect username or password" --creds tester:wrong "$host/private/busybox"
	run proa pull -q "$host/public/busybox"
	[ "$status" = 0 ]
	run proa pull -q --creds "$CREDS" "$host/private/busybox"
	[ "$status" = 0 ]
}

@test "credentials are found in docker's file, in podman's, and in one that is named" {
	local host auth
	host=$(address basic)
	auth=$(printf %s "$CREDS" | base64)
	mkdir -p "$HOME/.docker"
	echo "{\"auths\":{\"$host\":{\"auth\":\"$auth\"}}}" >"$HOME/.docker/config.json"
	run proa pull -q "$host/private/busybox"
	[ "$status" = 0 ]
	mv "$HOME/.docker/config.json" "$HOME/named.json"
	fails "pull access denied" "$host/private/busybox"
	run proa pull -q --authfile "$HOME/named.json" "$host/private/busybox"
	[ "$status" = 0 ]
	mkdir -p "$HOME/.config/containers"
	mv "$HOME/named.json" "$HOME/.config/containers/auth.json"
	run proa pull -q "$host/private/busybox"
	[ "$status" = 0 ]
	echo '{"auths": "'"$auth"'"' >"$HOME/.config/containers/auth.json"
	fails "auth.json' is no valid JSON" "$host/private/busybox"
	[[ $stderr != *"$auth"* ]]
}

@test "an identity token, and a credential helper" {
	local host
	host=$(address token)
	mkdir -p "$HOME/bin" "$HOME/.docker"
	echo "{\"auths\":{\"$host\":{\"auth\":\"$(printf '<token>:' | base64)\",\"identitytoken\":\"refresh-$REGISTRY_PASSWORD\"}}}" \
		>"$HOME/.docker/config.json"
	run proa pull -q "$host/private/busybox"
	[ "$status" = 0 ]
	cat >"$HOME/bin/docker-credential-mine" <<-END
	#!/bin/sh
	read -r server
	[ "\$server" = "$host" ] && echo '{"Username":"$REGISTRY_USER","Secret":"$REGISTRY_PASSWORD"}'
	END
	chmod 755 "$HOME/bin/docker-credential-mine"
	echo '{"credsStore":"mine"}' >"$HOME/.docker/config.json"
	PATH=$HOME/bin:$PATH run proa pull -q "$host/private/busybox"
	[ "$status" = 0 ]
	fails "pull access denied" "$host/private/busybox" || {
		# Without the helper there is a warning, and then the registry's refusal.
		[[ $stderr == *"'docker-credential-mine' is not in PATH"* ]]
		[[ $stderr == *"pull access denied"* ]]
	}
}

@test "TLS: any certificate on loopback, a trusted one elsewhere" {
	local name
	name=registry.localhost:$(port tls)
	run proa pull -q "$(address tls)/private/busybox"
	[ "$status" = 0 ]
	fails "cannot trust the certificate of $name" "$name/private/busybox"
	run proa pull -q --tls-verify=false "$name/private/busybox"
	[ "$status" = 0 ]
	mkdir -p "$HOME/certs" "$HOME/.config/containers/certs.d/$name"
	cp "$REG/tls/tls/ca.crt" "$HOME/certs/"
	run proa pull -q --cert-dir "$HOME/certs" "$name/private/busybox"
	[ "$status" = 0 ]
	cp "$REG/tls/tls/ca.crt" "$HOME/.config/containers/certs.d/$name/"
	run proa pull -q "$name/private/busybox"
	[ "$status" = 0 ]
}

@test "plain HTTP only on loopback or when asked for" {
	local name
	name=registry.localhost:${REGISTRY##*:}
	fails "gave an HTTP response to an HTTPS client; use --tls-verify=false" "$name/busybox"
	run proa pull -q --tls-verify=false "$name/busybox"
	[ "$status" = 0 ]
}

@test "bytes that are not what they should be" {
	fails "wrong digest" "$FAKE/wrong-blob"
	fails "wrong digest" "$FAKE/wrong-config"
	fails "wrong digest" "$FAKE/wrong-manifest"
	fails "it unpacks to diff ID sha256:" "$FAKE/wrong-diff-id"
	fails "the manifest has 1 layers, but the image config has 2 diff IDs" "$FAKE/wrong-count"
	fails "truncated: 100000 of " "$FAKE/truncated"
	fails "it is larger than the " "$FAKE/longer"
	fails "gzip: " "$FAKE/corrupt-gzip"
	fails "gzip: compressed data is truncated" "$FAKE/truncated-gzip"
	no_images
	[ -z "$(ls "$STORE/layers")" ]
}

@test "layers that lead out of their folder" {
	fails "entry 'a/../../escaped'" "$FAKE/tar-dotdot"
	fails "entry '/escaped-absolute'" "$FAKE/tar-absolute"
	fails "entry 'link/escaped'" "$FAKE/tar-through-link"
	fails "entry 'hard'" "$FAKE/tar-hardlink"
	[ ! -e /tmp/escaped ]
	[ ! -e /escaped-absolute ]
	no_images
}

@test "documents that are too large, ambiguous, or something else" {
	fails "larger than 4194304 bytes" "$FAKE/huge-manifest"
	fails "larger than 4194304 bytes" "$FAKE/endless-manifest"
	fails "both layers and manifests" "$FAKE/ambiguous"
	fails "duplicate" "$FAKE/duplicate-keys"
	fails "but came as" "$FAKE/wrong-type"
	fails "manifest" "$FAKE/web-page"
	fails "schema 1 is not supported" "$FAKE/schema1"
	fails "manifest" "$FAKE/artifact"
	fails "invalid digest" "$FAKE/bad-digest-text"
	run proa pull -q "$FAKE/plain-type"
	[ "$status" = 0 ]
}

@test "a connection that breaks is resumed, one that always breaks is an error" {
	run proa pull -q "$FAKE/cut-once"
	[ "$status" = 0 ]
	requests | grep -q 'GET /v2/cut-once/blobs/.* range=bytes=[1-9]'
	run proa pull -q "$FAKE/cut-no-ranges"
	[ "$status" = 0 ]
	run proa pull -q "$FAKE/slow"
	[ "$status" = 0 ]
	fails "the connection to $FAKE broke" --retry 2 --retry-delay 10ms "$FAKE/cut-always"
}

@test "a password goes to the registry alone, not along a redirect" {
	run proa pull -q --creds user:secret "$FAKE/redirect-authorized"
	[ "$status" = 0 ]
	requests | grep -q 'main GET /v2/redirect-authorized/manifests/.* authorization=yes'
	requests | grep -q 'main GET /v2/redirect-authorized/blobs/.* authorization=yes'
	requests | grep -q 'other GET /v2/redirect-target/blobs/.* authorization=no'
	[ "$(requests | grep -c 'other GET /v2/.* authorization=yes')" = 0 ]
	run proa pull -q "$FAKE/redirect-relative"
	[ "$status" = 0 ]
	run proa pull -q "$FAKE/token-elsewhere"
	[ "$status" = 0 ]
	fails "redirects more than 10 times" "$FAKE/redirect-loop"
	fails "'file:///etc/passwd' is no usable http or https URL" "$FAKE/redirect-file"
	name=registry.localhost:$(port faketls)
	mkdir -p "$HOME/certs"
	cp "$REG/tls/tls/ca.crt" "$HOME/certs/"
	fails "redirects from https to http, which is refused" --cert-dir "$HOME/certs" "$name/redirect-down"
}

@test "challenges without end or sense" {
	fails "pull access denied for $FAKE/bearer-loop" "$FAKE/bearer-loop"
	fails "unauthorized: incorrect username or password" --creds user:secret "$FAKE/basic-loop"
	fails "a quote is not closed" "$FAKE/bad-challenge"
	fails "no usable http or https URL" "$FAKE/file-realm"
	name=registry.localhost:$(port faketls)
	mkdir -p "$HOME/certs"
	cp "$REG/tls/tls/ca.crt" "$HOME/certs/"
	fails "names a token server without TLS" --cert-dir "$HOME/certs" --creds user:secret \
		"$name/plain-realm"
}

@test "too many requests: wait as told, but not for an hour" {
	run proa pull -q "$FAKE/busy-once"
	[ "$status" = 0 ]
	fails "toomanyrequests: you have reached your pull rate limit; log in with 'proa login', or use a mirror" \
		"$FAKE/busy"
	[[ $stderr =~ rate\ limited\ by\ $FAKE\ until\ (.* )?[0-9][0-9]:[0-9][0-9]: ]]
}

@test "what a server says is fit for a terminal, and bounded" {
	fails 'not found: manifest unknown: \x1b[2Jgone\x0afake: line' "$FAKE/escape"
	fails "answered with HTTP status 500" --retry 1 --retry-delay 10ms "$FAKE/server-error"
}

@test "a layer that occurs twice is fetched once" {
	run proa pull -q "$FAKE/twice"
	[ "$status" = 0 ]
	[ "$(requests | grep -c 'GET /v2/twice/blobs/')" = 2 ]	# the config, and one layer
	[ "$(find "$STORE/layers" -mindepth 1 -maxdepth 1 -type d | wc -l)" = 1 ]
}

@test "two pulls of the same image at once share the work" {
	local first second layers
	: >"$REG/fake/requests"
	rm -f "$REG/fake/open"
	proa pull -q "$FAKE/gated" 3>&- &
	first=$!
	wait_until grep -q "gated/blobs" "$REG/fake/requests"
	proa pull -q "$FAKE/gated" 3>&- &
	second=$!
	wait_until [ "$(requests | grep -c 'gated/manifests/')" -ge 2 ] || true
	touch "$REG/fake/open"
	wait "$first"
	wait "$second"
	layers=$(requests | grep -c 'gated/blobs/')
	[ "$layers" -le 4 ]	# two layers once, the config once or twice
	nothing_half_done
}

@test "kill -9 in the middle: the next pull works and keeps what was complete" {
	local pull
	rm -f "$REG/fake/open"
	: >"$REG/fake/requests"
	# exec: the process that is killed is proa itself
	(exec "$PROA" --root "$STORE" pull "$FAKE/gated" >"$BATS_TEST_TMPDIR/log" 3>&-) &
	pull=$!
	wait_until grep -q "Pull complete" "$BATS_TEST_TMPDIR/log"
	kill -9 "$pull"
	wait "$pull" || true
	no_images
	touch "$REG/fake/open"
	: >"$REG/fake/requests"
	run proa pull "$FAKE/gated"
	[ "$status" = 0 ]
	[[ $output == *": Already exists"* ]]
	[ "$(requests | grep -c 'gated/blobs/')" = 2 ]	# the config and the second layer
	nothing_half_done
}

@test "a layer that is complete stays when another one fails" {
	fails "wrong digest" "$FAKE/good-and-bad"
	no_images
	# The first one may have been cancelled in time, but never be there in part.
	[ "$(find "$STORE/layers" -mindepth 1 -maxdepth 1 -type d | wc -l)" -le 1 ]
}

@test "a full disk" {
	need_root
	mkdir -p "$STORE"
	mount -t tmpfs -o size=256k,mode=0700 none "$STORE"
	run --separate-stderr proa pull "$FAKE/good"
	umount "$STORE"
	[ "$status" = 1 ]
	one_line_error "No space left on device"
}

@test "a token server inside the private network is refused to a registry outside" {
	need_root
	# shellcheck disable=SC2016 # expanded inside
	run --separate-stderr unshare --net -- bash -c '
		ip link set lo up && ip address add 203.0.113.5/32 dev lo
		. "$TESTS/lib/registry.bash"
		FAKEREG_LISTEN=203.0.113.5 fakereg_start "$1" || exit 99
		"$PROA" --root "$STORE" pull --tls-verify=false --creds user:secret "$FAKEREG_ADDRESS/private-realm"
		status=$?
		grep -q /token "$1/requests" && status=98
		fakereg_stop
		exit $status' - "$BATS_TEST_TMPDIR/public"
	[ "$status" = 1 ]
	one_line_error "names a token server inside the private network"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# login and logout: credentials are tried before they are kept, kept where docker and podman find
# them, and never seen.

load ../lib/common.bash
load ../lib/registry.bash

setup_file() {
	local kind
	REG=$BATS_FILE_TMPDIR
	export TOKEN_SERVER_IDENTITY=
	for kind in basic token identity; do
		[ $kind = identity ] && TOKEN_SERVER_IDENTITY=1
		registry_start "$REG/$kind" "${kind/identity/token}" || return 1
		echo "$REGISTRY_ADDRESS" >"$REG/$kind.address"
		echo "$REGISTRY_PID ${TOKEN_PID:-}" >>"$REG/pids"
		skopeo --insecure-policy copy -q --dest-tls-verify=false \
			--dest-creds "$REGISTRY_USER:$REGISTRY_PASSWORD" \
			"oci:$PROA_TEST_SCRATCH/layout:busybox" \
			"docker://$REGISTRY_ADDRESS/private/busybox:latest"
	done
}

teardown_file() {
	local pid
	# shellcheck disable=SC2013 # words
	for pid in $(cat "$BATS_FILE_TMPDIR/pids"); do kill "$pid" 2>/dev/null || true; done
}

setup_more() {
	BASIC=$(cat "$BATS_FILE_TMPDIR/basic.address")
	TOKEN=$(cat "$BATS_FILE_TMPDIR/token.address")
	IDENTITY=$(cat "$BATS_FILE_TMPDIR/identity.address")
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	CONFIG=$HOME/.docker/config.json
	AUTH=$XDG_RUNTIME_DIR/containers/auth.json
	ENCODED=$(printf %s "$REGISTRY_USER:$REGISTRY_PASSWORD" | base64 -w0)
	unset DOCKER_AUTH_CONFIG
}

log_in() { printf '%s\n' "$REGISTRY_PASSWORD" | proa login -u "$REGISTRY_USER" --password-stdin "$@"; }

# entry FILE KEY MEMBER: prints it, or "none".
entry() {
	python3 -c 'import json, sys
print(json.load(open(sys.argv[1])).get("auths", {}).get(sys.argv[2], {}).get(sys.argv[3], "none"))' "$@"
}

no_secrets() {
	[[ $output$stderr != *"$REGISTRY_PASSWORD"* && $output$stderr != *"$ENCODED"* ]]
}

@test "a login is kept where docker, podman and skopeo look, for nobody else to read" {
	run --separate-stderr log_in "$BASIC"
	[ "$status" = 0 ]
	[ "$output" = "Login Succeeded" ]
	[[ $stderr == *"WARNING! Your credentials are stored unencrypted in '$CONFIG'"* ]]
	no_secrets
	[ "$(entry "$CONFIG" "$BASIC" auth)" = "$ENCODED" ]
	[ "$(stat -c %a "$CONFIG")" = 600 ]
	[ "$(stat -c %a "$HOME/.docker")" = 700 ]
	[ "$(ls -A "$HOME/.docker")" = config.json ]
	[ "$(skopeo login --get-login "$BASIC")" = "$REGISTRY_USER" ]
	[ "$(proa login --get-login "$BASIC")" = "$REGISTRY_USER" ]
	proa pull -q "$BASIC/private/busybox"
}

@test "what the registry does not accept is not kept" {
	run --separate-stderr proa login -u "$REGISTRY_USER" --password-stdin "$BASIC" <<<"hush-hush"
	[ "$status" = 1 ]
	one_line_error "unauthorized: incorrect username or password for $BASIC"
	[[ $stderr != *hush-hush* ]]
	[ ! -e "$CONFIG" ]
	run --separate-stderr proa login -u "$REGISTRY_USER" --password-stdin "$TOKEN" <<<"hush-hush"
	[ "$status" = 1 ]
	one_line_error "unauthorized: incorrect username or password for $TOKEN"
	[ ! -e "$CONFIG" ]
}

@test "a registry with a token server is logged in at, too" {
	log_in "$TOKEN"
	proa pull -q "$TOKEN/private/busybox"
}

@test "an identity token takes the password's place" {
	log_in "$IDENTITY"
	[ "$(entry "$CONFIG" "$IDENTITY" identitytoken)" = "refresh-$REGISTRY_PASSWORD" ]
	[ "$(entry "$CONFIG" "$IDENTITY" auth)" = "$(printf %s "$REGISTRY_USER:" | base64)" ]
	proa pull -q "$IDENTITY/private/busybox"
	run proa login "$IDENTITY" </dev/null
	[ "$status" = 0 ]
	[[ $output == *"Authenticating with existing credentials"* ]]
}

@test "what else is in the file stays" {
	mkdir "$HOME/.docker"
	echo '{"psFormat": "x", "auths": {"r.example.com": {"auth": "YTpi"}}, "n": 1.5}' >"$CONFIG"
	chmod 644 "$CONFIG"
	log_in "$BASIC"
	[ "$(entry "$CONFIG" r.example.com auth)" = YTpi ]
	grep -q '"psFormat": "x"' "$CONFIG"
	grep -q '"n": 1.5' "$CONFIG"
	[ "$(stat -c %a "$CONFIG")" = 600 ]
	proa logout "$BASIC"
	[ "$(entry "$CONFIG" "$BASIC" auth)" = none ]
	[ "$(entry "$CONFIG" r.example.com auth)" = YTpi ]
	grep -q '"psFormat": "x"' "$CONFIG"
}

@test "a broken file is named and left alone" {
	mkdir "$HOME/.docker"
	echo '{"auths": {"r.example.com": {"auth": "HUSH' >"$CONFIG"
	run --separate-stderr log_in "$BASIC"
	[ "$status" = 1 ]
	one_line_error "'$CONFIG' is no valid JSON"
	[[ $stderr != *HUSH* ]]
	grep -q HUSH "$CONFIG"
}

# A helper that keeps things in files.
make_helper() {
	mkdir -p "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/kept"
	cat >"$BATS_TEST_TMPDIR/bin/docker-credential-test" <<-END
	#!/usr/bin/env python3
	import json, os, sys, urllib.parse
	text = sys.stdin.read()
	verb = sys.argv[1]
	name = json.loads(text)["ServerURL"] if verb == "store" else text.strip()
	path = os.path.join("$BATS_TEST_TMPDIR/kept", urllib.parse.quote(name, safe=""))
	if verb == "store":
	    open(path, "w").write(text)
	elif not os.path.exists(path):
	    print("credentials not found in native keychain")
	    sys.exit(1)
	elif verb == "get":
	    print(open(path).read())
	elif verb == "erase":
	    os.remove(path)
	END
	chmod 755 "$BATS_TEST_TMPDIR/bin/docker-credential-test"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "a helper for all keeps it; the file has an empty entry, as docker writes it" {
	make_helper
	mkdir "$HOME/.docker"
	echo '{"credsStore": "test"}' >"$CONFIG"
	run --separate-stderr log_in -v "$BASIC"
	[ "$status" = 0 ]
	[ "$output" = "Login Succeeded" ]
	[[ $stderr != *WARNING* ]]
	[[ $stderr == *"Used: test"* ]]
	no_secrets
	grep -q "$REGISTRY_PASSWORD" "$BATS_TEST_TMPDIR"/kept/*
	if grep -q "$ENCODED" "$CONFIG"; then false; fi
	grep -q "\"$BASIC\": {}" "$CONFIG"
	proa pull -q "$BASIC/private/busybox"
	proa logout "$BASIC"
	[ -z "$(ls "$BATS_TEST_TMPDIR/kept")" ]
	[ "$(grep -c "$BASIC" "$CONFIG")" = 0 ]
}

@test "a helper for this registry counts, in podman's file, too" {
	make_helper
	mkdir -p "$(dirname "$AUTH")"
	echo "{\"credHelpers\": {\"$IDENTITY\": \"test\"}}" >"$AUTH"
	log_in "$IDENTITY"
	grep -q '"Username": *"<token>"' "$BATS_TEST_TMPDIR"/kept/*
	[ ! -e "$CONFIG" ]
	proa pull -q "$IDENTITY/private/busybox"
	run --separate-stderr log_in "$IDENTITY/private"
	[ "$status" = 0 ]
	proa logout --all
	[ -z "$(ls "$BATS_TEST_TMPDIR/kept")" ]
}

@test "a helper that is not there is told of, and nothing is written" {
	mkdir "$HOME/.docker"
	echo '{"credsStore": "absent"}' >"$CONFIG"
	run --separate-stderr log_in "$BASIC"
	[ "$status" = 1 ]
	one_line_error "'docker-credential-absent' is not in PATH"
	[ "$(cat "$CONFIG")" = '{"credsStore": "absent"}' ]
}

@test "an older login in podman's file does not hide a new one" {
	mkdir -p "$(dirname "$AUTH")"
	echo "{\"auths\": {\"$BASIC\": {\"auth\": \"b2xkOm9sZA==\"}, \"r.example.com\": {\"auth\": \"YTpi\"}}}" >"$AUTH"
	[ "$(proa login --get-login "$BASIC")" = old ]
	log_in "$BASIC"
	[ "$(proa login --get-login "$BASIC")" = "$REGISTRY_USER" ]
	[ "$(entry "$AUTH" r.example.com auth)" = YTpi ]
	proa pull -q "$BASIC/private/busybox"
}

@test "logout finds what podman has kept, and is content when there is nothing" {
	skopeo login --tls-verify=false -u "$REGISTRY_USER" -p "$REGISTRY_PASSWORD" "$BASIC" >/dev/null
	[ "$(proa login --get-login "$BASIC")" = "$REGISTRY_USER" ]
	run --separate-stderr proa logout "$BASIC"
	[ "$status" = 0 ]
	[ "$output" = "Removing login credentials for $BASIC" ]
	run --separate-stderr proa login --get-login "$BASIC"
	[ "$status" = 1 ]
	one_line_error "not logged into $BASIC"
	run proa logout "$BASIC"
	[ "$status" = 0 ]
	run proa logout
	[ "$output" = "Removing login credentials for https://index.docker.io/v1/" ]
}

@test "a file that is named is used alone" {
	local file=$BATS_TEST_TMPDIR/mine/auth.json
	log_in --authfile "$file" "$BASIC"
	[ "$(entry "$file" "$BASIC" auth)" = "$ENCODED" ]
	[ ! -e "$CONFIG" ]
	REGISTRY_AUTH_FILE=$file proa login --get-login "$BASIC"
	run proa login --get-login "$BASIC"
	[ "$status" = 1 ]
	proa logout --compat-auth-file "$file" "$BASIC"
	[ "$(entry "$file" "$BASIC" auth)" = none ]
}

@test "a login for a path is for what is below it" {
	log_in "$BASIC/private"
	[ "$(entry "$CONFIG" "$BASIC/private" auth)" = "$ENCODED" ]
	proa pull -q "$BASIC/private/busybox"
	run --separate-stderr proa pull -q "$BASIC/other/busybox"
	[ "$status" = 1 ]
	one_line_error "no basic auth credentials"
}

@test "logins at the same time lose nothing" {
	local i pids=()
	for i in 1 2 3 4 5 6; do
		log_in "$BASIC/part$i" >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	for i in 1 2 3 4 5 6; do [ "$(entry "$CONFIG" "$BASIC/part$i" auth)" = "$ENCODED" ]; done
}

@test "on a terminal name and password are asked for, the password unseen" {
	run python3 "$TESTS/lib/typist.py" Username: "$REGISTRY_USER" Password: "$REGISTRY_PASSWORD" -- \
		"$PROA" --root "$STORE" login "$BASIC"
	[ "$status" = 0 ]
	[[ $output == *"Username: "*"$REGISTRY_USER"* ]]
	[[ $output == *"Login Succeeded"* ]]
	no_secrets
	[ "$(entry "$CONFIG" "$BASIC" auth)" = "$ENCODED" ]
}

@test "an interrupt while the password is typed ends it, and the terminal shows again" {
	run python3 "$TESTS/lib/typist.py" Password: $'\x03' -- \
		sh -c 'trap : INT; "$0" login -u x "$1"; echo "status $?"; stty -a' "$PROA" "$BASIC"
	[[ $output == *"status 130"* ]]
	[[ $output == *" echo "* ]]
	[ ! -e "$CONFIG" ]
}

@test "a password on the command line is warned of" {
	run --separate-stderr proa login -u "$REGISTRY_USER" -p "$REGISTRY_PASSWORD" "$BASIC"
	[ "$status" = 0 ]
	[[ $stderr == *"WARNING! Using --password via the CLI is insecure. Use --password-stdin."* ]]
	no_secrets
}

@test "what does not go together is said" {
	local words text
	while IFS='|' read -r words text; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr proa login $words </dev/null
		[ "$status" = 125 ]
		[[ $stderr == *"$text"* ]]
	done <<-END
	-p x --password-stdin r.example.com|mutually exclusive
	--password-stdin r.example.com|Must provide --username with --password-stdin
	-u a:b -p x nodots|is no registry
	--authfile a --compat-auth-file b r.example.com|mutually exclusive
	--secret s r.example.com|secret
	END
	run --separate-stderr proa login "$BASIC" </dev/null
	[ "$status" = 1 ]
	[[ $stderr == *"Cannot perform an interactive login from a non TTY device"* ]]
	run --separate-stderr proa logout --all r.example.com
	[ "$status" = 125 ]
}

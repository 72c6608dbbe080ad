# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Registries for tests: Debian's docker-registry on a loopback port that the kernel chooses.
#
#	registry_start DIRECTORY [basic] [tls] [token]
#		basic	user tester, password secret-42 (htpasswd)
#		token	the same user, at a token server of its own
#		tls	a certificate for localhost, registry.localhost and 127.0.0.1, from the
#			authority in DIRECTORY/tls/ca.crt
#		sets REGISTRY_PID, REGISTRY_ADDRESS (127.0.0.1:PORT), TOKEN_PID, TOKEN_ADDRESS
#	registry_stop		stops what the last registry_start started
#	fakereg_start DIRECTORY [SWITCHES...]	tests/lib/fakereg.py, sets FAKEREG_PID, FAKEREG_ADDRESS
#	fakereg_stop
#
# Readiness is the line in which a server tells its address: each binds before it writes that.

REGISTRY_USER=tester
REGISTRY_PASSWORD=secret-42
# shellcheck disable=SC2016 # bcrypt of the password
REGISTRY_HTPASSWD='tester:$2y$05$abcdefghijklmnopqrstuuEQJLaBJvOW2/fAH.4K0EchPvxPBBjlW'

# wait_for_line FILE PID PATTERN: prints the first match; fails when the process ends without it.
wait_for_line() {
	local file=$1 pid=$2 pattern=$3 deadline=$((SECONDS + 30))
	until grep -Eom1 "$pattern" "$file" 2>/dev/null; do
		if ! kill -0 "$pid" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
			echo "the server did not start:" >&2
			cat "$file" >&2
			return 1
		fi
		read -r -t 0.05 <> <(:) || true
	done
}

# make_certificates DIRECTORY: ca.crt, and server.crt with server.key signed by it.
make_certificates() {
	local dir=$1
	mkdir -p "$dir"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=proa test authority" -keyout "$dir/ca.key" -out "$dir/ca.crt" 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
		-keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
	openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" \
		-CAcreateserial -days 2 -out "$dir/server.crt" -extfile <(
			echo "subjectAltName=DNS:localhost,DNS:registry.localhost,IP:127.0.0.1"
		) 2>/dev/null
}

# registry_config DIRECTORY WORDS...: prints docker-registry's config.yml.
registry_config() {
	local dir=$1 word
	shift
	cat <<-END
	version: 0.1
	log: {level: info, accesslog: {disabled: true}}
	storage: {filesystem: {rootdirectory: "$dir/data"}, delete: {enabled: true}}
	END
	for word in "$@"; do
		case $word in
		basic)
			printf '%s\n' "$REGISTRY_HTPASSWD" >"$dir/htpasswd"
			echo "auth: {htpasswd: {realm: proa-test, path: \"$dir/htpasswd\"}}"
			;;
		token)
			echo "auth: {token: {realm: \"http://$TOKEN_ADDRESS/token\", service: proa-test," \
				"issuer: proa-test, rootcertbundle: \"$dir/token/ca.crt\"}}"
			;;
		esac
	done
	echo "http:"
	echo "  addr: 127.0.0.1:0"
	case " $* " in
	*" tls "*) echo "  tls: {certificate: \"$dir/tls/server.crt\", key: \"$dir/tls/server.key\"}" ;;
	esac
}

registry_start() {
	local dir=$1
	shift
	mkdir -p "$dir"
	TOKEN_PID=
	case " $* " in *" tls "*) make_certificates "$dir/tls" ;; esac
	case " $* " in *" token "*) token_server_start "$dir/token" ;; esac
	registry_config "$dir" "$@" >"$dir/config.yml"
	# Not one of ours: fd 3 is bats', who waits until nobody has it.
	docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 3>&- &
	REGISTRY_PID=$!
	REGISTRY_ADDRESS=$(wait_for_line "$dir/log" "$REGISTRY_PID" 'listening on 127\.0\.0\.1:[0-9]+') ||
		return 1
	REGISTRY_ADDRESS=${REGISTRY_ADDRESS##* }
	REGISTRY_PORT=${REGISTRY_ADDRESS##*:}
	export REGISTRY_ADDRESS REGISTRY_PORT
}

token_server_start() {
	local dir=$1
	make_certificates "$dir"
	python3 "$(dirname "${BASH_SOURCE[0]}")/tokenserver.py" "$dir" "$REGISTRY_USER" \
		"$REGISTRY_PASSWORD" >"$dir/log" 2>&1 3>&- &
	TOKEN_PID=$!
	TOKEN_ADDRESS=$(wait_for_line "$dir/log" "$TOKEN_PID" 'listening on 127\.0\.0\.1:[0-9]+') ||
		return 1
	TOKEN_ADDRESS=${TOKEN_ADDRESS##* }
}

stop_pid() {
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

registry_stop() {
	stop_pid "${REGISTRY_PID:-}"
	stop_pid "${TOKEN_PID:-}"
	REGISTRY_PID='' TOKEN_PID=''
}

fakereg_start() {
	local dir=$1
	shift
	mkdir -p "$dir"
	python3 "$(dirname "${BASH_SOURCE[0]}")/fakereg.py" "$dir" "$@" >"$dir/log" 2>&1 3>&- &
	FAKEREG_PID=$!
	FAKEREG_ADDRESS=$(wait_for_line "$dir/log" "$FAKEREG_PID" 'listening on [0-9.]+:[0-9]+') ||
		return 1
	FAKEREG_ADDRESS=${FAKEREG_ADDRESS##* }
	export FAKEREG_ADDRESS
}

# proxy_start LOG: tests/lib/proxy.py, sets PROXY_PID, PROXY_ADDRESS
proxy_start() {
	python3 "$(dirname "${BASH_SOURCE[0]}")/proxy.py" "$1" >"$1.out" 2>&1 3>&- &
	PROXY_PID=$!
	PROXY_ADDRESS=$(wait_for_line "$1.out" "$PROXY_PID" 'listening on [0-9.]+:[0-9]+') || return 1
	PROXY_ADDRESS=${PROXY_ADDRESS##* }
}

fakereg_stop() {
	stop_pid "${FAKEREG_PID:-}"
	FAKEREG_PID=''
}

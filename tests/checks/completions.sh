# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The completion scripts: each shell reads its own, and bash's offers what it should.
scripts=$2/completions
number=0

result() { # ok|not ok, WHAT, DETAILS
	number=$((number + 1))
	echo "$1 $number - $2"
	[ -z "${3:-}" ] || echo "$3"
}

reads() { # SHELL SCRIPT
	local out
	if ! command -v "$1" >/dev/null; then
		result ok "$1 reads its script # SKIP $1 is not installed"
	elif out=$("$1" -n "$2" 2>&1) && [ -s "$2" ]; then
		result ok "$1 reads its script"
	else
		result "not ok" "$1 reads its script" "$out"
	fi
}
reads bash "$scripts/bash/proa"
reads zsh "$scripts/zsh/_proa"
reads fish "$scripts/fish/proa.fish"

# To zsh `path` is PATH.
if bad=$(grep -nE '(^|[[:blank:]])path=' "$scripts/zsh/_proa"); then
	result "not ok" "zsh's script leaves PATH alone" "$bad"
else
	result ok "zsh's script leaves PATH alone"
fi

# complete_words WORDS...: what bash offers for the last word, on one line. The containers are web and
# web-db; the images are debian:12 and app:latest.
complete_words() {
	# shellcheck disable=SC2016 # for the inner shell
	bash --norc -c '
		proa() {
			case "$1 $2" in
			"ps -a") printf "%s\n" web web-db ;;
			images*) printf "%s\n" debian:12 app:latest "<none>:<none>" ;;
			esac
		}
		. "$0"
		COMP_WORDS=(proa "$@") COMP_CWORD=$#
		_proa
		echo "${COMPREPLY[*]}"' "$scripts/bash/proa" "$@" 2>&1
}

offers() { # EXPECTED WORDS...
	local expected=$1 got
	shift
	got=$(complete_words "$@")
	if [ "$got" = "$expected" ]; then
		result ok "proa $* [TAB]"
	else
		result "not ok" "proa $* [TAB]" "expected '$expected', got '$got'"
	fi
}
offers "run" ru
offers "completion" compl
offers "--name" run --nam
offers "--network --network-alias" run --netw
offers "--root" --roo
offers "web web-db" rm ''
offers "web-db" stop web-
offers "web web-db" container rm web
offers "web web-db" rm -f web
offers "debian:12 app:latest" run --rm ''
offers "debian:12" rmi de
offers "inspect" container ins
offers "prune" container pr
offers "tag tree trust" image t
offers "ps" --root /srv/store ps
echo "1..$number"

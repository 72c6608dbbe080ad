# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The manual: a page for each command, with each of its options, that groff reads without warnings.
source=$1
gen=$2/cli/gen-man
man=$2/man
number=0

holds() { # WHAT OFFENDERS
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "$2"
	fi
}

pages=$("$gen" --pages)
holds "the tables name pages" "$([ -n "$pages" ] || echo "gen-man --pages prints nothing")"

missing_pages() {
	local page target
	while IFS=$'\t' read -r page target; do
		[ -s "$man/$page.1" ] || echo "man/$page.1 is not built: list it in man/local.mk"
		if [ -n "$target" ]; then
			[ "$(cat "$man/$page.1")" = ".so man1/$target.1" ] || echo "$page does not stand for $target"
		else
			[ -s "$source/man/${page#proa-}.inc" ] || echo "man/${page#proa-}.inc is missing"
		fi
	done <<<"$pages"
}
holds "each command has a page and a fragment" "$(missing_pages)"

holds "each fragment has a command" "$(
	for fragment in "$source"/man/*.inc; do
		page=$(basename "$fragment" .inc)
		[ "$page" = proa ] || page=proa-$page
		cut -f 1 <<<"$pages" | grep -qx -- "$page" || echo "$fragment belongs to no command"
	done)"

# The page in which the options of COMMAND ("container ls", "inspect", "(root)") stand.
page_of() {
	local name target
	[ "$1" = "(root)" ] && { echo proa; return; }
	name=proa-${1// /-}
	target=$(awk -F '\t' -v name="$name" '$1 == name { print $2 }' <<<"$pages")
	echo "${target:-$name}"
}

missing_options() {
	local command option page
	while IFS=$'\t' read -r command option _; do
		page=$(page_of "$command")
		grep -q -- "\\\\-\\\\-${option//-/\\\\-}\\\\fR" "$man/$page.1" || echo "$page: --$option"
	done < <("$gen" --list)
}
holds "each option is in its page" "$(missing_options)"

sections() {
	local page target word
	while IFS=$'\t' read -r page target; do
		[ -z "$target" ] || continue
		for word in NAME SYNOPSIS DESCRIPTION 'SEE ALSO'; do
			grep -qE "^\.SH \"?$word\"?$" "$man/$page.1" || echo "$page: no $word"
		done
		[ "$page" = proa ] || grep -q '^\.SH EXAMPLES$' "$man/$page.1" || echo "$page: no EXAMPLES"
	done <<<"$pages"
}
holds "each page has its sections" "$(sections)"

dead_references() {
	local page
	grep -hoE '^\.BR proa[a-z\\-]* \(1\)' "$man"/*.1 | sed 's/^\.BR //; s/ (1)//; s/\\-/-/g' | sort -u |
		while read -r page; do
			cut -f 1 <<<"$pages" | grep -qx -- "$page" || echo "$page is referred to, and is no page"
		done
}
holds "pages refer to pages that exist" "$(dead_references)"

if command -v groff >/dev/null; then
	holds "groff reads the pages without warnings" "$(
		while IFS=$'\t' read -r page target; do
			[ -n "$target" ] || groff -man -ww -z -Tutf8 "$man/$page.1" 2>&1
		done <<<"$pages")"
else
	number=$((number + 1))
	echo "ok $number - groff reads the pages without warnings # SKIP groff is not installed"
fi
echo "1..$number"

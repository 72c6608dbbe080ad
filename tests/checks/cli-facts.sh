# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Each option that docker's users know (tests/data/docker-flags.tsv) is in our tables, with the same
# letter, and with or without a value as there: carried out, ignored, or refused by name.
facts=$1/tests/data/docker-flags.tsv
ours=$(mktemp) || exit 1
trap 'rm -f "$ours"' EXIT
"$2/cli/gen-man" --list >"$ours"
number=0

offenders() { # COMMAND
	awk -F '\t' -v command="$1" '
		/^#/ || $1 != command { next }
		FILENAME == ARGV[1] { letter[$2] = $3; type[$2] = $4; next }
		!($2 in type) { print "--" $2 " is missing"; next }
		$3 != "-" && $3 != letter[$2] {
			print "--" $2 " has the letter " letter[$2] ", with docker it is " $3 }
		($4 == "flag") != (type[$2] ~ /flag$/) {
			print "--" $2 " is a " type[$2] ", with docker it is a " $4 }
	' "$ours" "$facts"
}

while read -r command; do
	number=$((number + 1))
	bad=$(offenders "$command")
	if [ -z "$bad" ]; then
		echo "ok $number - $command takes docker's options"
	else
		echo "not ok $number - $command takes docker's options"
		echo "$bad"
	fi
done < <(grep -v '^#' "$facts" | cut -f 1 | sort -u)
echo "1..$number"

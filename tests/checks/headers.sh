# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Each header compiles alone, in C.
cd "$1" || exit 1
number=0
while read -r header; do
	number=$((number + 1))
	if out=$(${CC:-cc} -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -I"$2" -Wall -Wextra -Werror \
		-fsyntax-only -x c "$header" 2>&1); then
		echo "ok $number - $header"
	else
		echo "not ok $number - $header"
		echo "$out"
	fi
done < <(find base image registry rootless engine cli -name '*.h' | sort)
echo "1..$number"

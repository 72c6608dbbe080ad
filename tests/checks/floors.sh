# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# No folder includes a header of one above it.
cd "$1" || exit 1
number=0

floor() { # FOLDER ALLOWED...
	local folder=$1 bad
	shift
	number=$((number + 1))
	bad=$(grep -rnoE '^#include "[a-z]+/' --include='*.[ch]' "$folder" | grep -vE "\"($(IFS='|'; echo "$*"))/$")
	if [ -z "$bad" ]; then
		echo "ok $number - $folder/ includes only: $*"
	else
		echo "not ok $number - $folder/ may include only: $*"
		echo "$bad"
	fi
}
floor base base
floor image base image
floor rootless base rootless
floor registry base image registry
floor engine base image rootless registry engine
floor cli base image rootless registry engine cli
floor bench base
echo "1..$number"

#!/bin/sh
# Prints the licences and notices of what is linked into the plugin: its modules
# and Go itself. They ask to be passed on with every copy. A text that several
# modules have is printed once.
#
#   licences.sh PACKAGE
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# note NAME FILE: NAME has the text of FILE.
note() {
	sum=$(sha256sum <"$2" | cut -d' ' -f1)
	[ -e "$work/$sum.text" ] || cp "$2" "$work/$sum.text"
	echo "$1" >>"$work/$sum.names"
}

go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' "$1" | sort -u >"$work/modules"
note "Go $(go env GOVERSION)" "$(go env GOROOT)/LICENSE"
while read -r path version dir; do
	found=
	for file in "$dir"/LICEN[CS]E* "$dir"/COPYING* "$dir"/NOTICE*; do
		[ -f "$file" ] || continue
		note "$path $version" "$file"
		found=yes
	done
	[ "$found" ] || { echo "licences.sh: $path has no licence file" >&2; exit 1; }
done <"$work/modules"

for names in "$work"/*.names; do
	echo "==== $(sort -u "$names" | paste -sd, | sed 's/,/, /g')"
	echo
	cat "${names%.names}.text"
	echo
done

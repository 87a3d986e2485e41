#!/bin/sh
# Starts the kernel, rebuilt: start.sh GO KERNEL CONNECTION_FILE. Where simgrad
# does not build, the kernel starts as it last was and says so in the first cell.
go=$1 kernel=$2 connection=$3
here=$(dirname "$0")
parent=${JPY_PARENT_PID:+$PPID} # this process lives on as the kernel: PPID is who asked for it
if note=$(cd "$here" && GOPROXY=off "$go" run ./install -rebuild -go "$go" -bin "$kernel" 2>&1); then
	note=
else
	note="simgrad did not build; this is the kernel as it last built.
$(printf '%s\n' "$note" | grep -v '^exit status')"
	printf '%s\n' "$note" >&2
fi
exec "$kernel" -note "$note" -parent "${parent:-0}" "$connection"

#!/bin/sh
# unpack.sh [FOLDER [TEST ...]]: checks the parts beside it, unpacks them into FOLDER
# (./kit if none is named), checks every file, and runs the tests (those of the losses
# if none is named). It needs grep, sed, sha256sum, gzip and tar, and no network.
set -eu

fail() {
  printf 'unpack: %s\n' "$*" >&2
  exit 1
}

case "${1:-}" in
  "") folder=$PWD/kit ;;
  /*) folder=$1 ;;
  *) folder=$PWD/$1 ;;
esac
[ $# -eq 0 ] || shift
cd "$(dirname -- "$0")"
for tool in grep sed sha256sum gzip tar; do
  command -v "$tool" > /dev/null || fail "$tool is not on the PATH"
done
[ ! -e "$folder" ] || fail "$folder is there already"
[ -f manifest.json ] || fail "manifest.json is missing"

# The checksums of the manifest's parts or files, as sha256sum reads them.
sums() {
  sed -n "s/^{\"$1\":\"\(.*\)\",\"bytes\":[0-9]*,\"sha256\":\"\(.*\)\"}.*/\2  \1/p" manifest.json
}

parts=$(sums part | sed 's/^[0-9a-f]*  //')
[ -n "$parts" ] || fail "manifest.json names no part"
wrong=$(
  for part in part.*; do
    printf '%s\n' "$parts" | grep -qxF "$part" || echo "$part is not of this archive"
  done
  sums part | while read -r sum part; do
    if [ ! -f "$part" ]; then
      echo "$part is missing"
    elif [ "$(sha256sum < "$part")" != "$sum  -" ]; then
      echo "$part is damaged: its checksum is not that of manifest.json"
    fi
  done
)
[ -z "$wrong" ] || fail "$wrong"

partial=$folder.partial
rm -rf "$partial"
mkdir -p "$partial"
# shellcheck disable=SC2086 # The parts are words.
cat $parts | gzip -dc | tar -xf - -C "$partial"
wrong=$(sums file | (cd "$partial" && sha256sum -c 2>&1) | grep -v ': OK$' || true)
[ -z "$wrong" ] || fail "$wrong"
mv "$partial" "$folder"
echo "unpacked and checked: $folder"

[ $# -gt 0 ] || set -- tests/losses
exec "$folder/kit" test --permission-set --no-check "$@"

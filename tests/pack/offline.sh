#!/bin/sh
# offline.sh [TEST ...]: packs the checkout for a CPU, and unpacks and tests it where
# there is no network, an empty home and no environment. It needs util-linux's unshare
# and the right to use it.
set -eu
cd "$(dirname -- "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${DENO:-deno} task pack --out "$folder/archive" --part-size 60MiB
[ $# -gt 0 ] || set -- tests/losses tests/samplers
unshare --map-root-user --net --mount sh -eu -c '
  mount -t tmpfs none "$HOME"
  folder=$1
  shift
  exec env -i HOME="$HOME" PATH=/usr/bin:/bin NO_COLOR=1 \
    sh "$folder/archive/unpack.sh" "$folder/kit" "$@"
' sh "$folder" "$@"

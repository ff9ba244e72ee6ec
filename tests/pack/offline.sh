#!/bin/sh
# offline.sh [TEST ...]: packs the checkout for a CPU, with a language model, and unpacks
# and tests it where there is no network, an empty home and no environment. It needs
# util-linux's unshare and the right to use it.
set -eu
cd "$(dirname -- "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${DENO:-deno} task model smollm2
${DENO:-deno} task pack --out "$folder/archive" --part-size 60MiB --model smollm2
[ $# -gt 0 ] || set -- tests/losses tests/samplers tests/data/digits_test.ts \
  tests/results/render_test.ts tests/pretrained/real_weights.ts
status=0
unshare --map-root-user --net --mount sh -eu -c '
  mount -t tmpfs none "$HOME"
  folder=$1
  shift
  exec env -i HOME="$HOME" PATH=/usr/bin:/bin NO_COLOR=1 \
    sh "$folder/archive/unpack.sh" "$folder/kit" "$@"
' sh "$folder" "$@" > "$folder/log" 2>&1 || status=$?
cat "$folder/log"
if grep -q "once deno task model smollm2 has been run" "$folder/log"; then
  echo "offline: the model that was packed was not found" >&2
  status=1
fi
exit "$status"

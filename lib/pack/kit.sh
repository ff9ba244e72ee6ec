#!/bin/sh
# kit ARGUMENT ...: runs this folder's Deno on this folder's checkout, with its own
# packages, native TensorFlow and pretrained models, if any came along:
# `./kit test --permission-set --no-check tests/losses`
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
libraries=$here/native/tensorflow
# The system's own C++ library where there is one: a driver may need a newer one.
ls /lib/*/libstdc++.so.6 /usr/lib*/libstdc++.so.6 > /dev/null 2>&1 ||
  libraries=$libraries:$here/native/gcc
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PATH="$here/bin:$PATH" DENO_DIR="$here/.deno" DENO_NO_UPDATE_CHECK=1
[ ! -d "$here/cache" ] || export XDG_CACHE_HOME="$here/cache"
export KIT_COMMIT=@COMMIT@
cd "$here/checkout" && exec deno "$@"

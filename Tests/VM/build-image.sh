#!/usr/bin/env bash
# Builds what the virtual machine boots: Debian's stock kernel, a small root file system, an initrd.
#
#   build-image.sh CACHE    prints the folder that holds vmlinuz, initrd.img and root.img
#
# The image holds nothing of this package: that comes in at boot (run.sh), so it is built once and
# kept until this script or guest/ changes. Root is needed for the files' owners only.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cache=$(cd "$1" && pwd)
SUDO=${SUDO-$([ "$(id -u)" = 0 ] || echo sudo)}

[ "$(uname -m)" = x86_64 ] || { echo "make test-vm needs an x86-64 machine" >&2; exit 1; }

# hushd's libraries, what the cases call, and no daemon that is not wanted at boot. dbus is absent on
# purpose: systemctl as root does not need it, and each service costs boot time under emulation.
packages=systemd-sysv,udev,kmod,alsa-utils,libasound2,libsndfile1,libsamplerate0
# What the machine boots from, what it reaches the host by, and the cards it can have.
boot_modules=(virtio_pci virtio_blk ext4)
modules=("${boot_modules[@]}" 9p 9pnet_virtio
  snd-aloop snd-dummy snd-hda-intel snd-hda-codec-generic)

key=$(cat "$0" "$here"/guest/{init,hush-vm-test.service} | sha256sum | cut -c1-12)
image=$cache/image-$key
if [ -e "$image/done" ]; then
  echo "$image"
  exit
fi
exec 3>&1 1>&2 # only the folder's name goes to standard output

need=()
for pair in mmdebstrap:mmdebstrap busybox:busybox-static mke2fs:e2fsprogs depmod:kmod; do
  PATH=$PATH:/sbin:/usr/sbin command -v "${pair%:*}" >/dev/null || need+=("${pair#*:}")
done
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || need+=(debian-archive-keyring)
if [ ${#need[@]} -gt 0 ]; then
  $SUDO apt-get update -qq
  $SUDO env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${need[@]}"
fi
PATH=$PATH:/sbin:/usr/sbin

$SUDO rm -rf "$cache"/image-*
work=$image/work
mkdir -p "$work"
start=$SECONDS

# The machine's own Debian mirror and the way to it, where it is a Debian machine.
options=()
while IFS= read -r line; do
  options+=(--aptopt="$line")
done < <(apt-config dump Acquire | grep -iE '^Acquire::(Check-|[a-z]+::Proxy)' | grep -v '""')
# shellcheck disable=SC2016 # apt fills these in
apt-get indextargets 'Origin: Debian' 'Created-By: Packages' \
  --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' |
  { grep ' bookworm' || true; } | sort -u >"$work/sources.list"
[ -s "$work/sources.list" ] || {
  echo "Tests/VM: apt has no Debian 12 among its sources; name a mirror in HUSH_DEBIAN_MIRROR" >&2
  echo "deb ${HUSH_DEBIAN_MIRROR:?} bookworm main" >"$work/sources.list"
}

# Documentation and translations are left out: they are half the image.
# shellcheck disable=SC2016 # $1 is mmdebstrap's
$SUDO mmdebstrap --quiet --mode=root --variant=minbase --format=directory "${options[@]}" \
  --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  --include="$packages" --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --customize-hook='cd "$1/tmp" && chroot "$1" sh -c "
    cd /tmp
    apt-get download -qq -o APT::Sandbox::User=root \
      \$(apt-cache depends linux-image-amd64 | sed -n \"s/ *Depends: //p\" | head -n 1)"' \
  --customize-hook="copy-out /tmp $work" \
  --customize-hook='rm -f "$1"/tmp/*.deb' \
  bookworm "$work/root" "$work/sources.list"
$SUDO chown -R "$(id -u):$(id -g)" "$work/tmp"

# The kernel package is unpacked, not installed: its initramfs would take longer than all else.
mkdir "$work/kernel"
dpkg-deb -x "$work"/tmp/linux-image-*.deb "$work/kernel"
cp "$work"/kernel/boot/vmlinuz-* "$image/vmlinuz"
release=$(basename "$work"/kernel/lib/modules/*)
depmod -b "$work/kernel" "$release"

# Prints a module and all it needs, in the order they are to be loaded.
paths() { modprobe -d "$work/kernel" -S "$release" --show-depends "$@" | awk '{ print $2 }'; }

mkdir "$work/wanted"
for module in "${modules[@]}"; do paths "$module"; done | sort -u | while IFS= read -r path; do
  install -D -m 644 "$path" "$work/wanted/${path#"$work/kernel/"}"
done
cp "$work/kernel/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} \
  "$work/wanted/lib/modules/$release/"
depmod -b "$work/wanted" "$release"
$SUDO cp -r --no-preserve=ownership "$work/wanted/lib/modules" "$work/root/usr/lib/"

$SUDO install -m 644 "$here/guest/hush-vm-test.service" "$work/root/etc/systemd/system/"
wants=$work/root/etc/systemd/system/multi-user.target.wants
$SUDO mkdir -p "$wants" "$work/root/host"
$SUDO ln -sf ../hush-vm-test.service "$wants/"
for unit in getty@tty1.service serial-getty@ttyS0.service systemd-logind.service \
  systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-pstore.service; do
  $SUDO ln -sf /dev/null "$work/root/etc/systemd/system/$unit"
done
echo hush-vm | $SUDO tee "$work/root/etc/hostname" >/dev/null

truncate -s 600M "$image/root.img"
$SUDO mke2fs -q -t ext4 -O ^has_journal -d "$work/root" "$image/root.img"
$SUDO chown "$(id -u):$(id -g)" "$image/root.img"

mkdir -p "$work/initrd"/{bin,modules,proc,sys,dev,newroot}
cp "$(command -v busybox)" "$work/initrd/bin/busybox"
install -m 755 "$here/guest/init" "$work/initrd/init"
: >"$work/initrd/modules/order"
for module in "${boot_modules[@]}"; do paths "$module"; done | awk '!seen[$0]++' |
  while IFS= read -r path; do
    cp "$path" "$work/initrd/modules/"
    basename "$path" >>"$work/initrd/modules/order"
  done
(cd "$work/initrd" && find . | busybox cpio -o -H newc 2>/dev/null) >"$image/initrd.img"

$SUDO rm -rf "$work"
touch "$image/done"
echo "image built in $((SECONDS - start)) s"
echo "$image" >&3

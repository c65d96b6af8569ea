"""GRUB itself, real but for one program: grub-probe, which a container's disk gives nothing to look at.

Menu, grubenv, grub-reboot and grub-set-default are Debian's; the stand-in for a kernel reads grubenv as GRUB would.
"""

INSTALL = """\
set -e
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends grub2-common >/dev/null
dpkg-divert --quiet --local --rename --add /usr/sbin/grub-probe
cat >/usr/sbin/grub-probe
chmod 755 /usr/sbin/grub-probe
mkdir -p /boot/grub
printf 'GRUB_DEFAULT=0\\nGRUB_CMDLINE_LINUX=""\\n' >/etc/default/grub
update-grub
"""

PROBE = """\
#!/bin/sh
for word; do
  [ -z "$next" ] || target=$word
  next=
  case $word in
    --target=*) target=${word#--target=} ;;
    -t) next=1 ;;
  esac
done
case $target in
  device) echo /dev/sda1 ;;
  fs) echo ext2 ;;
  fs_uuid) echo 11111111-2222-3333-4444-555555555555 ;;
  partmap) echo gpt ;;
  drive) echo '(hostdisk//dev/sda,gpt1)' ;;
  compatibility_hint) echo hd0,gpt1 ;;
esac
"""

"""A kernel newer than any of the archive's, as packages. Its headers are the running one's, so that DKMS really builds.

The image is empty and starts by the stand-in alone; its scripts run the hooks of DKMS, the initramfs and GRUB.
"""

VERSION = "6.1.0-999-amd64"

# Run on the machine; the running kernel lends its headers.
OFFER = f"""\
set -e
kernel={VERSION}
repository=/srv/newer-kernel
rm -rf $repository && mkdir -p $repository
package() {{ # NAME, FIELDS on standard input
  mkdir -p $repository/$1/DEBIAN
  {{ printf 'Package: %s\\nArchitecture: amd64\\nMaintainer: tests\\nDescription: stands in\\n' $1; cat; }} \\
    >$repository/$1/DEBIAN/control
}}
hooks() {{ # NAME, SCRIPT, FOLDER
  printf '#!/bin/sh\\nexport DEB_MAINT_PARAMS="$*"\\n[ ! -d %s ] || run-parts --arg=%s --arg=/boot/vmlinuz-%s %s\\n' \\
    $3 $kernel $kernel $3 >$repository/$1/DEBIAN/$2
  chmod 755 $repository/$1/DEBIAN/$2
}}
printf 'Version: 6.1.999-1\\n' | package linux-image-$kernel
mkdir -p $repository/linux-image-$kernel/boot $repository/linux-image-$kernel/lib/modules/$kernel/kernel
echo stand-in >$repository/linux-image-$kernel/boot/vmlinuz-$kernel
cp /boot/config-$(uname -r) $repository/linux-image-$kernel/boot/config-$kernel
cp /lib/modules/$(uname -r)/modules.builtin /lib/modules/$(uname -r)/modules.order \\
  $repository/linux-image-$kernel/lib/modules/$kernel/
hooks linux-image-$kernel postinst /etc/kernel/postinst.d
hooks linux-image-$kernel postrm /etc/kernel/postrm.d
printf 'Version: 6.1.999-1\\nDepends: linux-headers-%s\\n' $(uname -r) | package linux-headers-$kernel
mkdir -p $repository/linux-headers-$kernel/lib/modules/$kernel
ln -s $(readlink -f /lib/modules/$(uname -r)/build) $repository/linux-headers-$kernel/lib/modules/$kernel/build
for what in image headers; do
  printf 'Version: 6.1.999-1\\nDepends: linux-%s-%s\\n' $what $kernel | package linux-$what-amd64
done
cd $repository
for name in linux-*; do dpkg-deb --build --root-owner-group $name >/dev/null && rm -r $name; done
for deb in *.deb; do
  dpkg-deb --field $deb
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $deb $(stat -c %s $deb) $(sha256sum $deb | cut -d' ' -f1)
done >Packages
echo "deb [trusted=yes] file:$repository ./" >/etc/apt/sources.list.d/newer-kernel.list
"""

#!/bin/busybox sh
# Process 1 of an emulated machine until the host's files are there; then init.sh goes on as in the user-mode kernel.
export PATH=/bin
busybox mkdir -p /proc /host
busybox mount -t proc proc /proc
while read -r name; do
  busybox insmod "/modules/$name" || echo "lab: cannot load $name"
done < /modules/order
busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /host || echo "lab: cannot mount the host's files"
script=$(busybox sed 's/.*lab_script=\([^ ]*\).*/\1/' /proc/cmdline)
busybox umount /proc
exec busybox switch_root /host /bin/sh "$script"

# Process 1 of the guest, first outside and then inside the chroot. boot.ts sets:
#   LAB_KERNEL uml or debian, LAB_CACHE unpacked packages, LAB_OUT writable host folder, LAB_LIMIT seconds until the guest ends by itself,
#   LAB_NODE, LAB_SCRIPT, LAB_ARGS, LAB_CWD what to run, LAB_INIT this file
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

power_off() {
  sync
  echo o > /proc/sysrq-trigger
  sleep 10
}

give_up() {
  echo "lab: $*"
  power_off
}

# A host folder of its own: $1 its 9p tag, $2 the folder, $3 where to, $4 more 9p options.
mount_host() {
  case $LAB_KERNEL in
    uml) mount -t hostfs -o "$2" none "$3" ;;
    debian) mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$4" "$1" "$3" ;;
  esac
}

if [ "$1" != inside ]; then
  mount -t proc proc /proc
  # /sys serves as the empty folder that the read-only root lacks; /tmp stays as it is, the checkout may lie in it.
  mount -t tmpfs tmpfs /sys || give_up "no tmpfs"
  if [ "$LAB_KERNEL" = uml ]; then
    modules=$(echo "$LAB_CACHE"/usr/lib/uml/modules/*/kernel)
    # In the package insmod is an absolute link, which would lead to the host's own kmod.
    [ -e "$LAB_CACHE/usr/bin/kmod" ] && kmod="$LAB_CACHE/usr/bin/kmod" || kmod=$(readlink -f "$(command -v insmod)")
    ln -s "$kmod" /sys/insmod
    LD_LIBRARY_PATH="$LAB_CACHE/usr/lib/x86_64-linux-gnu" /sys/insmod "$modules/fs/overlayfs/overlay.ko" || give_up "no overlay module"
  fi
  mkdir /sys/cache /sys/upper /sys/work /sys/root
  # Overlay refuses a layer that lies inside another one: the cache is mounted by itself.
  mount_host cache "$LAB_CACHE" /sys/cache ro,cache=loose || give_up "cannot mount the cache folder"
  mount -t overlay -o lowerdir=/sys/cache:/,upperdir=/sys/upper,workdir=/sys/work overlay /sys/root || give_up "cannot mount the overlay"
  cd /sys/root
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount -t devtmpfs dev dev
  mkdir -p dev/pts dev/shm
  mount -t devpts devpts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t tmpfs tmpfs run
  mount -t tmpfs tmpfs var/log
  mkdir -p run/netns var/log/nginx
  mkdir -p ".$LAB_OUT"
  mount_host out "$LAB_OUT" ".$LAB_OUT" cache=none || give_up "cannot mount $LAB_OUT"
  cp "$LAB_INIT" run/init.sh
  exec chroot . /bin/sh /run/init.sh inside
fi

modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_sh ip_vs_mh \
  veth bridge sch_netem ipip tun iptable_mangle iptable_filter iptable_nat xt_mark xt_multiport xt_set \
  ip_set ip_set_hash_ip ip_set_hash_net ip6table_mangle nf_conntrack || give_up "a kernel module is missing"
# This kernel has nf_tables without the families of IP.
if [ "$LAB_KERNEL" = uml ]; then
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -sf xtables-legacy-multi "/usr/sbin/$name"
  done
fi
# Nothing here loads what is missing: the kernel's own modprobe would look into the host's files.
[ "$LAB_KERNEL" = uml ] || modprobe -a nf_tables nft_compat nft_ct || give_up "a module of nftables is missing"
ip link set lo up
hostname director
mkdir /run/home
export HOME=/run/home LANG=C.UTF-8 TMPDIR=/tmp
cd "$LAB_CWD" || give_up "no folder $LAB_CWD"
# Whoever started us may be gone.
(sleep "$LAB_LIMIT"; give_up "time is up") &
eval "set -- $LAB_ARGS"
echo "lab: ready"
"$LAB_NODE" "$LAB_SCRIPT" "$@" < /dev/null
status=$?
echo "$status" > "$LAB_OUT/exit-status"
echo "lab: exit $status"
power_off

#!/bin/sh
# Build step: everything that comes from the distribution, cleaned up in the same layer.
set -eu
export DEBIAN_FRONTEND=noninteractive

DESKTOP='dbus dbus-x11 xfconf xfce4-panel xfce4-settings xfce4-appfinder xfdesktop4 xfwm4 tigervnc-standalone-server'
APPS='evince galculator mousepad ristretto thunar thunar-archive-plugin unzip xarchiver xfce4-terminal zip'
LOOKS='elementary-xfce-icon-theme greybird-gtk-theme fonts-dejavu-core fonts-noto-color-emoji fonts-open-sans fonts-wqy-microhei'
TOOLS='ca-certificates less libfaketime nano socat wmctrl x11-utils xclip xdotool'

install_packages() {
  apt-get update
  # shellcheck disable=SC2086 # word lists
  apt-get install -y --no-install-recommends $DESKTOP $APPS $LOOKS $TOOLS locales
}

# People's sort order and dates; the sources of all other locales go again.
make_locale() {
  mkdir -p /usr/lib/locale
  localedef --no-archive -i en_US -f UTF-8 /usr/lib/locale/en_US.utf8
  apt-get purge -y locales
}

# The display offers no GLX (32 MB instead of 84 for Xvnc): the software GL
# driver and its compiler would only lie there. `apt-get install --reinstall` of
# libgl1-mesa-dri and libllvm brings them back.
drop_gl_driver() {
  rm -rf /usr/lib/*/dri /usr/lib/*/libLLVM* /usr/lib/*/libgallium* /usr/lib/*/libz3.so*
}

drop_caches() {
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/lib/dpkg/*-old \
    /var/log/* /root/.cache /tmp/* /usr/share/icons/*/icon-theme.cache.old
}

# The user 1000 of newer Ubuntu images would stand in the way of ours.
make_user() {
  old=$(getent passwd 1000 | cut -d: -f1)
  [ -z "$old" ] || userdel --remove "$old"
  getent group 1000 >/dev/null || groupadd --gid 1000 user
  useradd --uid 1000 --gid 1000 --no-create-home --home-dir /home/user --shell /bin/bash user
  install -d -o 1000 -g 1000 -m 0700 /home/user
  install -d -o 1000 -g 1000 -m 0700 /vnc
}

# Only for sandboxes whose clock is set: without it the image is as good otherwise, and says so when it is needed.
build_file_times() {
  folder=$(dirname "$(ls -d /usr/lib/*/faketime)")/deskhand
  mkdir -p "$folder"
  apt-get install -y --no-install-recommends tcc libc6-dev
  tcc -shared -o "$folder/file-times.so" "$1" || rm -rf "$folder"
  apt-get purge -y --auto-remove tcc libc6-dev
}

drop_setuid_bits() { find / -xdev -type f -perm /6000 -exec chmod a-s {} +; }

cp "$(dirname "$0")/dpkg-excludes.cfg" /etc/dpkg/dpkg.cfg.d/deskhand
install_packages
make_locale
build_file_times "$(dirname "$0")/file-times.c"
drop_gl_driver
make_user
drop_setuid_bits
drop_caches

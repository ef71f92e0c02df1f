#!/bin/sh
# Build step: settles what the packages and our files left open, and builds every cache,
# so that a start computes nothing.
set -eu

# Menu entries that cannot work here: no mail or web program, no screen to set up, no colour device.
NOT_SHOWN='xfce4-mail-reader xfce4-web-browser xfce-display-settings xfce4-color-settings xfce-workspaces-settings'

hide_menu_entries() {
  for entry in $NOT_SHOWN; do
    file=/usr/share/applications/$entry.desktop
    [ -f "$file" ] || continue
    sed -i '/^NoDisplay=/d; s/^\[Desktop Entry\]$/&\nNoDisplay=true/' "$file"
  done
}

# Greybird's grey titles on grey are hard to read, for people and for OCR.
darken_window_titles() {
  sed -i 's/^active_text_color=.*/active_text_color=#2e2e2e/; s/^inactive_text_color=.*/inactive_text_color=#686868/' \
    /usr/share/themes/Greybird/xfwm4/themerc
}

# 92 characters beyond the US keyboard can be typed then, instead of 19.
free_keycodes() {
  sed -i 's/=\([[:space:]]*\)+inet(evdev)$/=\1+deskhand(free)/' /usr/share/X11/xkb/rules/evdev
  grep -q '+deskhand(free)' /usr/share/X11/xkb/rules/evdev
}

# With the MouseKeys control on, the keypad would move the pointer.
keep_keypad_keys() {
  sed -i '/"mousekeys"/d' /usr/share/X11/xkb/compat/complete
}

make_home_skeleton() {
  cd /usr/share/deskhand/home
  cp -R /etc/skel/. .
  mkdir -p Desktop Documents Downloads Music Pictures Public Templates Videos
}

fix_identity() {
  echo 6465736b68616e646465736b68616e64 >/etc/machine-id
  mkdir -p /var/lib/dbus
  ln -sf /etc/machine-id /var/lib/dbus/machine-id
  echo Etc/UTC >/etc/timezone
  ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime
}

# A tmpfs takes the mode of the folder under it: the user makes /run/user/1000.
open_run() { chmod 1777 /run; }

write_manifest() {
  . /etc/os-release
  {
    printf '{\n  "schema": 1,\n'
    printf '  "os": { "id": "%s", "version": "%s", "codename": "%s" },\n' "$ID" "$VERSION_ID" "${VERSION_CODENAME:-}"
    printf '  "arch": "%s",\n  "packages": {\n' "$(dpkg --print-architecture)"
    dpkg-query -W -f '    "${binary:Package}": "${Version}",\n' | sed '$s/,$//'
    printf '  }\n}\n'
  } >/etc/deskhand/manifest.json
}

build_caches() {
  "$(find /usr/lib /usr/bin -name glib-compile-schemas | head -n 1)" /usr/share/glib-2.0/schemas
  update-mime-database /usr/share/mime
  update-desktop-database -q /usr/share/applications 2>/dev/null || :
  for theme in /usr/share/icons/*/index.theme; do
    gtk-update-icon-cache -q -f -i "$(dirname "$theme")" || :
  done
  rm -rf /var/cache/fontconfig/*
  fc-cache -fs
}

hide_menu_entries
darken_window_titles
free_keycodes
keep_keypad_keys
make_home_skeleton
fix_identity
open_run
write_manifest
build_caches

#!/bin/sh
# Build step: one name for either browser, its policies where it looks for them, and the desktop's caches again.
set -eu

# The menu and the file manager start the browser as everything else does.
redirect_menu_entry() {
  for entry in chromium google-chrome; do
    file=/usr/share/applications/$entry.desktop
    [ ! -f "$file" ] || sed -i 's#^Exec=[^ ]*#Exec=/usr/local/bin/chromium#; s/^Name=.*/Name=Chromium/' "$file"
  done
}

open_pages_with_it() {
  for type in text/html application/xhtml+xml x-scheme-handler/http x-scheme-handler/https; do
    echo "$type=chromium.desktop;google-chrome.desktop" >>/etc/xdg/mimeapps.list
  done
  echo 'WebBrowser=chromium' >>/etc/xdg/xfce4/helpers.rc
}

share_policies() {
  mkdir -p /etc/opt/chrome
  ln -sfn /etc/chromium/policies /etc/opt/chrome/policies
}

redirect_menu_entry
open_pages_with_it
share_policies
update-desktop-database -q /usr/share/applications 2>/dev/null || :
for theme in /usr/share/icons/*/index.theme; do gtk-update-icon-cache -q -f -i "$(dirname "$theme")" || :; done
fc-cache -fs

#!/bin/sh
# Build step: the browser, cleaned up in the same layer. Debian has Chromium as a package of its own. Ubuntu's is a
# snap, which does not run in a container, so Ubuntu gets the vendor's package from the vendor's repository.
set -eu
export DEBIAN_FRONTEND=noninteractive
. /etc/os-release

install_chromium() {
  apt-get update
  apt-get install -y --no-install-recommends chromium
}

install_chrome() {
  if [ "$(dpkg --print-architecture)" != amd64 ]; then
    echo 'deskhand: there is no package of Chrome for this architecture: build upon Debian 12 instead' >&2
    exit 69
  fi
  apt-get update
  apt-get install -y --no-install-recommends curl gnupg
  curl -fsSL https://dl.google.com/linux/linux_signing_key.pub | gpg --dearmor -o /usr/share/keyrings/google-linux.gpg
  echo 'deb [arch=amd64 signed-by=/usr/share/keyrings/google-linux.gpg] https://dl.google.com/linux/chrome/deb/ stable main' \
    >/etc/apt/sources.list.d/google-chrome.list
  apt-get update
  apt-get install -y --no-install-recommends google-chrome-stable
  apt-get purge -y --auto-remove curl gnupg
}

# The display has no GLX, and WebGL is off: the GL driver's compiler and Vulkan's debugging layer would only lie there.
drop_unused() {
  rm -rf /usr/lib/*/dri /usr/lib/*/libLLVM* /usr/lib/*/libgallium* /usr/lib/*/libz3.so* \
    /usr/lib/chromium/libVkLayer* /usr/lib/chromium/libVkICD*
  find /usr/lib/chromium/locales /opt/google/chrome/locales -name '*.pak*' ! -name 'en-US*' -delete 2>/dev/null || :
  find / -xdev -type f -perm /6000 -exec chmod a-s {} +
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/log/* /root/.cache
}

case $ID in
  ubuntu) install_chrome ;;
  *) install_chromium ;;
esac
drop_unused

#!/bin/sh
# Makes a base image for machines that reach no image registry: this machine's
# own Debian or Ubuntu, from the package mirrors that its apt is set up with.
#
#   make-base.sh OUT.tar        then: docker import OUT.tar deskhand/base:SUITE
#   make-base.sh --suite        prints SUITE
#
# Progress goes to stderr. The tar carries the apt sources, their keys, the
# proxy and the CA, so that apt works in a build. Exit codes: 0 made, 64 wrong
# use, 69 something is missing, 70 failed, 130/143 told to stop. Nothing is left
# behind but OUT.tar, and that only when it is whole.
set -eu

HERE=$(cd "$(dirname "$0")" && pwd)
PREPARE=$HERE/../../src/setup/prepare.sh
BASE_CA=/etc/ssl/mirror-ca.crt

say() { printf 'deskhand: %s\n' "$*" >&2; }

fail() {
  code=$1
  shift
  say "error: $*"
  exit "$code"
}

suite_of_this_machine() (
  VERSION_CODENAME='' UBUNTU_CODENAME='' DEBIAN_CODENAME=''
  [ ! -r /etc/os-release ] || . /etc/os-release
  echo "${UBUNTU_CODENAME:-${DEBIAN_CODENAME:-$VERSION_CODENAME}}"
)

# Both of apt's formats as "deb [options] URI SUITE COMPONENTS" lines.
apt_sources() {
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -r "$file" ] || sed -n 's/#.*//; s/^[[:space:]]*deb[[:space:]]/deb /p' "$file"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -r "$file" ] || one_line_sources "$file"
  done
}

one_line_sources() {
  grep -v '^#' "$1" | awk -v RS= -F'\n' '
    {
      split("", field); name = ""
      for (i = 1; i <= NF; i++) {
        line = $i
        if (match(line, /^[A-Za-z-]+:/)) {
          name = tolower(substr(line, 1, RLENGTH - 1))
          line = substr(line, RLENGTH + 1)
        }
        field[name] = field[name] " " line
      }
      if (field["enabled"] ~ /no|false/ || field["types"] !~ /(^| )deb( |$)/) next
      options = ""
      key = field["signed-by"]; gsub(/ /, "", key)
      if (key ~ /^\//) options = options " signed-by=" key
      if (field["trusted"] ~ /yes/) options = options " trusted=yes"
      if (options != "") options = "[" substr(options, 2) "] "
      uris = split(field["uris"], uri, " "); suites = split(field["suites"], suite, " ")
      for (u = 1; u <= uris; u++)
        for (s = 1; s <= suites; s++)
          print "deb " options uri[u], suite[s] field["components"]
    }'
}

# Other vendors' sources have no place in the base.
sources_of_suite() {
  apt_sources | awk -v suite="$1" '
    { first = ($2 ~ /^\[/) ? 3 : 2
      if (first == 3) while ($(first - 1) !~ /\]$/) first++
      wanted = ($(first + 1) == suite || $(first + 1) == suite "-updates" || $(first + 1) == suite "-security")
      components = ""; for (i = first + 2; i <= NF; i++) components = components " " $i
      if (wanted && (components " ") ~ / main /) print }' | sort -u
}

# What apt needs to get through from here: proxies, the CA, and relaxed checks if they are set.
apt_settings() {
  apt-config dump | grep -iE '^Acquire::(https?|Check-Valid-Until|Check-Date|Retries|ForceIPv[46])\b.*"[^"]' || :
  apt-config dump | grep -qi '^Acquire::http::Proxy ' ||
    printf '%s' "${http_proxy:-}" | sed 's/.*/Acquire::http::Proxy "&";\n/'
}

collect_ca() {
  grep -q '^deb .*https:' "$WORK/sources.list" || return 0
  CA='' && eval "$(apt-config shell CA Acquire::https::CAInfo)"
  CA=${CA:-/etc/ssl/certs/ca-certificates.crt}
  [ ! -r "$CA" ] || cp "$CA" "$WORK/ca.crt"
}

# Run by mmdebstrap with the new root as $1: its apt must trust what this machine trusts.
write_hook() {
  cat >"$WORK/hook.sh" <<END
set -eu
umask 022
if [ -s "$WORK/ca.crt" ]; then
  mkdir -p "\$1/etc/ssl"
  install -m 0644 "$WORK/ca.crt" "\$1$BASE_CA"
  echo 'Acquire::https::CAInfo "$BASE_CA";' >"\$1/etc/apt/apt.conf.d/99mirror-ca"
fi
for key in /etc/apt/trusted.gpg.d/*.gpg /etc/apt/trusted.gpg.d/*.asc \
  \$(grep -o 'signed-by=[^] ,]*' "$WORK/sources.list" | cut -d= -f2 | sort -u); do
  if [ -r "\$key" ] && [ ! -e "\$1\$key" ]; then
    mkdir -p "\$1\$(dirname "\$key")"
    cp "\$key" "\$1\$key"
  fi
done
END
}

clean_up() {
  code=$?
  trap '' INT TERM HUP
  if [ -n "${MAKER:-}" ]; then
    kill -s TERM -- "-$MAKER" 2>/dev/null || :
    wait "$MAKER" 2>/dev/null || :
  fi
  rm -rf --one-file-system "$WORK" "$OUT.part"
  exit "$code"
}

# In a process group of its own, since mmdebstrap leaves it to its children to heed a signal.
make_tar() {
  TMPDIR=$WORK setsid mmdebstrap --variant=minbase --format=tar \
    --aptopt="$WORK/apt.conf" --dpkgopt="$HERE/build/dpkg-excludes.cfg" \
    --customize-hook="sh $WORK/hook.sh \"\$1\"" \
    "$SUITE" "$OUT.part" "$WORK/sources.list" >&2 &
  MAKER=$!
  wait "$MAKER" || fail 70 'mmdebstrap failed; its output is above.'
  MAKER=''
}

SUITE=$(suite_of_this_machine)
[ -n "$SUITE" ] || fail 69 'a base can be made on Debian and Ubuntu only; /etc/os-release names no suite.'
[ "${1:-}" != --suite ] || { echo "$SUITE" && exit 0; }
[ $# -eq 1 ] || fail 64 'use: make-base.sh OUT.tar'
OUT=$1
sh "$PREPARE" base

umask 077
WORK=$(mktemp -d)
chmod 0711 "$WORK"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
sources_of_suite "$SUITE" >"$WORK/sources.list"
[ -s "$WORK/sources.list" ] || fail 69 "apt on this machine has no source for $SUITE (with the component main)."
collect_ca
apt_settings >"$WORK/apt.conf"
write_hook
say "making a base image of $SUITE from $(awk '{ for (i = 2; i <= NF; i++) if ($i ~ /:/) { print $i; exit } }' "$WORK/sources.list") ..."
make_tar
mv "$OUT.part" "$OUT"
say "the base is in $OUT ($(du -m "$OUT" | cut -f1) MB)"

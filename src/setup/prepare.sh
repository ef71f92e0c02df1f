#!/bin/sh
# Makes what deskhand needs on this machine: npm packages and a Docker engine,
# mmdebstrap where a base image has to be made (see images/ubuntu-desktop), and
# ffmpeg for the tests of videos.
#
#   prepare.sh [npm|engine|all|base|film]     (default: all, which is npm and engine)
#
# Says in one line what it installs or starts before it does so. With
# DESKHAND_NO_INSTALL=1 it installs and starts nothing: it says what is missing.
# Exit codes: 0 everything is there, 64 wrong use, 69 something is missing,
# 70 an install or a start failed.
set -eu

MISSING=69
FAILED=70
ENGINE_LOG=${DESKHAND_ENGINE_LOG:-/var/log/deskhand-dockerd.log}
ENGINE_WAIT_S=${DESKHAND_ENGINE_WAIT_S:-30}
LOCAL_SOCKET=/var/run/docker.sock

say() { printf 'deskhand: %s\n' "$*" >&2; }

fail() {
  code=$1
  shift
  say "error: $1"
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit "$code"
}

has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
may_install() { [ "${DESKHAND_NO_INSTALL:-}" != 1 ]; }

# --- npm packages -----------------------------------------------------------

# npm writes the hidden lock file last, so it is older than package-lock.json
# only when the latter has changed since the install.
packages_are_current() {
  [ -f node_modules/.package-lock.json ] &&
    [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ]
}

prepare_npm() {
  packages_are_current && return 0
  has npm || fail "$MISSING" 'npm is not installed.' \
    'Install Node.js 20 or newer (it brings npm): https://nodejs.org/'
  may_install || fail "$MISSING" 'the npm packages are absent or older than package-lock.json.' \
    'Install them with: npm ci'
  say 'installing the npm packages of package-lock.json, Node 24 among them (npm ci) ...'
  npm ci --no-audit --no-fund --loglevel=error >&2 ||
    fail "$FAILED" 'npm ci failed; its output is above.'
}

# --- Docker engine ----------------------------------------------------------

# A machine may have an engine and no docker client: ask the socket then.
engine_answers() {
  if has docker; then
    docker version --format '{{.Server.Version}}' >/dev/null 2>&1
  else
    [ -S "$LOCAL_SOCKET" ] && ping_socket "$LOCAL_SOCKET"
  fi
}

ping_socket() {
  node -e '
    const ask = { socketPath: process.argv[1], path: "/_ping", timeout: 3000 };
    const request = require("node:http").get(ask, (r) => process.exit(r.statusCode === 200 ? 0 : 1));
    request.on("timeout", () => process.exit(1)).on("error", () => process.exit(1));
  ' "$1" 2>/dev/null
}

# Where the user points at an engine, a second one on this machine is no help.
chosen_engine() {
  case ${DOCKER_HOST:-} in
    '' | "unix://$LOCAL_SOCKET" | unix:///run/docker.sock) ;;
    *) printf 'DOCKER_HOST=%s' "$DOCKER_HOST" && return 0 ;;
  esac
  [ -n "${DOCKER_HOST:-}" ] && return 1
  has docker || return 1
  context=$(docker context show 2>/dev/null || echo default)
  [ "$context" != default ] && printf 'the docker context "%s"' "$context"
}

refuse_a_socket_without_rights() {
  [ -S "$LOCAL_SOCKET" ] || return 0
  [ -w "$LOCAL_SOCKET" ] && return 0
  fail "$MISSING" "a Docker engine is here, but $(id -un) may not use $LOCAL_SOCKET." \
    'Either join its group and log in again: sudo usermod -aG docker "$USER"' \
    'or run this command with sudo.'
}

prepare_engine() {
  engine_answers && return 0
  if chosen=$(chosen_engine); then
    fail "$MISSING" "no Docker engine answers at $chosen." \
      'Start that engine, or unset DOCKER_HOST and use: docker context use default'
  fi
  refuse_a_socket_without_rights
  has dockerd || install_engine
  engine_answers || start_engine
}

install_engine() {
  has apt-get || fail "$MISSING" 'no Docker engine is installed, and this is no Debian or Ubuntu machine.' \
    'Install one as its makers say: https://docs.docker.com/engine/install/'
  allow_install 'a Docker engine' docker.io iptables ca-certificates
  say 'installing docker.io (Docker engine) and iptables from Debian packages ...'
  apt_install docker.io iptables ca-certificates
}

prepare_base() {
  has mmdebstrap && return 0
  has apt-get || fail "$MISSING" 'mmdebstrap is not installed, and this is no Debian or Ubuntu machine.' \
    'Use a registry, or make the base image on a Debian or Ubuntu machine and import it.'
  allow_install mmdebstrap mmdebstrap
  say 'installing mmdebstrap (makes the base image) from Debian packages ...'
  apt_install mmdebstrap
}

prepare_film() {
  has ffmpeg && return 0
  has apt-get || fail "$MISSING" 'ffmpeg is not installed, and this is no Debian or Ubuntu machine.' \
    'Install it as its makers say: https://ffmpeg.org/download.html'
  allow_install ffmpeg ffmpeg
  say 'installing ffmpeg (makes videos of runs) from Debian packages ...'
  apt_install ffmpeg
}

# allow_install WHAT PACKAGE...: ends the script where installing is not allowed.
allow_install() {
  what=$1
  shift
  command="apt-get install --no-install-recommends $*"
  may_install || fail "$MISSING" "$what is not installed." "Install it with: $command"
  is_root || fail "$MISSING" "$what is not installed, and installing it needs root." "Run: sudo $command"
}

apt_install() {
  log=$(mktemp)
  if apt-get update -q >"$log" 2>&1 &&
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >>"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  tail -n 15 "$log" >&2
  rm -f "$log"
  fail "$FAILED" "apt-get could not install $*; its last lines are above."
}

start_engine() {
  may_install || fail "$MISSING" 'the Docker engine is installed but does not run.' \
    "Start it with: $(start_command)"
  is_root || fail "$MISSING" 'the Docker engine does not run, and starting it needs root.' \
    "Run: sudo $(start_command)"
  if has_systemd; then
    say 'starting the Docker engine (systemctl start docker) ...'
    systemctl start docker || fail "$FAILED" 'systemctl could not start docker.' 'See: journalctl -u docker'
  else
    say "starting the Docker engine (dockerd, log in $ENGINE_LOG) ..."
    setsid dockerd >"$ENGINE_LOG" 2>&1 </dev/null &
  fi
  wait_for_engine "${!:-}"
}

has_systemd() { [ -d /run/systemd/system ]; }

start_command() {
  if has_systemd; then echo 'systemctl start docker'; else echo 'dockerd &'; fi
}

wait_for_engine() {
  tries=$((ENGINE_WAIT_S * 5))
  while [ "$tries" -gt 0 ]; do
    engine_answers && return 0
    has_systemd || kill -0 "$1" 2>/dev/null || break
    tries=$((tries - 1))
    sleep 0.2
  done
  if has_systemd; then journalctl -u docker -n 15 --no-pager >&2; else tail -n 15 "$ENGINE_LOG" >&2; fi
  fail "$FAILED" "the Docker engine did not answer within $ENGINE_WAIT_S s; its last lines are above."
}

# ----------------------------------------------------------------------------

cd "$(dirname "$0")/../.."
case ${1:-all} in
  npm) prepare_npm ;;
  engine) prepare_engine ;;
  base) prepare_base ;;
  film) prepare_film ;;
  all)
    prepare_npm
    prepare_engine
    ;;
  *) fail 64 "unknown part: $1" 'Use: prepare.sh [npm|engine|all|base|film]' ;;
esac

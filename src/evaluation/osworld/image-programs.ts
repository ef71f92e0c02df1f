/** Programs that the desktop's image has, and what its shell brings along. Whatever else a task calls is missing. */
export const IMAGE_PROGRAMS: ReadonlySet<string> = new Set(
  `awk base64 basename bash cat chmod chown cmp comm cp cut date dbus-launch dbus-send df diff dirname du
  egrep env evince expr fgrep find galculator getent grep gunzip gzip head hostname id install less ln ls md5sum mkdir
  mkfifo mktemp mousepad mv nano nproc od paste perl pgrep pidof pkill ps python3 readlink realpath ristretto rm rmdir
  sed seq setsid sh sha1sum sha256sum shuf sleep socat sort split stat stty tac tail tar tee thunar timeout touch tr truncate
  uname uniq unzip wc which whoami wmctrl xarchiver xargs xclip xdotool xdpyinfo xfce4-terminal xfconf-query yes
  zip`.split(/\s+/),
);

export const SHELL_BUILTINS: ReadonlySet<string> = new Set(
  '. : [ alias break cd continue echo eval exit export false kill local printf pwd read return set shift source test true type umask unset wait'.split(
    ' ',
  ),
);

/** What OSWorld calls applications and the image has; `pdf` and `image` are files that it shows. */
export const IMAGE_APPLICATIONS: ReadonlySet<string> = new Set(['os', 'terminal', 'ubuntu', 'pdf', 'image']);

/** The endings of files that the desktop opens, folders besides. */
export const OPENED_ENDINGS = /(^|\/)[^./]+$|\.(txt|md|pdf|png|jpe?g|gif|bmp|tiff?|webp|svg)$/i;

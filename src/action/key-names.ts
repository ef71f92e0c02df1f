import { ActionError } from '../errors.ts';

/**
 * Canonical key names: one printable character stands for itself; all others are the `key` values of
 * UI Events (W3C, KeyboardEvent key Values), with `Space` for the space bar and `Numpad…` codes for the keypad.
 */
const NAMED_KEYS: Readonly<Record<string, readonly string[]>> = {
  Enter: ['return', 'linefeed', 'newline'],
  Escape: ['esc'],
  Tab: [],
  Space: ['spacebar'],
  Backspace: ['bksp', 'back_space'],
  Delete: ['del', 'forwarddelete'],
  Insert: ['ins'],
  Home: [],
  End: [],
  PageUp: ['pgup', 'page_up', 'prior'],
  PageDown: ['pgdn', 'pgdown', 'page_down', 'next'],
  ArrowUp: ['up', 'uparrow', 'arrow_up'],
  ArrowDown: ['down', 'downarrow', 'arrow_down'],
  ArrowLeft: ['left', 'leftarrow', 'arrow_left'],
  ArrowRight: ['right', 'rightarrow', 'arrow_right'],
  Control: ['ctrl', 'ctl', 'controlleft', 'ctrlleft', 'control_l', 'ctrl_l'],
  ControlRight: ['ctrlright', 'control_r', 'ctrl_r'],
  Shift: ['shiftleft', 'shift_l'],
  ShiftRight: ['shift_r'],
  Alt: ['option', 'opt', 'altleft', 'alt_l'],
  AltGraph: ['altgr', 'altright', 'alt_r', 'iso_level3_shift'],
  Meta: ['cmd', 'command', 'super', 'win', 'windows', 'metaleft', 'super_l', 'meta_l', 'os'],
  MetaRight: ['super_r', 'meta_r'],
  CapsLock: ['caps', 'caps_lock'],
  NumLock: ['num_lock'],
  ScrollLock: ['scroll_lock'],
  ContextMenu: ['menu', 'apps', 'contextmenu'],
  PrintScreen: ['print', 'prtsc', 'prtscr', 'print_screen', 'sysrq'],
  Pause: ['break'],
  Help: [],
  Undo: [],
  Redo: [],
  Copy: [],
  Cut: [],
  Paste: [],
  NumpadEnter: ['kp_enter', 'numpad_enter'],
  NumpadAdd: ['kp_add', 'numpad_add', 'numpadplus'],
  NumpadSubtract: ['kp_subtract', 'numpad_subtract', 'numpadminus'],
  NumpadMultiply: ['kp_multiply', 'numpad_multiply'],
  NumpadDivide: ['kp_divide', 'numpad_divide'],
  NumpadDecimal: ['kp_decimal', 'numpad_decimal'],
  NumpadComma: ['kp_separator', 'numpad_comma'],
  NumpadEqual: ['kp_equal', 'numpad_equal'],
  AudioVolumeUp: ['volumeup', 'volume_up'],
  AudioVolumeDown: ['volumedown', 'volume_down'],
  AudioVolumeMute: ['volumemute', 'mute'],
  MediaPlayPause: ['playpause', 'play_pause', 'mediaplay'],
  MediaPause: [],
  MediaStop: [],
  MediaRecord: [],
  MediaRewind: [],
  MediaFastForward: [],
  MediaTrackNext: ['nexttrack', 'medianexttrack'],
  MediaTrackPrevious: ['prevtrack', 'previoustrack', 'mediaprevioustrack'],
  BrowserBack: [],
  BrowserForward: [],
  BrowserRefresh: [],
  BrowserHome: [],
  BrowserSearch: [],
  BrowserStop: [],
  BrowserFavorites: [],
  LaunchMail: [],
  LaunchCalculator: ['launchapplication2', 'calculator'],
  MicrophoneVolumeMute: ['micmute', 'microphonemute'],
  BrightnessUp: ['brightness_up'],
  BrightnessDown: ['brightness_down'],
  Eject: [],
  Clear: [],
};

/** Punctuation that models spell out, the names of X among it. */
const SPELLED: Readonly<Record<string, string>> = {
  plus: '+',
  minus: '-',
  equal: '=',
  equals: '=',
  comma: ',',
  period: '.',
  dot: '.',
  slash: '/',
  backslash: '\\',
  semicolon: ';',
  quote: "'",
  apostrophe: "'",
  backquote: '`',
  grave: '`',
  bracketleft: '[',
  bracketright: ']',
  braceleft: '{',
  braceright: '}',
  parenleft: '(',
  parenright: ')',
  less: '<',
  greater: '>',
  exclam: '!',
  exclamation: '!',
  at: '@',
  numbersign: '#',
  hash: '#',
  dollar: '$',
  percent: '%',
  caret: '^',
  asciicircum: '^',
  ampersand: '&',
  asterisk: '*',
  underscore: '_',
  colon: ':',
  question: '?',
  bar: '|',
  pipe: '|',
  tilde: '~',
  asciitilde: '~',
  doublequote: '"',
  quotedbl: '"',
};

function buildAliases(): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>(Object.entries(SPELLED));
  for (const [name, others] of Object.entries(NAMED_KEYS)) {
    for (const alias of [name.toLowerCase(), ...others]) aliases.set(alias, name);
  }
  for (let n = 1; n <= 24; n++) aliases.set(`f${n}`, `F${n}`);
  for (let n = 0; n <= 9; n++) {
    for (const alias of [`numpad${n}`, `kp_${n}`, `numpad_${n}`]) aliases.set(alias, `Numpad${n}`);
    aliases.set(`digit${n}`, String(n));
  }
  for (let code = 97; code <= 122; code++) {
    const letter = String.fromCharCode(code);
    aliases.set(`key${letter}`, letter);
  }
  return aliases;
}

const ALIASES = buildAliases();

/**
 * The canonical name of a key as a model wrote it. Case counts only for single characters.
 * @throws ActionError unknown-key
 */
export function parseKeyName(name: string): string {
  if (name === ' ') return 'Space';
  if (name === '\n' || name === '\r') return 'Enter';
  if (name === '\t') return 'Tab';
  if ([...name].length === 1) return name;
  const canonical = ALIASES.get(name.trim().toLowerCase());
  if (canonical !== undefined) return canonical;
  throw new ActionError('unknown-key', `Unknown key ${JSON.stringify(name)}.`, {
    details: { key: name },
    hint: 'Use names such as CTRL, SHIFT, ENTER, ESC, ARROWLEFT, F5 or a single character.',
  });
}

/** All canonical names of more than one character. */
export const KEY_NAMES: readonly string[] = [
  ...new Set([...ALIASES.values()].filter((name) => name.length > 1)),
].sort();

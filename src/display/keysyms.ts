import { ActionError } from '../errors.ts';
import { UNICODE_KEYSYMS } from './keysyms.gen.ts';

/** Keysyms of keys with a name. Sources: X11's keysymdef.h and XF86keysym.h. Names: action/key-names.ts. */
const NAMED: ReadonlyMap<string, number> = new Map(
  Object.entries({
    Enter: 0xff0d,
    Escape: 0xff1b,
    Tab: 0xff09,
    Space: 0x20,
    Backspace: 0xff08,
    Delete: 0xffff,
    Insert: 0xff63,
    Home: 0xff50,
    End: 0xff57,
    PageUp: 0xff55,
    PageDown: 0xff56,
    ArrowLeft: 0xff51,
    ArrowUp: 0xff52,
    ArrowRight: 0xff53,
    ArrowDown: 0xff54,
    Shift: 0xffe1,
    ShiftRight: 0xffe2,
    Control: 0xffe3,
    ControlRight: 0xffe4,
    Alt: 0xffe9,
    AltGraph: 0xfe03,
    Meta: 0xffeb,
    MetaRight: 0xffec,
    CapsLock: 0xffe5,
    NumLock: 0xff7f,
    ScrollLock: 0xff14,
    ContextMenu: 0xff67,
    PrintScreen: 0xff61,
    Pause: 0xff13,
    Help: 0xff6a,
    Undo: 0xff65,
    Redo: 0xff66,
    Copy: 0x1008ff57,
    Cut: 0x1008ff58,
    Paste: 0x1008ff6d,
    NumpadEnter: 0xff8d,
    NumpadMultiply: 0xffaa,
    NumpadAdd: 0xffab,
    NumpadSubtract: 0xffad,
    NumpadDecimal: 0xffae,
    NumpadDivide: 0xffaf,
    NumpadComma: 0xffac,
    NumpadEqual: 0xffbd,
    AudioVolumeDown: 0x1008ff11,
    AudioVolumeMute: 0x1008ff12,
    AudioVolumeUp: 0x1008ff13,
    MediaPlayPause: 0x1008ff14,
    MediaPause: 0x1008ff31,
    MediaStop: 0x1008ff15,
    MediaRecord: 0x1008ff1c,
    MediaRewind: 0x1008ff3e,
    MediaFastForward: 0x1008ff97,
    MediaTrackPrevious: 0x1008ff16,
    MediaTrackNext: 0x1008ff17,
    BrowserHome: 0x1008ff18,
    BrowserSearch: 0x1008ff1b,
    BrowserBack: 0x1008ff26,
    BrowserForward: 0x1008ff27,
    BrowserRefresh: 0x1008ff29,
    BrowserStop: 0x1008ff28,
    BrowserFavorites: 0x1008ff30,
    LaunchMail: 0x1008ff19,
    LaunchCalculator: 0x1008ff1d,
    MicrophoneVolumeMute: 0x1008ffb2,
    BrightnessUp: 0x1008ff02,
    BrightnessDown: 0x1008ff03,
    Eject: 0x1008ff2c,
    Clear: 0xff0b,
  }),
);

const F1 = 0xffbe;
const NUMPAD_0 = 0xffb0;
const UNICODE_RULE = 0x0100_0000;

/** What Shift makes of a key on the US layout, which the desktop image has. */
const US_UNSHIFTED = "`1234567890-=[]\\;',./";
const US_SHIFTED = '~!@#$%^&*()_+{}|:"<>?';

const SHIFTS: ReadonlySet<string> = new Set(['Shift', 'ShiftRight']);
const COMMANDS: ReadonlySet<string> = new Set(['Control', 'ControlRight', 'Alt', 'Meta', 'MetaRight']);

const OWN_KEYSYMS: ReadonlyMap<number, number> = new Map(
  Array.from({ length: UNICODE_KEYSYMS.length / 2 }, (_, i) => [
    UNICODE_KEYSYMS[2 * i] ?? 0,
    UNICODE_KEYSYMS[2 * i + 1] ?? 0,
  ]),
);

/** The keysym of one character (code point): Latin-1 is itself, then the table, else Unicode's own range. */
export function charToKeysym(char: string): number {
  const codePoint = char.codePointAt(0) ?? 0;
  const isLatin1 = (codePoint >= 0x20 && codePoint <= 0x7e) || (codePoint >= 0xa0 && codePoint <= 0xff);
  if (isLatin1) return codePoint;
  return OWN_KEYSYMS.get(codePoint) ?? UNICODE_RULE + codePoint;
}

/** The keysym of a key by its canonical name. @throws ActionError unknown-key */
export function keyToKeysym(key: string): number {
  const named = NAMED.get(key);
  if (named !== undefined) return named;
  const numbered = /^(F|Numpad)(\d{1,2})$/u.exec(key);
  if (numbered !== null)
    return numbered[1] === 'F' ? F1 + Number(numbered[2]) - 1 : NUMPAD_0 + Number(numbered[2]);
  if ([...key].length === 1) return charToKeysym(key);
  throw new ActionError('unknown-key', `Unknown key ${JSON.stringify(key)}.`, { details: { key } });
}

/**
 * The keysyms of a chord, in its order. The server makes a keysym's own Shift state true, so each character is
 * given as the keys that are held would have it: with Shift its upper half, with Control, Alt or Meta alone its
 * lower case (a model's CTRL+C is not Ctrl+Shift+C).
 * @throws ActionError unknown-key
 */
export function chordToKeysyms(keys: readonly string[]): readonly number[] {
  const isShifted = keys.some((key) => SHIFTS.has(key));
  const isCommand = keys.some((key) => COMMANDS.has(key));
  return keys.map((key) => {
    if ([...key].length !== 1) return keyToKeysym(key);
    if (isShifted) return charToKeysym(toShifted(key));
    return charToKeysym(isCommand ? toSingle(key, key.toLowerCase()) : key);
  });
}

function toShifted(char: string): string {
  const index = US_UNSHIFTED.indexOf(char);
  return index < 0 ? toSingle(char, char.toUpperCase()) : (US_SHIFTED[index] ?? char);
}

/** Some letters become two when their case changes: those stay as they are. */
function toSingle(char: string, changed: string): string {
  return [...changed].length === 1 ? changed : char;
}

/** Whether the desktop's US layout has a key for the character. */
export function isOnLayout(char: string): boolean {
  return char >= ' ' && char <= '~';
}

/** What keyboards send beside the names above. Source: X11's keysymdef.h. */
const ALSO: ReadonlyMap<number, string> = new Map([
  [0xfe20, 'Tab'],
  [0xffe7, 'Meta'],
  [0xffe8, 'Meta'],
  [0xffea, 'Alt'],
  ...['Home', 'ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown', 'PageUp', 'PageDown', 'End'].map(
    (key, index) => [0xff95 + index, key] as const,
  ),
  [0xff9e, 'Insert'],
  [0xff9f, 'Delete'],
]);
const KEYS: ReadonlyMap<number, string> = new Map([...NAMED].map(([key, keysym]) => [keysym, key]));
const CODE_POINTS: ReadonlyMap<number, number> = new Map(
  [...OWN_KEYSYMS].map(([codePoint, keysym]) => [keysym, codePoint]),
);

/** The canonical name of the key, or the character, that a keysym stands for; undefined where it is neither. */
export function keysymToKey(keysym: number): string | undefined {
  const named = KEYS.get(keysym) ?? ALSO.get(keysym);
  if (named !== undefined) return named;
  if (keysym >= F1 && keysym < F1 + 24) return `F${keysym - F1 + 1}`;
  if (keysym >= NUMPAD_0 && keysym < NUMPAD_0 + 10) return `Numpad${keysym - NUMPAD_0}`;
  const codePoint = CODE_POINTS.get(keysym) ?? (keysym > UNICODE_RULE ? keysym - UNICODE_RULE : keysym);
  const char = codePoint <= 0x10_ffff ? String.fromCodePoint(codePoint) : '';
  return char !== '' && charToKeysym(char) === keysym ? char : undefined;
}

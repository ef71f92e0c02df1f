import { chordToKeysyms } from './keysyms.ts';

/** Back and forward, X11's buttons 8 and 9, which plain RFB has no bits for (RFC 6143 7.5.5). */
export type SideButton = 'back' | 'forward';

/** A server whose name ends so has two keys that press the buttons: images/ubuntu-desktop, xkb/symbols/deskhand. */
const BUTTON_KEYS_MARK = ' button-keys';
/** Pointer_Button4 and Pointer_Button5 of keysymdef.h: names that no keyboard has. */
const BUTTON_KEYS: Readonly<Record<SideButton, number>> = { back: 0xfeec, forward: 0xfeed };
/** What browsers and file managers take for the same; it goes to the focused window, not to the pointer. */
const CHORDS: Readonly<Record<SideButton, readonly string[]>> = {
  back: ['Alt', 'ArrowLeft'],
  forward: ['Alt', 'ArrowRight'],
};

/** The keys that do it where RFB cannot: real buttons where the server has such keys. */
export function sideButtonKeysyms(button: SideButton, serverName: string): readonly number[] {
  return serverName.endsWith(BUTTON_KEYS_MARK) ? [BUTTON_KEYS[button]] : chordToKeysyms(CHORDS[button]);
}

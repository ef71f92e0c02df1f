import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_NAMES } from '../../../src/action/key-names.ts';
import { openDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import { toLines, Witness } from './witness.ts';

let desk: Desk;
let witness: Witness;

beforeAll(async () => {
  desk = await openDesk();
  witness = await Witness.open(desk);
});
afterAll(async () => await desk[Symbol.asyncDispose]());

const press = async (...keys: readonly string[]): Promise<readonly string[]> => {
  await desk.act({ type: 'keypress', keys });
  return toLines(await witness.take());
};

/** What X calls the keys of another name: keysymdef.h and XF86keysym.h. */
const X_NAMES: Readonly<Record<string, string>> = {
  Enter: 'Return',
  Space: 'space',
  Backspace: 'BackSpace',
  PageUp: 'Prior',
  PageDown: 'Next',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Control: 'Control_L',
  ControlRight: 'Control_R',
  Shift: 'Shift_L',
  ShiftRight: 'Shift_R',
  Alt: 'Alt_L',
  AltGraph: 'ISO_Level3_Shift',
  Meta: 'Super_L',
  MetaRight: 'Super_R',
  CapsLock: 'Caps_Lock',
  NumLock: 'Num_Lock',
  ScrollLock: 'Scroll_Lock',
  ContextMenu: 'Menu',
  PrintScreen: 'Print',
  Copy: 'XF86Copy',
  Cut: 'XF86Cut',
  Paste: 'XF86Paste',
  AudioVolumeUp: 'XF86AudioRaiseVolume',
  AudioVolumeDown: 'XF86AudioLowerVolume',
  AudioVolumeMute: 'XF86AudioMute',
  MediaPlayPause: 'XF86AudioPlay',
  MediaPause: 'XF86AudioPause',
  MediaStop: 'XF86AudioStop',
  MediaRecord: 'XF86AudioRecord',
  MediaRewind: 'XF86AudioRewind',
  MediaFastForward: 'XF86AudioForward',
  MediaTrackNext: 'XF86AudioNext',
  MediaTrackPrevious: 'XF86AudioPrev',
  BrowserBack: 'XF86Back',
  BrowserForward: 'XF86Forward',
  BrowserRefresh: 'XF86Refresh',
  BrowserHome: 'XF86HomePage',
  BrowserSearch: 'XF86Search',
  BrowserStop: 'XF86Stop',
  BrowserFavorites: 'XF86Favorites',
  LaunchMail: 'XF86Mail',
  LaunchCalculator: 'XF86Calculator',
  MicrophoneVolumeMute: 'XF86AudioMicMute',
  BrightnessUp: 'XF86MonBrightnessUp',
  BrightnessDown: 'XF86MonBrightnessDown',
  Eject: 'XF86Eject',
  // The layout has no such key: TigerVNC presses the one that means the same.
  NumpadComma: 'comma',
};

const toXName = (name: string): string => X_NAMES[name] ?? name.replace(/^Numpad/u, 'KP_');

const LOCKS: readonly string[] = ['CapsLock', 'NumLock'];

describe('a key', () => {
  it.each(KEY_NAMES.map((name) => [name, toXName(name)]))('%s arrives as %s', async (name, xName) => {
    const lines = await press(name.toUpperCase());
    expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      `down ${xName}`,
      `up ${xName}`,
    ]);
    if (LOCKS.includes(name)) await press(name);
  });

  it('of the keypad is the same with Num Lock', async () => {
    await press('NUMLOCK');
    const names = [...Array.from({ length: 10 }, (_, n) => `Numpad${n}`), 'NumpadDecimal'];
    const lines: string[] = [];
    for (const name of names) lines.push(...(await press(name)));
    await press('NUMLOCK');
    const expected = names.map(toXName).flatMap((name) => [`down ${name} Mod2`, `up ${name} Mod2`]);
    expect(lines).toEqual(expected);
  });

  it('of every printable character arrives as this character, and no lock is touched', async () => {
    const chars = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCodePoint(0x20 + i));
    for (const char of chars) await desk.act({ type: 'keypress', keys: [char] });
    const received = await witness.take();
    const pressed = received.flatMap((event) =>
      event.type === 'KeyPress' && event.name !== 'Shift_L' ? [event.keysym] : [],
    );
    expect(String.fromCodePoint(...pressed)).toBe(chars.join(''));
    expect(received.flatMap(({ state }) => state.filter((name) => name !== 'Shift'))).toEqual([]);
  });

  it('that is unknown presses nothing and is named', async () => {
    await expect(press('CTRL', 'HYPERSPACE')).rejects.toMatchObject({
      code: 'unknown-key',
      details: { key: 'HYPERSPACE' },
    });
    expect(await witness.take()).toEqual([]);
  });
});

describe('a chord', () => {
  it.each([
    ['CTRL+C', 'down Control_L, down c Control, up c Control, up Control_L Control'],
    ['ctrl+c', 'down Control_L, down c Control, up c Control, up Control_L Control'],
    [
      'Control+Shift+T',
      'down Control_L, down Shift_L Control, down T Shift Control, ' +
        'up T Shift Control, up Shift_L Shift Control, up Control_L Control',
    ],
    ['ALT+F', 'down Alt_L, down f Mod1, up f Mod1, up Alt_L Mod1'],
    ['CMD+X', 'down Super_L, down x Mod4, up x Mod4, up Super_L Mod4'],
    ['SHIFT+TAB', 'down Shift_L, down ISO_Left_Tab Shift, up ISO_Left_Tab Shift, up Shift_L Shift'],
    ['SHIFT+ARROWLEFT', 'down Shift_L, down Left Shift, up Left Shift, up Shift_L Shift'],
    ['SHIFT+1', 'down Shift_L, down exclam Shift, up exclam Shift, up Shift_L Shift'],
    ['SHIFT+a', 'down Shift_L, down A Shift, up A Shift, up Shift_L Shift'],
    ['CTRL+ENTER', 'down Control_L, down Return Control, up Return Control, up Control_L Control'],
    ['CTRL+-', 'down Control_L, down minus Control, up minus Control, up Control_L Control'],
    ['ALTGR+e', 'down ISO_Level3_Shift, down e Mod5, up e Mod5, up ISO_Level3_Shift Mod5'],
    [
      'CTRL+ALT+DEL',
      'down Control_L, down Alt_L Control, down Delete Control Mod1, ' +
        'up Delete Control Mod1, up Alt_L Control Mod1, up Control_L Control',
    ],
  ])('%s is down in order and up in reverse', async (chord, lines) => {
    expect((await press(...chord.split('+'))).join(', ')).toBe(lines);
  });

  it('with "+" presses the Shift that it needs, and no key stays down', async () => {
    const lines = await press('CTRL', '+');
    expect(lines).toContain('down plus Shift Control');
    expect(lines.at(-1)).toBe('up Control_L Control');
    expect(await witness.held()).toBe('');
  });
});

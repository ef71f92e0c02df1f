import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Display } from '../../../src/display/display.ts';
import { openEditor } from './applications.ts';
import { openDesk } from './desk.ts';
import type { Desk } from './desk.ts';

const READ = 'xwd -root -silent | convert xwd:- -depth 8 rgb:-';

interface Pair {
  readonly ours: Buffer;
  readonly servers: Buffer;
}

/** Our picture and the X server's of the same frame: ours did not change in the meantime. */
async function bothOf(desk: Desk, display: Display): Promise<Pair> {
  for (;;) {
    const before = await display.screenshot();
    const { stdout } = await desk.sandbox.exec(['sh', '-c', READ]);
    await display.settle();
    const after = await display.screenshot();
    if (before.sha256 !== after.sha256) continue;
    return { ours: await sharp(after.png).raw().toBuffer(), servers: stdout };
  }
}

/** Where the two differ. */
function differences({ ours, servers }: Pair, width: number): readonly (readonly [number, number])[] {
  const pixels = Array.from({ length: ours.length / 3 }, (_, i) => i);
  return pixels
    .filter((i) => [0, 1, 2].some((channel) => ours[3 * i + channel] !== servers[3 * i + channel]))
    .map((i) => [i % width, Math.floor(i / width)]);
}

describe.each([
  [1024, 768],
  [1366, 801],
])('a screenshot of %i x %i', (width, height) => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk({ size: { width, height } });
    await openEditor(desk, '/home/user/words.txt', 'äöü 漢字 😀\n'.repeat(9));
    await desk.display.settle();
  });
  afterAll(async () => await desk[Symbol.asyncDispose]());

  it('has every pixel as the X server has it', async () => {
    const both = await bothOf(desk, desk.display);
    expect(both.ours.length).toBe(width * height * 3);
    expect(both.servers.length).toBe(both.ours.length);
    expect(differences(both, width)).toEqual([]);
  });

  it('still does after typing, scrolling, and a menu opened and closed', async () => {
    await desk.act({ type: 'keypress', keys: ['CTRL', 'END'] });
    await desk.act({ type: 'type', text: 'line\n'.repeat(60) });
    await desk.act({ type: 'scroll', x: 300, y: 300, scroll_x: 0, scroll_y: -300 });
    await desk.act({ type: 'keypress', keys: ['ALT', 'F'] });
    await desk.display.settle();
    expect(differences(await bothOf(desk, desk.display), width)).toEqual([]);
    await desk.act({ type: 'keypress', keys: ['ESC'] });
    await desk.display.settle();
    expect(differences(await bothOf(desk, desk.display), width)).toEqual([]);
  });

  it('has the pointer when that is wanted, and nothing else', async () => {
    await using withPointer = await desk.openDisplay({ drawPointer: true });
    await withPointer.pointer.move({ x: 20, y: height - 40 });
    await withPointer.settle();
    const places = differences(await bothOf(desk, withPointer), width);
    expect(places.length).toBeGreaterThan(20);
    expect(places.filter(([x, y]) => Math.abs(x - 20) > 32 || Math.abs(y - height + 40) > 32)).toEqual([]);
  });
});

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Size } from '../../../src/util/geometry.ts';
import { openDesk, until } from '../input/desk.ts';
import type { Desk } from '../input/desk.ts';
import { toLines, withoutMotion, Witness } from '../input/witness.ts';

/** Where the left button was pressed since the last look. */
async function pressedAt(witness: Witness): Promise<readonly string[]> {
  return withoutMotion(await witness.take()).filter((line) => line.startsWith('press 1'));
}

async function sizeOfScreen(desk: Desk): Promise<string> {
  return await desk.shell(`xwininfo -root | grep -oE 'geometry [0-9]+x[0-9]+'`);
}

describe('a screen of 1920x1080 that is shown as 1024x768', () => {
  const declared: Size = { width: 1024, height: 768 };
  const real: Size = { width: 1920, height: 1080 };
  /** As large as it fits: 1024x576, in the middle of 768 rows. */
  const shown = { ...declared, height: 576 };
  const BAR = 96;
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk({ size: declared, screen: real });
  });
  afterAll(async () => await desk[Symbol.asyncDispose]());

  it('is a picture of the declared size: the whole screen between two black bars', async () => {
    const expected = async (): Promise<Buffer> => {
      const { stdout } = await desk.sandbox.exec([
        'sh',
        '-c',
        'xwd -root -silent | convert xwd:- -depth 8 rgb:-',
      ]);
      const picture = sharp(stdout, { raw: { ...real, channels: 3 } }).resize(shown.width, shown.height);
      return await picture.extend({ top: BAR, bottom: BAR, background: 'black' }).raw().toBuffer();
    };
    expect(await sizeOfScreen(desk)).toBe('geometry 1920x1080\n');
    // The clock may turn between the two.
    const found = await until(async () => {
      const { png } = await desk.display.screenshot();
      const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      return data.equals(await expected()) && { width: info.width, height: info.height };
    }, 'picture like the X server’s own');
    expect(found).toEqual(declared);
  });

  describe('takes a click', () => {
    let witness: Witness;
    beforeAll(async () => {
      witness = await Witness.open(desk, real);
    });

    it.each([
      [0, 0],
      [1919, 0],
      [0, 1079],
      [1919, 1079],
      [960, 540],
      [333, 777],
      [1, 1078],
    ])('on what is shown of %i, %i within one real pixel', async (x, y) => {
      const at = {
        x: Math.floor(((x + 0.5) * shown.width) / real.width),
        y: BAR + Math.floor(((y + 0.5) * shown.height) / real.height),
      };
      await desk.act({ type: 'click', button: 'left', ...at });
      const [press] = (await witness.take()).filter(({ type }) => type === 'ButtonPress');
      expect(Math.abs((press?.x ?? Infinity) - x)).toBeLessThanOrEqual(1);
      expect(Math.abs((press?.y ?? Infinity) - y)).toBeLessThanOrEqual(1);
    });

    it.each([
      [500, BAR - 1],
      [500, BAR + 576],
      [0, 0],
      [1023, 767],
    ])('on the bar at %i, %i with an error, and nothing arrives', async (x, y) => {
      const click = desk.act({ type: 'click', button: 'left', x, y });
      await expect(click).rejects.toMatchObject({
        code: 'out-of-bounds',
        message: `(${x}, ${y}) is on the black bar beside the screen.`,
        hint: 'x is 0 to 1023, y is 96 to 671.',
      });
      expect(await witness.take()).toEqual([]);
    });

    it('and a scroll in the same measure: 60 px shown are 112 real ones', async () => {
      await desk.act({ type: 'scroll', x: 512, y: 384, scroll_x: 0, scroll_y: 60 });
      const presses = toLines(await witness.take()).filter((line) => line.startsWith('press'));
      expect(presses.map((line) => line.split(' ')[1])).toEqual(['5', '5']);
    });
  });
});

describe.each([
  [640, 480],
  [3840, 2160],
])('a screen of %i x %i', (width, height) => {
  it('starts, is photographed, and is clicked at its corners', async () => {
    await using desk = await openDesk({ size: { width, height } });
    expect(await sizeOfScreen(desk)).toBe(`geometry ${width}x${height}\n`);
    const { png } = await desk.display.screenshot();
    const picture = await sharp(png).metadata();
    expect([picture.width, picture.height]).toEqual([width, height]);
    const witness = await Witness.open(desk);
    await desk.act({ type: 'click', button: 'left', x: 0, y: 0 });
    await desk.act({ type: 'click', button: 'left', x: width - 1, y: height - 1 });
    expect(await pressedAt(witness)).toEqual(['press 1 at 0,0', `press 1 at ${width - 1},${height - 1}`]);
  });
});

describe('a screen that changes its size', () => {
  const declared: Size = { width: 1440, height: 900 };
  const other: Size = { width: 1024, height: 768 };
  /** 1024x768 as large as it fits: 1200x900, in the middle of 1440 columns. */
  const BAR = 120;
  let desk: Desk;
  let witness: Witness;

  beforeAll(async () => {
    desk = await openDesk({ size: declared });
    witness = await Witness.open(desk);
  });
  afterAll(async () => await desk[Symbol.asyncDispose]());

  it('is followed: the picture keeps its size, and clicks go where they are seen to go', async () => {
    await desk.shell(`xrandr -s ${other.width}x${other.height}`);
    await witness.cover(other);
    const { png } = await desk.display.screenshot();
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([declared.width, declared.height]);
    const isBlack = (x: number): boolean => data.subarray(3 * x, 3 * x + 3).equals(Buffer.alloc(3));
    expect([0, BAR - 1, BAR, 1439 - BAR, 1440 - BAR, 1439].map(isBlack)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
    ]);
    await desk.act({ type: 'click', button: 'left', x: BAR, y: 0 });
    await desk.act({ type: 'click', button: 'left', x: 1439 - BAR, y: 899 });
    expect(await pressedAt(witness)).toEqual(['press 1 at 0,0', 'press 1 at 1023,767']);
    await expect(desk.act({ type: 'click', button: 'left', x: BAR - 1, y: 9 })).rejects.toMatchObject({
      code: 'out-of-bounds',
    });
  });

  it('is followed back', async () => {
    await desk.shell('xrandr -s 1440x900');
    await witness.cover(declared);
    await desk.act({ type: 'click', button: 'left', x: 0, y: 0 });
    await desk.act({ type: 'click', button: 'left', x: 1439, y: 899 });
    expect(await pressedAt(witness)).toEqual(['press 1 at 0,0', 'press 1 at 1439,899']);
  });
});

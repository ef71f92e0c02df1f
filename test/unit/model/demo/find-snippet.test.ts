import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { findSnippet, toRaster } from '../../../../src/model/demo/find-snippet.ts';

const WIDTH = 60;
const HEIGHT = 40;

/** A screen of noise, the same for the same seed. */
function noise(seed: number): Buffer {
  return createHash('shake256', { outputLength: WIDTH * HEIGHT * 3 })
    .update(`${seed}`)
    .digest();
}

const png = (pixels: Buffer) => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).png();

test('a snippet is found where it was cut out', async () => {
  const place = fc.record({ left: fc.nat(WIDTH - 12), top: fc.nat(HEIGHT - 9), seed: fc.nat(1000) });
  await fc.assert(
    fc.asyncProperty(place, async ({ left, top, seed }) => {
      const screen = await png(noise(seed)).toBuffer();
      const snippet = await sharp(screen).extract({ left, top, width: 12, height: 9 }).png().toBuffer();
      expect(findSnippet(await toRaster(screen), await toRaster(snippet))).toEqual({
        x: left + 6,
        y: top + 4,
      });
    }),
    { numRuns: 40 },
  );
});

test('a shade off is the same picture, another one is not', async () => {
  const pixels = noise(1);
  const screen = await toRaster(await png(pixels).toBuffer());
  const cut = (from: Buffer) =>
    png(from).extract({ left: 20, top: 10, width: 12, height: 9 }).toBuffer().then(toRaster);
  const shade = Buffer.from(pixels.map((value) => Math.max(0, value - 8)));
  expect(findSnippet(screen, await cut(shade))).toEqual({ x: 26, y: 14 });
  expect(findSnippet(screen, await cut(noise(2)))).toBeUndefined();
});

test('what is larger than the screen is nowhere on it', async () => {
  const small = await toRaster(
    await sharp(await png(noise(1)).toBuffer())
      .extract({ left: 0, top: 0, width: 5, height: 5 })
      .png()
      .toBuffer(),
  );
  expect(findSnippet(small, await toRaster(await png(noise(1)).toBuffer()))).toBeUndefined();
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteSource } from '../../../src/display/rfb/byte-source.ts';
import type { Reading } from '../../../src/display/rfb/byte-source.ts';

/** Feeds `bytes` in pieces of the given lengths, for as long as the reading wants more. */
function feed<T>(
  source: ByteSource,
  reading: Reading<T>,
  bytes: Buffer,
  lengths: readonly number[],
): T | undefined {
  let at = 0;
  for (let i = 0; ; i++) {
    const step = reading.next();
    if (step.done === true) return step.value;
    if (at >= bytes.length) return undefined;
    const length = lengths[i % lengths.length] ?? 1;
    source.push(bytes.subarray(at, at + length));
    at += length;
  }
}

test('reads the same whatever the pieces are that bytes come in', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 30, maxLength: 200 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (content, lengths) => {
        const bytes = Buffer.from(content);
        const source = new ByteSource();
        const target = Buffer.alloc(20);
        const read = function* (): Reading<readonly [string, boolean]> {
          const head = yield* source.take(5);
          yield* source.skip(7);
          const hasChanged = yield* source.fill(target, 2, 15);
          return [head.toString('hex'), hasChanged];
        };
        const expected = bytes.subarray(12, 27);
        expect(feed(source, read(), bytes, lengths)).toEqual([
          bytes.toString('hex', 0, 5),
          expected.some((byte) => byte !== 0),
        ]);
        expect(target).toEqual(Buffer.concat([Buffer.alloc(2), expected, Buffer.alloc(3)]));
      },
    ),
  );
});

test('tells whether what it wrote was already there', () => {
  const source = new ByteSource();
  const target = Buffer.from('abcdef');
  for (const [text, hasChanged] of [
    ['abcdef', false],
    ['abcdeg', true],
    ['abcdeg', false],
  ] as const) {
    expect(feed(source, source.fill(target, 0, 6), Buffer.from(text), [4])).toBe(hasChanged);
  }
});

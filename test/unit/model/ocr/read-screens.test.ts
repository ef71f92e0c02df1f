import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { findLabel } from '../../../../src/model/ocr/find-label.ts';
import { createScreenReader } from '../../../../src/model/ocr/screen-reader.ts';

const FOLDER = new URL('../../../fixtures/screens/', import.meta.url);
/** Every label that a person can read in full on each of these desktops. */
const LABELS: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL('labels.json', FOLDER), 'utf8'),
);
const NAMES = Object.keys(LABELS);

const reader = createScreenReader();
afterAll(() => reader[Symbol.asyncDispose]());

const pngOf = (name: string) => readFileSync(new URL(`${name}.png`, FOLDER));

describe('reading real desktops', () => {
  test(
    'at least 95 % of all labels are found, and at least 85 % on each screen',
    { timeout: 120_000 },
    async () => {
      const found: Record<string, { readonly share: number; readonly missed: readonly string[] }> = {};
      for (const name of NAMES) {
        const lines = await reader.read(pngOf(name));
        const labels = LABELS[name] ?? [];
        const missed = labels.filter((label) => findLabel(lines, label).length === 0);
        found[name] = { share: 1 - missed.length / labels.length, missed };
      }
      const all = NAMES.flatMap((name) => LABELS[name] ?? []).length;
      const missed = Object.values(found).flatMap((screen) => screen.missed);
      expect(NAMES.filter((name) => (found[name]?.share ?? 0) < 0.85)).toEqual([]);
      expect(1 - missed.length / all, `missed: ${missed.join(', ')}`).toBeGreaterThanOrEqual(0.95);
    },
  );

  test('every key of a calculator is found where it is', async () => {
    const lines = await reader.read(pngOf('calculator'));
    const columns = { 1: 527, 2: 576, 3: 625, 4: 674, 5: 722 };
    const rows = { 1: 385, 2: 418, 3: 452, 4: 486, 5: 520 };
    const keys = ['( ) MS', '7 8 9 / sqrt', '4 5 6 * %', '1 2 3', '0 . +/- +'];
    for (const [row, y] of Object.values(rows).entries()) {
      for (const [column, label] of (keys[row] ?? '').split(' ').entries()) {
        const x = Object.values(columns)[column] ?? Number.NaN;
        const isHere = findLabel(lines, label).some(
          ({ box }) => Math.abs(box.x + box.width / 2 - x) < 16 && Math.abs(box.y + box.height / 2 - y) < 12,
        );
        expect([label, isHere]).toEqual([label, true]);
      }
    }
  });

  test('two readers read the same', { timeout: 60_000 }, async () => {
    await using other = createScreenReader();
    expect(await other.read(pngOf('save-dialog'))).toEqual(await reader.read(pngOf('save-dialog')));
  });

  test('what was read before is read again in a fraction of the time', { timeout: 60_000 }, async () => {
    await using fresh = createScreenReader();
    await fresh.read(pngOf('calculator'));
    const durations: number[] = [];
    for (let reading = 0; reading < 2; reading++) {
      const startedAt = performance.now();
      await fresh.read(pngOf('terminal'));
      durations.push(performance.now() - startedAt);
    }
    expect(durations[1]).toBeLessThan((durations[0] ?? 0) / 2);
  });
});

describe('a screen reader', () => {
  test('gives up at once when it is cancelled, and reads the next picture', async () => {
    const stop = new AbortController();
    const reading = reader.read(pngOf('terminal'), { signal: stop.signal });
    stop.abort();
    await expect(reading).rejects.toThrow(expect.objectContaining({ code: 'cancelled' }));
    await expect(reader.read(pngOf('calculator'))).resolves.not.toEqual([]);
  });

  test('is not even asked where the signal is aborted already', async () => {
    await expect(reader.read(pngOf('terminal'), { signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ code: 'cancelled' }),
    );
  });

  test('says what is wrong with a picture that is none, and goes on', async () => {
    await expect(reader.read(Uint8Array.of(1, 2, 3))).rejects.toThrow(
      expect.objectContaining({
        code: 'model-unavailable',
        message: expect.stringContaining('not a picture'),
      }),
    );
    await expect(reader.read(pngOf('calculator'))).resolves.not.toEqual([]);
  });

  test('fails what is under way when it is closed, and all that comes after', async () => {
    const closing = createScreenReader();
    const reading = closing.read(pngOf('terminal'));
    const [outcome] = await Promise.allSettled([reading, closing[Symbol.asyncDispose]()]);
    expect(outcome).toEqual({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'model-unavailable' }),
    });
    await expect(closing.read(pngOf('terminal'))).rejects.toThrow('it is closed');
    await closing[Symbol.asyncDispose]();
  });
});

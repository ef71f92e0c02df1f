import { expect, test } from 'vitest';
import { createReaderPool, lendReader } from '../../../../src/model/ocr/reader-pool.ts';
import type { ScreenReader } from '../../../../src/model/ocr/screen-reader.ts';

/** Reads nothing, and only when it is told to go on. */
class SlowReader implements ScreenReader {
  readonly pictures: Uint8Array[] = [];
  isDisposed = false;
  #gate = Promise.withResolvers<readonly []>();

  async read(png: Uint8Array): Promise<readonly []> {
    this.pictures.push(png);
    return await this.#gate.promise;
  }

  finish(): void {
    this.#gate.resolve([]);
  }

  fail(): void {
    this.#gate.reject(new Error('gone'));
    this.#gate = Promise.withResolvers();
    this.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}

class Making {
  readonly readers: SlowReader[] = [];
  readonly create = (): SlowReader => {
    const reader = new SlowReader();
    this.readers.push(reader);
    return reader;
  };
}

const [first, second, third] = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];

test('a picture waits for no other, and a reader is used again', async () => {
  const making = new Making();
  await using pool = createReaderPool(making.create);
  const [one, two] = [pool.read(first), pool.read(second)];
  for (const reader of making.readers) reader.finish();
  await Promise.all([one, two]);
  await pool.read(third);
  expect(making.readers.map(({ pictures }) => pictures)).toEqual([[first], [second, third]]);
});

test('a picture that cannot be read costs no reader', async () => {
  const making = new Making();
  await using pool = createReaderPool(making.create);
  const reading = pool.read(first);
  making.readers[0]?.fail();
  await expect(reading).rejects.toThrow('gone');
  await pool.read(second);
  expect(making.readers.map(({ pictures }) => pictures)).toEqual([[first, second]]);
});

test('what is lent stays with its owner', async () => {
  const making = new Making();
  const pool = createReaderPool(making.create);
  const lent = lendReader(pool);
  const reading = lent.read(first);
  making.readers[0]?.finish();
  await reading;
  await lent[Symbol.asyncDispose]();
  expect(making.readers.map(({ isDisposed }) => isDisposed)).toEqual([false]);
  await pool[Symbol.asyncDispose]();
  expect(making.readers.map(({ isDisposed }) => isDisposed)).toEqual([true]);
});

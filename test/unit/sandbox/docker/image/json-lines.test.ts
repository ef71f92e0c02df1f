import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readJsonLines } from '../../../../../src/sandbox/docker/image/json-lines.ts';

async function read(chunks: readonly string[]): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readJsonLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))) {
    values.push(value);
  }
  return values;
}

describe('readJsonLines', () => {
  it.each([
    ['whole lines', ['{"a":1}\n{"a":2}\n']],
    ['lines cut anywhere', ['{"a', '":1}', '\n\r\n{"a":2', '}']],
  ])('reads %s', async (_name, chunks) => {
    expect(await read(chunks)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('reads characters that were cut', async () => {
    const bytes = Buffer.from('{"a":"é"}\n');
    const values: unknown[] = [];
    for await (const value of readJsonLines(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))) {
      values.push(value);
    }
    expect(values).toEqual([{ a: 'é' }]);
  });
});

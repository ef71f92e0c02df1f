import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { writeOutput } from '../../../src/cli/terminal.ts';

const hostile = Buffer.from('\u001b]0;owned\u0007\u009b31m\u202ered\nnext\u0000\n');

function written(isTTY: boolean): Buffer {
  const stream = Object.assign(new PassThrough(), { isTTY });
  writeOutput(stream, hostile);
  const output: unknown = stream.read();
  if (!Buffer.isBuffer(output)) throw new Error('nothing was written');
  return output;
}

test('a terminal is sent nothing of a sandbox that it would obey', () => {
  expect(written(true).toString()).toBe('\\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}red\nnext\\u{0}\n');
});

test('a file or a pipe gets the bytes as they are', () => {
  expect(written(false)).toEqual(hostile);
});

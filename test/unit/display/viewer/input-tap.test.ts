import { expect, test } from 'vitest';
import { tapInput, type ViewerInput } from '../../../../src/display/viewer/input-tap.ts';

const KEY = Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61]);
const POINTER = Buffer.from([5, 1, 0x01, 0x02, 0x00, 0x03]);
const FORMAT = Buffer.alloc(20);
const UPDATE = Buffer.from([3, 1, 0, 0, 0, 0, 0, 9, 0, 9]);
const CUT_TEXT = Buffer.from([6, 0, 0, 0, 0, 0, 0, 2, 0x68, 0x69]);

function encodings(...list: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + list.length * 4);
  bytes.writeUInt8(2);
  bytes.writeUInt16BE(list.length, 2);
  for (const [index, encoding] of list.entries()) bytes.writeInt32BE(encoding, 4 + index * 4);
  return bytes;
}

async function pass(sent: Buffer, chunkBytes: number) {
  const heard: ViewerInput[] = [];
  const tap = tapInput(async (input) => {
    heard.push(input);
  });
  const passed: Buffer[] = [];
  tap.on('data', (chunk: Buffer) => passed.push(chunk));
  for (let at = 0; at < sent.length; at += chunkBytes) tap.write(sent.subarray(at, at + chunkBytes));
  tap.end();
  await new Promise((resolve, reject) => {
    tap.once('end', resolve);
    tap.once('error', reject);
  });
  return { heard, passed: Buffer.concat(passed) };
}

test.each([1, 3, 1000])(
  'tells keys and movements, %i bytes at a time, and passes them on',
  async (chunkBytes) => {
    const sent = Buffer.concat([FORMAT, UPDATE, KEY, POINTER]);
    const { heard, passed } = await pass(sent, chunkBytes);
    expect(heard).toEqual([
      { type: 'key', keysym: 0x61, isDown: true },
      { type: 'pointer', x: 0x102, y: 3, buttons: 1 },
    ]);
    expect(passed).toEqual(sent);
  },
);

test('keeps out what could not be done again: the viewer’s clipboard, and all that is no part of RFC 6143', async () => {
  const clipboard = 0xc0a1_e5ce | 0;
  const sent = Buffer.concat([encodings(16, clipboard, -258, -308, -312, -313, -316, 0), CUT_TEXT, KEY]);
  const { heard, passed } = await pass(sent, 1000);
  expect(passed).toEqual(Buffer.concat([encodings(16, 0), KEY]));
  expect(heard).toHaveLength(1);
});

test('ends at a message that it does not know', async () => {
  await expect(pass(Buffer.from([99, 0]), 1000)).rejects.toMatchObject({
    code: 'display-protocol',
    message: 'The viewer sent an unknown message, 99.',
  });
});

test('holds an input until it was heard', async () => {
  const heard = Promise.withResolvers<undefined>();
  const tap = tapInput(async () => await heard.promise);
  tap.write(KEY);
  expect(tap.read()).toBeNull();
  heard.resolve(undefined);
  await expect.poll((): unknown => tap.read()).toEqual(KEY);
});

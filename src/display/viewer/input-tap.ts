import { Duplex } from 'node:stream';
import constants from 'rfb2/constants.js';
import { DisplayError } from '../../errors.ts';
import { ByteSource, type Reading } from '../rfb/byte-source.ts';

/** What a person does in a viewer; px of the screen. RFC 6143 7.5.4 and 7.5.5. */
export type ViewerInput =
  | { readonly type: 'key'; readonly keysym: number; readonly isDown: boolean }
  | { readonly type: 'pointer'; readonly x: number; readonly y: number; readonly buttons: number };

interface ClientMessage {
  /** What goes on to the desktop. */
  readonly bytes: Buffer;
  readonly input?: ViewerInput;
}

/**
 * Encodings that would let a viewer send messages other than those of RFC 6143, or let it change the screen's size.
 * Source: RFB registry: extended clipboard, extended buttons, continuous updates, fence, xvp, extended desktop size,
 * gii, QEMU key events.
 */
const LEFT_OUT: ReadonlySet<number> = new Set([0xc0a1_e5ce | 0, -316, -313, -312, -309, -308, -305, -258]);
const NOTHING = Buffer.alloc(0);

/** One message of a viewer: RFC 6143 7.5. */
function* readMessage(source: ByteSource): Reading<ClientMessage> {
  const types = constants.clientMsgTypes;
  const head = yield* source.take(1);
  switch (head.readUInt8()) {
    case types.setPixelFormat:
      return { bytes: Buffer.concat([head, yield* source.take(19)]) };
    case types.setEncodings:
      return { bytes: yield* readEncodings(source) };
    case types.fbUpdate:
      return { bytes: Buffer.concat([head, yield* source.take(9)]) };
    case types.keyEvent:
      return toKey(Buffer.concat([head, yield* source.take(7)]));
    case types.pointerEvent:
      return toPointer(Buffer.concat([head, yield* source.take(5)]));
    case types.cutText:
      // What a person has copied elsewhere is no part of what can be done again.
      yield* source.skip((yield* source.take(7)).readUInt32BE(3));
      return { bytes: NOTHING };
    default:
      throw new DisplayError('display-protocol', `The viewer sent an unknown message, ${head.readUInt8()}.`);
  }
}

function* readEncodings(source: ByteSource): Reading<Buffer> {
  const count = (yield* source.take(3)).readUInt16BE(1);
  const list = yield* source.take(count * 4);
  const wanted = Array.from({ length: count }, (_, index) => list.readInt32BE(index * 4)).filter(
    (encoding) => !LEFT_OUT.has(encoding),
  );
  const bytes = Buffer.alloc(4 + wanted.length * 4);
  bytes.writeUInt8(constants.clientMsgTypes.setEncodings);
  bytes.writeUInt16BE(wanted.length, 2);
  for (const [index, encoding] of wanted.entries()) bytes.writeInt32BE(encoding, 4 + index * 4);
  return bytes;
}

function toKey(bytes: Buffer): ClientMessage {
  return { bytes, input: { type: 'key', isDown: bytes[1] !== 0, keysym: bytes.readUInt32BE(4) } };
}

function toPointer(bytes: Buffer): ClientMessage {
  const [x, y] = [bytes.readUInt16BE(2), bytes.readUInt16BE(4)];
  return { bytes, input: { type: 'pointer', x, y, buttons: bytes.readUInt8(1) } };
}

/** From a viewer to its desktop: tells each input before it goes on, and holds it until that was heard. */
export function tapInput(onInput: (input: ViewerInput) => Promise<void>): Duplex {
  return Duplex.from(async function* pass(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const source = new ByteSource();
    let reading = readMessage(source);
    for await (const chunk of chunks) {
      source.push(chunk);
      for (let step = reading.next(); step.done === true; step = reading.next()) {
        const { bytes, input } = step.value;
        if (input !== undefined) await onInput(input);
        if (bytes.length > 0) yield bytes;
        reading = readMessage(source);
      }
    }
  });
}

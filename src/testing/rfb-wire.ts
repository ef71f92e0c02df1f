import type { Rect, Size } from '../util/geometry.ts';

/** What a client sent, as RFC 6143 7.5 has it. */
export type ClientMessage =
  | { readonly type: 'pixel-format'; readonly shifts: readonly [red: number, green: number, blue: number] }
  | { readonly type: 'encodings'; readonly encodings: readonly number[] }
  | { readonly type: 'update-request'; readonly incremental: boolean; readonly rect: Rect }
  | { readonly type: 'key'; readonly keysym: number; readonly isDown: boolean }
  | { readonly type: 'pointer'; readonly x: number; readonly y: number; readonly mask: number }
  | { readonly type: 'cut-text'; readonly text: string }
  | { readonly type: 'clipboard'; readonly flags: number; readonly content: Buffer };

interface Parsed {
  readonly message: ClientMessage;
  readonly length: number;
}

function readRect(bytes: Buffer, offset: number): Rect {
  const [x, y, width, height] = [0, 2, 4, 6].map((at) => bytes.readUInt16BE(offset + at));
  return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 };
}

/** The first message in `bytes`, or undefined while it is not whole. */
export function parseClientMessage(
  bytes: Buffer,
  options: { readonly extendedButtons: boolean },
): Parsed | undefined {
  const fixed: Readonly<Record<number, number>> = { 0: 20, 2: 4, 3: 10, 4: 8, 5: 6, 6: 8 };
  const type = bytes[0] ?? -1;
  const head = fixed[type];
  if (bytes.length === 0 || (head !== undefined && bytes.length < head)) return undefined;
  switch (type) {
    case 0:
      return whole(20, { type: 'pixel-format', shifts: [bytes[14] ?? 0, bytes[15] ?? 0, bytes[16] ?? 0] });
    case 2:
      return parseEncodings(bytes);
    case 3:
      return whole(10, { type: 'update-request', incremental: bytes[1] === 1, rect: readRect(bytes, 2) });
    case 4:
      return whole(8, { type: 'key', keysym: bytes.readUInt32BE(4), isDown: bytes[1] === 1 });
    case 5:
      return parsePointer(bytes, options.extendedButtons);
    case 6:
      return parseCutText(bytes);
    default:
      throw new Error(`The client sent an unknown message, ${type}.`);
  }
}

function whole(length: number, message: ClientMessage): Parsed {
  return { message, length };
}

function parseEncodings(bytes: Buffer): Parsed | undefined {
  const count = bytes.readUInt16BE(2);
  const length = 4 + count * 4;
  if (bytes.length < length) return undefined;
  const encodings = Array.from({ length: count }, (_, i) => bytes.readInt32BE(4 + i * 4));
  return whole(length, { type: 'encodings', encodings });
}

function parsePointer(bytes: Buffer, isExtended: boolean): Parsed | undefined {
  const low = bytes[1] ?? 0;
  const at = { x: bytes.readUInt16BE(2), y: bytes.readUInt16BE(4) };
  if (!isExtended || low < 0x80) return whole(6, { type: 'pointer', ...at, mask: low });
  if (bytes.length < 7) return undefined;
  return whole(7, { type: 'pointer', ...at, mask: (low & 0x7f) | ((bytes[6] ?? 0) << 7) });
}

function parseCutText(bytes: Buffer): Parsed | undefined {
  const count = bytes.readInt32BE(4);
  const length = 8 + Math.abs(count);
  if (bytes.length < length) return undefined;
  if (count >= 0) return whole(length, { type: 'cut-text', text: bytes.toString('latin1', 8, length) });
  const flags = bytes.readUInt32BE(8);
  return whole(length, { type: 'clipboard', flags, content: Buffer.from(bytes.subarray(12, length)) });
}

export function u8(value: number): Buffer {
  return Buffer.from([value]);
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

/** A text with its length before it. */
export function longText(text: string): Buffer {
  return Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)]);
}

/** FramebufferUpdate of these rectangles. */
export function updateOf(...rects: readonly Buffer[]): Buffer {
  return Buffer.concat([u8(0), u8(0), u16(rects.length), ...rects]);
}

export function rectOf(
  { x, y, width, height }: Rect,
  encoding: number,
  content: Buffer = Buffer.alloc(0),
): Buffer {
  return Buffer.concat([u16(x), u16(y), u16(width), u16(height), u32(encoding), content]);
}

/** ServerInit of a BGRX server, which the client has to ask for another order. */
export function serverInit({ width, height }: Size, name: string): Buffer {
  const format = Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
  return Buffer.concat([u16(width), u16(height), format, longText(name)]);
}

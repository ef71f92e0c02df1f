import { crc32 } from 'node:zlib';

/**
 * How a line lies in the file: a JSON object whose last member `crc` is the CRC-32 (8 hex digits) of the bytes of
 * the line before it. This framing is the same in every version of the format, so that damage is told from novelty.
 */
const SEAL = /^,"crc":"([0-9a-f]{8})"\}$/;
const SEAL_BYTES = ',"crc":"00000000"}'.length;

/** An object that is not empty as one line with its checksum, without the line feed. */
export function encodeLine(line: object): string {
  const open = JSON.stringify(line).slice(0, -1);
  return `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}`;
}

export type DecodedLine =
  { readonly ok: true; readonly json: unknown } | { readonly ok: false; readonly reason: string };

/** Reads the bytes of one line; says what is wrong with it rather than throw. */
export function decodeLine(bytes: Buffer): DecodedLine {
  const open = bytes.subarray(0, Math.max(0, bytes.length - SEAL_BYTES));
  const seal = SEAL.exec(bytes.toString('latin1', open.length));
  if (seal === null) return { ok: false, reason: 'the line does not end with its checksum' };
  if (crc32(open) !== Number.parseInt(seal[1] ?? '', 16)) {
    return { ok: false, reason: 'the line does not match its checksum' };
  }
  try {
    return { ok: true, json: JSON.parse(`${open.toString('utf8')}}`) };
  } catch {
    return { ok: false, reason: 'the line is not JSON' };
  }
}

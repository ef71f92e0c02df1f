import { deflateSync } from 'node:zlib';

/**
 * The extended clipboard: cut text messages of negative length that carry UTF-8.
 * Source: the community's RFB protocol specification, "Extended Clipboard Pseudo-encoding".
 */
export const EXTENDED_CLIPBOARD = 0xc0a1e5ce | 0;

const TEXT = 1;
const CAPS = 0x0100_0000;
const REQUEST = 0x0200_0000;
const NOTIFY = 0x0800_0000;
const PROVIDE = 0x1000_0000;

export type ClipboardMessage = 'caps' | 'request' | 'other';

/**
 * What the server's message is about; all but the flags of it may be skipped. A server that takes no notice of texts
 * (libvncserver, and so x11vnc) is told nothing: it drops the connection over a text that it is sent unasked.
 */
export function toClipboardMessage(flags: number): ClipboardMessage {
  if ((flags & CAPS) !== 0) return (flags & NOTIFY) === 0 ? 'other' : 'caps';
  return (flags & REQUEST) !== 0 && (flags & TEXT) !== 0 ? 'request' : 'other';
}

function message(flags: number, content: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(flags);
  return Buffer.concat([head, content]);
}

/** What we can: text, which the server asks for when a program pastes; none of it sent to us unasked. */
export function clipboardCaps(): Buffer {
  return message(CAPS | REQUEST | NOTIFY | PROVIDE | TEXT, Buffer.alloc(4));
}

/** Says that we have text. */
export function clipboardNotify(): Buffer {
  return message(NOTIFY | TEXT);
}

/** The text itself: lines end in CR LF and the whole in a zero byte. */
export function clipboardProvide(text: string): Buffer {
  const bytes = Buffer.from(`${text.replaceAll(/\r\n?|\n/gu, '\r\n')}\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return message(PROVIDE | TEXT, deflateSync(Buffer.concat([length, bytes])));
}

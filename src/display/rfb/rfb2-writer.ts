import { EventEmitter } from 'node:events';
import { createConnection } from 'rfb2';
import type { RfbClient as Rfb2 } from 'rfb2';
import constants from 'rfb2/constants.js';
import d3des from 'rfb2/d3des.js';
import type { Rect, Size } from '../../util/geometry.ts';
import { EXTENDED_CLIPBOARD } from './extended-clipboard.ts';

/** The only thing rfb2 gets for a stream: it never sees a byte of the server's, so none of its reading runs. */
class Outlet extends EventEmitter {
  readonly #send: (bytes: Buffer) => void;

  constructor(send: (bytes: Buffer) => void) {
    super();
    this.#send = send;
  }

  write(bytes: Buffer): void {
    this.#send(bytes);
  }
}

/** R, G, B, X in memory: what PNG encoding takes without reordering. RFC 6143 7.4. */
const PIXEL_FORMAT = {
  bpp: 32,
  depth: 24,
  isBigEndian: 0,
  isTrueColor: 1,
  redMax: 255,
  greenMax: 255,
  blueMax: 255,
  redShift: 0,
  greenShift: 8,
  blueShift: 16,
} as const;

/** Buttons 8 and 9 (TigerVNC from 1.15). Source: RFB registry, "Extended Mouse Buttons", -316. */
export const EXTENDED_BUTTONS = -316;
/**
 * Lets the server tell of Caps Lock and its like. Without it TigerVNC takes a capital letter for the proof that Caps
 * Lock is on with us, and presses it. Source: RFB registry, "QEMU LED State", -261.
 */
export const LED_STATE = -261;
const LOW_BUTTONS = 0x7f;
const EXTENDED_MARK = 0x80;

export interface Rfb2WriterOptions {
  /** Whether the server leaves the pointer out of the pixels and sends its shape apart. */
  readonly pointerApart: boolean;
}

/** Every message from us to the server, written by rfb2. */
export class Rfb2Writer {
  readonly #rfb2: Rfb2;

  constructor(send: (bytes: Buffer) => void, { pointerApart }: Rfb2WriterOptions) {
    const { raw, copyRect, pseudoDesktopSize, pseudoCursor } = constants.encodings;
    const encodings = [raw, copyRect, pseudoDesktopSize, EXTENDED_CLIPBOARD, EXTENDED_BUTTONS, LED_STATE];
    this.#rfb2 = createConnection({
      stream: new Outlet(send),
      encodings: pointerApart ? [...encodings, pseudoCursor] : encodings,
    });
  }

  version(version: string): void {
    this.#rfb2.pack_stream.pack('a', [version]).flush();
  }

  securityType(type: number): void {
    this.#rfb2.pack_stream.pack('C', [type]).flush();
  }

  /** RFC 6143 7.2.2. */
  challengeResponse(challenge: Buffer, password: string): void {
    this.#rfb2.pack_stream.pack('a', [d3des.response(challenge, password)]).flush();
  }

  /** ClientInit, sharing the desktop with other clients. */
  clientInit(): void {
    this.#rfb2.clientInit();
  }

  /** SetPixelFormat, SetEncodings and the request for the first whole frame. */
  begin({ width, height }: Size): void {
    Object.assign(this.#rfb2, PIXEL_FORMAT, { width, height });
    this.#rfb2.setPixelFormat();
  }

  requestUpdate({ x, y, width, height }: Rect, options: { readonly incremental: boolean }): void {
    this.#rfb2.requestUpdate(options.incremental, x, y, width, height);
  }

  /** PointerEvent, or its extended form for buttons above 7: only for servers that have confirmed it. */
  pointer(x: number, y: number, buttonMask: number): void {
    if (buttonMask <= LOW_BUTTONS) {
      this.#rfb2.pointerEvent(x, y, buttonMask);
      return;
    }
    const { pointerEvent } = constants.clientMsgTypes;
    const low = (buttonMask & LOW_BUTTONS) | EXTENDED_MARK;
    this.#rfb2.pack_stream.pack('CCSSC', [pointerEvent, low, x, y, buttonMask >> 7]).flush();
  }

  key(keysym: number, isDown: boolean): void {
    this.#rfb2.keyEvent(keysym, isDown);
  }

  /** ClientCutText; what Latin-1 lacks becomes a question mark. */
  latin1Clipboard(text: string): void {
    // oxlint-disable-next-line no-control-regex -- Latin-1 begins at zero
    this.#rfb2.updateClipboard(text.replaceAll(/[^\u0000-\u00ff]/gu, '?'));
  }

  /** ClientCutText with a negative length: an extended clipboard message. */
  extendedClipboard(message: Buffer): void {
    const { cutText } = constants.clientMsgTypes;
    this.#rfb2.pack_stream.pack('CxxxLa', [cutText, -message.length, message]).flush();
  }
}

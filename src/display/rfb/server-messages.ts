import { crc32 } from 'node:zlib';
import constants from 'rfb2/constants.js';
import { DisplayError } from '../../errors.ts';
import type { Rect } from '../../util/geometry.ts';
import { BYTES_PER_PIXEL } from '../framebuffer.ts';
import type { Framebuffer } from '../framebuffer.ts';
import type { ByteSource, Reading } from './byte-source.ts';
import { toClipboardMessage } from './extended-clipboard.ts';
import type { ClipboardMessage } from './extended-clipboard.ts';
import { EXTENDED_BUTTONS, LED_STATE } from './rfb2-writer.ts';

const MAX_CURSOR_SIDE = 512;
const MAX_CUT_TEXT_BYTES = 16 * 1024 * 1024;

/** A complete framebuffer update as it arrived. */
export interface ReadUpdate {
  /** Parts whose pixels are others than before. */
  readonly changed: readonly Rect[];
  /** All rectangles sent, changed or not. */
  readonly sent: readonly Rect[];
  /** Number of the pointer's new shape where it is another than before. */
  readonly pointerShape: number | undefined;
  readonly resized: boolean;
}

export interface MessageSink {
  updateBegins(): void;
  updateEnds(update: ReadUpdate): void;
  clipboard(message: ClipboardMessage): void;
  extendedButtons(): void;
}

interface Draft {
  readonly changed: Rect[];
  readonly sent: Rect[];
  pointerShape: number | undefined;
  resized: boolean;
}

/** Reads the server's messages (RFC 6143 7.6 and 7.7) into a framebuffer, for ever. */
export class ServerMessages {
  readonly #source: ByteSource;
  readonly #screen: Framebuffer;
  readonly #sink: MessageSink;
  #pointerShape: number | undefined;

  constructor(source: ByteSource, screen: Framebuffer, sink: MessageSink) {
    this.#source = source;
    this.#screen = screen;
    this.#sink = sink;
  }

  /** @throws DisplayError display-protocol */
  *read(): Reading<never> {
    const { fbUpdate, setColorMap, bell, cutText } = constants.serverMsgTypes;
    for (;;) {
      const type = (yield* this.#source.take(1)).readUInt8();
      if (type === fbUpdate) yield* this.#readUpdate();
      else if (type === cutText) yield* this.#readCutText();
      else if (type === setColorMap) yield* this.#skipColourMap();
      else if (type !== bell) throw unknown('message', type);
    }
  }

  *#readUpdate(): Reading<void> {
    const count = (yield* this.#source.take(3)).readUInt16BE(1);
    const update: Draft = { changed: [], sent: [], pointerShape: undefined, resized: false };
    this.#sink.updateBegins();
    for (let i = 0; i < count; i++) yield* this.#readRect(update);
    this.#sink.updateEnds(update);
  }

  *#readRect(update: Draft): Reading<void> {
    const { raw, copyRect, pseudoCursor, pseudoDesktopSize } = constants.encodings;
    const head = yield* this.#source.take(12);
    const rect = {
      x: head.readUInt16BE(0),
      y: head.readUInt16BE(2),
      width: head.readUInt16BE(4),
      height: head.readUInt16BE(6),
    };
    const encoding = head.readInt32BE(8);
    if (encoding === raw) yield* this.#readRaw(rect, update);
    else if (encoding === copyRect) yield* this.#readCopy(rect, update);
    else if (encoding === pseudoCursor) yield* this.#readCursor(rect, update);
    else if (encoding === pseudoDesktopSize) this.#resize(rect, update);
    else if (encoding === EXTENDED_BUTTONS) this.#sink.extendedButtons();
    else if (encoding === LED_STATE) yield* this.#source.skip(1);
    else throw unknown('encoding', encoding);
  }

  /** Rows go straight to their place, and only rows with other pixels count as changed. */
  *#readRaw(rect: Rect, update: Draft): Reading<void> {
    this.#screen.check(rect);
    update.sent.push(rect);
    const rowBytes = rect.width * BYTES_PER_PIXEL;
    let first = -1;
    let last = -1;
    for (let row = 0; row < rect.height; row++) {
      const offset = this.#screen.offsetOf(rect.x, rect.y + row);
      if (!(yield* this.#source.fill(this.#screen.pixels, offset, rowBytes))) continue;
      first = first < 0 ? row : first;
      last = row;
    }
    if (first >= 0) update.changed.push({ ...rect, y: rect.y + first, height: last - first + 1 });
  }

  *#readCopy(rect: Rect, update: Draft): Reading<void> {
    const from = yield* this.#source.take(4);
    this.#screen.copyRect({ x: from.readUInt16BE(0), y: from.readUInt16BE(2) }, rect);
    update.sent.push(rect);
    update.changed.push(rect);
  }

  *#readCursor({ width, height }: Rect, update: Draft): Reading<void> {
    if (width > MAX_CURSOR_SIDE || height > MAX_CURSOR_SIDE) {
      throw protocolError('The VNC server sent a pointer that is too big.', { width, height });
    }
    const bytes = yield* this.#source.take((width * BYTES_PER_PIXEL + Math.ceil(width / 8)) * height);
    const shape = bytes.some((byte) => byte !== 0) ? crc32(bytes) || 1 : 0;
    if (shape !== this.#pointerShape) update.pointerShape = shape;
    this.#pointerShape = shape;
  }

  #resize({ width, height }: Rect, update: Draft): void {
    this.#screen.resize({ width, height });
    update.resized = true;
    update.changed.push({ x: 0, y: 0, width, height });
  }

  *#readCutText(): Reading<void> {
    const length = (yield* this.#source.take(7)).readInt32BE(3);
    const bytes = Math.abs(length);
    if (bytes > MAX_CUT_TEXT_BYTES) throw protocolError('The VNC server sent too long a text.', { bytes });
    if (length >= 0) {
      yield* this.#source.skip(bytes);
      return;
    }
    if (bytes < 4) throw protocolError('The VNC server sent a broken clipboard message.', { bytes });
    const flags = (yield* this.#source.take(4)).readUInt32BE();
    yield* this.#source.skip(bytes - 4);
    this.#sink.clipboard(toClipboardMessage(flags));
  }

  /** We asked for true colour, so a map means nothing. */
  *#skipColourMap(): Reading<void> {
    const head = yield* this.#source.take(5);
    yield* this.#source.skip(head.readUInt16BE(3) * 6);
  }
}

function unknown(what: 'message' | 'encoding', type: number): DisplayError {
  return protocolError(`The VNC server sent an unknown ${what}, ${type}.`, { [what]: type });
}

function protocolError(message: string, details: Readonly<Record<string, unknown>>): DisplayError {
  return new DisplayError('display-protocol', message, { details });
}

import type { Screenshot } from '../action/screenshot.ts';
import { toDataUrl } from '../action/screenshot.ts';

/**
 * A picture as a request has it. It is kept as the bytes that go over the wire: the one copy that a conversation has,
 * written into each request as it is, without being encoded or searched for what must be escaped again.
 */
export class DataUrl {
  /** ASCII. */
  readonly bytes: Buffer;

  constructor(screenshot: Screenshot) {
    this.bytes = Buffer.from(toDataUrl(screenshot), 'latin1');
  }

  toJSON(): string {
    return this.bytes.toString('latin1');
  }
}

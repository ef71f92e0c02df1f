import type { Point } from '../util/geometry.ts';
import type { RfbClient } from './rfb/rfb-client.ts';
import type { Expectation } from './observation.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** What pointer and keyboard need of a connection. */
export type InputLink = Pick<
  RfbClient,
  | 'name'
  | 'sendPointer'
  | 'sendKey'
  | 'sendClipboard'
  | 'hasUnicodeClipboard'
  | 'hasExtendedButtons'
  | 'sync'
  | 'onUpdate'
>;

/** Gives the connection for one whole action. `for` says what the desktop may do about it. */
export type OpenInputLink = (
  options: Cancellable & { readonly for: Exclude<Expectation, 'nothing'> },
) => Promise<InputLink>;

/** The same connection, with a word to `onInput` before anything is sent: where, if the pointer is meant. */
export function watchInput(client: RfbClient, onInput: (pointer?: Point) => void): InputLink {
  return {
    name: client.name,
    get hasUnicodeClipboard() {
      return client.hasUnicodeClipboard;
    },
    get hasExtendedButtons() {
      return client.hasExtendedButtons;
    },
    sendPointer: (x, y, buttonMask) => {
      onInput({ x, y });
      client.sendPointer(x, y, buttonMask);
    },
    sendKey: (keysym, isDown) => {
      onInput();
      client.sendKey(keysym, isDown);
    },
    sendClipboard: async (text) => {
      onInput();
      await client.sendClipboard(text);
    },
    sync: async (options) => client.sync(options),
    onUpdate: (listener) => client.onUpdate(listener),
  };
}

import { FakeRfbServer } from '../../../src/testing/fake-rfb-server.ts';
import type { FakeRfbServerOptions } from '../../../src/testing/fake-rfb-server.ts';
import { describeVncServer } from './describe-vnc-server.ts';
import type { WatchedServer } from './watched-server.ts';

/** By keysym. */
const KEY_NAMES: ReadonlyMap<number, string> = new Map([
  [0xff0d, 'Return'],
  [0xffe1, 'Shift_L'],
]);

/** The server in memory, watched. */
class WatchedFake implements WatchedServer {
  readonly #server: FakeRfbServer;
  #mark = 0;

  constructor(options: FakeRfbServerOptions) {
    this.#server = new FakeRfbServer(options);
  }

  get size(): WatchedServer['size'] {
    return this.#server.size;
  }

  connect: WatchedServer['connect'] = async () => await Promise.resolve(this.#server.connect());

  draw: WatchedServer['draw'] = async (seed) => {
    this.#server.draw({ x: seed, y: 2 * seed, width: 7, height: 5 }, 0x10_20_30 * seed);
    await Promise.resolve();
  };

  pixels: WatchedServer['pixels'] = async () => {
    const pixels = this.#server.pixelsOf({ x: 0, y: 0, ...this.size });
    return await Promise.resolve(Buffer.from(pixels.filter((_, i) => i % 4 < 3)));
  };

  inputs: WatchedServer['inputs'] = async () => await Promise.resolve(toLines(this.#server, this.#mark));

  forget: WatchedServer['forget'] = async () => {
    this.#mark = this.#server.inputs.length;
    await Promise.resolve();
  };

  kill: WatchedServer['kill'] = async () => {
    for (const session of this.#server.sessions) session.close();
    await Promise.resolve();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

function toLines({ inputs }: FakeRfbServer, from: number): readonly string[] {
  let held = 0;
  return inputs.slice(from).flatMap((input) => {
    if (input.type === 'key') return [`${input.isDown ? 'down' : 'up'} ${toName(input.keysym)}`];
    if (input.type !== 'pointer' || input.mask === held) return [];
    const button = Math.log2(input.mask ^ held) + 1;
    const deed = input.mask > held ? 'press' : 'release';
    held = input.mask;
    return [`${deed} ${button} at ${input.x},${input.y}`];
  });
}

const toName = (keysym: number): string => KEY_NAMES.get(keysym) ?? String.fromCodePoint(keysym);

const SERVERS: readonly (readonly [string, FakeRfbServerOptions])[] = [
  ['of 3.8 without authentication', {}],
  ['of 3.8 that sends one byte at a time', { chunkBytes: 1 }],
  ['of 3.7 without authentication', { greeting: 'RFB 003.007\n' }],
  ['of 3.3 without authentication', { greeting: 'RFB 003.003\n' }],
  ['of 3.8 with a password', { security: [16, 2], password: 'sesame!' }],
  [
    'of 3.7 with a long password',
    { greeting: 'RFB 003.007\n', security: [2], password: 'a longer password' },
  ],
  ['of 3.3 with a password', { greeting: 'RFB 003.003\n', security: [2], password: 'x' }],
  ['of a version of its own', { greeting: 'RFB 003.889\n' }],
];

for (const [name, options] of SERVERS) {
  const traits = options.password === undefined ? {} : { password: options.password };
  describeVncServer(name, traits, async () => await Promise.resolve(new WatchedFake(options)));
}

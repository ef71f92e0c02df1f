import { createDisplay } from '../../../src/display/rfb-display.ts';
import type { DisplayOptions } from '../../../src/display/rfb-display.ts';
import type { Display } from '../../../src/display/display.ts';
import { FakeRfbServer } from '../../../src/testing/fake-rfb-server.ts';
import type { FakeRfbServerOptions } from '../../../src/testing/fake-rfb-server.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import type { ClientMessage } from '../../../src/testing/rfb-wire.ts';

export interface Desk {
  readonly server: FakeRfbServer;
  readonly clock: ManualClock;
  readonly display: Display;
  /** Turns the clock until the work is done. */
  readonly run: <T>(work: PromiseLike<T>) => Promise<T>;
  /** What reached the server since the last look, in words. */
  readonly log: () => readonly string[];
}

export const SIZE = { width: 64, height: 48 };

/** A display on a server in memory, with a clock of its own. */
export async function openDesk(
  server: FakeRfbServerOptions & { readonly display?: Partial<DisplayOptions> } = {},
): Promise<Desk> {
  const fake = new FakeRfbServer(server);
  const clock = new ManualClock();
  const display = await createDisplay({
    connect: async () => fake.connect(),
    size: fake.size,
    clock,
    ...server.display,
  });
  let seen = 0;
  const desk: Desk = {
    server: fake,
    clock,
    display,
    run: async (work) => clock.run(Promise.resolve(work), { stepMs: 2 }),
    log: () => {
      const news = fake.inputs.slice(seen);
      seen = fake.inputs.length;
      return news.map(describe);
    },
  };
  await desk.run(display.settle());
  desk.log();
  return desk;
}

function describe(message: ClientMessage): string {
  if (message.type === 'pointer') return `${message.x},${message.y} ${message.mask}`;
  if (message.type === 'key') return `${message.isDown ? '+' : '-'}${message.keysym.toString(16)}`;
  return message.type;
}
